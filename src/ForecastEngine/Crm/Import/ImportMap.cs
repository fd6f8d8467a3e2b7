namespace ForecastEngine.Crm.Import;

/// <summary>Tells how the files of one CRM are to be read: which file is which kind of record, which column which field, and when each is known.</summary>
public sealed record ImportMap
{
    /// <summary>What the map is for.</summary>
    public required string Name { get; init; }
    /// <summary>The reporting currency (ISO 4217).</summary>
    public required string Currency { get; init; }
    /// <summary>Constants: reporting currency per unit of another currency. They count for every day before the first
    /// dated rate.</summary>
    public IReadOnlyDictionary<string, decimal> Rates { get; init; } = new Dictionary<string, decimal>();
    /// <summary>Zone of times that are written without an offset. Default UTC.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;
    /// <summary>The business calendar; null where the map tells none. Set with the first import, and where it differs
    /// later told and not changed.</summary>
    public BusinessCalendar? Calendar { get; init; }
    /// <summary>When the files were exported; null to take the latest time found in them.</summary>
    public DateTimeOffset? ExportedAt { get; init; }
    /// <summary>Encoding of files without a byte order mark. Default UTF-8.</summary>
    public string Encoding { get; init; } = "utf-8";
    /// <summary>Field delimiter; null to tell it from the header.</summary>
    public char? Delimiter { get; init; }
    /// <summary>Date formats in the order in which they are tried: <c>iso</c>, <c>unixSeconds</c>, <c>unixMilliseconds</c> or a .NET format.</summary>
    public IReadOnlyList<string> Dates { get; init; } = ["iso"];
    /// <summary>Decimal separator. Default a point.</summary>
    public char DecimalSeparator { get; init; } = '.';
    /// <summary>Separator of thousands; null when numbers have none.</summary>
    public char? GroupSeparator { get; init; }
    /// <summary>Amounts from here on, either sign, in the reporting currency, are taken for errors; without a rate
    /// nothing is said. Default 1e9.</summary>
    public decimal MaxAmount { get; init; } = 1_000_000_000m;
    /// <summary>Texts that mean an empty cell.</summary>
    public IReadOnlySet<string> EmptyValues { get; init; } = new HashSet<string>();
    /// <summary>Sales pipelines, of which <see cref="Stages"/> are; empty where there is one process only.</summary>
    public IReadOnlyList<SalesPipeline> Pipelines { get; init; } = [];
    /// <summary>Stages in order, those of one pipeline after another.</summary>
    public IReadOnlyList<Stage> Stages { get; init; } = [];
    /// <summary>How won and lost are told where the stage alone does not; null when it does.</summary>
    public OutcomeMap? Outcome { get; init; }
    /// <summary>Other spellings of a field's values, by field: found → meant.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();
    /// <summary>Which row of an opportunity's id counts when it comes several times in one export.</summary>
    public RepeatedId RepeatedIds { get; init; }
    /// <summary>Which day a won deal's revenue belongs to where both a close date and the moment of its entry are
    /// known.</summary>
    public ClosingDay ClosingDay { get; init; }
    /// <summary>Where each kind of record comes from; several sources where several files of different shape hold it.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<EntityMap>> Entities { get; init; }

    /// <summary>Reads a map from a file; throws <see cref="ImportException"/> with all its faults together.</summary>
    public static ImportMap Load(string path) => File.Exists(path)
        ? Parse(File.ReadAllText(path), Path.GetFileName(path))
        : throw new ImportException(path, "no such file", "an import map", "Choose one of data/maps or write your own; data/README.md tells how.");

    /// <summary>Reads a map from JSON text. <paramref name="where"/> names it in messages.</summary>
    public static ImportMap Parse(string json, string where = "import map") => ImportMapReader.Read(json, where);
}

/// <summary>Which of several rows with one id counts.</summary>
public enum RepeatedId
{
    /// <summary>The first; the others are set aside.</summary>
    First,
    /// <summary>The last modified, of those without a time of modification the last in the file; the others are told
    /// and left out.</summary>
    Newest,
}

/// <summary>Which day a won deal's revenue belongs to.</summary>
public enum ClosingDay
{
    /// <summary>The CRM's close date.</summary>
    CloseDate,
    /// <summary>The day on which somebody marked the deal as won.</summary>
    Entered,
}

/// <summary>A column whose values tell won, lost and open.</summary>
/// <param name="Columns">Its names in the opportunities file; the first that the file has counts.</param>
/// <param name="Values">Value found → the stage that it means; null for a deal still open in its stage.</param>
public sealed record OutcomeMap(IReadOnlyList<string> Columns, IReadOnlyDictionary<string, string?> Values);

