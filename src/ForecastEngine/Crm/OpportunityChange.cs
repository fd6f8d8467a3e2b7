namespace ForecastEngine.Crm;

/// <summary>Names of the fields whose changes the engine understands; any other name is a custom tracked column.</summary>
public static class OpportunityField
{
    /// <summary>Stage name. A change into a won or lost stage is the outcome.</summary>
    public const string Stage = "Stage";
    /// <summary>Customer's id, where a later telling corrects the one at birth.</summary>
    public const string AccountId = "deal:AccountId";
    /// <summary>Id of the lead it grew from, where corrected.</summary>
    public const string LeadId = "deal:LeadId";
    /// <summary>Where it came from, where corrected.</summary>
    public const string Source = "deal:Source";
    /// <summary>Sales region, where corrected.</summary>
    public const string Region = "deal:Region";
    /// <summary>Customer segment, where corrected.</summary>
    public const string Segment = "deal:Segment";
    /// <summary>Moment of creation, ISO 8601 in UTC, where corrected.</summary>
    public const string CreatedAt = "deal:CreatedAt";
    /// <summary>
    /// Gone from the CRM: <see cref="Deleted"/>, <see cref="Missing"/>, or <see cref="MergedInto"/> and the id of the
    /// deal that it was merged into; null when it came back.
    /// </summary>
    public const string Gone = "deal:Gone";
    /// <summary>Value of <see cref="Gone"/>: the CRM says that it was deleted.</summary>
    public const string Deleted = "deleted";
    /// <summary>Value of <see cref="Gone"/>: an export that is all there is no longer has it.</summary>
    public const string Missing = "missing";
    /// <summary>How a value of <see cref="Gone"/> begins when the deal was merged into another, whose id
    /// follows.</summary>
    public const string MergedInto = "merged into ";

    /// <summary>Amount as typed, in the deal's own currency at that time, invariant decimal text.</summary>
    public const string Amount = "Amount";
    /// <summary>The deal's own currency (ISO 4217); null for the history's currency.</summary>
    public const string Currency = "Currency";
    /// <summary>Planned close date, <c>yyyy-MM-dd</c>.</summary>
    public const string PlannedCloseOn = "PlannedCloseOn";
    /// <summary>Sales rep id.</summary>
    public const string OwnerId = "OwnerId";
    /// <summary>Main product id.</summary>
    public const string ProductId = "ProductId";
    /// <summary>The CRM's own win probability, 0–1, invariant text.</summary>
    public const string CrmProbability = "CrmProbability";
    /// <summary>The rep's category: commit, best case, pipeline, omitted.</summary>
    public const string ForecastCategory = "ForecastCategory";
    /// <summary>Why it was lost; known at the close only.</summary>
    public const string LossReason = "LossReason";

    /// <summary>True for the name of a custom tracked column.</summary>
    public static bool IsCustom(string field) => field is not (Stage or Amount or Currency or PlannedCloseOn or OwnerId or ProductId or CrmProbability
        or ForecastCategory or LossReason or AccountId or LeadId or Source or Region or Segment or CreatedAt or Gone);
}

/// <summary>One field of one opportunity took a new value.</summary>
public sealed record OpportunityChange
{
    // What few changes have is kept apart: there are millions of them.
    private readonly Rare? _rare;

    /// <summary>The opportunity that changed.</summary>
    public required string OpportunityId { get; init; }

    /// <summary>One of <see cref="OpportunityField"/>, or the name of a custom tracked column.</summary>
    public required string Field { get; init; }

    /// <summary>The value before, canonical text (see <see cref="OpportunityField"/>); null for none or unknown.</summary>
    public string? OldValue { get; init; }

    /// <summary>The value after, canonical text; null when the field was emptied.</summary>
    public string? NewValue { get; init; }

    /// <summary>When it became true.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the CRM learned of it: the only time that decides whether a snapshot may see it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>Who entered it.</summary>
    public string? ChangedBy { get; init; }

    /// <summary>Of a closing: the day that the CRM's close date says, to which revenue belongs; null where the day of
    /// <see cref="At"/> counts.</summary>
    public DateOnly? CloseOn { get => _rare?.CloseOn; init => _rare = Rare.Of((_rare ?? Rare.None) with { CloseOn = value }); }

    /// <summary>
    /// Of a closing whose day nobody told: it happened after this moment and by <see cref="At"/>, no one knows when.
    /// Null for every other change.
    /// </summary>
    public DateTimeOffset? NotBefore { get => _rare?.NotBefore; init => _rare = Rare.Of((_rare ?? Rare.None) with { NotBefore = value }); }

    /// <summary>
    /// 0, 1, 2 … in the order in which they happened, among changes of one field of one opportunity that are about one
    /// moment and
    /// were recorded at one instant. With opportunity, field and moment it names the fact.
    /// </summary>
    public int Sequence { get; init; }

    /// <summary>How it is known.</summary>
    public ChangeOrigin Origin { get; init; }

    /// <summary>
    /// Of a fact that corrects one told before: the moment from which the correction is known, later than
    /// <see cref="RecordedAt"/>, in whose place it stands. Null for a fact that was told first.
    /// </summary>
    public DateTimeOffset? LearnedAt { get => _rare?.LearnedAt; init => _rare = Rare.Of((_rare ?? Rare.None) with { LearnedAt = value }); }

    /// <summary>When a history row was first told, where the import that brought it does not say so; null
    /// otherwise.</summary>
    public DateTimeOffset? ToldAt { get => _rare?.ToldAt; init => _rare = Rare.Of((_rare ?? Rare.None) with { ToldAt = value }); }

    /// <summary>The moment from which a correction stands in its place; null while none does.</summary>
    public DateTimeOffset? SupersededAt { get => _rare?.SupersededAt; init => _rare = Rare.Of((_rare ?? Rare.None) with { SupersededAt = value }); }

    /// <summary>True when a snapshot of that moment may see it: recorded by then, and not corrected, or the correction
    /// itself.</summary>
    public bool IsKnownAt(DateTimeOffset moment) =>
        RecordedAt <= moment && !(LearnedAt > moment) && !(SupersededAt <= moment);

    private sealed record Rare(DateOnly? CloseOn, DateTimeOffset? NotBefore, DateTimeOffset? LearnedAt, DateTimeOffset? ToldAt, DateTimeOffset? SupersededAt)
    {
        public static Rare None { get; } = new(null, null, null, null, null);

        public static Rare? Of(Rare rare) => rare == None ? null : rare;
    }
}

/// <summary>How a change is known: by a row of the CRM's own history, whose shape the flags tell, or told by an export
/// or an event.</summary>
[Flags]
public enum ChangeOrigin
{
    /// <summary>A row of the CRM's own history.</summary>
    History = 0,
    /// <summary>That history does not tell the value before.</summary>
    WithoutOldValue = 1,
    /// <summary>It tells the day and no time.</summary>
    ByDay = 2,
    /// <summary>No history row tells it: what an export or an event said differs from what stood before.</summary>
    Told = 4,
}
