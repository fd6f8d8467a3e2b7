using System.IO.Enumeration;

namespace ForecastEngine.Crm.Import;

/// <summary>What the readers of one import share: map, options, the rejected rows, the tallies and the strings seen so far.</summary>
internal sealed class ImportRun
{
    private readonly Dictionary<string, EntityTally> _tallies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);
    private readonly Dictionary<EntityMap, List<string>> _files = new(ReferenceEqualityComparer.Instance);
    private const int PoolLimit = 200_000;
    private Dictionary<string, string>? _pipelineNames;

    public ImportRun(string folder, ImportMap map, ImportOptions options, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        (Folder, Map, Options, Progress, Cancellation) = (folder, map, options, progress, cancellation);
        Values = new ValueParser(map);
        Stages = new StageBook(map.Stages, map.Pipelines);
        Rejected = new RejectedRows(options.RejectedCsv, options.RejectedRowsKept);
        ExportTime = new ExportTime(options.Now);
        AssignFiles();
    }

    public string Folder { get; }
    public ImportMap Map { get; }
    public ImportOptions Options { get; }
    public IProgress<ImportProgress>? Progress { get; }
    public CancellationToken Cancellation { get; }
    public ValueParser Values { get; }
    public RejectedRows Rejected { get; }
    public List<string> Warnings { get; } = [];
    public List<AbsentColumn> Absent { get; } = [];
    public List<string> GoneActivities { get; } = [];
    public List<string> GoneLeads { get; } = [];
    public List<string> GoneLineItems { get; } = [];
    public List<string> GoneSplits { get; } = [];
    public Dictionary<string, int> AddedChanges { get; } = new(StringComparer.Ordinal);
    public StageBook Stages { get; set; }

    /// <summary>Rates of this import and those known before it.</summary>
    public ExchangeRates KnownRates { get; set; } = ExchangeRates.None;
    public DateTimeOffset? Earliest { get; private set; }
    public ExportTime ExportTime { get; }

    public IEnumerable<EntityTally> Tallies => _tallies.Values;

    /// <summary>The map's sources of an entity, each with its files, opened one after another.</summary>
    public IEnumerable<RowReader> Open(string entity)
    {
        if (!Map.Entities.TryGetValue(entity, out var sources)) yield break;
        foreach (var source in sources)
            foreach (var file in _files[source])
            {
                using var rows = new RowReader(this, entity, source, Path.Combine(Folder, file));
                yield return rows;
            }
    }

    /// <summary>Names of pipelines by their ids, where the export has them.</summary>
    public IReadOnlyDictionary<string, string> PipelineNames => _pipelineNames ??= MasterRows.PipelineNames(this);

    public bool HasFiles(string entity) => Map.Entities.TryGetValue(entity, out var sources) && sources.Any(s => _files[s].Count > 0);

    public EntityTally Tally(string entity)
    {
        if (!_tallies.TryGetValue(entity, out var tally)) _tallies.Add(entity, tally = new EntityTally(entity));
        return tally;
    }

    /// <summary>One string for every repetition: stages, owners, kinds.</summary>
    public string? Pooled(string? text)
    {
        if (text is null) return null;
        if (_pool.TryGetValue(text, out var known)) return known;
        if (_pool.Count < PoolLimit) _pool.Add(text, text);
        return text;
    }

    /// <summary>Notes a time for the beginning of the data.</summary>
    public void Saw(DateTimeOffset at)
    {
        if (Earliest is null || at < Earliest) Earliest = at;
    }

    public void Added(string reason) => AddedChanges[reason] = AddedChanges.GetValueOrDefault(reason) + 1;

    // A file that several patterns match belongs to the pattern with the most literal characters, so that
    // Opportunity*.csv does not take OpportunityFieldHistory.csv away.
    private void AssignFiles()
    {
        if (!Directory.Exists(Folder)) throw new ImportException(Folder, "no such folder", "a folder with the exported files", "Give the folder of the export.");
        var sources = Map.Entities.SelectMany(e => e.Value).ToList();
        foreach (var source in sources) _files[source] = [];
        var names = Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f)).Where(n => Options.OnlyFile is null || n == Options.OnlyFile).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            var plain = Plain(name);
            if (plain != name && IsWorkbook(name) && names.Contains(plain, StringComparer.OrdinalIgnoreCase)) continue;
            var matches = sources.Select(s => (Source: s, Weight: s.Files.Where(p => FileSystemName.MatchesSimpleExpression(p, plain) || FileSystemName.MatchesSimpleExpression(p, name)).Select(Literal).DefaultIfEmpty(-1).Max())).Where(m => m.Weight >= 0).ToList();
            foreach (var (source, weight) in matches)
                if (weight == matches.Max(m => m.Weight)) _files[source].Add(name);
        }
        foreach (var (entity, entitySources) in Map.Entities)
            foreach (var source in entitySources)
            {
                if (_files[source].Count > 0) continue;
                var patterns = string.Join(" or ", source.Files);
                if (source.IsRequired || entity == EntityFields.Opportunities)
                    throw new ImportException(Folder, names.Count == 0 ? "no files" : "the files " + RejectedRows.Shorten(string.Join(", ", names)), $"a file {patterns} with the {entity}", "Export it, or correct the file pattern in the import map.");
                if (entity is EntityFields.Changes or EntityFields.Activities) Warnings.Add($"There is no file {patterns}, so there are no {entity} from it.");
            }
    }

    // A pattern for a .csv file also finds it zipped, and as a workbook where there is no such .csv.
    private static string Plain(string name) => IsWorkbook(name) ? Path.ChangeExtension(name, ".csv")
        : name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;

    private static bool IsWorkbook(string name) => Path.GetExtension(name).ToLowerInvariant() is ".xlsx" or ".xlsm" or ".xls";

    private static int Literal(string pattern) => pattern.Count(c => c is not ('*' or '?'));
}

/// <summary>Counts of one entity, over all its files.</summary>
internal sealed class EntityTally(string entity)
{
    public readonly List<string> Files = [];
    public readonly SortedDictionary<string, long> Rejections = new(StringComparer.Ordinal), Skips = new(StringComparer.Ordinal);
    public readonly SortedSet<string> Used = new(StringComparer.Ordinal), Created = new(StringComparer.Ordinal), Tracked = new(StringComparer.Ordinal),
        Ignored = new(StringComparer.Ordinal), Unknown = new(StringComparer.Ordinal);
    public long Read, Accepted, Rejected;
    public DateTimeOffset? Earliest, Latest;

    /// <summary>Counts a value that was left empty in a row that is kept.</summary>
    public void LeftEmpty(string reason) =>
        Rejections[reason + " (left empty)"] = Rejections.GetValueOrDefault(reason + " (left empty)") + 1;

    public void Saw(DateTimeOffset at)
    {
        if (Latest is null || at > Latest) Latest = at;
        if (Earliest is null || at < Earliest) Earliest = at;
    }

    public EntityReport ToReport() => new()
    {
        Entity = entity, Files = Files, RowsRead = Read, RowsAccepted = Accepted, RowsRejected = Rejected, Rejected = Rejections, Skipped = Skips,
        ColumnsUsed = [.. Used], ColumnsCreated = [.. Created], ColumnsTracked = [.. Tracked], ColumnsIgnored = [.. Ignored],
        ColumnsUnknown = [.. Unknown], Earliest = Earliest, Latest = Latest,
    };
}
