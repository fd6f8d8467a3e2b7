using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>What a column tells alone, on deals that were closed after those that it was learnt on.</summary>
public sealed class ColumnStrengthTests
{
    // P(won) is x itself; the code is one of two names that say whether x is above a half.
    private static CrmHistory World(int deals)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < deals; i++)
        {
            var x = CounterRandom.For(1, i).Uniform();
            made.Deal($"D{i}", i / 10.0, owner: $"R{i % 4}", attributes:
                [("x", FormattableString.Invariant($"{x:0.000}")), ("code", x > 0.5 ? "high" : "low"), ("note", $"n{i}")]);
            made.Stage($"D{i}", CounterRandom.For(2, i).Uniform() < x ? "Won" : "Lost", i / 10.0 + 3);
        }
        return made.Until(deals);
    }

    private static ColumnStrength? Of(CrmHistory history, string column) =>
        ColumnStrength.Of(history, DealColumns.Of(history).Single(c => c.Name == column));

    [Fact]
    public void It_is_what_the_column_knows()
    {
        var history = World(3000);
        // Of uniform x: AUC 5/6 by the number, 3/4 by its half, 1/2 by what says nothing.
        Assert.InRange(Of(history, "x")!.Auc, 0.833 - 0.05, 0.833 + 0.05);
        Assert.InRange(Of(history, "code")!.Auc, 0.75 - 0.05, 0.75 + 0.05);
        Assert.InRange(Of(history, "owner")!.Auc, 0.5 - 0.08, 0.5 + 0.08);
        Assert.Equal((0.5, 600), (Of(history, "note")!.Auc, Of(history, "note")!.Cases));
        Assert.InRange(Of(history, "x")!.StandardError, 0.01, 0.03);
    }

    [Fact]
    public void Too_few_closed_deals_tell_nothing() => Assert.Null(Of(World(60), "x"));
}
