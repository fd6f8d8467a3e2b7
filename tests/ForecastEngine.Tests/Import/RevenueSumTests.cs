using System.Globalization;
using CsvHelper;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Import;

/// <summary>
/// Won revenue by month, quarter and owner is what a spreadsheet sums over the CRM's own columns, to the cent.
/// </summary>
public sealed class RevenueSumTests
{
    [Fact]
    public void The_sample_s() =>
        Compare(
            Path.Combine(Repository.Root, "data", "sample"),
            "forecastengine", "opportunities.csv",
            "stage", "Closed Won", "closed_at", "amount", "owner_id");

    [Fact]
    public void Those_of_bpi2012() =>
        Compare(
            RealExportTests.Folder("bpi2012"), "bpi2012", "Opportunity.csv",
            "StageName", "Closed Won", "ClosedAt", "Amount", null);

    [Fact]
    public void Those_of_maven_crm() =>
        Compare(
            RealExportTests.Folder("maven_crm"), "maven_crm", "sales_pipeline.csv",
            "deal_stage", "Won", "close_date", "close_value", "sales_agent");

    private static void Compare(
        string folder, string map, string file, string stage, string won, string closed, string amount, string? owner)
    {
        var expected = new Dictionary<string, decimal>(StringComparer.Ordinal);
        using (var reader = new StreamReader(Path.Combine(folder, file)))
        using (var csv = new CsvReader(reader, CultureInfo.InvariantCulture))
        {
            csv.Read();
            csv.ReadHeader();
            while (csv.Read())
                if (csv.GetField(stage) == won)
                    Add(expected,
                        DateOnly.ParseExact(csv.GetField(closed)![..10], "yyyy-MM-dd", CultureInfo.InvariantCulture),
                        csv.GetField(amount) is { Length: > 0 } text
                            ? decimal.Parse(text, CultureInfo.InvariantCulture)
                            : 0,
                        owner is null ? null : csv.GetField(owner));
        }
        var history = new CrmHistory(CrmImport.Read(folder, TestExport.Load(map)).Facts);
        var found = new Dictionary<string, decimal>(StringComparer.Ordinal);
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.Final(history, i) is { Won: true } closing)
                Add(found, closing.On, closing.Amount ?? 0, owner is null ? null : closing.OwnerId);
        Assert.NotEmpty(expected);
        Assert.Equal(
            expected.OrderBy(e => e.Key, StringComparer.Ordinal),
            found.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    private static void Add(Dictionary<string, decimal> sums, DateOnly day, decimal amount, string? owner)
    {
        foreach (var key in (string[])
            [BusinessCalendar.Default.Month(day).Label, BusinessCalendar.Default.Quarter(day).Label, "owner " + owner])
            sums[key] = sums.GetValueOrDefault(key) + amount;
    }
}
