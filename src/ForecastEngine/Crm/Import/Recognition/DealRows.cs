namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>The rows of deals as far as they were kept, with the fields that tell how a deal ended.</summary>
internal sealed class DealRows
{
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, string> _pipelineNames;
    private readonly HashSet<(TableProfile Table, int Column)> _named = [];
    private readonly List<(TableProfile Table, int[] Id, int[] Stage, int[] Pipeline, int Outcome, int[] Probability, int IsWon, int IsClosed, int[] Planned)> _files = [];

    public DealRows(LayoutMatch match)
    {
        if (match.Layout.IsOwn)
            foreach (var (found, meant) in match.Layout.Root["aliases"]?["stage"] as System.Text.Json.Nodes.JsonObject ?? [])
                _aliases[found] = meant!.GetValue<string>();
        _pipelineNames = match.PipelineNames();
        foreach (var (table, source) in match.Deals)
        {
            int[] Positions(string field) => [.. source.Fields.GetValueOrDefault(field, []).Select(table.IndexOf).Where(i => i >= 0)];
            var outcome = match.OutcomeOf(table) is { } column ? table.IndexOf(column) : -1;
            _files.Add((table, Positions("id"), Positions("stage"), Positions("pipeline"), outcome, Positions("crmProbability"),
                Flag(table, "isWonColumn"), Flag(table, "isClosedColumn"), Positions("plannedCloseOn")));
            _named.UnionWith(source.Named.Select(table.IndexOf).Where(i => i >= 0).Select(i => (table, i)));
        }
        HasOutcome = _files.Any(f => f.Outcome >= 0);
        HasPipeline = _files.Any(f => f.Pipeline.Any(p => f.Table.Columns[p].Levels.Keys.Any(v => PipelineOf(f.Table, p, v).Length > 0)));
        HasFlags = _files.All(f => f.IsWon >= 0 && f.IsClosed >= 0);
    }

    /// <summary>True where a column tells won, lost and open.</summary>
    public bool HasOutcome { get; }

    /// <summary>True where a column tells the pipeline.</summary>
    public bool HasPipeline { get; }

    /// <summary>True where columns tell whether a deal is closed and whether it is won.</summary>
    public bool HasFlags { get; }

    /// <summary>The rows.</summary>
    public IEnumerable<DealRow> All()
    {
        foreach (var f in _files)
            foreach (var cells in f.Table.Sample)
            {
                // A line of totals has no id, and is no deal.
                if (f.Id.Length > 0 && First(cells, f.Id).Length == 0) continue;
                var pipeline = f.Pipeline.Select(p => PipelineOf(f.Table, p, cells[p])).FirstOrDefault(p => p.Length > 0, "");
                var (isWon, isClosed) = HasFlags ? (Words.Is("true", cells[f.IsWon]), Words.Is("true", cells[f.IsClosed])) : (false, false);
                yield return new DealRow(
                    f.Table, cells, StageOf(First(cells, f.Stage), pipeline), pipeline.Length == 0 ? null : pipeline,
                    f.Outcome < 0 ? null : cells[f.Outcome], First(cells, f.Probability),
                    !HasFlags ? null : isWon ? StageKind.Won : isClosed ? StageKind.Lost : StageKind.Open, First(cells, f.Planned));
            }
    }

    /// <summary>A stage's label without the pipeline in brackets that some products put after it.</summary>
    public static string StageName(string label, string pipeline) =>
        pipeline.Length > 0 && label.EndsWith($" ({pipeline})", StringComparison.Ordinal) ? label[..^(pipeline.Length + 3)] : label;

    // An id without a name tells nothing.
    private string PipelineOf(TableProfile table, int column, string text) =>
        _named.Contains((table, column)) ? _pipelineNames.GetValueOrDefault(text, "") : text;

    private string StageOf(string label, string pipeline) => StageName(_aliases.GetValueOrDefault(label, label), pipeline);

    /// <summary>The first of some cells of a row that is filled; empty for none.</summary>
    internal static string First(string[] cells, int[] columns)
    {
        foreach (var column in columns) if (cells[column].Length > 0) return cells[column];
        return "";
    }

    private static int Flag(TableProfile table, string meaning) => Array.FindIndex(table.Columns,
        c => Words.Is(meaning, c.Name) && c.Filled > 0 && c.Levels.Keys.All(v => Words.Is("true", v) || Words.Is("false", v)));
}

/// <summary>A row of deals.</summary>
/// <param name="Table">Its file.</param>
/// <param name="Cells">All its cells.</param>
/// <param name="Stage">The stage, without the pipeline; empty where it has none.</param>
/// <param name="Pipeline">The pipeline; null where it has none.</param>
/// <param name="Status">What the column of outcomes says; null where there is none.</param>
/// <param name="Probability">The CRM's probability as text; empty where it has none.</param>
/// <param name="Flag">Won, lost or open as columns of their own say; null where there are none.</param>
/// <param name="Planned">The planned close date as text; empty where it has none.</param>
internal sealed record DealRow(
    TableProfile Table, string[] Cells, string Stage, string? Pipeline, string? Status, string Probability,
    StageKind? Flag, string Planned);
