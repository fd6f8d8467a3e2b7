using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Import;

namespace ForecastEngine.Tests.Leakage;

/// <summary>A column that was written at the close and is declared known at birth must not become a feature; the same values without the knowledge must.</summary>
public sealed class ImportLeakTests : IDisposable
{
    private const int Deals = 240;
    private readonly TestExport _export = new();

    public void Dispose() => _export.Dispose();

    [Fact]
    public void A_column_that_equals_the_outcome_is_refused_at_the_import()
    {
        var result = Read(i => IsWon(i) ? "7" : "3");
        Assert.Equal("fit_score", Assert.Single(result.Report.Suspicions, s => s.IsRefused).Column);
        Assert.All(result.Facts.Opportunities, o => Assert.Empty(o.Attributes));
    }

    [Fact]
    public void A_column_filled_in_for_won_deals_only_is_refused_at_the_import()
    {
        var result = Read(i => IsWon(i) ? $"{i % 5}" : "");
        Assert.Single(result.Report.Suspicions, s => s.IsRefused);
        Assert.All(result.Facts.Opportunities, o => Assert.Empty(o.Attributes));
    }

    [Fact]
    public void The_same_values_in_another_order_are_kept()
    {
        var result = Read(i => IsWon(i * 7 + 5) ? "7" : "3");
        Assert.DoesNotContain(result.Report.Suspicions, s => s.IsRefused);
        Assert.Equal(["fit_score"], SchemaOf(result).NumericAttributes);
        Assert.NotEqual(Enumerable.Range(0, Deals).Select(IsWon), Enumerable.Range(0, Deals).Select(i => IsWon(i * 7 + 5)));
    }

    [Fact]
    public void A_column_filled_in_at_the_close_is_no_feature_though_it_does_not_tell_won_from_lost()
    {
        // Open deals lack it: an empty value would say that the deal is not about to close.
        Assert.Empty(SchemaOf(Read(i => IsOpen(i) ? "" : $"{i * 31 % 17}")).NumericAttributes);
        Assert.Equal(["fit_score"], SchemaOf(Read(i => $"{i * 31 % 17}")).NumericAttributes);
    }

    private static bool IsOpen(int deal) => deal % 4 == 3;

    private static bool IsWon(int deal) => deal % Deals * 7919 % 101 < 40;

    private static FeatureSchema SchemaOf(ImportResult result) => FeatureSchema.From(new CrmHistory(result.Facts), [7, 28, 84]);

    private ImportResult Read(Func<int, string> column) => _export.With("opportunities.csv",
    [
        "id,created_at,stage,closed_at,fit_score",
        .. Enumerable.Range(0, Deals).Select(i => $"D{i},2025-01-{1 + i % 28:00},{(IsOpen(i) ? "Proposal" : IsWon(i) ? "Won" : "Lost")},{(IsOpen(i) ? "" : "2025-03-01")},{column(i)}"),
    ]).Read();
}
