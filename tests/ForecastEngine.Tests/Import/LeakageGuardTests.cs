using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

public sealed class LeakageGuardTests : IDisposable
{
    private readonly TestExport _export = new();

    public void Dispose() => _export.Dispose();

    private TestExport Planted() => _export.With("opportunities.csv", ["id,created_at,stage,closed_at,final_status_code,fit_score,won_note", .. Enumerable.Range(0, 200).Select(i =>
        $"D{i},2025-01-01,{(i % 3 == 0 ? "Won" : "Lost")},2025-02-01,{(i % 3 == 0 ? 7 : i % 2)},0.{(i * 7919 + 13) % 97},{(i % 3 == 0 ? "note " + i : "")}")]);

    [Fact]
    public void A_planted_leak_is_refused_even_when_declared_created()
    {
        _export.Mapped(m => m.Replace("\"fit_score\": \"created\"", "\"fit_score\": \"created\", \"final_status_code\": \"created\"", StringComparison.Ordinal));
        var result = Planted().Read();
        var refused = Assert.Single(result.Report.Suspicions, s => s.IsRefused);
        Assert.Equal("final_status_code", refused.Column);
        Assert.True(refused.Strength > 0.99);
        Assert.Contains(refused.Explanation, result.Report.Warnings);
        Assert.All(result.Facts.Opportunities, o => Assert.Equal(["fit_score"], o.Attributes.Keys));
    }

    [Fact]
    public void An_unknown_column_that_is_filled_for_one_outcome_only_is_suspected()
    {
        var result = Planted().Read();
        Assert.Equal(["final_status_code", "won_note"], result.Report.Entities[0].ColumnsUnknown);
        Assert.Contains(result.Report.Suspicions, s => s is { Column: "won_note", IsRefused: false } && s.Explanation.Contains("whether it is filled", StringComparison.Ordinal));
        Assert.All(result.Facts.Opportunities, o => Assert.False(o.Attributes.ContainsKey("won_note")));
    }

    [Fact]
    public void A_built_in_field_fed_from_a_leak_is_refused_too()
    {
        _export.Mapped(m => m.Replace("\"source\": \"source\", \"region\": \"region\", \"segment\": \"segment\", \"stage\"", "\"source\": \"final_status_code\", \"stage\"", StringComparison.Ordinal));
        Assert.All(Planted().Read().Facts.Opportunities, o => Assert.Null(o.Source));
    }

    [Fact]
    public void Too_few_closed_deals_are_told_and_not_judged()
    {
        var result = _export.With("opportunities.csv", "id,created_at,stage,closed_at,fit_score", "D1,2025-01-01,Won,2025-02-01,1", "D2,2025-01-01,Lost,2025-02-01,0").Read();
        Assert.Empty(result.Report.Suspicions);
        Assert.Contains(result.Report.Warnings, w => w.StartsWith("There are too few closed records", StringComparison.Ordinal));
        Assert.Equal("1", result.Facts.Opportunities[0].Attributes["fit_score"]);
    }

    [Fact]
    public void Names_that_occur_once_do_not_pass_for_knowledge()
    {
        var test = LeakageTest.Test([.. Enumerable.Range(0, 400).Select(i => ((string?)$"id-{i}", i % 3 == 0))]);
        Assert.Equal(0.5, test!.Value.Strength, 3);
    }

    [Fact]
    public void Strength_counts_ties_half()
    {
        // By hand: won scores 1 and 3, lost 1 and 2; of four pairs one is a tie, two are in order, one is not: AUC 2.5/4.
        Assert.Equal(0.625, LeakageTest.Strength([(1, true), (3, true), (1, false), (2, false)]), 12);
    }
}
