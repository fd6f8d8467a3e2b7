using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>A made deal, from which every product's export can be written. Times are UTC, to the minute.</summary>
internal sealed record ShapeDeal
{
    /// <summary>From 1; each product's ids are made from it.</summary>
    public required int Number { get; init; }
    public required string Name { get; init; }
    public required string Account { get; init; }
    public required string Owner { get; init; }
    public required string Pipeline { get; init; }
    /// <summary>The open stages that the deal went through, in order; it was created with the first.</summary>
    public required IReadOnlyList<(string Stage, DateTime EnteredAt)> Stages { get; init; }
    public required StageKind Outcome { get; init; }
    public required DateTime? ClosedAt { get; init; }
    public required DateOnly PlannedCloseOn { get; init; }
    public required decimal Amount { get; init; }
    public required string Currency { get; init; }
    public required string Source { get; init; }
    public required string LossReason { get; init; }

    public DateTime CreatedAt => Stages[0].EnteredAt;
    /// <summary>The stage in which it stands, or closed.</summary>
    public string Stage => Stages[^1].Stage;
    public DateTime ModifiedAt => ClosedAt ?? Stages[^1].EnteredAt;
    public bool IsWon => Outcome == StageKind.Won;
    public bool IsLost => Outcome == StageKind.Lost;
    /// <summary>The date in a CRM that has only one: planned until it closes, real from then on.</summary>
    public DateOnly CloseOn => ClosedAt is { } at ? DateOnly.FromDateTime(at) : PlannedCloseOn;

    /// <summary>What the deal is called where closing is a stage.</summary>
    public string StageOr(string won, string lost) => IsWon ? won : IsLost ? lost : Stage;

    /// <summary>A text for what the deal is.</summary>
    public string Told(string open, string won, string lost) => IsWon ? won : IsLost ? lost : open;
}
