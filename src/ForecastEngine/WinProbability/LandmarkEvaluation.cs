using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>How well a model told the newest opportunities apart at one age, against the stage rate.</summary>
/// <param name="AgeDays">Age at which the still open deals were judged; 0 is the creation.</param>
/// <param name="Cases">Deals open then.</param>
/// <param name="Open">Of them still open at the end of the data; they count as not won.</param>
/// <param name="Won">Of them won by the end of the data.</param>
/// <param name="Auc">Area under the ROC curve.</param>
/// <param name="LogLoss">Nats.</param>
/// <param name="StageRateAuc">The same for the honest stage rate.</param>
/// <param name="StageRateLogLoss">The same for the honest stage rate, nats.</param>
/// <param name="AucStandardError">Hanley and McNeil 1982.</param>
/// <param name="Outcome">Does it tell won from lost, whatever the time left?</param>
public sealed record LandmarkResult(int AgeDays, int Cases, int Open, int Won, double Auc, double LogLoss, double StageRateAuc, double StageRateLogLoss, double AucStandardError, OutcomeSkill Outcome);

/// <summary>
/// Judges a model on opportunities created after its cutoff, at fixed ages: label won by the end of the data, probability =
/// incidence of won to that day.
/// </summary>
public static class LandmarkEvaluation
{
    /// <summary>A result per age.</summary>
    /// <param name="model">Trained on nothing after the creation of the first judged opportunity.</param>
    /// <param name="history">The whole history.</param>
    /// <param name="rates">Group rates of the whole history; each look is as-of.</param>
    /// <param name="first">Position of the first judged opportunity in the history.</param>
    /// <param name="ages">Ages in days.</param>
    public static IReadOnlyList<LandmarkResult> Run(WinProbabilityModel model, CrmHistory history, GroupRates rates, int first, IReadOnlyList<int> ages)
    {
        var taker = new SnapshotTaker(history, model.Features, rates);
        var results = new List<LandmarkResult>();
        foreach (var age in ages)
        {
            var (p, stage, y, deals, open) = (new List<double>(), new List<double>(), new List<double>(), new List<(HazardCurve, double, double?, bool)>(), 0);
            for (var i = first; i < history.Opportunities.Length; i++)
            {
                var asOf = AsOf.At(history.Opportunities[i].CreatedAt.AddDays(age));
                if (asOf.Instant > history.ExportedAt || taker.Take(i, asOf) is not { } snapshot) continue;
                var days = (history.ExportedAt - asOf.Instant).TotalDays + 1e-6;
                var curve = model.Evaluate(snapshot);
                p.Add(curve.WonWithin(days));
                stage.Add(model.FromLogOdds(model.Won.StageRates.LogOdds(snapshot.Stage), model.Lost.StageRates.LogOdds(snapshot.Stage)).WonWithin(days));
                var closing = Closing.FirstAfter(history, i, asOf);
                if (closing is null) open++;
                deals.Add((curve, days, closing is null ? null : (closing.At - asOf.Instant).TotalDays, closing is { Won: true }));
                y.Add(closing is { Won: true } ? 1 : 0);
            }
            if (y.Count == 0) continue;
            var auc = ProbabilityScores.Auc([.. p], [.. y]);
            results.Add(new LandmarkResult(age, y.Count, open, (int)y.Sum(), auc, ProbabilityScores.LogLoss([.. p], [.. y]),
                ProbabilityScores.Auc([.. stage], [.. y]), ProbabilityScores.LogLoss([.. stage], [.. y]), RocStandardError.Of(auc, (int)y.Sum(), y.Count),
                OutcomeSkill.Of(deals)));
        }
        return results;
    }
}
