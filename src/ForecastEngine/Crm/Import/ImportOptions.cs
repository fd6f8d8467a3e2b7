namespace ForecastEngine.Crm.Import;

/// <summary>How strict an import is and how much it remembers.</summary>
public sealed record ImportOptions
{
    /// <summary>The defaults.</summary>
    public static ImportOptions Default { get; } = new();

    /// <summary>Share of rows of one file, 0–1, that may be set aside before the import fails as a whole. Default 0.05.</summary>
    public double MaxRejectedShare { get; init; } = 0.05;

    /// <summary>Files with fewer rows than this never fail for their share. Default 20 rows.</summary>
    public int MinRowsForShare { get; init; } = 20;

    /// <summary>Longest cell in characters; a row with a longer one is set aside. Default 100,000.</summary>
    public int MaxCellLength { get; init; } = 100_000;

    /// <summary>How many rejected rows are kept in memory and returned; all of them go to <see cref="RejectedCsv"/>. Default 1,000 rows.</summary>
    public int RejectedRowsKept { get; init; } = 1_000;

    /// <summary>When the files were exported, where the user says so; it counts before the map's and before what the
    /// files tell.</summary>
    public DateTimeOffset? ExportedAt { get; init; }

    /// <summary>Name of the one file that is read; null for all files of the folder.</summary>
    public string? OnlyFile { get; init; }

    /// <summary>True when the export is all there is: what it lacks is gone from then on.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Share of the deals, 0–1, that a whole export may lack; one that lacks more is refused. Default
    /// 0.1.</summary>
    public double MaxRemovedShare { get; init; } = 0.1;

    /// <summary>True when earlier imports that claim a later time than <see cref="ExportedAt"/> had a wrong one, and
    /// are taken to have been made then.</summary>
    public bool TakesBack { get; init; }

    /// <summary>The present: nothing that is dated later tells when the files were exported. Null where there is no
    /// clock.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>Time of the newest export so far: files that cannot say theirs are taken in the order in which they
    /// come.</summary>
    public DateTimeOffset? NewestExport { get; init; }

    /// <summary>Where every rejected row is written as it comes, as CSV; null to write none. The caller owns the writer.</summary>
    public TextWriter? RejectedCsv { get; init; }

    /// <summary>The sheet to read of every workbook, before that of the map; null for the map's, else the
    /// first.</summary>
    public string? Sheet { get; init; }

    /// <summary>Exchange rates known before the import, to tell which amounts are without a rate. Default
    /// none.</summary>
    public IReadOnlyList<ExchangeRate> KnownRates { get; init; } = [];

    /// <summary>How custom columns of the deals were read before: a few cells change nothing about it. Default
    /// none.</summary>
    public IReadOnlyList<CustomColumn> KnownColumns { get; init; } = [];

    /// <summary>Strength from which a column counts as suspicious of leakage: the larger of AUC and 1 − AUC, 0.5–1. Default 0.95.</summary>
    public double SuspiciousStrength { get; init; } = 0.95;
}

/// <summary>How far an import has come.</summary>
/// <param name="File">The file being read.</param>
/// <param name="Entity">What it holds.</param>
/// <param name="RowsRead">Rows read from it so far.</param>
/// <param name="IsDone">True when the file has been read to its end.</param>
public readonly record struct ImportProgress(string File, string Entity, long RowsRead, bool IsDone);
