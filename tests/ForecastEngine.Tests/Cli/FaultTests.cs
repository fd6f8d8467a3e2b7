namespace ForecastEngine.Tests.Cli;

/// <summary>What goes wrong is said in words on stderr with a fitting exit code, and stdout stays empty.</summary>
public sealed class FaultTests(SmallWorkspace world) : IClassFixture<SmallWorkspace>
{
    [Theory]
    [InlineData("train", "forecast import")]
    [InlineData("score", "forecast train")]
    [InlineData("forecast", "forecast train")]
    [InlineData("explain X", "forecast train")]
    [InlineData("evaluate", "forecast import")]
    [InlineData("models show 2026-01-01-00000000", "no such folder")]
    [InlineData("models rollback", "no earlier champion")]
    [InlineData("import /no/such/folder --map forecastengine", "no such folder")]
    [InlineData("import . --map nonesuch", "expected one of bpi2012")]
    [InlineData("import . --map no/such/map.json", "expected one of bpi2012")]
    public void An_empty_workspace_says_what_to_do(string command, string expected)
    {
        var run = ForecastProgram.Run(world.Fresh(), [.. command.Split(' '), "--json", "--quiet"]).Expect(1);
        Assert.Equal("", run.Output);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("expected", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_workspace_has_a_status_and_no_models()
    {
        var fresh = world.Fresh();
        Assert.Contains("forecast import", ForecastProgram.Run(fresh, "status").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("forecast train", ForecastProgram.Run(fresh, "models", "list").Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("score --no-such-option")]
    [InlineData("nonesuch")]
    [InlineData("import")]
    [InlineData("import folder")]
    [InlineData("score --top few")]
    [InlineData("score --as-of 2026-02-30")]
    [InlineData("score --as-of tomorrow")]
    [InlineData("score --threads 0")]
    [InlineData("forecast --by month")]
    [InlineData("forecast --periods 13")]
    [InlineData("evaluate --cut 1.5")]
    [InlineData("evaluate --ages 0,x")]
    [InlineData("import folder --map forecastengine --max-rejected 2")]
    [InlineData("simulate --out x --weeks 0")]
    public void Wrong_arguments_end_with_2(string command)
    {
        var run = ForecastProgram.Run(world.Fresh(), command.Split(' ')).Expect(2);
        Assert.Equal("", run.Output);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_deal_is_answered_with_similar_ids() =>
        Assert.Contains("Did you mean", ForecastProgram.Run(world.Folder, "explain", world.OpenDeal[..^1]).Expect(1).Error, StringComparison.Ordinal);

    [Fact]
    public void A_folder_without_the_export_is_refused()
    {
        var empty = Directory.CreateDirectory(world.Fresh()).FullName;
        Assert.Contains("opportunities", ForecastProgram.Run(world.Fresh(), "import", empty, "--map", "forecastengine", "--quiet").Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_workspace_that_is_a_file_is_refused()
    {
        var file = world.Fresh();
        File.WriteAllText(file, "");
        Assert.StartsWith("error: ", ForecastProgram.Run(file, "status").Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_setting_that_cannot_be_read_is_refused_without_showing_it()
    {
        var run = ForecastProgram.Run(world.Fresh(), "status", "--database", "mysql://me:secret@there/db").Expect(1);
        Assert.Contains("storage setting", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_bad_rows_fail_the_import_and_nothing_is_added()
    {
        var (folder, workspace) = (world.HandMade(20, 20, 5), world.Fresh());
        var file = Path.Combine(folder, "opportunities.csv");
        File.WriteAllLines(file, File.ReadAllLines(file).Select((line, i) => i is > 0 and < 10 ? line.Replace("2025-", "in 2025-", StringComparison.Ordinal) : line));
        Assert.StartsWith("error: ", ForecastProgram.Run(workspace, "import", folder, "--map", "forecastengine", "--quiet").Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("forecast import", ForecastProgram.Run(workspace, "status").Expect(0).Output, StringComparison.Ordinal);

        var lenient = ForecastProgram.Run(workspace, "import", folder, "--map", "forecastengine", "--max-rejected", "0.5", "--json").Expect(0).Json;
        Assert.Equal(9, lenient.GetProperty("rejectedRows").GetInt32());
        Assert.Equal(10, File.ReadAllLines(lenient.GetProperty("rejectedFile").GetString()!).Length);
    }

    [Fact]
    public void An_export_without_a_closed_deal_cannot_be_trained_on()
    {
        var workspace = Imported(0, 0, 30);
        Assert.StartsWith("error: Training: found 30 opportunities and none closed", ForecastProgram.Run(workspace, "train", "--quiet").Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal("", ForecastProgram.Run(workspace, "status", "--json").Expect(0).Json.GetProperty("champion").GetString() ?? "");
    }

    [Theory]
    [InlineData(30, 0, "Only one class", "GlobalRate")]
    [InlineData(15, 15, "too few", null)]
    public void Thin_histories_are_answered_by_a_lower_rung_with_a_warning(int won, int lost, string warning, string? rung)
    {
        var workspace = Imported(won, lost, 10);
        var card = ForecastProgram.Run(workspace, "train", "--json").Expect(0).Json.GetProperty("card");
        Assert.Contains(card.GetProperty("warnings").EnumerateArray(), w => w.GetString()!.Contains(warning, StringComparison.Ordinal));
        Assert.NotEqual("OwnModel", card.GetProperty("rung").GetString());
        var scores = ForecastProgram.Run(workspace, "score", "--json").Expect(0).Json.GetProperty("scores");
        Assert.Equal(10, scores.GetArrayLength());
        foreach (var score in scores.EnumerateArray())
        {
            Assert.InRange(score.GetProperty("winProbability").GetDouble(), 0.01, 0.99);
            if (rung is not null) Assert.Equal(rung, score.GetProperty("rung").GetString());
        }
        Assert.Contains(warning, ForecastProgram.Run(workspace, "score").Expect(0).Output.ReplaceLineEndings(" ").Replace("  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        ForecastProgram.Run(workspace, "forecast", "--by", "team").Expect(0);
        ForecastProgram.Run(workspace, "explain", "D035").Expect(0);
        ForecastProgram.Run(workspace, "evaluate").Expect(0);
    }

    private string Imported(int won, int lost, int open)
    {
        var workspace = world.Fresh();
        var text = ForecastProgram.Run(workspace, "import", world.HandMade(won, lost, open), "--map", "forecastengine").Expect(0).Output;
        Assert.Contains("Degraded mode", text, StringComparison.Ordinal);
        return workspace;
    }
}
