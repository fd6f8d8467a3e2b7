using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// What the whole pipeline has in common: the common factor filtered from weekly residuals, kept with a model and carried
/// forward week by week after it was trained.
/// </summary>
public sealed record MarketState
{
    private const int MostWeeks = 156;
    private const int WarmUpWeeks = 13;

    /// <summary>Residuals per week, oldest first.</summary>
    public required IReadOnlyList<FactorObservation> Weeks { get; init; }
    /// <summary>φ per week, 0–1.</summary>
    public required double Persistence { get; init; }
    /// <summary>σ in log odds.</summary>
    public required double StandardDeviation { get; init; }
    /// <summary>σ̂² of windows of thirteen weeks, by moments.</summary>
    public required double MomentVariance { get; init; }
    /// <summary>End of the last week.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The filtered factor after the last week.</summary>
    public CommonFactor Factor => CommonFactor.Filter([.. Weeks], Persistence, StandardDeviation).Factor;

    /// <summary>
    /// The state at a model's own cutoff, from the weeks of its whole history (three years at most). The level that the factor
    /// departs from must be the model's own, so it is this model that is held against what came, on data it was trained on:
    /// shallow trees without a clock among their features learn little of single weeks by heart.
    /// </summary>
    /// <param name="model">Trained at the cutoff.</param>
    /// <param name="known">What was known then.</param>
    /// <param name="rates">Group rates of that history.</param>
    /// <param name="cutoff">The cutoff.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static MarketState Follow(WinProbabilityModel model, CrmHistory known, GroupRates rates, AsOf cutoff, int threads, CancellationToken cancellation = default)
    {
        var weeks = (int)((cutoff.Instant - known.Opportunities[0].CreatedAt).TotalDays / 7) - WarmUpWeeks;
        if (weeks <= 0) return From([], cutoff.Instant);
        var from = AsOf.At(cutoff.Instant.AddDays(-7 * Math.Min(weeks, MostWeeks)));
        return From(MarketTracker.Observe(model, known, rates, from, cutoff, threads, cancellation), cutoff.Instant);
    }

    /// <summary>Estimates φ and σ and filters.</summary>
    public static MarketState From(IReadOnlyList<FactorObservation> weeks, DateTimeOffset until)
    {
        var factor = CommonFactor.Fit(weeks);
        var windows = weeks.Reverse().Chunk(13).Where(w => w.Length == 13)
            .Select(w => new FactorObservation(w.Sum(o => o.Observed), w.Sum(o => o.Expected), w.Sum(o => o.Variance))).ToArray();
        return new MarketState
        {
            Weeks = weeks, Persistence = factor.Persistence, StandardDeviation = factor.StandardDeviation,
            MomentVariance = CommonFactor.MomentVariance(windows), Until = until,
        };
    }

    /// <summary>The state at <paramref name="asOf"/>: the whole weeks since <see cref="Until"/> are observed with the model and filtered in.</summary>
    public MarketState AdvanceTo(AsOf asOf, WinProbabilityModel model, CrmHistory history, GroupRates rates, int threads, CancellationToken cancellation = default)
    {
        var more = MarketTracker.Observe(model, history, rates, AsOf.At(Until), asOf, threads, cancellation);
        return more.Length == 0 ? this : this with { Weeks = [.. Weeks, .. more], Until = Until.AddDays(7 * more.Length) };
    }
}
