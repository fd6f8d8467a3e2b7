using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;

namespace ForecastEngine.Operations;

/// <summary>
/// Looks at exported files without a map, with what the workspace knows already: the currency, the zone and the stages
/// of its history, and the map that the team's exports were read with before. Imports nothing.
/// </summary>
public static class UnderstandExport
{
    /// <summary>The map that was agreed to, in the workspace's folder.</summary>
    public const string AgreedMap = "import-map.json";

    /// <summary>The map of the newest understanding, agreed to or not, in the workspace's folder.</summary>
    public const string DraftMap = "import-map.draft.json";

    /// <summary>Runs it, and leaves the draft of the map in the workspace's folder.</summary>
    /// <param name="workspace">For which team.</param>
    /// <param name="path">An exported file, or the folder with all of them.</param>
    /// <param name="answers">What the user says; null for nothing.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ImportException">There is no such path, or a file is no table.</exception>
    public static Understanding Run(
        Workspace workspace, string path, RecognitionOptions? answers = null,
        IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var understood = Recogniser.Run(path, Known(workspace, answers ?? RecognitionOptions.None),
            progress is null ? null : new Relay<ImportProgress>(p => progress.Report(new OperationProgress($"Looking at {p.File} ({p.RowsRead:N0} rows)"))),
            cancellation);
        if (understood.Map is { } map) File.WriteAllText(Path.Combine(workspace.Folder, DraftMap), map);
        return understood;
    }

    /// <summary>Keeps an understanding's map as the one that was agreed to, and reads it.</summary>
    /// <exception cref="OperationException">A question is open.</exception>
    public static ImportMap Agree(Workspace workspace, Understanding understood)
    {
        if (understood.Map is not { } json || understood.Questions.Count > 0)
            throw new OperationException("Import: found questions that only you can answer; expected an answer to each. Nothing was imported.");
        var map = ImportMap.Parse(json, AgreedMap);
        File.WriteAllText(Path.Combine(workspace.Folder, AgreedMap), json);
        return map;
    }

    // The sample's currency and stages are not the team's.
    private static RecognitionOptions Known(Workspace workspace, RecognitionOptions answers)
    {
        var isOwn = workspace.History.FirstImport() is not null && workspace.History.Sample() is null;
        var agreed = Path.Combine(workspace.Folder, AgreedMap);
        return answers with
        {
            KnownCurrency = isOwn ? PublishedResults.CurrencyOf(workspace) : null,
            KnownTimeZone = isOwn ? workspace.Calendar.Current().TimeZone : "UTC",
            KnownPipelines = isOwn ? workspace.History.Pipelines() : [],
            KnownStages = isOwn ? workspace.History.Stages() : [],
            KnownRates = isOwn ? workspace.Rates.All().Select(r => r.Currency).ToHashSet(StringComparer.Ordinal) : answers.KnownRates,
            OwnMap = isOwn && File.Exists(agreed) ? File.ReadAllText(agreed) : null,
        };
    }
}
