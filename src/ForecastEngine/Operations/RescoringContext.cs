using ForecastEngine.Backtesting;
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
    private readonly RevenueForecaster _forecaster;

    private RescoringContext(RescoringRun run, RescoringPlan plan, ModelVersion version, PipelineGround ground, IReadOnlyDictionary<string, double>? previous, int threads, CancellationToken cancellation)
    {
        (Run, _plan, _version, _ground, _previous) = (run, plan, version, ground, previous);
        Periods = [.. plan.Periods.Select(p => p.ToPeriod())];
        _open = [.. Enumerable.Range(0, ground.Known.Opportunities.Length).Where(i => SnapshotTaker.IsOpen(ground.Known, i, ground.AsOf))];
        _buckets = Array.ConvertAll(_open, i => FactKeys.BucketOf(ground.Known.Opportunities[i].Id));
        var sample = RevenueForecaster.Sample(_open, i => ground.Known.Opportunities[i].Id);
        var scored = Score(sample, threads, cancellation);
        _sample = sample.Zip(scored).ToDictionary(p => p.First, p => p.Second);
        IsExact = sample.Count == _open.Length;
        Slots = [.. SlotsOf(Periods, ground.Known)];
        _forecaster = ground.Forecaster([.. scored.Select(s => s.Deal)]);
    }

    public RescoringRun Run { get; }
    public PipelineGround Ground => _ground;
    public List<Period> Periods { get; }
    /// <summary>True when the pipeline is small enough to be added up deal by deal; its parts need no roll-up then.</summary>
    public bool IsExact { get; }
    /// <summary>The forecasts of a run: the company in every period, and every dimension for this quarter and the next.</summary>
    public IReadOnlyList<ForecastSlot> Slots { get; }

    /// <summary>Loads it. The same run gives the same on every machine.</summary>
    public static RescoringContext Load(Workspace workspace, RescoringRun run, int threads, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var plan = RescoringPlan.Of(run);
        progress?.Report(new OperationProgress("Loading the champion"));
        var version = workspace.Models.Get(run.ModelVersion);
        var ground = RunGround.Load(workspace, run, version, threads, progress, cancellation).Ground;
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

    /// <summary>What a part adds to the run besides its scores, as bytes.</summary>
    public byte[] RollUp(IReadOnlyList<ScoredOpportunity> deals, int threads)
    {
        var shown = Shown(deals).Take(_plan.ExplainTop).Select(d => new ShownDeal(d.Score.OpportunityId, d.Score.ExpectedRevenue ?? 0, d.Score.WinProbability));
        return new PartRollup(IsExact ? null : _forecaster.RollUp(Slots, deals, threads).ToBytes(), [.. shown]).ToBytes();
    }

    /// <summary>The revenue forecasts and the deals that people are shown with their drivers.</summary>
    /// <param name="parts">The roll-ups of all parts, in their order.</param>
    /// <param name="grades">Open deals of the run by grade.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public (IReadOnlyList<RevenueForecast> Forecasts, IReadOnlyList<OpportunityScore> Explained) Finish(IEnumerable<byte[]> parts, IReadOnlyCollection<int> grades, int threads, CancellationToken cancellation)
    {
        var (shown, whole) = (new List<ShownDeal>(), default(RevenueRollup));
        foreach (var part in parts.Select(PartRollup.FromBytes))
        {
            cancellation.ThrowIfCancellationRequested();
            shown.AddRange(part.Shown);
            if (part.Revenue is null) continue;
            var rollup = RevenueRollup.FromBytes(part.Revenue, Slots);
            if (whole is null) whole = rollup;
            else whole.Add(rollup);
        }
        var forecasts = new List<RevenueForecast>();
        foreach (var (period, dimension) in Slots)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = dimension == Dimension.Company ? 4096 : 2048;
            if (whole is null) forecasts.AddRange(_forecaster.Forecast(period, dimension, size, threads));
            else forecasts.AddRange(_forecaster.Forecast(whole, period, dimension, size, threads));
        }
        var check = new ForecastCheck(_ground.Known, _ground.AsOf, _ground.Market.Factor, _plan.Measured, _ground.Bundle.Win.Won.Trees is null ? null : grades);
        var company = forecasts.Where(f => f.Dimension == Dimension.Company).ToDictionary(f => f.Period);
        var checkedOnes = check.Apply(forecasts, p => company.GetValueOrDefault(p) ?? (IsExact ? _forecaster.Forecast(p, threads: threads)[0] : null));
        return ([.. checkedOnes.Select(f => IsExact || f.Dimension == Dimension.Company ? f : f with { Distribution = null })], Explained([.. shown.OrderByDescending(s => s.ExpectedRevenue).ThenByDescending(s => s.WinProbability).ThenBy(s => s.OpportunityId, StringComparer.Ordinal)
            .Take(_plan.ExplainTop).Select(s => _ground.Known.IndexOf(s.OpportunityId))], threads, cancellation));
    }

    // In the order in which people are shown deals.
    private static IEnumerable<ScoredOpportunity> Shown(IEnumerable<ScoredOpportunity> deals) => deals.OrderByDescending(d => d.Score.ExpectedRevenue ?? 0)
        .ThenByDescending(d => d.Score.WinProbability).ThenBy(d => d.Score.OpportunityId, StringComparer.Ordinal);

    private OpportunityScore[] Explained(int[] indexes, int threads, CancellationToken cancellation)
    {
        var scored = Score(indexes, threads, cancellation);
        var explained = new OpportunityScore[scored.Length];
        Parallel.For(0, scored.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
            i => explained[i] = _ground.Scorer.Explain(scored[i].Deal.Score, scored[i].Snapshot));
        return explained;
    }

    private static IEnumerable<ForecastSlot> SlotsOf(List<Period> periods, CrmHistory known)
    {
        var quarters = periods.Where(p => p.IsQuarter).Take(2).ToList();
        return from period in periods
               from dimension in Enum.GetValues<Dimension>()
               where dimension == Dimension.Company || quarters.Contains(period)
               where dimension != Dimension.Pipeline || known.HasPipelines
               select new ForecastSlot(period, dimension);
    }

    /// <summary>The whole pipeline, for a person who asks. Large ones are scored once more when their deals are looked at.</summary>
    public ScoredPipeline Pipeline(Workspace workspace, int threads, CancellationToken cancellation)
    {
        var forecast = new PipelineForecast(_ground, () =>
        {
            var scored = Score(_open, threads, cancellation);
            var explained = Explained([.. Shown(scored.Select(s => s.Deal)).Take(_plan.ExplainTop).Select(d => _ground.Known.IndexOf(d.Score.OpportunityId))], threads, cancellation)
                .ToDictionary(s => s.OpportunityId, StringComparer.Ordinal);
            return ([.. scored.Select(s => s.Snapshot)], [.. scored.Select(s => explained.TryGetValue(s.Deal.Score.OpportunityId, out var score) ? s.Deal with { Score = score } : s.Deal)]);
        }, IsExact ? _forecaster : null);
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
