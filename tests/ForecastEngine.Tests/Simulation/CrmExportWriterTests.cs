using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

/// <summary>The export is the engine's own format, to the byte.</summary>
public sealed class CrmExportWriterTests : IDisposable
{
    private static readonly SimulationOptions Small = new() { Seed = 11, OpportunitiesPerWeek = 12, Weeks = 70, RecordingLagShare = 0.1 };
    private readonly string _folder = Directory.CreateTempSubdirectory("export").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_seed_gives_the_same_bytes_with_one_thread_and_with_two()
    {
        Assert.Equal(Written(Small, 1), Written(Small, 2));
        Assert.Equal(Written(Small, 2), Written(Small, 2));
    }

    [Fact]
    public void Another_seed_gives_other_files()
    {
        var (one, other) = (Written(Small, 2), Written(Small with { Seed = 12 }, 2));
        foreach (var file in new[] { "opportunities.csv", "opportunity_changes.csv", "activities.csv", "leads.csv", "line_items.csv" })
            Assert.NotEqual(one[file], other[file]);
    }

    [Fact]
    public void The_culture_does_not_change_the_bytes()
    {
        var expected = Written(Small, 1);
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            Assert.Equal(expected, Written(Small, 1));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_headers_are_those_of_the_format()
    {
        var headers = Written(Small, 2).ToDictionary(f => f.Key, f => f.Value[..f.Value.IndexOf('\n', StringComparison.Ordinal)]);
        Assert.Equal(new Dictionary<string, string>
        {
            ["opportunities.csv"] = "id,name,created_at,recorded_at,account_id,lead_id,owner_id,product_id,source,region,segment,stage,amount,currency,planned_close_on,crm_probability,forecast_category,closed_at,fit_score",
            ["opportunity_changes.csv"] = "opportunity_id,field,old_value,new_value,changed_at,recorded_at,changed_by",
            ["activities.csv"] = "id,opportunity_id,lead_id,account_id,kind,at,recorded_at,owner_id",
            ["leads.csv"] = "id,created_at,recorded_at,source,region,segment,account_id,owner_id,converted_at,opportunity_id,disqualified_at",
            ["accounts.csv"] = "id,name,industry,region,segment,recorded_at",
            ["products.csv"] = "id,name,family,list_price,recorded_at",
            ["line_items.csv"] = "id,opportunity_id,product_id,quantity,amount,recorded_at",
            ["sales_reps.csv"] = "id,name,team_id",
            ["teams.csv"] = "id,name,parent_team_id",
            ["quotas.csv"] = "team_id,owner_id,from,until,amount,recorded_at",
            ["stages.csv"] = "name,order,kind,crm_probability",
        }, headers);
    }

    [Fact]
    public void Values_at_birth_can_be_rebuilt_from_the_files()
    {
        // Birth value = old value of the first change, or the current value when there was none.
        var facts = SimulatedWorld.Generate(Small).Facts;
        var files = Written(Small, 2);
        var first = new Dictionary<(string, string), string>();
        foreach (var row in Rows(files["opportunity_changes.csv"])) first.TryAdd((row[0], row[1]), row[2]);
        var rows = Rows(files["opportunities.csv"]).ToDictionary(r => r[0]);
        Assert.Equal(facts.Opportunities.Count, rows.Count);
        foreach (var o in facts.Opportunities)
        {
            var row = rows[o.Id];
            Assert.Equal(o.Amount, decimal.Parse(first.GetValueOrDefault((o.Id, "Amount"), row[12]), CultureInfo.InvariantCulture));
            Assert.Equal(o.PlannedCloseOn, DateOnly.ParseExact(first.GetValueOrDefault((o.Id, "PlannedCloseOn"), row[14]), "yyyy-MM-dd", CultureInfo.InvariantCulture));
            Assert.Equal(o.CrmProbability, double.Parse(first.GetValueOrDefault((o.Id, "CrmProbability"), row[15]), CultureInfo.InvariantCulture));
            Assert.Equal("", first[(o.Id, "Stage")]);
            Assert.Equal(o.Attributes["fit_score"], row[18]);
        }
    }

    [Fact]
    public void Opportunities_show_the_last_recorded_values()
    {
        var files = Written(Small, 2);
        var last = new Dictionary<(string, string), string[]>();
        foreach (var row in Rows(files["opportunity_changes.csv"]))
            if (!last.TryGetValue((row[0], row[1]), out var before) || string.CompareOrdinal(before[5], row[5]) <= 0) last[(row[0], row[1])] = row;
        foreach (var row in Rows(files["opportunities.csv"]))
        {
            var stage = last[(row[0], "Stage")];
            Assert.Equal(stage[3], row[11]);
            Assert.Equal(stage[3].StartsWith("Closed", StringComparison.Ordinal) ? stage[4] : "", row[17]);
            if (last.TryGetValue((row[0], "Amount"), out var amount)) Assert.Equal(amount[3], row[12]);
            if (last.TryGetValue((row[0], "ForecastCategory"), out var category)) Assert.Equal(category[3], row[16]);
        }
    }

    [Fact]
    public void Cells_with_commas_quotes_and_line_breaks_are_quoted()
    {
        CrmExportWriter.Write(new CrmFacts
        {
            Currency = "EUR", Stages = [], Accounts = [new Account("1", "Fish, \"fresh\"", "a\nb", null, "", DateTimeOffset.UnixEpoch)],
        }, _folder);
        Assert.Equal("id,name,industry,region,segment,recorded_at\n1,\"Fish, \"\"fresh\"\"\",\"a\nb\",,,1970-01-01T00:00:00Z\n", File.ReadAllText(Path.Combine(_folder, "accounts.csv")));
    }

    private Dictionary<string, string> Written(SimulationOptions options, int threads)
    {
        CrmExportWriter.Write(SimulatedWorld.Generate(options, threads).Facts, _folder);
        return Directory.EnumerateFiles(_folder).ToDictionary(f => Path.GetFileName(f)!, File.ReadAllText);
    }

    // The generated worlds hold no cell that needs quotes.
    private static IEnumerable<string[]> Rows(string file) => file.TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(','));
}
