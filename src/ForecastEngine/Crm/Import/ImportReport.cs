namespace ForecastEngine.Crm.Import;

/// <summary>What an import gives back.</summary>
/// <param name="Facts">Everything that was accepted.</param>
/// <param name="Report">What was read, set aside, converted and suspected.</param>
/// <param name="Rejected">The first rows that were set aside (see <see cref="ImportOptions.RejectedRowsKept"/>).</param>
public sealed record ImportResult(CrmFacts Facts, ImportReport Report, IReadOnlyList<RejectedRow> Rejected);

/// <summary>What happened during an import, for people and as JSON.</summary>
public sealed record ImportReport
{
    /// <summary>Name of the import map.</summary>
    public required string Map { get; init; }
    /// <summary>The currency of every amount (ISO 4217).</summary>
    public required string Currency { get; init; }
    /// <summary>When the data was taken from the CRM.</summary>
    public required DateTimeOffset ExportedAt { get; init; }
    /// <summary>How <see cref="ExportedAt"/> is known.</summary>
    public required ExportTimeSource ExportedAtSource { get; init; }
    /// <summary>What is dated after the export: it is kept, and moves nothing.</summary>
    public IReadOnlyList<DatedLater> DatedLater { get; init; } = [];
    /// <summary>Deals that the files say are deleted or merged into others.</summary>
    public int Gone { get; init; }
    /// <summary>One entry per kind of record, in the order in which they were read.</summary>
    public required IReadOnlyList<EntityReport> Entities { get; init; }
    /// <summary>Amounts in other currencies than the reporting one, with their rate or without.</summary>
    public required IReadOnlyList<ForeignAmounts> ForeignAmounts { get; init; }
    /// <summary>True when there is no stage history.</summary>
    public required bool IsDegraded { get; init; }
    /// <summary>What degraded mode means here, in words; null when there is a stage history.</summary>
    public string? DegradedMode { get; init; }
    /// <summary>Changes that no history row told and that the current values made necessary, by reason.</summary>
    public required IReadOnlyDictionary<string, int> AddedChanges { get; init; }
    /// <summary>Columns that nearly determine the outcome.</summary>
    public required IReadOnlyList<LeakageSuspicion> Suspicions { get; init; }
    /// <summary>How custom columns of the deals and leads were read.</summary>
    public IReadOnlyList<ColumnReading> CustomColumns { get; init; } = [];
    /// <summary>Columns that the map names and a file lacks.</summary>
    public IReadOnlyList<AbsentColumn> AbsentColumns { get; init; } = [];
    /// <summary>Doubts in plain language.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
    /// <summary>Rows read in all files.</summary>
    public long RowsRead => Entities.Sum(e => e.RowsRead);
    /// <summary>Rows set aside in all files.</summary>
    public long RowsRejected => Entities.Sum(e => e.RowsRejected);
}

/// <summary>What was read for one kind of record.</summary>
public sealed record EntityReport
{
    /// <summary>opportunities, changes, activities …</summary>
    public required string Entity { get; init; }
    /// <summary>Files read, by name.</summary>
    public required IReadOnlyList<string> Files { get; init; }
    /// <summary>Rows read.</summary>
    public required long RowsRead { get; init; }
    /// <summary>Rows that became facts.</summary>
    public required long RowsAccepted { get; init; }
    /// <summary>Rows set aside.</summary>
    public required long RowsRejected { get; init; }
    /// <summary>Rows and values set aside, by reason.</summary>
    public required IReadOnlyDictionary<string, long> Rejected { get; init; }
    /// <summary>Sound rows that say nothing the engine uses, by reason.</summary>
    public required IReadOnlyDictionary<string, long> Skipped { get; init; }
    /// <summary>Columns read into fields.</summary>
    public required IReadOnlyList<string> ColumnsUsed { get; init; }
    /// <summary>Custom columns kept as known at birth.</summary>
    public required IReadOnlyList<string> ColumnsCreated { get; init; }
    /// <summary>Custom columns with history rows.</summary>
    public required IReadOnlyList<string> ColumnsTracked { get; init; }
    /// <summary>Columns that the map ignores.</summary>
    public required IReadOnlyList<string> ColumnsIgnored { get; init; }
    /// <summary>Columns that the map does not mention; they are not used.</summary>
    public required IReadOnlyList<string> ColumnsUnknown { get; init; }
    /// <summary>Earliest time in these files; null when there is none.</summary>
    public DateTimeOffset? Earliest { get; init; }
    /// <summary>Latest time in these files.</summary>
    public DateTimeOffset? Latest { get; init; }
}

/// <summary>Amounts of one kind of record in one other currency than the reporting one.</summary>
/// <param name="Entity">opportunities (the present amount of each), lineItems, products or quotas.</param>
/// <param name="Currency">The currency found (ISO 4217).</param>
/// <param name="Amounts">How many amounts.</param>
/// <param name="Sum">Their sum, in that currency.</param>
/// <param name="Rate">Reporting currency per unit, the newest rate known; null where none is: these amounts count as
/// unknown until there is one.</param>
public sealed record ForeignAmounts(string Entity, string Currency, long Amounts, decimal Sum, decimal? Rate);

/// <summary>A column that tells the outcome of closed deals so well that it was hardly known at birth.</summary>
/// <param name="Entity">opportunities or leads.</param>
/// <param name="Column">The column.</param>
/// <param name="Strength">The larger of AUC and 1 − AUC among closed deals, by value or by presence; 0.5 says nothing, 1 tells all.</param>
/// <param name="IsRefused">True when the map declared it known at birth and the import left it out.</param>
/// <param name="Explanation">In words.</param>
public sealed record LeakageSuspicion(string Entity, string Column, double Strength, bool IsRefused, string Explanation);
