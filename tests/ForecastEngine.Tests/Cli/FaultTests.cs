namespace ForecastEngine.Tests.Cli;

/// <summary>What goes wrong is said in words on stderr with a fitting exit code, and stdout stays empty.</summary>
[Collection(nameof(ForecastProgram))]
public sealed class FaultTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("forecast-faults-").FullName;
    private int _folders;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("train", "forecast import")]
    [InlineData("score", "forecast train")]
    [InlineData("forecast", "forecast train")]
    [InlineData("explain X", "forecast train")]
    [InlineData("evaluate", "forecast import")]
    [InlineData("controls", "forecast import")]
    [InlineData("models show 2026-01-01-00000000", "no such folder")]
    [InlineData("models rollback", "no earlier champion")]
    [InlineData("notebook run nonesuch.ipynb", "no such file")]
    [InlineData("backup .", "by --workspace")]
    [InlineData("export scores --out scores.csv", "forecast score")]
    [InlineData("export backtest --out past.csv", "forecast backtest")]
    [InlineData("export snapshots --out open.csv", "forecast train")]
    [InlineData("export snapshots --out open.xlsx", "expected .csv or .parquet")]
    [InlineData("restore /no/such/backup", "that forecast backup wrote")]
    [InlineData("import /no/such/folder --map forecastengine", "no such folder")]
    [InlineData("import . --map nonesuch", "expected one of bpi2012")]
    [InlineData("import . --map no/such/map.json", "expected one of bpi2012")]
    public void An_empty_workspace_says_what_to_do(string command, string expected)
    {
        var run = ForecastProgram.RunHere(Fresh(), [.. command.Split(' '), "--json", "--quiet"]).Expect(1);
        Assert.Equal("", run.Output);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("expected", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_workspace_has_a_status_and_no_models()
    {
        var fresh = Fresh();
        Assert.Contains("forecast import", ForecastProgram.RunHere(fresh, "status").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("forecast train", ForecastProgram.RunHere(fresh, "models", "list").Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score --no-such-option")]
    [InlineData("nonesuch")]
    [InlineData("import")]
    [InlineData("score --top few")]
    [InlineData("score --as-of 2026-02-30")]
    [InlineData("score --as-of tomorrow")]
    [InlineData("score --threads 0")]
    [InlineData("forecast --by month")]
    [InlineData("forecast --periods 13")]
    [InlineData("evaluate --cut 1.5")]
    [InlineData("notebook run")]
    [InlineData("notebook run a.ipynb --workspace x")]
    [InlineData("notebook run a.ipynb --check --out b.ipynb")]
    [InlineData("notebook run a.ipynb --tolerance 2")]
    [InlineData("notebook install --user --prefix x")]
    [InlineData("evaluate --ages 0,x")]
    [InlineData("import folder --map forecastengine --max-rejected 2")]
    [InlineData("simulate --out x --weeks 0")]
    [InlineData("export scores")]
    public void Wrong_arguments_end_with_2(string command)
    {
        var run = ForecastProgram.Run(Fresh(), command.Split(' ')).Expect(2);
        Assert.Equal("", run.Output);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_the_export_is_refused()
    {
        var empty = Directory.CreateDirectory(Fresh()).FullName;
        Assert.Contains("opportunities", ForecastProgram.RunHere(Fresh(), "import", empty, "--map", "forecastengine", "--quiet").Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workspace_that_is_a_file_is_refused()
    {
        var file = Fresh();
        File.WriteAllText(file, "");
        Assert.StartsWith("error: ", ForecastProgram.RunHere(file, "status").Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_is_none_is_refused()
    {
        var folder = Directory.CreateDirectory(Fresh()).FullName;
        File.WriteAllText(Path.Combine(folder, "forecast.db"), new string('x', 5000));
        Assert.Contains("found no usable database", ForecastProgram.RunHere(folder, "status").Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_setting_that_cannot_be_read_is_refused_without_showing_it()
    {
        var run = ForecastProgram.RunHere(Fresh(), "status", "--database", "mysql://me:secret@there/db").Expect(1);
        Assert.Contains("storage setting", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_bad_rows_fail_the_import_and_nothing_is_added()
    {
        var (folder, workspace) = (HandMade(20, 20, 5), Fresh());
        var file = Path.Combine(folder, "opportunities.csv");
        File.WriteAllLines(file, File.ReadAllLines(file).Select((line, i) => i is > 0 and < 10 ? line.Replace("2025-", "in 2025-", StringComparison.Ordinal) : line));
        var strict = ForecastProgram.RunHere(workspace, "import", folder, "--map", "forecastengine", "--quiet").Expect(1);
        Assert.Contains("error: opportunities.csv: 9 of 45 rows set aside", strict.Error, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(workspace, "rejected.csv"), strict.Error, StringComparison.Ordinal);
        Assert.Contains("forecast import", ForecastProgram.RunHere(workspace, "status").Expect(0).Output, StringComparison.Ordinal);

        var lenient = ForecastProgram.RunHere(workspace, "import", folder, "--map", "forecastengine", "--max-rejected", "0.5", "--json").Expect(0).Json;
        Assert.Equal(9, lenient.GetProperty("rejectedRows").GetInt32());
        Assert.Equal(10, File.ReadAllLines(lenient.GetProperty("rejectedFile").GetString()!).Length);
    }

    [Fact]
    public void An_export_without_a_closed_deal_cannot_be_trained_on()
    {
        var workspace = Imported(0, 0, 30);
        Assert.StartsWith("error: Training: found 30 opportunities and none closed", ForecastProgram.RunHere(workspace, "train", "--quiet").Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal("", ForecastProgram.RunHere(workspace, "status", "--json").Expect(0).Json.GetProperty("champion").GetString() ?? "");
    }

    [Fact]
    public void An_export_without_lost_deals_is_not_trained_on()
    {
        var workspace = Imported(30, 0, 10);
        var error = ForecastProgram.RunHere(workspace, "train", "--quiet").Expect(1).Error.ReplaceLineEndings(" ");
        Assert.StartsWith("error: Training: found 30 won deals and no lost one by ", error, StringComparison.Ordinal);
        Assert.Contains("Export lost deals too.", error, StringComparison.Ordinal);
        Assert.Equal("", ForecastProgram.RunHere(workspace, "status",
            "--json").Expect(0).Json.GetProperty("champion").GetString() ?? "");
    }

    [Theory]
    [InlineData(15, 15, "too few")]
    public void Thin_histories_are_answered_by_a_lower_rung_with_a_warning(int won, int lost, string warning)
    {
        var workspace = Imported(won, lost, 10);
        var card = ForecastProgram.RunHere(workspace, "train", "--json").Expect(0).Json.GetProperty("card");
        Assert.Contains(card.GetProperty("warnings").EnumerateArray(), w => w.GetString()!.Contains(warning, StringComparison.Ordinal));
        Assert.NotEqual("OwnModel", card.GetProperty("rung").GetString());
        var scores = ForecastProgram.RunHere(workspace, "score", "--json").Expect(0).Json.GetProperty("scores");
        Assert.Equal(10, scores.GetArrayLength());
        foreach (var score in scores.EnumerateArray())
        {
            Assert.InRange(score.GetProperty("winProbability").GetDouble(), 0.01, 0.99);
            Assert.NotEqual("OwnModel", score.GetProperty("rung").GetString());
        }
        Assert.Contains(warning, ForecastProgram.RunHere(workspace, "score").Expect(0).Output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        ForecastProgram.RunHere(workspace, "forecast", "--by", "team").Expect(0);
        ForecastProgram.RunHere(workspace, "explain", "D035").Expect(0);
        ForecastProgram.RunHere(workspace, "evaluate").Expect(0).ExpectPlain();
        ForecastProgram.RunHere(workspace, "train").Expect(0).ExpectPlain();
    }

    private string Imported(int won, int lost, int open)
    {
        var workspace = Fresh();
        var text = ForecastProgram.RunHere(workspace, "import", HandMade(won, lost, open), "--map", "forecastengine").Expect(0).Output;
        Assert.Contains("Degraded mode", text, StringComparison.Ordinal);
        return workspace;
    }

    private string Fresh() => Path.Combine(_root, $"{Interlocked.Increment(ref _folders)}");

    /// <summary>An export in the engine's own format with so many deals of each outcome, and no history of stages.</summary>
    private string HandMade(int won, int lost, int open)
    {
        var folder = Directory.CreateDirectory(Fresh()).FullName;
        var lines = new List<string> { "id,created_at,stage,amount,closed_at" };
        for (var i = 0; i < won + lost + open; i++)
        {
            var created = new DateTime(2025, 1, 6, 9, 0, 0).AddDays(7 * (i % 40));
            var (stage, closed) = i < won ? ("Won", Text(created.AddDays(30 + i % 20))) : i < won + lost ? ("Lost", Text(created.AddDays(20 + i % 30))) : ("Proposal", "");
            lines.Add($"D{i:000},{Text(created)},{stage},{1000 + 10 * i},{closed}");
        }
        File.WriteAllLines(Path.Combine(folder, "opportunities.csv"), lines);
        return folder;

        static string Text(DateTime at) => at.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
    }
}
