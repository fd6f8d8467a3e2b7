using ForecastEngine.Crm;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Scoring;

/// <summary>How a deal compares, in one letter, by its win probability: A from 60 %, B from 35 %, C from 15 %, D below.</summary>
public enum Grade
{
    /// <summary>Win probability of at least 0.60.</summary>
    A,
    /// <summary>At least 0.35.</summary>
    B,
    /// <summary>At least 0.15.</summary>
    C,
    /// <summary>Below 0.15.</summary>
    D,
}

/// <summary>P(won by the end of a period), 0–1.</summary>
public sealed record WonBy(Period Period, double Probability);

/// <summary>The nightly result for one open opportunity.</summary>
public sealed record OpportunityScore
{
    /// <summary>The opportunity.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>What people call it.</summary>
    public string? Name { get; init; }
    /// <summary>Last day whose events were known.</summary>
    public required DateOnly AsOf { get; init; }
    /// <summary>Stage.</summary>
    public string? Stage { get; init; }
    /// <summary>Sales pipeline; null where there is one only.</summary>
    public string? Pipeline { get; init; }
    /// <summary>Owner.</summary>
    public string? OwnerId { get; init; }
    /// <summary>The owner's team.</summary>
    public string? TeamId { get; init; }
    /// <summary>Main product.</summary>
    public string? ProductId { get; init; }
    /// <summary>Region.</summary>
    public string? Region { get; init; }
    /// <summary>Amount as typed, in the history's currency by the rate of the as-of date; null when unknown or without
    /// a rate.</summary>
    public decimal? Amount { get; init; }
    /// <summary>The amount in its own currency, where no rate of that currency is known; else null.</summary>
    public Money? WithoutRate { get; init; }
    /// <summary>Planned close date as typed.</summary>
    public DateOnly? PlannedCloseOn { get; init; }
    /// <summary>The CRM's own win probability, 0–1.</summary>
    public double? CrmProbability { get; init; }
    /// <summary>Which rung of the ladder answered.</summary>
    public required Rung Rung { get; init; }
    /// <summary>P(won eventually), 0–1.</summary>
    public required double WinProbability { get; init; }
    /// <summary>P(won by the end of each period), 0–1.</summary>
    public required IReadOnlyList<WonBy> WonBy { get; init; }
    /// <summary>Median close date if won; null when a win inside the horizon is impossible.</summary>
    public DateOnly? ExpectedCloseOn { get; init; }
    /// <summary>Lower end of the 80 % interval of the close date if won.</summary>
    public DateOnly? CloseFrom { get; init; }
    /// <summary>Upper end of the 80 % interval of the close date if won.</summary>
    public DateOnly? CloseUntil { get; init; }
    /// <summary>Expected amount if won; null when nothing is known of amounts.</summary>
    public double? ExpectedAmount { get; init; }
    /// <summary>80 % band of the amount if won.</summary>
    public Band? AmountBand { get; init; }
    /// <summary>Win probability × expected amount; null with the amount.</summary>
    public double? ExpectedRevenue => ExpectedAmount * WinProbability;
    /// <summary>Grade by win probability.</summary>
    public Grade Grade => WinProbability >= 0.60 ? Grade.A : WinProbability >= 0.35 ? Grade.B : WinProbability >= 0.15 ? Grade.C : Grade.D;
    /// <summary>Win probability less that of the run before, 0–1; null when it was not scored then.</summary>
    public double? Trend { get; init; }
    /// <summary>Win probability of the average deal asked about the same days; with the drivers it adds up to <see cref="WinProbability"/>. Null when not explained.</summary>
    public double? BaseProbability { get; init; }
    /// <summary>Signed shares of the business factors, largest first; empty when not explained.</summary>
    public IReadOnlyList<Driver> Drivers { get; init; } = [];
    /// <summary>What to know before trusting it, in words.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>A score with the distributions behind it, which the revenue forecast adds up.</summary>
/// <param name="Score">The result people see.</param>
/// <param name="Curve">When it may be won or lost.</param>
/// <param name="Size">The amount if won; null when nothing is known of amounts.</param>
public sealed record ScoredOpportunity(OpportunityScore Score, HazardCurve Curve, AmountDistribution? Size);