/// <summary>One source of one kind of record.</summary>
public sealed record EntityMap
{
    /// <summary>File name patterns with <c>*</c> and <c>?</c>; <c>.gz</c> may follow.</summary>
    public required IReadOnlyList<string> Files { get; init; }
    /// <summary>True when the import fails without such a file. Opportunities always are required.</summary>
    public bool IsRequired { get; init; }
    /// <summary>True when several rows may tell of the same record, as when teams are read from a list of reps.</summary>
    public bool IsRepeated { get; init; }
    /// <summary>The engine's field → where it comes from.</summary>
    public required IReadOnlyDictionary<string, FieldMap> Fields { get; init; }
    /// <summary>What a row must say to be read; all must hold.</summary>
    public IReadOnlyList<RowCondition> Where { get; init; } = [];
    /// <summary>Every further column: when it is known.</summary>
    public IReadOnlyDictionary<string, ColumnKind> Columns { get; init; } = new Dictionary<string, ColumnKind>();
    /// <summary>How the values of such a column are read, where the map says so; else the values tell.</summary>
    public IReadOnlyDictionary<string, ValueKind> Kinds { get; init; } = new Dictionary<string, ValueKind>();
    /// <summary>Opportunities only: columns with the time at which the deal entered a stage → the stage as the file writes
    /// it.</summary>
    public IReadOnlyDictionary<string, string> Entered { get; init; } = new Dictionary<string, string>();
    /// <summary>Of a spreadsheet: the sheet to read; null for the first.</summary>
    public string? Sheet { get; init; }
    /// <summary>Changes only: field names of the history → the engine's.</summary>
    public IReadOnlyDictionary<string, HistoryFieldMap> History { get; init; } = new Dictionary<string, HistoryFieldMap>();
}

/// <summary>When a further column is known.</summary>
public enum ColumnKind
{
    /// <summary>Known at birth; may be a feature.</summary>
    Created,
    /// <summary>Has history rows under the column's name.</summary>
    Tracked,
    /// <summary>Not read.</summary>
    Ignored,
}

/// <summary>When the current value of a field became known, where no history row tells.</summary>
public enum Known
{
    /// <summary>When the history covers the field, the value never changed; else it is known from the export's date.</summary>
    Tracked,
    /// <summary>At birth.</summary>
    Created,
    /// <summary>As <see cref="Tracked"/>, but without a history a closed deal's value is the one at its close.</summary>
    Close,
}

/// <summary>Where a field comes from.</summary>
public sealed record FieldMap
{
    /// <summary>Columns in the order in which they are tried; the first that is not empty counts.</summary>
    public IReadOnlyList<ColumnSource> Columns { get; init; } = [];
    /// <summary>The same value for every row, where no column has one.</summary>
    public string? Constant { get; init; }
    /// <summary>When the value became known; null for the field's own default.</summary>
    public Known? Known { get; init; }
    /// <summary>True when a probability is written 0–100.</summary>
    public bool IsPercent { get; init; }
    /// <summary>True when an empty time means the time of the export.</summary>
    public bool ElseExportedAt { get; init; }
    /// <summary>True when an empty time of creation means the first sign of the deal: its first history row, else its
    /// close date, else the export.</summary>
    public bool ElseFirstSign { get; init; }
    /// <summary>Put between the texts of several columns that together make one value; null when the first that is
    /// filled counts.</summary>
    public string? Join { get; init; }
    /// <summary>True when an unreadable value is left empty, and reported, instead of setting the row aside.</summary>
    public bool EmptyIfUnreadable { get; init; }
}

/// <summary>A column, and when it counts.</summary>
/// <param name="Column">Its name in the header.</param>
/// <param name="Pattern">Regular expression a value must match to count; null for any.</param>
/// <param name="WhenColumn">Another column that decides whether this one counts; null for always.</param>
/// <param name="WhenValues">Values of <paramref name="WhenColumn"/> for which it does.</param>
/// <param name="Currency">Of an amount: the currency it is in, whatever the field <c>currency</c> says; null where that
/// field counts.</param>
/// <param name="IsNamed">True for ids of pipelines: their names stand in the files of <c>pipelineNames</c>. One that has
/// no name there does not count.</param>
public sealed record ColumnSource(
    string Column, string? Pattern = null, string? WhenColumn = null, IReadOnlySet<string>? WhenValues = null,
    string? Currency = null, bool IsNamed = false);

/// <summary>What a field name in the history means.</summary>
/// <param name="Field">One of <see cref="OpportunityField"/> or a custom tracked column; null to leave such rows out.</param>
/// <param name="Pattern">Regular expression that the new value must match for the row to count; null for any.</param>
/// <param name="Values">Value found → value meant; null means "as before" (a deal reopened into its last open stage).</param>
/// <param name="Currency">Of an amount: the currency it is in; null for that of the row, else of the deal.</param>
public sealed record HistoryFieldMap(string? Field, string? Pattern = null, IReadOnlyDictionary<string, string?>? Values = null, string? Currency = null);
