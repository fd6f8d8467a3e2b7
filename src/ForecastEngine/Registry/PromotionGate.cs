using System.Globalization;
using ForecastEngine.Statistics;

namespace ForecastEngine.Registry;

/// <summary>Losses of two models on the same deal and window, out of time; lower is better.</summary>
/// <param name="OpportunityId">The deal: its windows count as one observation.</param>
/// <param name="ChampionLogLoss">Log loss of the champion, or of the stage rate where there is none, nats.</param>
/// <param name="ChallengerLogLoss">Log loss of the challenger, nats.</param>
/// <param name="ChampionBrier">Brier score of the same.</param>
/// <param name="ChallengerBrier">Brier score of the challenger.</param>
/// <param name="Segment">The part of the business that it is counted in; null for none.</param>
public readonly record struct GateLoss(string OpportunityId, double ChampionLogLoss, double ChallengerLogLoss, double ChampionBrier, double ChallengerBrier, string? Segment = null)
{
    /// <summary>The losses of two probabilities on one outcome.</summary>
    /// <param name="opportunityId">The deal.</param>
    /// <param name="champion">The champion's probability, 0–1.</param>
    /// <param name="challenger">The challenger's.</param>
    /// <param name="outcome">0 or 1.</param>
    /// <param name="segment">The part of the business that it is counted in.</param>
    public static GateLoss Of(string opportunityId, double champion, double challenger, double outcome, string? segment = null) => new(opportunityId,
        ProbabilityScores.LogLoss(champion, outcome), ProbabilityScores.LogLoss(challenger, outcome), (champion - outcome) * (champion - outcome), (challenger - outcome) * (challenger - outcome), segment);
}

/// <summary>How strict the gate is.</summary>
public sealed record PromotionGateOptions
{
    /// <summary>Level of the two-sided band around the mean difference, 0–1.</summary>
    public double Level { get; init; } = 0.90;
    /// <summary>Log loss, nats, by which the challenger may still be worse at the upper end of that band.</summary>
    public double LogLossMargin { get; init; } = 0.002;
    /// <summary>Brier score by which the challenger may be worse on average.</summary>
    public double BrierMargin { get; init; } = 0.001;
    /// <summary>Share of the champion's log loss by which the challenger may be worse in a segment, where the band around that difference lies above 0.</summary>
    public double SegmentMargin { get; init; } = 0.02;
    /// <summary>Deals that a decision needs, and a segment to be looked at.</summary>
    public int MinDeals { get; init; } = 30;
    /// <summary>Windows of revenue from which on it may withdraw a promotion, at least 2.</summary>
    public int MinWindows { get; init; } = 4;
    /// <summary>Coverage, 0–1, by which the challenger's 80 % band of revenue may fall further short than the champion's.</summary>
    public double CoverageMargin { get; init; } = 0.01;
    /// <summary>Resamples of deals.</summary>
    public int Replicates { get; init; } = 2000;
    /// <summary>Draws the resamples.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>What the gate went by. Differences are challenger less champion: below 0 the challenger is better.</summary>
/// <param name="Deals">Deals compared.</param>
/// <param name="Windows">Their windows.</param>
/// <param name="ChampionLogLoss">Mean log loss of the champion or the stage rate, nats.</param>
/// <param name="ChallengerLogLoss">Mean log loss of the challenger, nats.</param>
/// <param name="Difference">Mean paired difference of log losses.</param>
/// <param name="Lower">Lower end of its band.</param>
/// <param name="Upper">Upper end of its band.</param>
/// <param name="BrierDifference">Mean paired difference of Brier scores.</param>
public sealed record GateFigures(int Deals, int Windows, double ChampionLogLoss, double ChallengerLogLoss, double Difference, double Lower, double Upper, double BrierDifference);

/// <summary>The gate's answer.</summary>
/// <param name="Promote">True when the challenger should answer from now on.</param>
/// <param name="Reason">In words, with the figures.</param>
/// <param name="Figures">What it went by on deals; null when there was nothing to compare.</param>
/// <param name="Revenue">What it went by on revenue; null where revenue was not asked, because deals had decided or there was no champion to compare with.</param>
public sealed record PromotionDecision(bool Promote, string Reason, GateFigures? Figures, RevenueGateFigures? Revenue = null);

/// <summary>
/// Whether a challenger takes over: it must be better on average by log loss, not worse by more than a hair at the upper
/// end of the band around the mean paired difference, not worse by Brier score, and in no segment surely worse by more than 2 %. Deals are resampled whole, because the
/// windows of one deal share its outcome. A promotion is then held against revenue: see <see cref="RevenueGate"/>.
/// </summary>
/// <remarks>Both scores are proper: Gneiting and Raftery, JASA 102, 2007. Cluster bootstrap: Cameron, Gelbach and Miller, 2008.</remarks>
public static class PromotionGate
{
    /// <summary>Challenger against champion, on the same deals and windows.</summary>
    public static PromotionDecision Decide(IReadOnlyList<GateLoss> losses, PromotionGateOptions? options = null) =>
        Decide(losses, options ?? new(), "the champion", "Kept the champion");

