using System.Text.RegularExpressions;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Tests.Import.Shapes;

namespace ForecastEngine.Tests.Import.Recognition;

/// <summary>The stage history and the record types of a Salesforce Data Export.</summary>
public sealed class SalesforceFilesTests : IDisposable
{
    private const string NewBusiness = "0125g000000AbCdAAK", Renewals = "0125g000000AbCeAAK";
    private readonly string _folder = Directory.CreateTempSubdirectory("salesforce").FullName;
    private readonly IReadOnlyList<ShapeDeal> _deals = ShapeDeals.Make(240);

    public SalesforceFilesTests() => ExportShape.Write(_folder, "salesforce", "en", _deals);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_stage_history_tells_what_the_field_history_tells()
    {
        var byFields = Stages(Import());
        File.Delete(Path.Combine(_folder, "OpportunityFieldHistory.csv"));
        // A row at every change with all values of that moment, a repeated one among them.
        WriteTable("OpportunityHistory.csv",
            ["Id", "OpportunityId", "CreatedById", "CreatedDate", "StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability", "ForecastCategory", "CurrencyIsoCode", "IsDeleted"],
            _deals.SelectMany(d => SalesforceShape.Changes(d).Select(c => (c.At, Stage: c.To)).Prepend((At: d.CreatedAt, d.Stages[0].Stage)).SelectMany(c => new[] { c, (At: c.At.AddSeconds(9), c.Stage) })
                .Select((c, n) => (string[])[$"0085g{d.Number:00000}{n:00000}AAC", SalesforceShape.Id(d), "0055g0000000001AAI", c.At.Text("yyyy-MM-dd'T'HH:mm:ss.000'Z'"),
                    c.Stage, d.Amount.Plain(), d.Amount.Plain(), d.CloseOn.Text("yyyy-MM-dd"), "40", "Pipeline", d.Currency, "false"])));
        var read = Import();
        Assert.Equal(byFields, Stages(read));
        Assert.All(read.Report.Entities, e => Assert.Equal(0, e.RowsRejected));
        Assert.False(read.Report.IsDegraded);
    }

    [Fact]
    public void Record_types_are_pipelines_where_the_export_names_them()
    {
        var file = Path.Combine(_folder, "Opportunity.csv");
        var turn = 0;
        File.WriteAllText(file, Regex.Replace(File.ReadAllText(file), NewBusiness, id => ++turn % 3 == 0 ? Renewals : id.Value));
        Assert.Empty(Understand().Pipelines);

        WriteTable("RecordType.csv", ["Id", "Name", "DeveloperName", "SobjectType", "IsActive"],
        [
            [NewBusiness, "New Business", "New_Business", "Opportunity", "true"], [Renewals, "Renewals", "Renewals", "Opportunity", "true"],
            ["0125g000000AbCfAAK", "Partner", "Partner", "Account", "true"],
        ]);
        var understood = Understand();
        Assert.Equal([("New Business", "newBusiness"), ("Renewals", "renewal")], understood.Pipelines.Select(p => (p.Name, p.Kind)));
        Assert.Equal(80, understood.Pipelines[1].Deals);
        var facts = Import().Facts;
        var pipelineOf = facts.Stages.ToDictionary(s => s.Name, s => s.Pipeline);
        Assert.Equal(80, facts.Opportunities.Count(o => pipelineOf[o.Stage!] == "Renewals"));
    }

    private Understanding Understand() => Recogniser.Run(_folder, new RecognitionOptions { Currency = "EUR" });

    private ImportResult Import()
    {
        var understood = Understand();
        Assert.Empty(understood.Questions.Select(q => QuestionWording.Of(q, o => o)));
        return CrmImport.Read(_folder, ImportMap.Parse(understood.Map!), new ImportOptions { MaxRejectedShare = 0 });
    }

    // The way of each deal; a row that repeats the stage is no step.
    private static List<(string Deal, string? Stage, DateTimeOffset At)> Stages(ImportResult read)
    {
        var changes = read.Facts.Changes.Where(c => c.Field == OpportunityField.Stage).ToLookup(c => c.OpportunityId);
        var way = new List<(string Deal, string? Stage, DateTimeOffset At)>();
        foreach (var deal in read.Facts.Opportunities)
        {
            way.Add((deal.Id, deal.Stage, deal.CreatedAt));
            foreach (var change in changes[deal.Id].OrderBy(c => c.At))
                if (change.NewValue != way[^1].Stage) way.Add((deal.Id, change.NewValue, change.At));
        }
        return way;
    }

    private void WriteTable(string name, string[] header, IEnumerable<string[]> rows) =>
        File.WriteAllLines(Path.Combine(_folder, name), rows.Prepend(header).Select(r => string.Join(',', r)));
}
