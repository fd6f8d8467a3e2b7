using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>What a person expects instead.</summary>
/// <param name="Amount">The call.</param>
/// <param name="Note">Why.</param>
/// <param name="Author">Id of the key that said so.</param>
/// <param name="At">When.</param>
public sealed record CallAnswer(decimal Amount, string Note, string Author, DateTimeOffset At);

/// <summary>Expected revenue of one period for one part.</summary>
public sealed record ForecastAnswer
{
    /// <summary>The period.</summary>
    public required PeriodAnswer Period { get; init; }
    /// <summary>Id of the part; empty for the company and for what belongs to no part.</summary>
    public required string Key { get; init; }
    /// <summary>What people call the part.</summary>
    public required string Name { get; init; }
    /// <summary>Expected revenue: already won + from open + from new + leaning.</summary>
    public required double Mean { get; init; }
    /// <summary>Exceeded in half of the cases.</summary>
    public required double Median { get; init; }
    /// <summary>The band of the level asked for.</summary>
    public required BandAnswer Band { get; init; }
    /// <summary>Won in the period up to the as-of date.</summary>
    public required double AlreadyWon { get; init; }
    /// <summary>Expected from open deals.</summary>
    public required double FromOpen { get; init; }
    /// <summary>Expected from deals not yet created.</summary>
    public required double FromNew { get; init; }
    /// <summary>What the forecast leans toward methods that were nearer on this team's own past, above 0 for more; 0 where it does not.</summary>
    public required double Leaning { get; init; }
    /// <summary>Expected number of further wins.</summary>
    public required double ExpectedWins { get; init; }
    /// <summary>Open deals in it.</summary>
    public required int OpenDeals { get; init; }
    /// <summary>Σ amount × CRM probability of the open deals planned to close in the period: the baseline people know.</summary>
    public required double WeightedPipeline { get; init; }
    /// <summary>Quota; null without one.</summary>
    public decimal? Quota { get; init; }
    /// <summary>Mean over quota.</summary>
    public double? Attainment { get; init; }
    /// <summary>P(revenue reaches the quota), 0–1.</summary>
    public double? ProbabilityToReachQuota { get; init; }
    /// <summary>What a person expects instead; null when nobody said.</summary>
    public CallAnswer? Adjustment { get; init; }
    /// <summary>Doubts, in words.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>As the API writes it.</summary>
    public static ForecastAnswer Of(RevenueForecast forecast, double level, ForecastAdjustment? call) => new()
    {
        Period = PeriodAnswer.Of(forecast.Period), Key = forecast.Key, Name = forecast.Name, Mean = forecast.Mean, Median = forecast.Median,
        Band = BandAnswer.Of(forecast.BandOf(level)), AlreadyWon = forecast.AlreadyWon, FromOpen = forecast.FromOpen, FromNew = forecast.FromNew, Leaning = forecast.Leaning,
        ExpectedWins = forecast.ExpectedWins, OpenDeals = forecast.OpenDeals, WeightedPipeline = forecast.WeightedPipeline, Quota = forecast.Quota,
        Attainment = forecast.Attainment, ProbabilityToReachQuota = forecast.ProbabilityToReachQuota, Warnings = forecast.Warnings,
        Adjustment = call?.Amount is { } amount ? new CallAnswer(amount, call.Note, call.Author, call.At) : null,
    };
}

/// <summary>What the parts of one period add up to: means add up, bands do not.</summary>
public sealed record ForecastTotal(PeriodAnswer Period, double Mean, double AlreadyWon, double FromOpen, double FromNew, double Leaning, double ExpectedWins, int OpenDeals, double WeightedPipeline)
{
    /// <summary>Adds forecasts of one period up.</summary>
    public static ForecastTotal Of(IReadOnlyCollection<ForecastAnswer> parts) => new(parts.First().Period, parts.Sum(p => p.Mean), parts.Sum(p => p.AlreadyWon), parts.Sum(p => p.FromOpen),
        parts.Sum(p => p.FromNew), parts.Sum(p => p.Leaning), parts.Sum(p => p.ExpectedWins), parts.Sum(p => p.OpenDeals), parts.Sum(p => p.WeightedPipeline));
}
