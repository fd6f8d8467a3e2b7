using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>Scores, drivers and revenue forecasts as tables. Probabilities are fractions 0–1, amounts in the history's currency.</summary>
public static class ScoreTables
{
    /// <summary>A row per scored deal.</summary>
    public static DataFrame Scores(IReadOnlyList<OpportunityScore> scores) => new TableOf<OpportunityScore>(scores)
        .Text("opportunity_id", s => s.OpportunityId).Text("name", s => s.Name).Text("stage", s => s.Stage).Text("grade", s => s.Grade.ToString())
        .Number("win_probability", s => s.WinProbability).Number("trend", s => s.Trend).Number("crm_probability", s => s.CrmProbability)
        .Day("close_from", s => s.CloseFrom).Day("close_on", s => s.ExpectedCloseOn).Day("close_until", s => s.CloseUntil).Day("planned_close_on", s => s.PlannedCloseOn)
        .Number("amount", s => (double?)s.Amount).Number("expected_amount", s => s.ExpectedAmount).Number("amount_low", s => s.AmountBand?.Lower).Number("amount_high", s => s.AmountBand?.Upper)
        .Number("expected_revenue", s => s.ExpectedRevenue)
        .Text("owner_id", s => s.OwnerId).Text("team_id", s => s.TeamId).Text("product_id", s => s.ProductId).Text("region", s => s.Region).Text("rung", s => s.Rung.ToString())
        .Build();

    /// <summary>Why a win probability is what it is: the average deal, then each driver; the last column adds up to the win probability.</summary>
    public static DataFrame Drivers(OpportunityScore score)
    {
        var sum = score.BaseProbability ?? throw new ArgumentException($"Score of {score.OpportunityId}: found no drivers; expected an explained score. Ask for one: await bench.Explain(\"{score.OpportunityId}\").");
        var rows = new List<(string Name, double Contribution, double Sum)> { ("average deal", sum, sum) };
        foreach (var driver in score.Drivers) rows.Add((driver.Name, driver.Contribution, sum += driver.Contribution));
        return new TableOf<(string Name, double Contribution, double Sum)>(rows).Text("driver", r => r.Name).Number("contribution", r => r.Contribution).Number("win_probability", r => r.Sum).Build();
    }

    /// <summary>A row per period and part.</summary>
    public static DataFrame Forecasts(IReadOnlyList<RevenueForecast> forecasts) => new TableOf<RevenueForecast>(forecasts)
        .Text("period", f => f.Period.Label).Text("part", f => f.Name)
        .Number("already_won", f => f.AlreadyWon).Number("from_open", f => f.FromOpen).Number("from_new", f => f.FromNew).Number("mean", f => f.Mean)
        .Number("low_80", f => f.BandOf(0.80).Lower).Number("high_80", f => f.BandOf(0.80).Upper).Number("low_95", f => f.BandOf(0.95).Lower).Number("high_95", f => f.BandOf(0.95).Upper)
        .Number("quota", f => (double?)f.Quota).Number("p_quota", f => f.ProbabilityToReachQuota)
        .Build();

    /// <summary>The steps from an earlier to a later forecast of the same period; they add up.</summary>
    public static DataFrame Bridge(ForecastBridge bridge) => new TableOf<(string Name, double Amount)>(
        [("before", bridge.Before), ("won", bridge.Won), ("lost", bridge.Lost), ("new", bridge.New), ("moved", bridge.Moved), ("amount", bridge.Amount), ("timing", bridge.Timing),
            ("progress", bridge.Progress), ("market", bridge.Market), ("model", bridge.Model), ("late data", bridge.LateData), ("after", bridge.After)])
        .Text("step", r => r.Name).Number("revenue", r => r.Amount).Build();

    /// <summary>A row per published run, last first.</summary>
    public static DataFrame Runs(IReadOnlyList<RescoringRun> runs) => new TableOf<RescoringRun>(runs)
        .Day("as_of", r => r.AsOf).Text("model_version", r => r.ModelVersion).Count("scores", r => (int)r.ScoreCount).Count("forecasts", r => (int)r.ForecastCount).Build();
}
