namespace ForecastEngine.Storage;

/// <summary>What a background job does.</summary>
public enum JobKind
{
    /// <summary>Scores the open pipeline, forecasts revenue and publishes both.</summary>
    Rescoring,
    /// <summary>Trains a version and sends it through the promotion gate.</summary>
    Training,
    /// <summary>Measures how the champion does on what happened since it was trained.</summary>
    DriftCheck,
    /// <summary>Removes what is older than the settings keep.</summary>
    Retention,
}

/// <summary>Where a job stands.</summary>
public enum JobStatus
{
    /// <summary>Asked for; no process has begun it.</summary>
    Queued,
    /// <summary>Begun; where its process died, another goes on with it.</summary>
    Running,
    /// <summary>Done.</summary>
    Succeeded,
    /// <summary>Given up after its last attempt; the fault says why.</summary>
    Failed,
    /// <summary>Stopped on demand.</summary>
    Cancelled,
}

/// <summary>One background job in the journal: who asked for it, how far it is, what became of it.</summary>
public sealed record JobRecord
{
    /// <summary>Number; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>What it does.</summary>
    public required JobKind Kind { get; init; }
    /// <summary>Last day whose events it may know; null for the day of the newest export.</summary>
    public DateOnly? AsOf { get; init; }
    /// <summary>Where it stands.</summary>
    public JobStatus Status { get; init; }
    /// <summary>Who asked: <c>schedule</c>, <c>start</c>, or the key that called the API.</summary>
    public required string RequestedBy { get; init; }
    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset RequestedAt { get; init; }
    /// <summary>When anything of this record was last written: a sign of life.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>When it was first begun.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>When it ended, in whatever way.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    /// <summary>What it is doing, in words.</summary>
    public string? Step { get; init; }
    /// <summary>Share of it done, 0–1; null when unknown.</summary>
    public double? Share { get; init; }
    /// <summary>True when someone asked it to stop; it does at the next opportunity.</summary>
    public bool IsCancelRequested { get; init; }
    /// <summary>The rescoring run that it writes; null before it is planned, and for other kinds.</summary>
    public long? RescoringRunId { get; init; }
    /// <summary>What went wrong at the last attempt; null when nothing did.</summary>
    public string? Fault { get; init; }
    /// <summary>What it found or made, as JSON; null before it succeeded.</summary>
    public string? Result { get; init; }

    /// <summary>True while it waits or works.</summary>
    public bool IsActive => Status is JobStatus.Queued or JobStatus.Running;
}
