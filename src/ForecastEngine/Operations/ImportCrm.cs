using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>What an import found and what it added.</summary>
/// <param name="Opportunities">Opportunities accepted from the files.</param>
/// <param name="Changes">Changes, from the files and derived from them.</param>
/// <param name="Activities">Activities accepted.</param>
/// <param name="Leads">Leads accepted.</param>
/// <param name="RejectedRows">Rows set aside.</param>
/// <param name="RejectedFile">Where they are listed, and values that were left empty; null when there are none.</param>
/// <param name="Added">What was new to the database, per entity.</param>
/// <param name="Report">The whole report.</param>
public sealed record ImportCrmResult(int Opportunities, int Changes, int Activities, int Leads, long RejectedRows, string? RejectedFile, AppendResult Added, ImportReport Report)
{
    /// <summary>Everything that was new, changed, known before and contradicted.</summary>
    public EntityCounts Total => Added.Total();

    /// <summary>What the files were understood as; null where a map was given.</summary>
    public Understanding? Understanding { get; init; }

    /// <summary>What became of the map's calendar; null where it has none, or the one in force.</summary>
    public string? CalendarNotice { get; init; }

    /// <summary>What people should know besides: that the sample was replaced; null when there is nothing.</summary>
    public string? Notice => Added.ReplacedSample ? "The sample was replaced by this export: its deals, scores, forecasts, calls on them, backtests, quotas of its teams and people, and the model versions trained on it were removed." : null;
}

/// <summary>Reads a CRM's exported files and adds to the history what is new in them, all or nothing. The first export of the user's own takes the place of the sample.</summary>
public static class ImportCrm
{
    /// <summary>Runs the import.</summary>
    /// <param name="workspace">Where to.</param>
    /// <param name="folder">Where the files are.</param>
    /// <param name="map">How to read them.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    public static ImportCrmResult Run(Workspace workspace, string folder, ImportMap map, ImportOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default) =>
        Run(workspace, folder, map, isSample: false, options, progress, cancellation);

    internal static ImportCrmResult Run(Workspace workspace, string folder, ImportMap map, bool isSample, ImportOptions? options, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw new OperationException($"{folder}: found no such folder; expected the folder with the exported files. Mend the path.");
        options ??= ImportOptions.Default;
        if (options.TakesBack && options.ExportedAt is null)
            throw new OperationException("Import: found no time to take earlier exports back to; expected one. Give --exported-at with --take-back.");
        if (options.ExportedAt > workspace.Clock.GetUtcNow().AddDays(1))
            throw new OperationException($"Import: found an export that is said to be made on {options.ExportedAt:yyyy-MM-dd}, which has not come; expected a time that has passed. Correct --exported-at.");
        options = options with
        {
            Now = workspace.Clock.GetUtcNow(), NewestExport = workspace.History.NewestExport(),
            KnownColumns = workspace.History.CustomColumns(),
        };
        var rejectedFile = Path.Combine(workspace.Folder, "rejected.csv");
        ImportResult read;
        try
        {
            using var rejected = new StreamWriter(rejectedFile, append: false, new UTF8Encoding(false));
            read = CrmImport.Read(folder, map, options with { RejectedCsv = rejected, KnownRates = workspace.Rates.All() },
                progress is null ? null : new Relay<ImportProgress>(p => progress.Report(new OperationProgress($"Reading {p.File} ({p.RowsRead:N0} rows)"))), cancellation);
        }
        finally
        {
            // Nothing was set aside: a list with a header alone would send people looking.
            if (File.Exists(rejectedFile) && !File.ReadLines(rejectedFile).Skip(1).Any()) File.Delete(rejectedFile);
        }

        // The rows as they were read are done with: let go of them before as much again is written.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        progress?.Report(new OperationProgress("Looking for gaps in what was exported"));
        var gaps = HistoryGaps.Of(read.Facts);
        if (gaps.Count > 0) read = read with { Report = read.Report with { Warnings = [.. read.Report.Warnings, .. gaps.Select(g => g.InWords(map.Currency))] } };
        progress?.Report(new OperationProgress("Adding what is new to the history"));
        var isFirst = workspace.History.FirstImport() is null;
        var sampleModels = workspace.History.Sample() is null ? [] : workspace.Models.TrainedOnSample();
        var added = workspace.History.Import(read.Facts, new Storage.ImportRun
        {
            At = workspace.Clock.GetUtcNow(), MapName = map.Name, SourceHash = HashOf(folder, read.Report), Report = JsonSerializer.Serialize(read.Report), IsSample = isSample,
        }, sampleModels, options, progress is null ? null : new Relay<StorageProgress>(p => progress.Report(new OperationProgress($"{p.Step} ({p.Done:N0})", p.Total is > 0 ? (double)p.Done / p.Total : null))), cancellation);
        if (added.ReplacedSample) RemoveFiles(workspace, sampleModels);
        return new ImportCrmResult(read.Facts.Opportunities.Count, read.Facts.Changes.Count, read.Facts.Activities.Count, read.Facts.Leads.Count,
            read.Report.RowsRejected, File.Exists(rejectedFile) ? rejectedFile : null, added, read.Report)
        {
            CalendarNotice = SetCalendar.FromMap(workspace, map.Calendar ?? OfZone(map), isFirst || added.ReplacedSample),
        };
    }

    // A map without a calendar still says where the business is: its days are those of the map's zone.
    private static BusinessCalendar? OfZone(ImportMap map) =>
        map.TimeZone.Id is "UTC" or "Etc/UTC" ? null : BusinessCalendar.Default with { TimeZone = map.TimeZone.Id };

    // What stands beside the database: models where they are not in it, and finished rounds of backtests.
    private static void RemoveFiles(Workspace workspace, IReadOnlyList<string> sampleModels)
    {
        workspace.Models.Remove(sampleModels);
        if (Path.Combine(workspace.Folder, "backtests") is var rounds && Directory.Exists(rounds)) Directory.Delete(rounds, recursive: true);
    }

    private static string HashOf(string folder, ImportReport report)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in report.Entities.SelectMany(e => e.Files).Distinct().Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            using var stream = File.OpenRead(path);
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
