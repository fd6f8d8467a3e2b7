using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A column of the deals that is known, and what it is good for.</summary>
/// <param name="Column">How it was read, and whether it is a feature.</param>
/// <param name="Features">Names of the features that are made of it; none where it is left out.</param>
/// <param name="Alone">What it tells alone, out of time; null where it has no values, or too few deals are closed to
/// tell.</param>
public sealed record ColumnAnswer(DealColumn Column, IReadOnlyList<string> Features, ColumnStrength? Alone);

/// <summary>Why an import did not read a column of the deals.</summary>
public enum ColumnOutside
{
    /// <summary>The map declares it known at birth, and it tells the outcome almost by itself.</summary>
    Refused,
    /// <summary>The map names it, and a file lacks it.</summary>
    NotInFile,
    /// <summary>The map ignores it.</summary>
    Ignored,
    /// <summary>The map does not mention it.</summary>
    NotInMap,
}

/// <summary>A column that the last import did not read.</summary>
/// <param name="Name">Its name in the file, or in the map.</param>
/// <param name="Reason">Why.</param>
public sealed record OutsideColumn(
    string Name, [property: JsonConverter(typeof(JsonStringEnumConverter<ColumnOutside>))] ColumnOutside Reason);

/// <summary>Every column of the deals.</summary>
/// <param name="AsOf">Last day whose events are known.</param>
/// <param name="Deals">Deals known.</param>
/// <param name="Closed">Of them closed.</param>
/// <param name="Columns">Fields of the deals and custom columns; fields without any value are left out.</param>
/// <param name="Outside">Columns of the deals that the last import did not read.</param>
public sealed record ShowColumnsResult(
    DateOnly AsOf, int Deals, int Closed, IReadOnlyList<ColumnAnswer> Columns, IReadOnlyList<OutsideColumn> Outside);

/// <summary>
/// Reports how each column of the deals was read, how it is used or why not, and how much it predicts alone.
/// </summary>
public static class ShowColumns
{
    /// <summary>Looks at the columns as a training would.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public static ShowColumnsResult Run(Workspace workspace, DateOnly? asOf = null,
        IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Loading the history"));
        var history = HistoryAt.Load(workspace, asOf, cancellation, out var cutoff);
        progress?.Report(new OperationProgress("Looking at the columns"));
        var (columns, features) = BundleTrainer.Columns(history, cutoff, new TrainingOptions());
        var outside = OutsideOf(workspace);
        var answers = new List<ColumnAnswer>();
        foreach (var column in columns)
        {
            cancellation.ThrowIfCancellationRequested();
            if (column.Use == ColumnUse.Empty && (!column.IsCustom || outside.Any(o => o.Name == column.Name))) continue;
            var alone = column.Levels == 0 ? null : ColumnStrength.Of(history, column);
            answers.Add(new ColumnAnswer(column, FeaturesOf(column, features), alone));
        }
        var deals = history.Opportunities.Length;
        var closed = Enumerable.Range(0, deals).Count(i => Closing.Final(history, i) is not null);
        return new ShowColumnsResult(cutoff.Date, deals, closed, answers, outside);
    }

    private static IReadOnlyList<string> FeaturesOf(DealColumn column, FeatureSet features)
    {
        if (column.Use != ColumnUse.Used) return [];
        Func<Feature, bool> isOf = column switch
        {
            { IsCustom: true } => f => f.Driver == GroupRates.Column(column.Name),
            { Name: DealColumns.Account } => f => f.Driver == Drivers.Account,
            { Name: DealColumns.Amount } => f => f.Driver == Drivers.Amount,
            { Name: DealColumns.PlannedClose } => f => f.Driver == Drivers.CloseDate,
            _ => f => f.Name == column.Name + "_log_odds" && f.Driver != GroupRates.Column(column.Name),
        };
        return [.. features.Features.Where(isOf).Select(f => f.Name)];
    }

    // What the last export's files had or lacked that did not become part of the history.
    private static IReadOnlyList<OutsideColumn> OutsideOf(Workspace workspace)
    {
        var last = workspace.History.Imports().FirstOrDefault(i => i.MapName != EventStore.MapName && i.Report != "{}");
        if (last is null || JsonSerializer.Deserialize<ImportReport>(last.Report) is not { } report) return [];
        const string Deals = "opportunities";
        var read = report.Entities.FirstOrDefault(e => e.Entity == Deals);
        return
        [
            .. Of(report.Suspicions.Where(s => s.IsRefused && s.Entity == Deals).Select(s => s.Column),
                ColumnOutside.Refused),
            .. Of(report.AbsentColumns.Where(a => a.Entity == Deals).Select(a => a.Column), ColumnOutside.NotInFile),
            .. Of(read?.ColumnsIgnored ?? [], ColumnOutside.Ignored),
            .. Of(read?.ColumnsUnknown ?? [], ColumnOutside.NotInMap),
        ];

        static IEnumerable<OutsideColumn> Of(IEnumerable<string> columns, ColumnOutside reason) =>
            columns.Distinct(StringComparer.Ordinal).Select(c => new OutsideColumn(c, reason));
    }
}
