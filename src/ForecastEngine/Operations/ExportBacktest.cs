using ForecastEngine.Backtesting;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Snapshots;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations;

/// <summary>Writes the past forecasts of the newest backtest to a file, with what came.</summary>
public static class ExportBacktest
{
    /// <summary>Runs the export.</summary>
    /// <exception cref="OperationException">No backtest is kept, or the newest is of a release that kept no forecasts.</exception>
    public static async Task<ExportedTable> Run(Workspace workspace, TableFile file, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var record = workspace.Backtests.Latest() ?? throw new OperationException($"Workspace {workspace.Folder}: found no backtest; expected one. Run: forecast backtest.");
        var windows = RunBacktest.WindowsOf(record) ?? throw new OperationException($"Workspace {workspace.Folder}: found a backtest of {record.MadeAt:yyyy-MM-dd} that was kept without its forecasts, by an earlier release; expected them. Make it again: forecast backtest.");
        return await ExportedTable.WriteAsync(Table(windows, PublishedResults.CurrencyOf(workspace)), file, windows.Max(w => w.Window.Cutoff.Date), null, record.DataExportedAt, progress, cancellation);
    }

    /// <summary>A row per past forecast and method. A method that gives one number has it as median and mean, and no bands.</summary>
    /// <param name="windows">The forecasts.</param>
    /// <param name="currency">Of their amounts (ISO 4217).</param>
    public static DataFrame Table(IReadOnlyList<WindowResult> windows, string currency) => new TableOf<(WindowResult Window, WindowForecast Forecast)>()
        .Instant("cutoff", r => r.Window.Window.Cutoff.Instant).Instant("trained_until", r => r.Window.TrainedUntil)
        .Text("period", r => r.Window.Window.Period.Label).Day("period_from", r => r.Window.Window.Period.From).Day("period_until", r => r.Window.Window.Period.Until)
        .Text("kind", r => r.Window.Window.Kind).Text("method", r => r.Forecast.Method).Number("median", r => r.Forecast.Median).Number("mean", r => r.Forecast.Mean)
        .Bands(r => r.Forecast.Bands)
        .Number("actual", r => r.Window.Actual).Number("already_won", r => r.Window.AlreadyWon).Count("open_deals", r => r.Window.OpenDeals)
        .Number("crps", r => r.Forecast.Crps).Number("pit", r => r.Forecast.Pit).Text(TrainingTable.Currency, _ => currency)
        .Build(windows.SelectMany(w => w.Forecasts.Select(f => (w, f))));
}
