using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;
using ForecastEngine.Operations.Tables;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>Drivers, revenue forecasts and runs as tables. Probabilities are fractions 0–1, amounts in the history's currency.</summary>
public static class ScoreTables
{
    /// <summary>Why a win probability is what it is: the average deal, then each driver; the last column adds up to the win probability.</summary>
    public static DataFrame Drivers(OpportunityScore score)
    {
        var sum = score.BaseProbability ?? throw new ArgumentException($"Score of {score.OpportunityId}: found no drivers; expected an explained score. Ask for one: await bench.Explain(\"{score.OpportunityId}\").");
        var rows = new List<(string Name, double Contribution, double Sum)> { ("average deal", sum, sum) };
        foreach (var driver in score.Drivers) rows.Add((driver.Name, driver.Contribution, sum += driver.Contribution));
        return new TableOf<(string Name, double Contribution, double Sum)>().Text("driver", r => r.Name).Number("contribution", r => r.Contribution).Number("win_probability", r => r.Sum).Build(rows);
    }

    /// <summary>A row per period and part.</summary>
    public static DataFrame Forecasts(IReadOnlyList<RevenueForecast> forecasts) => new TableOf<RevenueForecast>()
        .Text("period", f => f.Period.Label).Text("name", f => f.Name)
        .Number("already_won", f => f.AlreadyWon).Number("from_open", f => f.FromOpen).Number("from_new", f => f.FromNew).Number("leaning", f => f.Leaning).Number("mean", f => f.Mean)
        .Number("low_80", f => f.BandOf(0.80).Lower).Number("high_80", f => f.BandOf(0.80).Upper).Number("low_95", f => f.BandOf(0.95).Lower).Number("high_95", f => f.BandOf(0.95).Upper)
        .Number("quota", f => (double?)f.Quota).Number("probability_to_reach_quota", f => f.ProbabilityToReachQuota)
        .Build(forecasts);

    /// <summary>The steps from an earlier to a later forecast of the same period; they add up.</summary>
    public static DataFrame Bridge(ForecastBridge bridge) => new TableOf<(string Name, double Amount)>()
        .Text("step", r => r.Name).Number("revenue", r => r.Amount).Build(
        [("before", bridge.Before), ("won", bridge.Won), ("lost", bridge.Lost), ("new", bridge.New), ("moved", bridge.Moved), ("amount", bridge.Amount), ("timing", bridge.Timing),
            ("progress", bridge.Progress), ("market", bridge.Market), ("model", bridge.Model), ("leaning", bridge.Leaning), ("late data", bridge.LateData), ("after", bridge.After)]);

    /// <summary>A row per published run, last first.</summary>
    public static DataFrame Runs(IReadOnlyList<RescoringRun> runs) => new TableOf<RescoringRun>()
        .Day("as_of", r => r.AsOf).Text("model_version", r => r.ModelVersion).Count("scores", r => (int)r.ScoreCount).Count("forecasts", r => (int)r.ForecastCount).Build(runs);
}
