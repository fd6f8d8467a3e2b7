using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using static ForecastEngine.Tests.HandMadeHistory;

namespace ForecastEngine.Tests.Snapshots;

public sealed class FeatureSchemaTests
{
    private static FeatureSchema Schema(Func<int, bool, bool> hasField)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 300; i++)
        {
            var closed = i % 3 != 0;
            var filled = hasField(i, closed);
            made.Deal($"D{i}", i / 10.0, owner: $"R{i % 4}", account: filled ? $"C{i % 20}" : null, source: filled ? i % 2 == 0 ? "Web" : "Fair" : null,
                attributes: filled ? [("size", $"{i}"), ("colour", i % 5 == 0 ? "red" : "blue")] : []);
            if (closed) made.Stage($"D{i}", i % 2 == 0 ? "Won" : "Lost", i / 10.0 + 20);
        }
        return FeatureSchema.From(made.Until(100), [1, 5, 20]);
    }

    [Theory]
    [InlineData(250, false)]
    [InlineData(272, true)]
    public void Months_are_columns_only_after_five_years(int weeks, bool expected)
    {
        var facts = SimulatedWorld.Generate(new SimulationOptions { Weeks = weeks, OpportunitiesPerWeek = 3, LeadDensity = 0 }).Facts;
        Assert.Equal(expected, FeatureSchema.From(new CrmHistory(facts), []).HasSeasons);
    }

    [Fact]
    public void A_field_that_only_closed_deals_have_is_no_feature()
    {
        var schema = Schema((i, closed) => closed || i % 2 == 0);
        Assert.Equal(["owner"], schema.RateColumns);
        Assert.Empty(schema.NumericAttributes);
        Assert.False(schema.HasAccounts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_field_that_is_empty_for_other_reasons_is_one(bool whereClosed)
    {
        var schema = Schema((i, closed) => whereClosed ? !closed || i % 4 != 0 : i % 7 != 0);
        Assert.Equal(["owner", "source", "attribute:colour"], schema.RateColumns);
        Assert.Equal(["size"], schema.NumericAttributes);
        Assert.True(schema.HasAccounts);
    }
}
