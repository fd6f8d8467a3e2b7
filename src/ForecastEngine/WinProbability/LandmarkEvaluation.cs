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
/// <param name="AucAmongPeers">
/// Does the win probability tell won from lost? Area under the ROC curve among closed deals that were created next to each other
/// (<see cref="PeerAuc"/>): older deals were watched longer and seasons differ, which any clock can tell.
/// </param>
/// <param name="AucAmongPeersStandardError">Its standard error.</param>
public sealed record LandmarkResult(int AgeDays, int Cases, int Open, int Won, double Auc, double LogLoss, double StageRateAuc, double StageRateLogLoss, double AucStandardError,
    double AucAmongPeers, double AucAmongPeersStandardError)
{
    /// <summary>True when won deals cannot be told from lost ones better than by a coin at two standard errors.</summary>
    public bool FindsNoSkill => !(AucAmongPeers - 2 * AucAmongPeersStandardError > 0.5);
}

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
            var (p, stage, y) = (new List<double>(), new List<double>(), new List<double>());
            var (ultimate, outcomes) = (new List<double>(), new List<double>());
            for (var i = first; i < history.Opportunities.Length; i++)
            {
                var asOf = AsOf.At(history.Opportunities[i].CreatedAt.AddDays(age));
                if (asOf.Instant > history.ExportedAt || taker.Take(i, asOf) is not { } snapshot) continue;
                var days = (history.ExportedAt - asOf.Instant).TotalDays + 1e-6;
                var curve = model.Evaluate(snapshot);
                p.Add(curve.WonWithin(days));
                stage.Add(model.StageRateCurve(snapshot.Stage).WonWithin(days));
                var closing = Closing.FirstAfter(history, i, asOf);
                y.Add(closing is { Won: true } ? 1 : 0);
                if (closing is null) continue;
                ultimate.Add(curve.WinProbability);
                outcomes.Add(y[^1]);
            }
            if (y.Count == 0) continue;
            var auc = ProbabilityScores.Auc([.. p], [.. y]);
            var among = PeerAuc.Of(ultimate, outcomes);
            results.Add(new LandmarkResult(age, y.Count, y.Count - outcomes.Count, (int)y.Sum(), auc, ProbabilityScores.LogLoss([.. p], [.. y]),
                ProbabilityScores.Auc([.. stage], [.. y]), ProbabilityScores.LogLoss([.. stage], [.. y]), RocStandardError.Of(auc, (int)y.Sum(), y.Count),
                among.Auc, among.StandardError));
        }
        return results;
    }
}
