using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>A challenger that wins on deals is held against the champion on revenue.</summary>
public sealed class TrainModelsTests(OperationsWorld world)
{
    [Fact]
    public async Task A_promotion_tells_how_both_forecast_the_weeks_that_neither_had_seen()
    {
        await using var database = TestDatabase.Sqlite();
        var folder = Directory.CreateTempSubdirectory("forecast-gate-").FullName;
        try
        {
            using var workspace = Workspace.Open(folder, TimeProvider.System, database.Options.Location);
            ImportCrm.Run(workspace, world.Late, TestExport.Load("forecastengine"));
            var token = TestContext.Current.CancellationToken;
            // Learnt by heart, eight months ago.
            var champion = TrainModels.Run(workspace, OperationsWorld.EarlyDay.AddDays(-7 * 35), LeakWorld.ByHeart, cancellation: token);
            var result = TrainModels.Run(workspace, OperationsWorld.EarlyDay, LeakWorld.Quick, cancellation: token);
            Assert.True(result.Decision.Promote, result.Decision.Reason);
            Assert.Contains("Revenue does not speak against it: CRPS ", result.Decision.Reason, StringComparison.Ordinal);
            Assert.Equal(result.Decision.Reason, workspace.Trainings.Of(result.Card.Version)!.Reason);

            // The champion's figures again, from its own bundle on what was known each Sunday.
            var history = workspace.History.Load(AsOf.EndOf(OperationsWorld.EarlyDay), token);
            var bundle = workspace.BundleOf(workspace.Models.Get(champion.Card.Version));
            var windows = RevenueWeeks.Between(BusinessCalendar.Default, result.Trained.Check!.From, AsOf.EndOf(OperationsWorld.EarlyDay));
            Assert.Equal((13, champion.Card.DataUntil, OperationsWorld.EarlyDay), (windows.Count, windows[0].Cutoff.Date, windows[^1].Period.Until));
            var scores = windows.Select(w =>
            {
                var forecast = PipelineForecast.From(bundle, history.KnownAt(w.Cutoff), w.Cutoff, [], new ScoringOptions { ExplainTop = 0, Threads = 2 }, null, token).Forecaster.Forecast(w.Period)[0];
                var actual = WonDeal.Revenue(WonDeal.KnownAt(history, AsOf.EndOf(OperationsWorld.EarlyDay)), w.Period.From, w.Period.Until);
                var band = forecast.Distribution!.Band(0.80);
                return (Crps: forecast.Distribution.Crps(actual), Covers: actual >= band.Lower && actual <= band.Upper ? 1.0 : 0);
            }).ToArray();
            var revenue = result.Decision.Revenue!;
            Assert.Equal(13, revenue.Windows);
            Assert.Equal(scores.Average(s => s.Crps), revenue.ChampionCrps!.Value, 1e-6);
            Assert.Equal(scores.Average(s => s.Covers), revenue.ChampionCoverage!.Value, 1e-12);
            Assert.NotEqual(revenue.ChampionCrps, revenue.ChallengerCrps);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("2025-01-05", "2025-02-02", 4, "2025-W02", "2025-W05")] // a Sunday to a Sunday
    [InlineData("2025-01-06", "2025-02-02", 3, "2025-W03", "2025-W05")] // a Monday may be known: its week is not unseen
    [InlineData("2025-01-05", "2025-02-01", 3, "2025-W02", "2025-W04")] // the last week is not over
    [InlineData("2025-01-05", "2025-07-06", 13, "2025-W02", "2025-W27")] // of 26 weeks the first, the last and eleven between
    [InlineData("2025-01-05", "2025-01-08", 0, "", "")]
    public void Weeks_are_whole_and_begin_after_what_both_know(string from, string until, int count, string first, string last)
    {
        var windows = RevenueWeeks.Between(BusinessCalendar.Default, AsOf.EndOf(DateOnly.Parse(from, null)), AsOf.EndOf(DateOnly.Parse(until, null)));
        Assert.Equal(count, windows.Count);
        Assert.Equal(count, windows.Distinct().Count());
        Assert.All(windows, w => Assert.Equal(w.Period.From.AddDays(-1), w.Cutoff.Date));
        if (count > 0) Assert.Equal((first, last), (windows[0].Period.Label, windows[^1].Period.Label));
    }
}
