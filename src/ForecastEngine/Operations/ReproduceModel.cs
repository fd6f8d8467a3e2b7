using ForecastEngine.Crm;
using ForecastEngine.Registry;

namespace ForecastEngine.Operations;

/// <summary>What came of training a version again.</summary>
/// <param name="Version">The version.</param>
/// <param name="IsSame">True when every file is the same to the bit; ML.NET's zips by their entries, since each save stamps them with other times.</param>
/// <param name="Different">Files that differ, or are on one side only.</param>
/// <param name="Files">Files compared.</param>
/// <param name="OtherPackages">Libraries of which another release is loaded now: where bits differ, look here first.</param>
public sealed record ReproduceModelResult(string Version, bool IsSame, IReadOnlyList<string> Different, int Files, IReadOnlyList<string> OtherPackages);

/// <summary>Trains a version again from the same data, settings and seed, and compares it with the one that is kept, bit by bit. Registers nothing.</summary>
public static class ReproduceModel
{
    /// <summary>Runs it.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="id">The version.</param>
    /// <param name="donors">Folders of the workspaces that were pooled for it, in the order of then; null or empty where there were none.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationException">The data, or those of the other teams, are no longer those that it was trained on.</exception>
    public static ReproduceModelResult Run(Workspace workspace, string id, IReadOnlyList<string>? donors = null, int? threads = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Loading the version"));
        var version = workspace.Models.Get(id);
        var card = version.Card;
        var pooled = TrainingSettings.PooledOf(card);
        if (pooled is not null && donors is not { Count: > 0 })
            throw new OperationException($"Model version {id}: found a model that other teams were pooled for ({pooled.Value.Hash}); expected their workspaces. Name the same --donor folders as for its training, in the same order.");
        if (pooled is null && donors is { Count: > 0 })
            throw new OperationException($"Model version {id}: found {donors.Count} donors; expected none, since it was trained on this workspace alone. Leave --donor out.");
        var options = TrainingSettings.Parse(card, workspace.BundleOf(version).Win.Features.Schema.Custom) with { Threads = threads ?? Environment.ProcessorCount };
        if (pooled is { } then)
        {
            var prior = PoolTeams.Run(donors!, then.Until, TimeProvider.System, options.Win with { Seed = options.Seed, Threads = options.Threads }, progress, cancellation);
            if (prior.Hash != then.Hash)
                throw new OperationException($"Model version {id}: found other teams' data until {then.Until.Date:yyyy-MM-dd} (hash {prior.Hash}); expected those that were pooled for it ({then.Hash}). Name the same --donor folders in the same order, as they were then.");
            options = options with { Prior = prior };
        }
        progress?.Report(new OperationProgress("Loading the history", 0.05));
        var history = HistoryAt.Load(workspace, card.DataUntil, cancellation, out var cutoff);
        if (HistoryHash.Of(history) is var hash && hash != card.DataHash)
            throw new OperationException($"Model version {id}: found other data known on {card.DataUntil:yyyy-MM-dd} (hash {hash}); expected those that it was trained on ({card.DataHash}). Something was imported since that was recorded before that day: restore the database of then.");
        var files = BundleTrainer.Train(history, cutoff, options, progress is null ? null : new StepRelay(progress), cancellation).Files;
        string[] names = [.. files.Keys.Union(version.Files.Keys).Order(StringComparer.Ordinal)];
        string[] different = [.. names.Where(n => !(files.TryGetValue(n, out var a) && version.Files.TryGetValue(n, out var b) && SameContents.Of(n, a, b)))];
        var loaded = ModelCard.LoadedPackages();
        return new ReproduceModelResult(id, different.Length == 0, different, names.Length, [.. card.Packages.Where(p => loaded.GetValueOrDefault(p.Key) != p.Value).Select(p => $"{p.Key}: {p.Value} then, {loaded.GetValueOrDefault(p.Key) ?? "none"} now")]);
    }
}
