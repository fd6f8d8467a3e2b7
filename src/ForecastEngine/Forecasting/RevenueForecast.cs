using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Forecasting;

/// <summary>By what revenue is told apart.</summary>
public enum Dimension
{
    /// <summary>All together.</summary>
    Company,
    /// <summary>The teams that the owners were in: of a won deal on its day, of an open one at the as-of date.</summary>
    Team,
    /// <summary>The people of the deal's revenue splits, each by the share; the owner has the rest.</summary>
    Owner,
    /// <summary>The products of the deal's line items, each by its share; the main product of a deal without any.</summary>
    Product,
    /// <summary>The region.</summary>
    Region,
    /// <summary>The sales pipeline.</summary>
    Pipeline,
}

/// <summary>
/// Predicted revenue of one period for the company or one part of it. Means of parts add up to the mean of the whole;
/// quantiles do not.
/// </summary>
public sealed record RevenueForecast
{
    /// <summary>The period.</summary>
    public required Period Period { get; init; }
    /// <summary>By what it is told apart.</summary>
    public required Dimension Dimension { get; init; }
    /// <summary>Id of the part; empty for the company and for what belongs to no part.</summary>
    public required string Key { get; init; }
    /// <summary>What people call the part.</summary>
    public required string Name { get; init; }
    /// <summary>Currency of every amount (ISO 4217).</summary>
    public required string Currency { get; init; }
    /// <summary>Won in the period up to the as-of date.</summary>
    public required double AlreadyWon { get; init; }
    /// <summary>Expected from deals that are open.</summary>
    public required double FromOpen { get; init; }
    /// <summary>Expected from deals not yet created.</summary>
    public required double FromNew { get; init; }
    /// <summary>What it leans toward methods that go by this team's past, above 0 for more; 0 where it does not lean.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Leaning { get; init; }
    /// <summary>Expected revenue.</summary>
    public double Mean => AlreadyWon + FromOpen + FromNew + Leaning;
    /// <summary>The revenue that is exceeded in half of the cases.</summary>
    public required double Median { get; init; }
    /// <summary>Bands of 50, 80 and 95 %, each stating its level.</summary>
    public required IReadOnlyList<Band> Bands { get; init; }
    /// <summary>Expected number of further wins in the period; a deal counts in each part by the part's share.</summary>
    public required double ExpectedWins { get; init; }
    /// <summary>The whole distribution, what is already won included. Not kept with a published run, which keeps the bands.</summary>
    [JsonIgnore]
    public LatticeDistribution? Distribution { get; init; }
    /// <summary>Open deals in it; one that several parts share counts in each of them.</summary>
    public required int OpenDeals { get; init; }
    /// <summary>Σ amount × CRM probability of the open deals whose planned close date lies in the period: the baseline people know.</summary>
    public required double WeightedPipeline { get; init; }
    /// <summary>Quota of the period; null when none is set.</summary>
    public decimal? Quota { get; init; }
    /// <summary>Mean over quota; null without one.</summary>
    public double? Attainment => Quota is > 0 ? Mean / (double)Quota : null;
    /// <summary>P(revenue reaches the quota), 0–1; null without one.</summary>
    public double? ProbabilityToReachQuota { get; init; }
    /// <summary>
    /// What revenue by period lacks in this history, as code and figures; told with the company's forecasts, null where
    /// nothing does. <see cref="Warnings"/> has the words.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HistoryGap>? Gaps { get; init; }
    /// <summary>What speaks against the company's forecast, and what was done about it, as codes and figures; null where nothing
    /// does. <see cref="Warnings"/> has the words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ForecastDoubt>? Doubts { get; init; }
    /// <summary>Why the band is as wide as it is, and other doubts, in words.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The same with what is still to come times a factor: every part of a period leans alike, so parts still add up.</summary>
    /// <param name="factor">Above 0.</param>
    public RevenueForecast Leaned(double factor)
    {
        if (factor == 1) return this;
        if (!(factor > 0) || !double.IsFinite(factor)) throw new ArgumentException($"{nameof(Leaned)}: found {factor:R}; expected a finite factor above 0.", nameof(factor));
        double Of(double revenue) => AlreadyWon + factor * (revenue - AlreadyWon);
        var distribution = Distribution?.Scaled(AlreadyWon, factor);
        return this with
        {
            Leaning = factor * (FromOpen + FromNew + Leaning) - FromOpen - FromNew, Median = Of(Median),
            Bands = [.. Bands.Select(b => new Band(Of(b.Lower), Of(b.Upper), b.Level))], Distribution = distribution,
            ProbabilityToReachQuota = Quota is { } quota && distribution is not null ? distribution.ProbabilityAtLeast((double)quota) : ProbabilityToReachQuota,
        };
    }

    /// <summary>The band of a level.</summary>
    public Band BandOf(double level) => Band.At(Bands, level) ?? throw new InvalidOperationException($"Forecast of {Period.Label}: found no band of {level}; expected one of {string.Join(", ", Bands.Select(b => b.Level))}.");
}
