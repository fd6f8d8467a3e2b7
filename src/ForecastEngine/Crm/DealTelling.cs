namespace ForecastEngine.Crm;

/// <summary>
/// What one row of an export, or one event, said of one deal, and when. Tellings are what the engine was told; the
/// facts that snapshots see are made of them, and of the rows of the CRM's own history, by <see cref="DealRetelling"/>.
/// </summary>
public sealed record DealTelling
{
    // What few tellings say is kept apart: there is one for every row of an export.
    private readonly Rare? _rare;

    /// <summary>The deal.</summary>
    public required string OpportunityId { get; init; }

    /// <summary>When it was said: the time of the export or of the event.</summary>
    public required DateTimeOffset ToldAt { get; init; }

    /// <summary>Number of the import that brought it; of two tellings of one moment the later arrival counts.</summary>
    public long Arrival { get; init; }

    /// <summary>When what it says became true; null for <see cref="ToldAt"/>.</summary>
    public DateTimeOffset? At
    {
        get => _rare?.At;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { At = value });
    }

    /// <summary>
    /// That the deal is gone: a value of <see cref="OpportunityField.Gone"/>. Null for a deal that is there.
    /// </summary>
    public string? Gone
    {
        get => _rare?.Gone;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { Gone = value });
    }

    /// <summary>When the deal was created; null where it is not said.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When the CRM learned of the deal; null for <see cref="CreatedAt"/>.</summary>
    public DateTimeOffset? RecordedAt { get; init; }

    /// <summary>True when the creation is told by its day alone.</summary>
    public bool IsCreatedDayOnly { get; init; }

    /// <summary>
    /// The close date of a closed deal: the moment as written, or the last second of its day; null where it has none.
    /// </summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>
    /// The day of <see cref="ClosedAt"/> as written; null where the moment at which the closing was entered counts
    /// instead.
    /// </summary>
    public DateOnly? CloseOn { get; init; }

    /// <summary>True when the close date is told by its day alone.</summary>
    public bool IsCloseDayOnly { get; init; }

    /// <summary>
    /// The last moment by which an undated closing had happened, such as the row's last change; null for
    /// <see cref="ToldAt"/>.
    /// </summary>
    public DateTimeOffset? ChangedAt
    {
        get => _rare?.ChangedAt;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { ChangedAt = value });
    }

    /// <summary>
    /// The last moment at which people worked on the deal; an undated closing came after it. Null where none is known.
    /// </summary>
    public DateTimeOffset? WorkedAt
    {
        get => _rare?.WorkedAt;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { WorkedAt = value });
    }

    /// <summary>
    /// What a won deal really brought, where the CRM has it beside the estimate; null where it has not.
    /// </summary>
    public string? ActualAmount
    {
        get => _rare?.ActualAmount;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { ActualAmount = value });
    }

    /// <summary>Currency of <see cref="ActualAmount"/>; null for the history's.</summary>
    public string? ActualCurrency
    {
        get => _rare?.ActualCurrency;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { ActualCurrency = value });
    }

    /// <summary>When <see cref="ActualAmount"/> was entered; null for the close.</summary>
    public DateTimeOffset? ActualAt
    {
        get => _rare?.ActualAt;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { ActualAt = value });
    }

    /// <summary>True when the CRM's own history tells closings, so that a close date alone is none.</summary>
    public bool HistoryTellsClosings { get; init; }

    /// <summary>The person who entered it; null where it is not said.</summary>
    public string? ToldBy
    {
        get => _rare?.ToldBy;
        init => _rare = Rare.Of((_rare ?? Rare.None) with { ToldBy = value });
    }

    /// <summary>Which fields it speaks of; shared by all tellings of an export.</summary>
    public required ToldFields Fields { get; init; }

    /// <summary>True when another telling of the deal says the same, at whatever time.</summary>
    public bool SaysTheSame(DealTelling other) =>
        this with { ToldAt = other.ToldAt, Arrival = other.Arrival, Fields = other.Fields, Values = other.Values }
            == other
        && Fields.Names.SequenceEqual(other.Fields.Names)
        && Fields.Claims.SequenceEqual(other.Fields.Claims)
        && Values.SequenceEqual(other.Values);

    /// <summary>
    /// The values, canonical text (see <see cref="OpportunityField"/>), one per field; null for none.
    /// </summary>
    public required IReadOnlyList<string?> Values { get; init; }

    private sealed record Rare
    {
        public static Rare None { get; } = new();

        public DateTimeOffset? At { get; init; }
        public DateTimeOffset? ChangedAt { get; init; }
        public DateTimeOffset? WorkedAt { get; init; }
        public DateTimeOffset? ActualAt { get; init; }
        public string? Gone { get; init; }
        public string? ActualAmount { get; init; }
        public string? ActualCurrency { get; init; }
        public string? ToldBy { get; init; }

        public static Rare? Of(Rare rare) => rare == None ? null : rare;
    }
}

/// <summary>Since when a value that is told without a history holds.</summary>
public enum Claim
{
    /// <summary>From the telling on.</summary>
    Now,
    /// <summary>From the deal's birth.</summary>
    Birth,
    /// <summary>From the close of a closed deal, else from the telling on.</summary>
    Close,
    /// <summary>From the moment at which the deal was recorded; for fields that only changes can hold.</summary>
    Recorded,
    /// <summary>
    /// At birth, whatever the history says, and nothing is said of later: where facts are given whole.
    /// </summary>
    Given,
}

/// <summary>The fields that a telling speaks of, and what it claims of each.</summary>
/// <param name="Names">Names of <see cref="OpportunityField"/>, <see cref="Name"/>, and custom columns.</param>
/// <param name="Claims">One per name.</param>
public sealed record ToldFields(IReadOnlyList<string> Names, IReadOnlyList<Claim> Claims)
{
    /// <summary>What people call the deal; always the newest telling's.</summary>
    public const string Name = "Name";

    /// <summary>No fields.</summary>
    public static ToldFields None { get; } = new([], []);

    /// <summary>Position of the stage; −1 where it is not told.</summary>
    internal int Stage { get; } = IndexOf(Names, OpportunityField.Stage);

    /// <summary>Names of the custom columns, in their order.</summary>
    internal string[] Custom { get; } = [.. Names.Where(n => n != Name && OpportunityField.IsCustom(n))];

    private static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++) if (names[i] == name) return i;
        return -1;
    }
}
