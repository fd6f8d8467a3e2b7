using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>What the parts of one rescoring run have in common: history, models and market, loaded once per process. Safe to share between threads.</summary>
internal sealed class RescoringContext
{
    private readonly PipelineGround _ground;
    private readonly RescoringPlan _plan;
    private readonly ModelVersion _version;
    private readonly IReadOnlyDictionary<string, double>? _previous;
    private readonly int[] _open;
    private readonly int[] _buckets;
    private readonly Dictionary<int, (OpportunitySnapshot Snapshot, ScoredOpportunity Deal)> _sample;

    private RescoringContext(RescoringRun run, RescoringPlan plan, ModelVersion version, PipelineGround ground, IReadOnlyDictionary<string, double>? previous, int threads, CancellationToken cancellation)
    {
        (Run, _plan, _version, _ground, _previous) = (run, plan, version, ground, previous);
        Periods = [.. plan.Periods.Select(p => p.ToPeriod())];
        _open = [.. Enumerable.Range(0, ground.Known.Opportunities.Length).Where(i => SnapshotTaker.IsOpen(ground.Known, i, ground.AsOf))];
        _buckets = Array.ConvertAll(_open, i => FactKeys.BucketOf(ground.Known.Opportunities[i].Id));
        var sample = _open;
        var scored = Score(sample, threads, cancellation);
        _sample = sample.Zip(scored).ToDictionary(p => p.First, p => p.Second);
        Forecaster = ground.Forecaster([.. scored.Select(s => s.Deal)]);
    }

    public RescoringRun Run { get; }
    public List<Period> Periods { get; }
    public RevenueForecaster Forecaster { get; }

    /// <summary>Loads it. The same run gives the same on every machine.</summary>
    public static RescoringContext Load(Workspace workspace, RescoringRun run, int threads, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var plan = RescoringPlan.Of(run);
        progress?.Report(new OperationProgress("Loading the champion"));
        var version = workspace.Models.Get(run.ModelVersion);
        var bundle = ModelBundle.Load(version.Files);
        progress?.Report(new OperationProgress("Loading the history", 0.1));
        var history = HistoryAt.Load(workspace, AsOf.At(plan.KnownUntil), cancellation);
        progress?.Report(new OperationProgress("Scoring open deals", 0.4));
        var ground = PipelineGround.From(bundle, history, AsOf.At(run.AsOfAt), threads, cancellation);
        var previous = plan.PreviousRun is { } before ? new Dictionary<string, double>(workspace.Scores.WinProbabilities(before), StringComparer.Ordinal) : null;
        return new RescoringContext(run, plan, version, ground, previous, threads, cancellation);
    }

    /// <summary>The scores of a part, by creation.</summary>
    public IReadOnlyList<ScoredOpportunity> Score(int part, int threads, CancellationToken cancellation)
    {
        var (first, last) = FactKeys.BucketsOf(part, Run.Parts);
        var slice = new List<int>();
        for (var i = 0; i < _open.Length; i++)
            if (_buckets[i] >= first && _buckets[i] <= last) slice.Add(_open[i]);
        return [.. Score(slice, threads, cancellation).Select(s => s.Deal)];
    }

    /// <summary>The deals that people are shown, with their drivers.</summary>
    public IReadOnlyList<OpportunityScore> Explained(int threads, CancellationToken cancellation)
    {
        var shown = _sample.Values.OrderByDescending(s => s.Deal.Score.ExpectedRevenue ?? 0).ThenByDescending(s => s.Deal.Score.WinProbability)
            .ThenBy(s => s.Deal.Score.OpportunityId, StringComparer.Ordinal).Take(_plan.ExplainTop).ToArray();
        var explained = new OpportunityScore[shown.Length];
        Parallel.For(0, shown.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
            i => explained[i] = _ground.Scorer.Explain(shown[i].Deal.Score, shown[i].Snapshot));
        return explained;
    }

    /// <summary>The whole pipeline, for a person who asks. Large ones are scored once more when their deals are looked at.</summary>
    public ScoredPipeline Pipeline(Workspace workspace, int threads, CancellationToken cancellation)
    {
        var forecast = new PipelineForecast(_ground, () =>
        {
            var explained = Explained(threads, cancellation).ToDictionary(s => s.OpportunityId, StringComparer.Ordinal);
            var scored = Score(_open, threads, cancellation);
            return ([.. scored.Select(s => s.Snapshot)], [.. scored.Select(s => explained.TryGetValue(s.Deal.Score.OpportunityId, out var score) ? s.Deal with { Score = score } : s.Deal)]);
        }, Forecaster);
        return new ScoredPipeline(_version, _ground.Known, Periods, forecast, RunBacktest.Latest(workspace));
    }

    private (OpportunitySnapshot Snapshot, ScoredOpportunity Deal)[] Score(IReadOnlyList<int> indexes, int threads, CancellationToken cancellation)
    {
        var scored = new (OpportunitySnapshot Snapshot, ScoredOpportunity Deal)[indexes.Count];
        Parallel.For(0, indexes.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, _ground.Taker, (i, _, taker) =>
        {
            if (_sample is not null && _sample.TryGetValue(indexes[i], out var known)) scored[i] = known;
            else
            {
                var snapshot = taker.Take(indexes[i], _ground.AsOf)!;
                scored[i] = (snapshot, _ground.Scorer.Score(snapshot, Periods, _previous));
            }
            return taker;
        }, _ => { });
        return scored;
    }
}
