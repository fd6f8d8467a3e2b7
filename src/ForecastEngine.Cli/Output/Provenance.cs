using ForecastEngine.Backtesting;
using ForecastEngine.Operations;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Cli.Output;

/// <summary>What every answer carries: as-of date, model version, data timestamp, rung, level of the bands.</summary>
internal static class Provenance
{
    /// <summary>As a line or two.</summary>
    public static void Show(Screen screen, ScoredPipeline pipeline)
    {
        var rungs = pipeline.Deals.GroupBy(d => d.Score.Rung).OrderByDescending(g => g.Key).Select(g => $"{Words(g.Key)} ({Format.Count(g.Count())} deals)");
        screen.Line();
        screen.Line($"As of {Format.Date(pipeline.AsOf.Date)}; model {pipeline.Version.Id}; data exported {Format.Instant(pipeline.History.DataTimestamp)}; "
            + $"answered by: {string.Join(", ", rungs)}.");
        screen.Line(Words(pipeline.Measured));
    }

    /// <summary>The same for programs.</summary>
    public static object Of(ScoredPipeline pipeline) => new
    {
        asOf = pipeline.AsOf.Date, modelVersion = pipeline.Version.Id, dataTimestamp = pipeline.History.DataTimestamp, currency = pipeline.History.Currency,
        rungs = pipeline.Deals.GroupBy(d => d.Score.Rung).OrderBy(g => g.Key).ToDictionary(g => g.Key.ToString(), g => g.Count()),
        warnings = pipeline.Version.Card.Warnings, measured = pipeline.Measured,
    };

    /// <summary>What a backtest measured, in words.</summary>
    public static string Words(MeasuredQuality? measured)
    {
        if (measured is null) return "Bands are stated at their nominal level; how often they hold has not been measured yet: forecast backtest.";
        var levels = string.Join(", ", measured.Levels.Select(l => $"{Format.Level(l.Level)} band {l.Covered} of {l.Windows}"));
        var deals = measured.DealCalibrationError is { } error ? $" Win probabilities were off by {Format.Points(error).TrimStart('+')} points on average." : "";
        return $"Measured by the backtest of {Format.Date(measured.MadeOn)} on {measured.Windows} forecasts by {measured.Period}: revenue fell into the {levels}.{deals}";
    }

    /// <summary>Whether forecasts lean on what was nearer on the team's own past, in words.</summary>
    public static string Words(OwnPast? past) => past is null ? "Too few periods tell whether forecasts should lean on methods that go by the past."
        : $"A blend with methods that go by the past, weighed by earlier forecasts alone, was nearer by {Format.Points(past.Gain)} ± {Format.Points(past.StandardError).TrimStart('+')} points of revenue on {past.Windows} forecasts: "
            + (past.Leans ? $"forecasts lean on it ({string.Join(", ", past.Weights.Select(w => $"{w.Method} {Format.Percent(w.Weight)}"))})." : "not beyond chance, so the engine answers alone.");

    /// <summary>A rung in words.</summary>
    public static string Words(Rung rung) => rung switch { Rung.OwnModel => "own model", Rung.PooledModel => "pooled model", Rung.StageRate => "stage rate", _ => "global rate" };
}
