using System.Text.Json.Serialization;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>What one method said about a window. Amounts in the history's currency.</summary>
/// <param name="Method">Its name: see <see cref="Method"/>, or what the user called it.</param>
/// <param name="Median">The point forecast that WAPE judges.</param>
/// <param name="Mean">Expected revenue; the point forecast again for a method without a distribution.</param>
/// <param name="Crps">Continuous ranked probability score against what came; the absolute error for a point forecast.</param>
/// <param name="Pit">P(R ≤ what came) under the forecast, 0–1; null for a point forecast.</param>
/// <param name="Bands">Bands by rising level; empty for a point forecast.</param>
public sealed record WindowForecast(string Method, double Median, double Mean, double Crps, double? Pit, IReadOnlyList<Band> Bands)
{
    /// <summary>A forecast that is one number.</summary>
    public static WindowForecast Point(string method, double value, double actual) => new(method, value, value, Math.Abs(actual - value), null, []);
}

/// <summary>A part of the company in a window, for instance a team.</summary>
/// <param name="Key">Id of the part; empty for what belongs to none.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Actual">Revenue that came.</param>
/// <param name="Forecast">What the engine said.</param>
public sealed record SegmentResult(string Key, string Name, double Actual, WindowForecast Forecast);

/// <summary>What is true of a window in a simulated world.</summary>
/// <param name="Forecast">The forecast of an oracle that knows every hidden quality, the hazards and the market's state.</param>
/// <param name="Coverage">True probability that revenue falls into each of the engine's bands, by rising level.</param>
/// <param name="Expected">What each method's scores are on average over the window's possible futures, the oracle's last; null in results of releases that did not ask.</param>
public sealed record WindowTruth(WindowForecast Forecast, IReadOnlyList<double> Coverage, IReadOnlyList<ExpectedScores>? Expected = null);

/// <summary>Scores of one forecast, averaged over the possible futures of a window instead of the one that came: chance is taken out of the comparison.</summary>
/// <param name="Method">Its name: see <see cref="Backtesting.Method"/>.</param>
/// <param name="Error">E|median − R|, an amount.</param>
/// <param name="Crps">E CRPS, an amount; the expected error for a point forecast.</param>
public sealed record ExpectedScores(string Method, double Error, double Crps);

/// <summary>What was said of the deals open at the origin, by column; a row per deal.</summary>
public sealed record DealForecasts
{
    /// <summary>The deals.</summary>
    public required IReadOnlyList<string> Ids { get; init; }
    /// <summary>P(won by the end of the period), 0–1, by method (see <see cref="Method"/>); NaN where a method gave none.</summary>
    public required IReadOnlyDictionary<string, double[]> Probabilities { get; init; }
    /// <summary>Methods that know no time: theirs is P(won eventually).</summary>
    public IReadOnlyList<string> Timeless { get; init; } = [];
    /// <summary>1 where the deal was won by the end of the period, else 0.</summary>
    public required IReadOnlyList<double> Outcomes { get; init; }
    /// <summary>True P(won by the end of the period) in a simulated world; null elsewhere.</summary>
    public IReadOnlyList<double>? Truth { get; init; }

    /// <summary>No deal at all.</summary>
    public static DealForecasts None { get; } = new() { Ids = [], Probabilities = new Dictionary<string, double[]>(), Outcomes = [] };
}

/// <summary>A window with what every method said of it and what came. Nothing in it was known to any of them.</summary>
public sealed record WindowResult
{
    /// <summary>The window.</summary>
    public required BacktestWindow Window { get; init; }
    /// <summary>Whose history: the simulated world's seed, or empty for a team's own. Windows of one series are dependent.</summary>
    public string Series { get; init; } = "";
    /// <summary>End of the training data of the model that answered; at or before the cutoff.</summary>
    public required DateTimeOffset TrainedUntil { get; init; }
    /// <summary>Revenue won in the whole period, what had been won at the origin included.</summary>
    public required double Actual { get; init; }
    /// <summary>Revenue won in the period up to the origin.</summary>
    public required double AlreadyWon { get; init; }
    /// <summary>Deals open at the origin.</summary>
    public required int OpenDeals { get; init; }
    /// <summary>What each method said, the engine first.</summary>
    public required IReadOnlyList<WindowForecast> Forecasts { get; init; }
    /// <summary>The engine by team; empty where there is one team or none.</summary>
    public IReadOnlyList<SegmentResult> Teams { get; init; } = [];
    /// <summary>The engine by sales pipeline; empty where there is one only.</summary>
    public IReadOnlyList<SegmentResult> Pipelines { get; init; } = [];
    /// <summary>The open deals.</summary>
    public required DealForecasts Deals { get; init; }
    /// <summary>What is true, in a simulated world; null elsewhere.</summary>
    public WindowTruth? Truth { get; init; }

    /// <summary>What one method said; null when it could not answer.</summary>
    public WindowForecast? Of(string method) => Forecasts.FirstOrDefault(f => f.Method == method);

    /// <summary>What the engine said.</summary>
    [JsonIgnore]
    public WindowForecast Engine => Of(Method.Engine)!;
}

/// <summary>Names of the methods that a backtest compares; revenue methods and methods that speak of single deals.</summary>
public static class Method
{
    /// <summary>The engine.</summary>
    public const string Engine = "engine";
    /// <summary>The forecast of one who knows the truth of a simulated world.</summary>
    public const string Oracle = "oracle";
    /// <summary>Already won + amount × CRM probability of the open deals planned to close in the period.</summary>
    public const string WeightedPipeline = "weighted pipeline";
    /// <summary>The same with the win rates of the stages instead of the CRM's figures.</summary>
    public const string StageWeightedPipeline = "stage-weighted pipeline";
    /// <summary>Already won + Σ value in stage × conversion by stage and week of the period + growth by week of the period.</summary>
    public const string ConversionAndGrowth = "conversion and growth";
    /// <summary>Already won + commit + half of best case.</summary>
    public const string CommitAndBestCase = "commit and best case";
    /// <summary>Revenue of the same period a year before.</summary>
    public const string SamePeriodLastYear = "same period last year";
    /// <summary>Mean revenue of the last four periods.</summary>
    public const string MeanOfLastFour = "mean of the last four";
    /// <summary>Already won, carried on at the pace of the period so far by what share of a period usually comes by then.</summary>
    public const string RunRate = "run rate";
    /// <summary>The number that people gave.</summary>
    public const string People = "people's number";
    /// <summary>The number that people gave × the median of revenue ÷ number so far.</summary>
    public const string PeopleWithHaircut = "people's number with haircut";
    /// <summary>Deals: the honest stage rate.</summary>
    public const string StageRate = "stage rate";
    /// <summary>Deals: Odoo's predictive lead scoring.</summary>
    public const string OdooScoring = "Odoo scoring";
    /// <summary>Deals: the CRM's own probability.</summary>
    public const string CrmProbability = "CRM probability";
    /// <summary>Deals: the rate of all deals.</summary>
    public const string BaseRate = "base rate";

    private static readonly HashSet<string> BuiltIn = new(StringComparer.OrdinalIgnoreCase)
    {
        Engine, Oracle, WeightedPipeline, StageWeightedPipeline, ConversionAndGrowth, CommitAndBestCase, SamePeriodLastYear, MeanOfLastFour, RunRate, People, PeopleWithHaircut,
        StageRate, OdooScoring, CrmProbability, BaseRate,
    };

    /// <summary>True for a method of this list, false for one that a user brought.</summary>
    public static bool IsBuiltIn(string method) => BuiltIn.Contains(method);
}
