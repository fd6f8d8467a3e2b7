using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Operations.Tables;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>Model versions as tables.</summary>
public static class ModelTables
{
    /// <summary>A row per version. Each was measured on a window of its own, so rows do not compare; the promotion gate compares two on the same deals.</summary>
    /// <param name="cards">The cards.</param>
    /// <param name="state">Who answers.</param>
    public static DataFrame Versions(IReadOnlyList<ModelCard> cards, RegistryState state) => new TableOf<ModelCard>()
        .Text("version", c => c.Version)
        .Text("role", c => c.Version == state.Champion ? "champion" : c.Version == state.Challenger ? "challenger" : state.Earlier.Contains(c.Version) ? "earlier" : "")
        .Day("data_until", c => c.DataUntil).Text("rung", c => c.Rung).Count("closed_deals", c => c.Counts.Won + c.Counts.Lost)
        .Number("log_loss", c => c.Metric("log loss")?.Value).Number("stage_rate_log_loss", c => c.Metric("log loss of the stage rate")?.Value).Number("auc", c => c.Metric("AUC")?.Value)
        .Build(cards);

    /// <summary>Versions side by side: a row per setting in which they differ, a column per version.</summary>
    public static DataFrame Settings(IReadOnlyList<ModelCard> cards)
    {
        var names = cards.SelectMany(c => c.Options.Keys).Distinct().Where(n => cards.Select(c => c.Options.GetValueOrDefault(n)).Distinct().Count() > 1).Order(StringComparer.Ordinal).ToList();
        var table = new TableOf<string>().Text("setting", n => n);
        foreach (var card in cards) table.Text(card.Version, n => card.Options.GetValueOrDefault(n));
        return table.Build(names);
    }

    /// <summary>The engine beside plain boosting, the stage rate and a constant on the same deals: a row per question, as
    /// <c>forecast evaluate --beside boosting</c> tells it. Below 0 in <c>less_boosting</c> the engine is nearer.</summary>
    public static DataFrame Beside(EvaluateLandmarksResult result) => new TableOf<BesideResult>()
        .Text("judged", b => b.Target == BesideTarget.WonEventually ? "won eventually" : FormattableString.Invariant($"won within {b.WithinDays:0} days")).Count("age_days", b => b.AgeDays)
        .Count("deals", b => b.Deals).Count("won", b => b.Won).Number("auc", b => b.Auc).Number("boosting_auc", b => b.BoostingAuc).Number("auc_standard_error", b => b.AucStandardError)
        .Number("log_loss", b => b.LogLoss).Number("less_boosting", b => b.LessBoosting.Estimate).Number("lower", b => b.LessBoosting.Lower).Number("upper", b => b.LessBoosting.Upper)
        .Number("less_stage_rate", b => b.LessStageRate.Estimate).Number("less_constant", b => b.LessConstant.Estimate).Build(result.Beside);

    /// <summary>What a version was measured by: a row per figure of its card.</summary>
    public static DataFrame Metrics(ModelCard card) => new TableOf<ModelMetric>()
        .Text("measure", m => m.Name).Number("value", m => m.Value).Count("cases", m => m.Count).Text("note", m => m.Note).Build(card.Metrics);
}
