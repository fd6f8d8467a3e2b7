using ForecastEngine.Crm;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations;

/// <summary>Which snapshots are exported.</summary>
public sealed record SnapshotsRequest
{
    /// <summary>Last day whose events may be known; null for the day of the newest export.</summary>
    public DateOnly? AsOf { get; init; }
    /// <summary>The model version whose features are the columns; null for the champion. It only lends their list: what stands in them was known at the date, even where the model was trained later.</summary>
    public string? Version { get; init; }
    /// <summary>True for the training landmarks up to the date with their labels, false for the open deals at the date.</summary>
    public bool Labels { get; init; }
    /// <summary>Threads; changes no bit.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Writes snapshots to a file: the open deals at a date as scoring sees them, or the table that training learns from.</summary>
public static class ExportSnapshots
{
    /// <summary>Runs the export.</summary>
    public static async Task<ExportedTable> Run(Workspace workspace, SnapshotsRequest request, TableFile file, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var version = request.Version is { } id ? workspace.Models.Get(id) : ScoredPipeline.ChampionOf(workspace);
        var win = ModelBundle.Load(version.Files).Win;
        progress?.Report(new OperationProgress("Loading the history", 0.1));
        var history = HistoryAt.Load(workspace, request.AsOf, cancellation, out var asOf);
        progress?.Report(new OperationProgress("Taking snapshots", 0.4));
        var table = request.Labels ? Labelled(win, history, asOf, request.Threads, cancellation) : Open(win, history, asOf, cancellation);
        return await ExportedTable.WriteAsync(table, file, asOf.Date, version.Id, history.DataTimestamp, progress, cancellation);
    }

    /// <summary>A row per open deal: opportunity_id, as_of, stage, every feature in the order of the model's <see cref="FeatureSet"/>, amount_now and currency.</summary>
    /// <param name="win">Its features are the columns.</param>
    /// <param name="known">What is known at <paramref name="asOf"/>: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static DataFrame Open(WinProbabilityModel win, CrmHistory known, AsOf asOf, CancellationToken cancellation = default)
    {
        var features = win.Features;
        var table = new TableOf<OpportunitySnapshot>().Text(TrainingTable.OpportunityId, s => s.OpportunityId).Instant(TrainingTable.AsOfColumn, s => s.AsOf.Instant).Text(TrainingTable.Stage, s => s.Stage);
        for (var f = 0; f < features.Count; f++)
        {
            var column = f;
            table.Feature(features.Features[f].Name, s => s.Features[column]);
        }
        table.Number(TrainingTable.AmountNow, s => (double?)s.Amount).Text(TrainingTable.Currency, _ => known.Currency);
        var taker = new SnapshotTaker(known, features, GroupRates.From(known, features.Schema.CategoricalAttributes));
        for (var i = 0; i < known.Opportunities.Length; i++)
        {
            if (i % 1024 == 0) cancellation.ThrowIfCancellationRequested();
            if (taker.Take(i, asOf) is { } snapshot) table.Add(snapshot);
        }
        return table.Build();
    }

    /// <summary>The training table up to a date, see <see cref="TrainingTable"/>, with the currency of its amounts.</summary>
    /// <param name="win">Its features are the columns, its grid spaces the landmarks.</param>
    /// <param name="known">What is known at <paramref name="cutoff"/>: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="cutoff">End of observation.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static DataFrame Labelled(WinProbabilityModel win, CrmHistory known, AsOf cutoff, int threads = 1, CancellationToken cancellation = default)
    {
        var table = TrainingTable.Build(known, win.Features, GroupRates.From(known, win.Features.Schema.CategoricalAttributes), win.Grid, cutoff, null, threads, cancellation);
        table.Columns.Add(new StringDataFrameColumn(TrainingTable.Currency, Enumerable.Repeat(known.Currency, (int)table.Rows.Count)));
        return table;
    }
}
