using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>A model that was written for use elsewhere.</summary>
/// <param name="Version">The model version.</param>
/// <param name="MarketAsOf">The date whose market it holds.</param>
/// <param name="File">Where it is.</param>
/// <param name="Bytes">Its size.</param>
public sealed record ExportPortableModelResult(string Version, DateOnly MarketAsOf, string File, long Bytes);

/// <summary>Writes a version's win probability with the market of a date as one portable JSON file: see <see cref="PortableModel"/>.</summary>
public static class ExportPortableModel
{
    /// <summary>Writes it, whole or not at all.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="file">Where to.</param>
    /// <param name="versionId">The version; null for the champion.</param>
    /// <param name="asOf">The date whose market it is; null for the day of the newest export.</param>
    /// <param name="overwrite">Whether a file of this name may be replaced.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops it; nothing is written then.</param>
    public static ExportPortableModelResult Run(Workspace workspace, string file, string? versionId = null, DateOnly? asOf = null, bool overwrite = false, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var target = Path.GetFullPath(file);
        if (!overwrite && File.Exists(target)) throw new OperationException($"{target}: found a file there already; expected none. Name another, or overwrite it: --force.");
        var version = versionId is null ? ScoredPipeline.ChampionOf(workspace) : workspace.Models.Get(versionId);
        var bundle = workspace.BundleOf(version);
        progress?.Report(new OperationProgress("Loading the history", 0.1));
        var history = HistoryAt.Load(workspace, asOf, cancellation, out var date);
        ScoredPipeline.Refuse(version, date, history.Calendar);
        if (history.Calendar is { Holidays.Count: > 0 } || !history.Calendar.HasQuartersOf(BusinessCalendar.Default))
            throw new OperationException($"Portable model: found a business calendar of its own ({history.Calendar}); expected calendar quarters and no holidays, which is all that readers of the file can count in. Score with forecast score instead.");
        progress?.Report(new OperationProgress("Following the market", 0.5));
        var market = PipelineGround.From(bundle, history, date, Environment.ProcessorCount, cancellation).Market;
        progress?.Report(new OperationProgress("Writing the model", 0.9));
        var unfinished = target + ".unfinished";
        try
        {
            using (var to = File.Create(unfinished)) PortableModel.Write(to, bundle.Win, MarketTracker.Shift(market.Factor, bundle.Win.Grid), version.Id, date.Date);
            cancellation.ThrowIfCancellationRequested();
            File.Move(unfinished, target, overwrite);
        }
        finally
        {
            File.Delete(unfinished);
        }
        return new ExportPortableModelResult(version.Id, date.Date, target, new FileInfo(target).Length);
    }
}
