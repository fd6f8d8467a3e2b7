using System.IO.Enumeration;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>A layout and the files that it can read.</summary>
/// <param name="Layout">The map.</param>
/// <param name="Files">Each file with the source that reads it.</param>
/// <param name="Score">How well the files of deals fit, from 0; above 1 is certain.</param>
internal sealed record LayoutMatch(MapLayout Layout, IReadOnlyList<(TableProfile Table, MapSource Source)> Files, double Score)
{
    private const double LeastShare = 0.25, GeneralCounts = 0.8, ByName = 0.15, ByNeeded = 0.1;
    private const int LeastFields = 3;

    /// <summary>The files with deals.</summary>
    public IReadOnlyList<(TableProfile Table, MapSource Source)> Deals =>
        [.. Files.Where(f => f.Source.Entity == EntityFields.Opportunities)];

    /// <summary>Names of pipelines by their ids, as far as the files tell them.</summary>
    public IReadOnlyDictionary<string, string> PipelineNames()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (table, source) in Files.Where(f => f.Source.Entity == EntityFields.PipelineNames))
        {
            var (id, name) = (table.IndexOf(source.Fields["id"][0]), table.IndexOf(source.Fields["name"][0]));
            foreach (var cells in table.Sample) names[cells[id]] = cells[name];
        }
        return names;
    }

    /// <summary>The column of a file of deals that tells won, lost and open; null where it has none.</summary>
    public string? OutcomeOf(TableProfile table) => Layout.OutcomeColumns.FirstOrDefault(c => table.Find(c) is not null);

    /// <summary>Those columns of all its files of deals, in the map's order.</summary>
    public IReadOnlyList<string> Outcomes =>
        [.. Layout.OutcomeColumns.Intersect(Deals.Select(d => OutcomeOf(d.Table)).OfType<string>(), StringComparer.OrdinalIgnoreCase)];

    /// <summary>The map that fits best, with the files that it reads; null where none knows deals in them.</summary>
    public static LayoutMatch? Best(IReadOnlyList<MapLayout> layouts, IReadOnlyList<TableProfile> tables)
    {
        var matches = layouts.Select(l => Of(l, tables)).OfType<LayoutMatch>()
            .OrderByDescending(m => m.Score).ThenByDescending(m => m.Files.Count).ToList();
        var best = matches.FirstOrDefault();
        // The team's own map says what they meant, unless another knows what it does not: a column came, or was renamed.
        return best is { Layout.IsOwn: true } && matches.Skip(1).FirstOrDefault() is { } ready && ready.Known.Except(best.Known).Any() ? ready : best;
    }

    // Fields of deals that the files fill.
    private HashSet<string> Known =>
    [
        .. Deals.SelectMany(d => d.Source.Fields.Where(f => f.Value.Any(c => d.Table.Find(c) is { Filled: > 0 })).Select(f => f.Key)),
        .. Deals.Any(d => Layout.OutcomeColumns.Any(c => d.Table.Find(c) is { Filled: > 0 })) ? (string[])["outcome"] : [],
    ];

    private static LayoutMatch? Of(MapLayout layout, IReadOnlyList<TableProfile> tables)
    {
        var files = new List<(TableProfile Table, MapSource Source)>();
        var score = 0.0;
        foreach (var table in tables)
        {
            var (best, fit) = layout.Sources
                .Select(s => (Source: s, Fit: Fit(layout, s, table)))
                .OrderByDescending(s => s.Fit).FirstOrDefault();
            if (best is null || fit <= 0) continue;
            files.Add((table, best));
            // One file may tell several things, each by a source of its own.
            files.AddRange(layout.Sources
                .Where(s => s != best && s.Entity == best.Entity && s.Files.SequenceEqual(best.Files) && Fit(layout, s, table) > 0)
                .Select(s => (table, s)));
            if (best.Entity == EntityFields.Opportunities) score = Math.Max(score, fit);
        }
        if (score == 0) return null;
        return new LayoutMatch(layout, files, layout.IsGeneral ? score * GeneralCounts : layout.IsOwn ? score + ByName : score);
    }

    // Share of the file's columns that the source knows and of its fields that the file has, and a little for the name
    // and for each field that a forecast needs.
    private static double Fit(MapLayout layout, MapSource source, TableProfile table)
    {
        var fields = source.Fields.Count(f => f.Value.Any(c => table.Find(c) is not null));
        var isDeals = source.Entity == EntityFields.Opportunities;
        var hasOutcome = isDeals && layout.OutcomeColumns.Any(c => table.Find(c) is not null);
        var known = table.Columns.Count(c => source.Known.Contains(c.Name)) + (hasOutcome ? 1 : 0);
        var isSound = isDeals
            ? fields >= LeastFields && (hasOutcome || Has("stage")) && (Has("amount") || Has("createdAt") || Has("name"))
            : EntityFields.RequiredOf(source.Entity).All(Has);
        if (!isSound) return 0;
        var share = (double)known / table.Columns.Length;
        if (share < LeastShare) return 0;
        var isNamed = source.Files.Any(p => FileSystemName.MatchesSimpleExpression(p, Plain(table.File)));
        var needed = isDeals ? Recogniser.Needed.Count(f => Has(f) || f == "stage" && hasOutcome) : 0;
        return share + (double)fields / Math.Max(1, source.Fields.Count) + (isNamed ? ByName : 0) + ByNeeded * needed;

        bool Has(string field) => source.Fields.TryGetValue(field, out var columns)
            && (columns.Any(c => table.Find(c) is not null) || source.Json["fields"]![field] is System.Text.Json.Nodes.JsonObject { } o && o.ContainsKey("constant"));
    }

    /// <summary>A file's name without what only says that it is packed.</summary>
    public static string Plain(string file) =>
        file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
}
