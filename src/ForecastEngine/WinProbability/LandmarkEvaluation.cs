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
/// AUC among deals created next to each other, <see cref="LandmarkEvaluation.PeerDeals"/> at a time. Older deals were watched longer and
/// seasons differ, which any clock can tell; only this part of the AUC is about the deals themselves.
/// </param>
/// <param name="AucAmongPeersStandardError">Its standard error.</param>
public sealed record LandmarkResult(int AgeDays, int Cases, int Open, int Won, double Auc, double LogLoss, double StageRateAuc, double StageRateLogLoss, double AucStandardError,
    double AucAmongPeers, double AucAmongPeersStandardError)
{
    /// <summary>True when the deals cannot be told apart better than by a coin at two standard errors.</summary>
    public bool FindsNoSkill => !(Math.Abs(AucAmongPeers - 0.5) >= 2 * AucAmongPeersStandardError);
}

/// <summary>
/// Judges a model on opportunities created after its cutoff, at fixed ages: label won by the end of the data, probability =
/// incidence of won to that day.
/// </summary>
public static class LandmarkEvaluation
{
    /// <summary>How many deals, in order of creation, count as watched alike.</summary>
    public const int PeerDeals = 40;

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
            var (p, stage, y, open) = (new List<double>(), new List<double>(), new List<double>(), 0);
            for (var i = first; i < history.Opportunities.Length; i++)
            {
                var asOf = AsOf.At(history.Opportunities[i].CreatedAt.AddDays(age));
                if (asOf.Instant > history.ExportedAt || taker.Take(i, asOf) is not { } snapshot) continue;
                var days = (history.ExportedAt - asOf.Instant).TotalDays + 1e-6;
                p.Add(model.Evaluate(snapshot).WonWithin(days));
                stage.Add(model.FromLogOdds(model.Won.StageRates.LogOdds(snapshot.Stage), model.Lost.StageRates.LogOdds(snapshot.Stage)).WonWithin(days));
                var closing = Closing.FirstAfter(history, i, asOf);
                if (closing is null) open++;
                y.Add(closing is { Won: true } ? 1 : 0);
            }
            if (y.Count == 0) continue;
            var auc = ProbabilityScores.Auc([.. p], [.. y]);
            var (among, amongError) = AmongPeers(p, y);
            results.Add(new LandmarkResult(age, y.Count, open, (int)y.Sum(), auc, ProbabilityScores.LogLoss([.. p], [.. y]),
                ProbabilityScores.Auc([.. stage], [.. y]), ProbabilityScores.LogLoss([.. stage], [.. y]), StandardError(auc, (int)y.Sum(), y.Count), among, amongError));
        }
        return results;
    }

    // AUCs of blocks, weighted by their pairs of a won and another deal.
    private static (double Auc, double StandardError) AmongPeers(List<double> p, List<double> y)
    {
        var (sum, variance, pairs) = (0.0, 0.0, 0.0);
        foreach (var (block, labels) in p.Chunk(PeerDeals).Zip(y.Chunk(PeerDeals)))
        {
            var won = (int)labels.Sum();
            var weight = (double)won * (labels.Length - won);
            if (weight == 0) continue;
            sum += weight * ProbabilityScores.Auc(block, labels);
            // Variance of the rank sum when nothing tells the deals apart.
            variance += weight * weight * (labels.Length + 1) / (12 * weight);
            pairs += weight;
        }
        return pairs == 0 ? (double.NaN, double.NaN) : (sum / pairs, Math.Sqrt(variance) / pairs);
    }

    // Hanley and McNeil, "The meaning and use of the area under a ROC curve", Radiology 143, 1982.
    private static double StandardError(double auc, int won, int cases)
    {
        var (n1, n0) = (won, cases - won);
        if (n1 == 0 || n0 == 0) return double.NaN;
        var (q1, q2) = (auc / (2 - auc), 2 * auc * auc / (1 + auc));
        return Math.Sqrt((auc * (1 - auc) + (n1 - 1) * (q1 - auc * auc) + (n0 - 1) * (q2 - auc * auc)) / ((double)n1 * n0));
    }
}
