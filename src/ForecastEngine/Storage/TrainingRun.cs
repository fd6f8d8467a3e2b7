namespace ForecastEngine.Storage;

/// <summary>What came of a training.</summary>
public enum TrainingOutcomeKind
{
    /// <summary>Its version became champion.</summary>
    Promoted,
    /// <summary>Its version was registered and waits; the champion stayed.</summary>
    Registered,
    /// <summary>No version: data or features could not be trained on.</summary>
    Refused,
    /// <summary>No version: it was stopped, or something unforeseen happened.</summary>
    Failed,
}

/// <summary>A training as it was done: all that one needs to repeat it or to tell it from another.</summary>
public sealed record TrainingRun
{
    /// <summary>Number; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>When it ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }
    /// <summary>Last day whose events it knew; null where it ended before that was settled.</summary>
    public DateOnly? AsOf { get; init; }
    /// <summary>What came of it.</summary>
    public required TrainingOutcomeKind Outcome { get; init; }
    /// <summary>The version; null without one.</summary>
    public string? Version { get; init; }
    /// <summary>The champion before it; null without one.</summary>
    public string? Champion { get; init; }
    /// <summary>The gate's reason, or why there is no version.</summary>
    public required string Reason { get; init; }
    /// <summary>Hash of the data; null where it ended before they were read.</summary>
    public string? DataHash { get; init; }
    /// <summary>Seed of every draw.</summary>
    public required long Seed { get; init; }
    /// <summary>All settings by name, as JSON.</summary>
    public required string Settings { get; init; }
    /// <summary>Names of the columns, as JSON.</summary>
    public required string Features { get; init; }
    /// <summary>Figures of merit, as JSON.</summary>
    public required string Metrics { get; init; }
}
