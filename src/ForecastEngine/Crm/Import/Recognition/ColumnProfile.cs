namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>What the values of one column look like.</summary>
internal sealed class ColumnProfile(string name)
{
    /// <summary>Levels that are counted apart; a column with more is told by its first ones.</summary>
    public const int MostLevels = 2000;
    private readonly Dictionary<string, long> _levels = new(StringComparer.Ordinal);

    /// <summary>Its header.</summary>
    public string Name { get; } = name;

    /// <summary>Rows, and those in which it is filled.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows in which it is filled.</summary>
    public long Filled { get; private set; }

    /// <summary>How its values read as dates.</summary>
    public DateShape Dates { get; } = new();

    /// <summary>How its values read as numbers.</summary>
    public NumberShape Numbers { get; } = new();

    /// <summary>Its values with their counts, up to <see cref="MostLevels"/> of them.</summary>
    public IReadOnlyDictionary<string, long> Levels => _levels;

    /// <summary>True where it has more levels than are counted.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Share of the rows in which it is filled, 0–1.</summary>
    public double FilledShare => Rows == 0 ? 0 : (double)Filled / Rows;

    /// <summary>Adds a cell.</summary>
    public void Add(string text)
    {
        Rows++;
        if (text.Length == 0) return;
        Filled++;
        Dates.Add(text);
        Numbers.Add(text);
        if (_levels.TryGetValue(text, out var count)) _levels[text] = count + 1;
        else if (_levels.Count < MostLevels) _levels.Add(text, 1);
        else HasMore = true;
    }
}

/// <summary>One file: its header, and what its columns look like.</summary>
internal sealed class TableProfile
{
    private const int Kept = 50_000;
    private readonly Dictionary<string, ColumnProfile> _byName = new(StringComparer.OrdinalIgnoreCase);

    private TableProfile(string file, IEnumerable<string> header)
    {
        File = file;
        Columns = [.. header.Select(h => new ColumnProfile(h))];
        foreach (var column in Columns) _byName.TryAdd(column.Name, column);
    }

    /// <summary>Its name.</summary>
    public string File { get; }

    /// <summary>Its columns.</summary>
    public ColumnProfile[] Columns { get; }

    /// <summary>Rows of the header's shape.</summary>
    public long Rows { get; private set; }

    /// <summary>The first of them, for what needs several columns at once.</summary>
    public List<string[]> Sample { get; } = [];

    /// <summary>The column of that header, in any case; null where it has none.</summary>
    public ColumnProfile? Find(string column) => _byName.GetValueOrDefault(column);

    /// <summary>Leaves a column out: no map finds it then.</summary>
    public void Hide(string column) => _byName.Remove(column);

    /// <summary>Position of a column; −1 where it has none.</summary>
    public int IndexOf(string column) => Find(column) is { } found ? Array.IndexOf(Columns, found) : -1;

    /// <summary>Reads a file from its beginning to its end, or to a number of rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sheet">The sheet of a spreadsheet; null for the first.</param>
    /// <param name="progress">Told of the rows read.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="mostRows">Rows to read at most.</param>
    /// <exception cref="ImportException">It is no table.</exception>
    public static TableProfile Read(
        string path, string? sheet, IProgress<ImportProgress>? progress, CancellationToken cancellation, long mostRows = long.MaxValue)
    {
        using var table = SourceTable.Open(path, NeutralMap.Map, sheet);
        var profile = new TableProfile(table.Name, table.Header);
        while (profile.Rows < mostRows && table.Read())
        {
            if (table.IsBad || table.Count > profile.Columns.Length) continue;
            var isKept = profile.Sample.Count < Kept;
            var cells = isKept ? new string[profile.Columns.Length] : null;
            for (var i = 0; i < profile.Columns.Length; i++)
            {
                // Some programs drop the empty cells at the end of a row.
                var cell = i < table.Count ? table[i].Trim() : "";
                profile.Columns[i].Add(cell);
                if (cells is not null) cells[i] = cell;
            }
            if (cells is not null) profile.Sample.Add(cells);
            if (++profile.Rows % 10_000 != 0) continue;
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new ImportProgress(table.Name, "file", profile.Rows, false));
        }
        return profile;
    }
}
