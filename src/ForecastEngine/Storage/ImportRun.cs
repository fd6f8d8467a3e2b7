namespace ForecastEngine.Storage;

/// <summary>One import, for the record: what was read, when, and what it added. A repeated import leaves a record too.</summary>
public sealed record ImportRun
{
    /// <summary>Number of the run; given by the database.</summary>
    public long Id { get; init; }

    /// <summary>When it was imported.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the data was taken from the CRM; set from the facts.</summary>
    public DateTimeOffset ExportedAt { get; init; }

    /// <summary>Currency of every amount (ISO 4217); set from the facts.</summary>
    public string Currency { get; init; } = "";

    /// <summary>True when the export had no stage history; set from the facts.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>True when it is the sample, which the user's own export takes the place of.</summary>
    public bool IsSample { get; init; }

    /// <summary>Name of the import map.</summary>
    public required string MapName { get; init; }

    /// <summary>Hash of the files read.</summary>
    public required string SourceHash { get; init; }

    /// <summary>The <see cref="AppendResult"/> as JSON; set by the store.</summary>
    public string Counts { get; init; } = "{}";

    /// <summary>The import report as JSON.</summary>
    public string Report { get; init; } = "{}";
}

/// <summary>What became of the rows of one kind.</summary>
/// <param name="Added">New, now stored.</param>
/// <param name="Updated">Known, and something that may change was brought up to date: reference data, a deal's name, the conversion of a lead.</param>
/// <param name="Unchanged">Known already, or said again.</param>
/// <param name="Replaced">Known, and told otherwise now: this telling stands from now on, and the one before stays
/// known for the time before.</param>
public sealed record EntityCounts(long Added, long Updated, long Unchanged, long Replaced);

/// <summary>What an import changed, kind by kind.</summary>
public sealed record AppendResult
{
    /// <summary>Number of the import run.</summary>
    public long RunId { get; init; }
    /// <summary>What was told otherwise than before, by kind.</summary>
    public IReadOnlyList<Correction> Corrections { get; init; } = [];
    /// <summary>True when the export took the place of the sample, which was removed.</summary>
    public bool ReplacedSample { get; init; }
    /// <summary>Stages.</summary>
    public required EntityCounts Stages { get; init; }
    /// <summary>Teams.</summary>
    public required EntityCounts Teams { get; init; }
    /// <summary>Sales reps.</summary>
    public required EntityCounts SalesReps { get; init; }
    /// <summary>Accounts.</summary>
    public required EntityCounts Accounts { get; init; }
    /// <summary>Products.</summary>
    public required EntityCounts Products { get; init; }
    /// <summary>Quotas.</summary>
    public required EntityCounts Quotas { get; init; }
    /// <summary>Exchange rates; those brought up to date are corrections, known from the export on.</summary>
    public EntityCounts Rates { get; init; } = new(0, 0, 0, 0);
    /// <summary>Leads.</summary>
    public required EntityCounts Leads { get; init; }
    /// <summary>Deals.</summary>
    public required EntityCounts Opportunities { get; init; }
    /// <summary>Changes of deals.</summary>
    public required EntityCounts Changes { get; init; }
    /// <summary>Activities.</summary>
    public required EntityCounts Activities { get; init; }
    /// <summary>Line items.</summary>
    public required EntityCounts LineItems { get; init; }
    /// <summary>Splits.</summary>
    public EntityCounts Splits { get; init; } = new(0, 0, 0, 0);

    /// <summary>All kinds together.</summary>
    public EntityCounts Total()
    {
        EntityCounts[] all = [Stages, Teams, SalesReps, Accounts, Products, Quotas, Rates, Leads, Opportunities, Changes, Activities, LineItems, Splits];
        return new(all.Sum(c => c.Added), all.Sum(c => c.Updated), all.Sum(c => c.Unchanged), all.Sum(c => c.Replaced));
    }
}

/// <summary>How far a long operation is.</summary>
/// <param name="Step">The table at work.</param>
/// <param name="Done">Rows so far.</param>
/// <param name="Total">Rows in all; null where it is not known beforehand.</param>
public sealed record StorageProgress(string Step, long Done, long? Total);
