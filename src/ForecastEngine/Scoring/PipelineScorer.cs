using ForecastEngine.Crm;
using ForecastEngine.DealSize;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Scoring;

/// <summary>How a pipeline is scored.</summary>
public sealed record ScoringOptions
{
    /// <summary>How many deals, by expected revenue, get drivers; the others can be explained when somebody asks.</summary>
    public int ExplainTop { get; init; } = 200;
    /// <summary>Threads; changes no bit.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
    /// <summary>How many opportunities of the history, closed ones included, make a part of a run; at least 1.</summary>
    public int OpportunitiesPerPart { get; init; } = 10_000;
}

/// <summary>Scores open opportunities with a pair of models. Immutable and safe to share between threads.</summary>
public sealed class PipelineScorer
{
    private readonly WinProbabilityModel _win;
    private readonly DealSizeModel? _size;
    private readonly ScoreExplainer _explainer;
    private readonly double[] _marketShift;

    /// <param name="win">Will it be won, and by when.</param>
    /// <param name="size">For how much; null where no amount was ever known.</param>
    /// <param name="factor">The common factor after the last known week.</param>
    public PipelineScorer(WinProbabilityModel win, DealSizeModel? size, CommonFactor factor)
    {
        (_win, _size, _explainer) = (win, size, new ScoreExplainer(win));
        _marketShift = MarketTracker.Shift(factor, win.Grid);
    }

    /// <summary>Scores deals, each as known at its snapshot's date.</summary>
    /// <param name="deals">Open opportunities.</param>
    /// <param name="periods">Periods to state P(won by their end) for.</param>
    /// <param name="previous">Win probabilities of the run before, by opportunity; for the trend.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellation">Stops the work.</param>
    public IReadOnlyList<ScoredOpportunity> Score(IReadOnlyList<OpportunitySnapshot> deals, IReadOnlyList<Period> periods,
        IReadOnlyDictionary<string, double>? previous, ScoringOptions options, CancellationToken cancellation = default)
    {
        var scored = new ScoredOpportunity[deals.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation };
        Parallel.For(0, deals.Count, parallel, i => scored[i] = Score(deals[i], periods, previous));
        var shown = Enumerable.Range(0, deals.Count)
            .OrderByDescending(i => scored[i].Score.ExpectedRevenue ?? 0).ThenByDescending(i => scored[i].Score.WinProbability)
            .ThenBy(i => deals[i].OpportunityId, StringComparer.Ordinal).Take(options.ExplainTop).ToArray();
        Parallel.ForEach(shown, parallel, i => scored[i] = scored[i] with { Score = Explain(scored[i].Score, deals[i]) });
        return scored;
    }

    /// <summary>The score with its base probability and drivers.</summary>
    public OpportunityScore Explain(OpportunityScore score, OpportunitySnapshot deal)
    {
        var (baseProbability, drivers) = _explainer.Explain(deal, _marketShift);
        return score with { BaseProbability = baseProbability, Drivers = drivers };
    }

    /// <summary>Scores one deal, without drivers.</summary>
    public ScoredOpportunity Score(OpportunitySnapshot deal, IReadOnlyList<Period> periods, IReadOnlyDictionary<string, double>? previous)
    {
        var curve = _win.Evaluate(deal).Shifted(_marketShift);
        var size = _size?.Evaluate(deal);
        var rung = _win.RungFor(deal.Stage);
        var probability = curve.WinProbability;
        return new ScoredOpportunity(new OpportunityScore
        {
            OpportunityId = deal.OpportunityId, Name = deal.Name, AsOf = deal.AsOf.Date, Stage = deal.Stage, Pipeline = deal.Pipeline, OwnerId = deal.OwnerId, TeamId = deal.TeamId,
            ProductId = deal.ProductId, Region = deal.Region, Amount = deal.Amount, WithoutRate = deal.WithoutRate, PlannedCloseOn = deal.PlannedCloseOn, CrmProbability = deal.CrmProbability,
            Rung = rung, WinProbability = probability,
            WonBy = [.. periods.Select(p => new WonBy(p, curve.WonWithin((p.End.Instant - deal.AsOf.Instant).TotalDays)))],
            ExpectedCloseOn = After(deal, curve.WinTimeQuantile(0.5)), CloseFrom = After(deal, curve.WinTimeQuantile(0.1)), CloseUntil = After(deal, curve.WinTimeQuantile(0.9)),
            ExpectedAmount = size?.Mean, AmountBand = size is null ? null : new Band(size.Band(0.80).Lower, size.Band(0.80).Upper, 0.80),
            Trend = previous is not null && previous.TryGetValue(deal.OpportunityId, out var before) ? probability - before : null,
            Warnings = Warnings(deal, rung, size is null),
        }, curve, size is null ? null : AmountDistribution.FromAtoms([.. size.Atoms.Select(a => a.Value)], [.. size.Atoms.Select(a => a.Mass)]));
    }

    private static DateOnly? After(OpportunitySnapshot deal, double? days) =>
        days is { } d ? DateOnly.FromDateTime(deal.AsOf.Instant.UtcDateTime.AddDays(d)) : null;

    private static List<string> Warnings(OpportunitySnapshot deal, Rung rung, bool noSize)
    {
        var warnings = new List<string>();
        if (rung == Rung.GlobalRate) warnings.Add("Too little is known of this stage: the rate of all deals answered.");
        if (deal.PlannedCloseOn is { } planned && planned < deal.AsOf.Date) warnings.Add($"The planned close date {planned:yyyy-MM-dd} has passed.");
        if (deal.WithoutRate is { } typed) warnings.Add($"The amount is in {typed.Currency} without a rate: it counts as unknown.");
        if (deal.Amount < 0) warnings.Add("The amount is negative: no expected revenue.");
        else if (noSize) warnings.Add("Nothing is known of amounts: no expected revenue.");
        return warnings;
    }
}
