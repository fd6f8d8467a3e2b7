using System.Text.Json.Serialization;

namespace ForecastEngine.Backtesting;

/// <summary>How often revenue fell into the bands of a level.</summary>
/// <param name="Level">Nominal coverage, a fraction.</param>
/// <param name="Covered">Forecasts whose revenue lay in the band.</param>
/// <param name="Windows">Forecasts.</param>
public sealed record MeasuredLevel(double Level, int Covered, int Windows);

/// <summary>What a backtest measured, short enough to stand beside every answer.</summary>
/// <param name="MadeOn">The day of the backtest.</param>
/// <param name="DataUntil">The last day of its data.</param>
/// <param name="Period">Length of the periods forecast.</param>
/// <param name="Windows">Forecasts judged.</param>
/// <param name="Levels">Coverage by rising level.</param>
/// <param name="Wape">The engine's WAPE, a fraction of revenue; null where nothing was won.</param>
/// <param name="Reference">The method that it is held against; null where none answered.</param>
/// <param name="Gain">1 − WAPE of the engine / WAPE of the reference.</param>
/// <param name="DealCalibrationError">Expected calibration error of P(won by the end of the period) of single deals, 0–1; null without deals.</param>
public sealed record MeasuredQuality(DateOnly MadeOn, DateOnly DataUntil, string Period, int Windows, IReadOnlyList<MeasuredLevel> Levels, double? Wape, string? Reference, double? Gain, double? DealCalibrationError)
{
    /// <summary>How near methods that go by the past came, and what each counts in a forecast; null where too few periods tell.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OwnPast? OwnPast { get; init; }

    /// <summary>Drawn from a report.</summary>
    public static MeasuredQuality Of(BacktestReport report, BacktestOptions options, DateOnly dataUntil, DateOnly madeOn) => new(
        madeOn, dataUntil, options.Period.ToString().ToLowerInvariant(), report.Windows, [.. report.Coverage.Select(c => new MeasuredLevel(c.Level, c.Covered, c.Windows))],
        report.Engine.Wape, report.Reference?.Method, report.Reference?.WapeSkill.Value, report.Deals?.Methods.FirstOrDefault(m => m.Method == Method.Engine)?.Ece);
}
