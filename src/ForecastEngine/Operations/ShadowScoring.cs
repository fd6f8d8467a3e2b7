using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>
/// The challenger in the champion's shadow: after each rescoring run both say of the same open deals whether they will be won within
/// four weeks. Once these are over, the two are judged by what came, on predictions that were written down before.
/// </summary>
/// <remarks>Prequential: Dawid, "Statistical theory: the prequential approach", JRSS A 1984.</remarks>
public static class ShadowScoring
{
    /// <summary>Days ahead that both are asked about.</summary>
    public const int HorizonDays = 28;

    private const int MostDeals = 20_000;

    /// <summary>Scores a published run's deals, at most 20,000 drawn by their ids, and keeps what both say.</summary>
    /// <param name="workspace">Where from and where to.</param>
    /// <param name="run">The run.</param>
    /// <param name="champion">What its deals have in common under the version that answered.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>False where no challenger waits.</returns>
    /// <exception cref="ModelRegistryException">The challenger cannot be loaded.</exception>
    internal static bool Run(Workspace workspace, RescoringRun run, Forecasting.PipelineGround champion, int threads, CancellationToken cancellation)
    {
        if (workspace.Models.State.Challenger is not { } id || id == run.ModelVersion || !workspace.Models.List().Contains(id)) return false;
        var version = workspace.Models.Get(id);
        // A version that knows more than the run's day would be asked about its own training data.
        if (version.Card.DataUntil > run.AsOf) return false;
        var challenger = Forecasting.PipelineGround.From(workspace.BundleOf(version), champion.Known, champion.AsOf, threads, cancellation);
        int[] open = [.. Enumerable.Range(0, champion.Known.Opportunities.Length).Where(i => SnapshotTaker.IsOpen(champion.Known, i, champion.AsOf))];
        if (open.Length > MostDeals) open = [.. open.OrderBy(i => CounterRandom.HashOf(champion.Known.Opportunities[i].Id)).Take(MostDeals).Order()];
        var scores = new ShadowScore[open.Length];
        var period = Period.Days(run.AsOf.AddDays(1), HorizonDays);
        Parallel.For(0, open.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, () => (champion.Taker(), challenger.Taker()), (i, _, takers) =>
        {
            scores[i] = new ShadowScore(champion.Known.Opportunities[open[i]].Id, Within(champion, takers.Item1, open[i]), Within(challenger, takers.Item2, open[i]));
            return takers;
        }, _ => { });
        workspace.Shadows.Put(new ShadowRun { RunId = run.Id, AsOf = run.AsOf, Champion = run.ModelVersion, Challenger = id, HorizonDays = HorizonDays, Deals = scores.Length, Scores = ShadowRun.Pack(scores) });
        return true;

        double Within(Forecasting.PipelineGround ground, SnapshotTaker taker, int index) => ground.Scorer.Score(taker.Take(index, ground.AsOf)!, [period], null).Score.WonBy[0].Probability;
    }

    /// <summary>Both on every run whose four weeks are over; null where there is none. Differences are challenger less champion; runs and deals are resampled by deal.</summary>
    public static GateFigures? Judge(Workspace workspace, string champion, string challenger, CancellationToken cancellation = default)
    {
        var runs = workspace.Shadows.Of(champion, challenger);
        if (runs.Count == 0) return null;
        var history = HistoryAt.Load(workspace, null, cancellation, out var until);
        var losses = new List<GateLoss>();
        foreach (var run in runs.Where(r => r.AsOf.AddDays(r.HorizonDays) <= until.Date))
        {
            var (asOf, end) = (AsOf.EndOf(run.AsOf), AsOf.EndOf(run.AsOf.AddDays(run.HorizonDays)));
            foreach (var score in run.Unpack())
                if (history.IndexOf(score.OpportunityId) is >= 0 and var index
                    && Closing.FirstAfter(history, index, asOf) is not { HasTime: false })
                    losses.Add(GateLoss.Of(score.OpportunityId, score.Champion, score.Challenger, Closing.FirstAfter(history, index, asOf) is { Won: true } closing && closing.At <= end.Instant ? 1 : 0));
        }
        return losses.Count == 0 ? null : PromotionGate.Figures(losses);
    }
}