    /// <summary>The first version against the stage rate, given in the champion's place. Not promoted, it stays registered as challenger.</summary>
    public static PromotionDecision DecideFirst(IReadOnlyList<GateLoss> losses, PromotionGateOptions? options = null)
    {
        options ??= new();
        if (losses.Count == 0) return new(false, "Registered without promotion: no out-of-time deals to compare it with the stage rate.", null);
        var figures = Compare(losses, options);
        return figures.Deals < options.MinDeals
            ? new(false, $"Registered without promotion: {figures.Deals} out-of-time deals; {options.MinDeals} are needed.", figures)
            : figures.Difference < 0
                ? new(true, $"Promoted: no champion yet, and its log loss is {Text(figures.ChallengerLogLoss)} against {Text(figures.ChampionLogLoss)} of the stage rate on {figures.Deals} deals.", figures)
                : new(false, $"Registered without promotion: its log loss is {Text(figures.ChallengerLogLoss)} against {Text(figures.ChampionLogLoss)} of the stage rate on {figures.Deals} deals.", figures);
    }

    private static PromotionDecision Decide(IReadOnlyList<GateLoss> losses, PromotionGateOptions options, string rival, string kept)
    {
        if (losses.Count == 0) return new(false, $"{kept}: no out-of-time deals to compare on.", null);
        var figures = Compare(losses, options);
        var band = $"{Text(figures.Difference)} ({Percent(options.Level)} band {Text(figures.Lower)} to {Text(figures.Upper)}) on {figures.Deals} deals";
        if (figures.Deals < options.MinDeals) return new(false, $"{kept}: {figures.Deals} out-of-time deals; {options.MinDeals} are needed.", figures);
        if (!(figures.Difference < 0)) return new(false, $"{kept}: the challenger's log loss is not better; difference {band}.", figures);
        if (figures.Upper > options.LogLossMargin) return new(false, $"{kept}: the challenger's log loss is better on average but may be worse; difference {band}.", figures);
        if (figures.BrierDifference > options.BrierMargin) return new(false, $"{kept}: the challenger's log loss is better, but its Brier score is worse by {Text(figures.BrierDifference)}.", figures);
        if (WorstSegment(losses, options) is { } worst)
            return new(false, $"{kept}: the challenger's log loss is better, but in {worst.Segment} it is worse by {Text(worst.Figures.Difference)} ({Percent(options.Level)} band {Text(worst.Figures.Lower)} to {Text(worst.Figures.Upper)}) on {worst.Figures.Deals} deals.", figures);
        return new(true, $"Promoted: the challenger's log loss beats that of {rival}; difference {band}.", figures);
    }

    /// <summary>Both on the same deals and windows, without a decision.</summary>
    public static GateFigures Figures(IReadOnlyList<GateLoss> losses, PromotionGateOptions? options = null) => Compare(losses, options ?? new());

    private static (string Segment, GateFigures Figures)? WorstSegment(IReadOnlyList<GateLoss> losses, PromotionGateOptions options)
    {
        var worse = new List<(string Segment, GateFigures Figures)>();
        foreach (var segment in losses.Where(l => l.Segment is not null).GroupBy(l => l.Segment!).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (segment.Select(l => l.OpportunityId).Distinct().Count() < options.MinDeals) continue;
            var figures = Compare([.. segment], options);
            if (figures.Lower > 0 && figures.Difference > options.SegmentMargin * figures.ChampionLogLoss) worse.Add((segment.Key, figures));
        }
        return worse.Count == 0 ? null : worse.MaxBy(w => w.Figures.Difference / w.Figures.ChampionLogLoss);
    }

    private static GateFigures Compare(IReadOnlyList<GateLoss> losses, PromotionGateOptions options)
    {
        foreach (var loss in losses)
            if (!double.IsFinite(loss.ChampionLogLoss) || !double.IsFinite(loss.ChallengerLogLoss) || !double.IsFinite(loss.ChampionBrier) || !double.IsFinite(loss.ChallengerBrier))
                throw new ArgumentException($"Promotion gate, opportunity {loss.OpportunityId}: found a loss that is not finite; expected numbers. Keep probabilities off exactly 0 and 1.", nameof(losses));
        // In order of the ids, so that the order of the losses changes no draw.
        var ordered = losses.OrderBy(l => l.OpportunityId, StringComparer.Ordinal).ToArray();
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var clusters = ordered.Select(l => numbers.TryGetValue(l.OpportunityId, out var number) ? number : numbers[l.OpportunityId] = numbers.Count).ToArray();
        var band = Bootstrap.PairedDifference([.. ordered.Select(l => l.ChallengerLogLoss)], [.. ordered.Select(l => l.ChampionLogLoss)], clusters, options.Level, options.Seed, options.Replicates);
        return new GateFigures(numbers.Count, losses.Count, losses.Average(l => l.ChampionLogLoss), losses.Average(l => l.ChallengerLogLoss), band.Estimate, band.Lower, band.Upper,
            losses.Average(l => l.ChallengerBrier - l.ChampionBrier));
    }

    private static string Text(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
    private static string Percent(double level) => (100 * level).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
