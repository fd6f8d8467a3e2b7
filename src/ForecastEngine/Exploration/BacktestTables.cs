using ForecastEngine.Backtesting;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>A backtest as tables. Amounts in the history's currency, shares as fractions.</summary>
public static class BacktestTables
{
    /// <summary>A row per past forecast and method, with what came. Bands are those of the methods that give any.</summary>
    public static DataFrame Windows(IReadOnlyList<WindowResult> windows) => new TableOf<(WindowResult Window, WindowForecast Forecast)>()
        .Text("period", r => r.Window.Window.Period.Label).Day("cutoff", r => r.Window.Window.Cutoff.Date).Text("kind", r => r.Window.Window.Kind).Text("method", r => r.Forecast.Method)
        .Number("already_won", r => r.Window.AlreadyWon).Number("median", r => r.Forecast.Median).Number("mean", r => r.Forecast.Mean).Number("actual", r => r.Window.Actual)
        .Number("low_80", r => Band.At(r.Forecast.Bands, 0.80)?.Lower).Number("high_80", r => Band.At(r.Forecast.Bands, 0.80)?.Upper).Number("crps", r => r.Forecast.Crps).Number("pit", r => r.Forecast.Pit)
        .Build([.. windows.SelectMany(w => w.Forecasts.Select(f => (w, f)))]);

    /// <summary>A row per open deal and past forecast: P(won by the end of the period) by method, and whether it was.</summary>
    public static DataFrame Deals(IReadOnlyList<WindowResult> windows)
    {
        var rows = windows.SelectMany(w => Enumerable.Range(0, w.Deals.Ids.Count).Select(d => (Window: w, Deal: d))).ToList();
        var table = new TableOf<(WindowResult Window, int Deal)>()
            .Text("period", r => r.Window.Window.Period.Label).Day("cutoff", r => r.Window.Window.Cutoff.Date).Text("opportunity_id", r => r.Window.Deals.Ids[r.Deal]);
        foreach (var method in windows.SelectMany(w => w.Deals.Probabilities.Keys).Distinct())
            table.Number(method.Replace(' ', '_').ToLowerInvariant(), r => r.Window.Deals.Probabilities.TryGetValue(method, out var said) ? said[r.Deal] : null);
        return table.Number("won", r => r.Window.Deals.Outcomes[r.Deal]).Build(rows);
    }

    /// <summary>A row per method: how near its revenue forecasts came. Gains are the engine's over it.</summary>
    public static DataFrame Methods(BacktestReport report) => new TableOf<MethodFigures>()
        .Text("method", m => m.Method).Count("windows", m => m.Windows).Number("wape", m => m.Wape).Number("bias", m => m.Bias).Number("relative_crps", m => m.RelativeCrps)
        .Number("gain_wape", m => m.WapeSkill.Value).Number("gain_wape_low", m => m.WapeSkill.Lower).Number("gain_wape_high", m => m.WapeSkill.Upper)
        .Build(report.Methods);

    /// <summary>A row per band level: how often revenue fell into it, with a 95 % interval.</summary>
    public static DataFrame Coverage(BacktestReport report) => new TableOf<CoverageFigures>()
        .Number("level", c => c.Level).Count("windows", c => c.Windows).Count("covered", c => c.Covered).Number("coverage", c => c.Coverage)
        .Number("low", c => c.Lower).Number("high", c => c.Upper).Number("p_value", c => c.PValue).Number("relative_width", c => c.RelativeWidth)
        .Build(report.Coverage);

    /// <summary>A row per method that speaks of single deals; empty where there were none. Skill is the engine's Brier skill over it.</summary>
    public static DataFrame DealMethods(BacktestReport report) => new TableOf<DealMethodFigures>()
        .Text("method", m => m.Method).Count("rows", m => m.Rows).Number("brier", m => m.Brier).Number("log_loss", m => m.LogLoss).Number("auc", m => m.Auc)
        .Number("calibration_error", m => m.Ece).Number("slope", m => m.Slope).Number("skill", m => m.Skill.Value).Number("skill_low", m => m.Skill.Lower).Number("skill_high", m => m.Skill.Upper)
        .Build(report.Deals?.Methods ?? []);
}
