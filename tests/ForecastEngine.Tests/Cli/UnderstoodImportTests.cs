namespace ForecastEngine.Tests.Cli;

/// <summary>The command line on exports without a map, and its commands for maps.</summary>
public sealed class UnderstoodImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("understood").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Workspace => Path.Combine(_folder, "workspace");

    [Fact]
    public void An_export_goes_in_by_one_command_and_one_yes()
    {
        var file = Write("deals.csv", "Won");
        var asked = ForecastProgram.RunHere(Workspace, "import", file, "--currency", "EUR", "--quiet").Expect(1);
        asked.ExpectPlain();
        Assert.Contains("--yes", asked.Error, StringComparison.Ordinal);
        Assert.Contains("Stages", asked.Output, StringComparison.Ordinal);
        var json = ForecastProgram.RunHere(Workspace, "import", file, "--currency", "EUR", "--yes", "--json").Expect(0).Json;
        Assert.Equal((60, 0), (json.GetProperty("opportunities").GetInt32(), json.GetProperty("rejectedRows").GetInt32()));
        Assert.Equal("spreadsheet", json.GetProperty("understanding").GetProperty("layout").GetString());

        // The map stays: another file of the folder is not read, and the currency is known.
        Write("other.csv", "Won");
        json = ForecastProgram.RunHere(Workspace, "import", file, "--yes", "--json").Expect(0).Json;
        Assert.Equal(0, json.GetProperty("total").GetProperty("added").GetInt32());
        Assert.Contains("no fault", ForecastProgram.RunHere(Workspace, "map", "check").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("\"Deal Id\"", ForecastProgram.RunHere(Workspace, "map", "show").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_stops_the_import_and_says_how_to_answer()
    {
        var file = Write("deals.csv", "Ausgeführt");
        var asked = ForecastProgram.RunHere(Workspace, "import", file, "--currency", "EUR", "--yes", "--quiet").Expect(1);
        Assert.Contains("--won", asked.Output, StringComparison.Ordinal);
        Assert.Contains("nothing was imported", asked.Error, StringComparison.Ordinal);
        var json = ForecastProgram.RunHere(Workspace, "import", file, "--currency", "EUR", "--yes", "--json").Expect(1).Json;
        Assert.Equal("Stages", json.GetProperty("understanding").GetProperty("questions")[0].GetProperty("about").GetString());
        ForecastProgram.RunHere(Workspace, "import", file, "--currency", "EUR", "--won", "Ausgeführt", "--yes", "--json").Expect(0);
    }

    [Fact]
    public void Ready_maps_and_the_schema_are_shown()
    {
        Assert.Contains("hubspot", ForecastProgram.RunHere(Workspace, "map", "list").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("no fault", ForecastProgram.RunHere(Workspace, "map", "check", "hubspot").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("$defs", ForecastProgram.RunHere(Workspace, "map", "schema").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("expected one of", ForecastProgram.RunHere(Workspace, "map", "show", "nothing").Expect(1).Error, StringComparison.Ordinal);
    }

    private string Write(string name, string won)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path, ["Deal Id,Deal Name,Stage,Amount,Created Date,Close Date", .. Enumerable.Range(1, 60)
            .Select(n => $"{n},Deal {n},{(n % 3 == 0 ? won : n % 3 == 1 ? "Lost" : "Angebot")},{100 * n},2025-06-0{1 + n % 9},{(n % 3 == 2 ? "2025-12-01" : "2025-03-01")}")]);
        return path;
    }
}
