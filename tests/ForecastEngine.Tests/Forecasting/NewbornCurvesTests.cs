using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>Deals not yet created, as the model sees them.</summary>
public sealed class NewbornCurvesTests(ITestOutputHelper output)
{
    private static ForecastWorld W => ForecastWorld.Shared;

    private static NewbornCurves Newborns => NewbornCurves.From(W.Known, W.AsOf, W.Bundle.Win, GroupRates.From(W.Known, W.Bundle.Win.Features.Schema.CategoricalAttributes), W.Market.Factor)!;

    [Fact]
    public void Shares_rise_with_the_days_and_add_up()
    {
        foreach (var ahead in new[] { 1, 30, 80 })
        {
            Assert.Equal(0, Newborns.WonShare(ahead, 0, 0));
            var (first, second, both) = (Newborns.WonShare(ahead, 0, 40), Newborns.WonShare(ahead, 40, 90), Newborns.WonShare(ahead, 0, 90));
            Assert.Equal(both, first + second, 1e-12);
            Assert.InRange(both, first, 1);
        }
    }

    [Fact]
    public void Without_a_model_of_ones_own_the_recent_past_answers()
    {
        var few = new HandMadeHistory();
        for (var i = 0; i < 30; i++) few.Deal($"D{i}", i * 5, amount: 100).Stage($"D{i}", i % 2 == 0 ? "Won" : "Lost", i * 5 + 20);
        var (history, asOf) = (few.Until(200), HandMadeHistory.AsOfDay(200));
        var bundle = BundleTrainer.Train(history, asOf, ForecastWorld.Training).Bundle;
        Assert.Null(NewbornCurves.From(history, asOf, bundle.Win, GroupRates.From(history, []), bundle.Market.Factor));
        Assert.True(NewBusiness.From(history, asOf).ExpectedWins(BusinessCalendar.Default.Quarter(asOf.Date)) > 0);
    }

    [Fact]
    public void Expected_wins_of_coming_deals_agree_with_the_truth()
    {
        var (stated, actual) = (0.0, 0.0);
        foreach (var seed in new[] { 61, 62 })
        {
            var world = TrainingWorld.Simulated(new SimulationOptions { Seed = seed, Weeks = 130, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(60), ActivityDensity = 0.3, LeadDensity = 0.02 });
            var history = new CrmHistory(world.Facts);
            var asOf = TrainingWorld.Before(world, 104);
            var known = history.KnownAt(asOf);
            var bundle = BundleTrainer.Train(known, asOf, new TrainingOptions { Win = new() { Trees = 80 }, Size = new() { Trees = 5 }, Threads = 2 }).Bundle;
            var rates = GroupRates.From(known, bundle.Win.Features.Schema.CategoricalAttributes);
            var business = NewBusiness.From(known, asOf, NewbornCurves.From(known, asOf, bundle.Win, rates, bundle.Market.Factor));
            var period = BusinessCalendar.Default.Quarter(asOf.Date.AddDays(4));
            stated += business.ExpectedWins(period);
            actual += world.Truth.At(104).Revenue(period.From, period.Until, 200).ExpectedWinsOfNew;
        }
        output.WriteLine($"stated {stated:0.0}, true {actual:0.0}");
        Assert.InRange(stated / actual, 0.8, 1.25);
    }
}
