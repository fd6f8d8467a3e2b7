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

/// <summary>The judged deals of one age, by column, with what was said of each and what came: for whoever compares a further method on the same deals.</summary>
public sealed record LandmarkRows
{
    /// <summary>Age in days; 0 is the creation.</summary>
    public required int AgeDays { get; init; }
    /// <summary>The deals as they were known at that age.</summary>
    public required IReadOnlyList<OpportunitySnapshot> Deals { get; init; }
    /// <summary>Days from the landmark to the end of the data.</summary>
    public required double[] DaysWatched { get; init; }
    /// <summary>The model's P(won by the end of the data), 0–1.</summary>
    public required double[] Probabilities { get; init; }
    /// <summary>The honest stage rate's, 0–1.</summary>
    public required double[] StageRates { get; init; }
    /// <summary>The model's P(won eventually), 0–1.</summary>
    public required double[] WinProbabilities { get; init; }
    /// <summary>1 where the deal was won by the end of the data, else 0.</summary>
    public required double[] Outcomes { get; init; }
    /// <summary>True where the deal was closed by the end of the data.</summary>
    public required bool[] IsClosed { get; init; }
}

/// <summary>
/// Judges a model on opportunities created after its cutoff, at fixed ages: label won by the end of the data, probability =
/// incidence of won to that day.
/// </summary>
public static class LandmarkEvaluation
{
    /// <summary>A result per age at which a deal was open.</summary>
    /// <inheritdoc cref="Rows"/>
    public static IReadOnlyList<LandmarkResult> Run(WinProbabilityModel model, CrmHistory history, GroupRates rates, int first, IReadOnlyList<int> ages) =>
        [.. Rows(model, history, rates, first, ages).Select(Judge)];

    /// <summary>The judged deals of each age at which one was open.</summary>
    /// <param name="model">Trained on nothing after the creation of the first judged opportunity.</param>
    /// <param name="history">The whole history.</param>
    /// <param name="rates">Group rates of the whole history; each look is as-of.</param>
    /// <param name="first">Position of the first judged opportunity in the history.</param>
    /// <param name="ages">Ages in days.</param>
    public static IReadOnlyList<LandmarkRows> Rows(WinProbabilityModel model, CrmHistory history, GroupRates rates, int first, IReadOnlyList<int> ages)
    {
        var taker = new SnapshotTaker(history, model.Features, rates);
        var results = new List<LandmarkRows>();
        foreach (var age in ages)
        {
            var (deals, watched, closings) = (new List<OpportunitySnapshot>(), new List<double>(), new List<Closing?>());
            for (var i = first; i < history.Opportunities.Length; i++)
            {
                var asOf = AsOf.At(history.Opportunities[i].CreatedAt.AddDays(age));
                if (asOf.Instant > history.ExportedAt || taker.Take(i, asOf) is not { } snapshot) continue;
                deals.Add(snapshot);
                watched.Add((history.ExportedAt - asOf.Instant).TotalDays + 1e-6);
                closings.Add(Closing.FirstAfter(history, i, asOf));
            }
            if (deals.Count == 0) continue;
            var curves = deals.Select(model.Evaluate).ToList();
            results.Add(new LandmarkRows
            {
                AgeDays = age, Deals = deals, DaysWatched = [.. watched],
                Probabilities = [.. curves.Select((c, r) => c.WonWithin(watched[r]))],
                StageRates = [.. deals.Select((d, r) => model.StageRateCurve(d).WonWithin(watched[r]))],
                WinProbabilities = [.. curves.Select(c => c.WinProbability)],
                Outcomes = [.. closings.Select(c => c is { Won: true } ? 1.0 : 0)],
                IsClosed = [.. closings.Select(c => c is not null)],
            });
        }
        return results;
    }

    /// <summary>The model and the stage rate against what came.</summary>
    public static LandmarkResult Judge(LandmarkRows rows)
    {
        var closed = Enumerable.Range(0, rows.Deals.Count).Where(r => rows.IsClosed[r]).ToList();
        var won = (int)rows.Outcomes.Sum();
        var auc = ProbabilityScores.Auc(rows.Probabilities, rows.Outcomes);
        var among = PeerAuc.Of([.. closed.Select(r => rows.WinProbabilities[r])], [.. closed.Select(r => rows.Outcomes[r])]);
        return new LandmarkResult(rows.AgeDays, rows.Deals.Count, rows.Deals.Count - closed.Count, won, auc, ProbabilityScores.LogLoss(rows.Probabilities, rows.Outcomes),
            ProbabilityScores.Auc(rows.StageRates, rows.Outcomes), ProbabilityScores.LogLoss(rows.StageRates, rows.Outcomes), RocStandardError.Of(auc, won, rows.Deals.Count),
            among.Auc, among.StandardError);
    }
}
