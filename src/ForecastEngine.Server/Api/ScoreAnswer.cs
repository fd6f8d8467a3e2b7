using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Server.Api;

/// <summary>A calendar period.</summary>
/// <param name="Label"><c>2026-Q4</c> or <c>2026-11</c>.</param>
/// <param name="From">First day.</param>
/// <param name="Until">Last day.</param>
public sealed record PeriodAnswer(string Label, DateOnly From, DateOnly Until)
{
    /// <summary>As the API writes it.</summary>
    public static PeriodAnswer Of(Period period) => new(period.Label, period.From, period.Until);
}

/// <summary>An interval and its nominal coverage.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Level">Nominal coverage, 0–1.</param>
public sealed record BandAnswer(double Lower, double Upper, double Level)
{
    /// <summary>As the API writes it.</summary>
    public static BandAnswer Of(Band band) => new(band.Lower, band.Upper, band.Level);
}

/// <summary>P(won by the end of a period), 0–1.</summary>
public sealed record WonByAnswer(PeriodAnswer Period, double Probability);

/// <summary>A signed share of a business factor in the win probability; with the base probability they add up to it.</summary>
/// <param name="Name">The factor.</param>
/// <param name="Contribution">In probability: 0.05 is five percentage points.</param>
public sealed record DriverAnswer(string Name, double Contribution);

/// <summary>The score of one open opportunity.</summary>
public sealed record ScoreAnswer
{
    /// <summary>The CRM's id.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>What people call it.</summary>
    public string? Name { get; init; }
    /// <summary>Stage at the as-of date.</summary>
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
    /// <summary>Amount as typed.</summary>
    public decimal? Amount { get; init; }
    /// <summary>Planned close date as typed.</summary>
    public DateOnly? PlannedCloseOn { get; init; }
    /// <summary>The CRM's own win probability, 0–1.</summary>
    public double? CrmProbability { get; init; }
    /// <summary>Which rung of the ladder answered.</summary>
    public required Rung Rung { get; init; }
    /// <summary>P(won eventually), 0–1.</summary>
    public required double WinProbability { get; init; }
    /// <summary>Grade by win probability: A from 0.60, B from 0.35, C from 0.15, D below.</summary>
    public required string Grade { get; init; }
    /// <summary>Win probability less that of the run before; null when it was not scored then.</summary>
    public double? Trend { get; init; }
    /// <summary>P(won by the end of each period).</summary>
    public required IReadOnlyList<WonByAnswer> WonBy { get; init; }
    /// <summary>Median close date if won.</summary>
    public DateOnly? ExpectedCloseOn { get; init; }
    /// <summary>Early end of the 80 % interval of the close date if won.</summary>
    public DateOnly? CloseFrom { get; init; }
    /// <summary>Late end of it.</summary>
    public DateOnly? CloseUntil { get; init; }
    /// <summary>Expected amount if won; null when nothing is known of amounts.</summary>
    public double? ExpectedAmount { get; init; }
    /// <summary>Band of the amount if won.</summary>
    public BandAnswer? AmountBand { get; init; }
    /// <summary>Win probability × expected amount.</summary>
    public double? ExpectedRevenue { get; init; }
    /// <summary>Win probability of the average deal; null where the score is not explained.</summary>
    public double? BaseProbability { get; init; }
    /// <summary>Why, largest effect first; empty where the score is not explained.</summary>
    public required IReadOnlyList<DriverAnswer> Drivers { get; init; }
    /// <summary>What to know before trusting it, in words.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>As the API writes it.</summary>
    public static ScoreAnswer Of(OpportunityScore score) => new()
    {
        OpportunityId = score.OpportunityId, Name = score.Name, Stage = score.Stage,
        Pipeline = score.Pipeline, OwnerId = score.OwnerId, TeamId = score.TeamId, ProductId = score.ProductId,
        Region = score.Region, Amount = score.Amount, PlannedCloseOn = score.PlannedCloseOn, CrmProbability = score.CrmProbability, Rung = score.Rung,
        WinProbability = score.WinProbability, Grade = score.Grade.ToString(), Trend = score.Trend,
        WonBy = [.. score.WonBy.Select(w => new WonByAnswer(PeriodAnswer.Of(w.Period), w.Probability))],
        ExpectedCloseOn = score.ExpectedCloseOn, CloseFrom = score.CloseFrom, CloseUntil = score.CloseUntil, ExpectedAmount = score.ExpectedAmount,
        AmountBand = score.AmountBand is { } band ? BandAnswer.Of(band) : null, ExpectedRevenue = score.ExpectedRevenue, BaseProbability = score.BaseProbability,
        Drivers = [.. score.Drivers.Select(d => new DriverAnswer(d.Name, d.Contribution))], Warnings = score.Warnings,
    };
}

/// <summary>A score and where it comes from.</summary>
public sealed record ScoreResult(Source Source, ScoreAnswer Score);
