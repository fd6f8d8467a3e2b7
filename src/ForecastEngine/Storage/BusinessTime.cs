using ForecastEngine.Crm;

namespace ForecastEngine.Storage;

/// <summary>The one place where stored instants, which are UTC, become the business time of a history.</summary>
internal static class BusinessTime
{
    public static Opportunity In(this Opportunity o, BusinessCalendar calendar) =>
        o with { CreatedAt = calendar.ToBusiness(o.CreatedAt), RecordedAt = calendar.ToBusiness(o.RecordedAt) };

    public static OpportunityChange In(this OpportunityChange c, BusinessCalendar calendar) =>
        c with { At = calendar.ToBusiness(c.At), RecordedAt = calendar.ToBusiness(c.RecordedAt),
            NotBefore = In(c.NotBefore, calendar), LearnedAt = In(c.LearnedAt, calendar),
            SupersededAt = In(c.SupersededAt, calendar),
            OldValue = Value(c.Field, c.OldValue, calendar), NewValue = Value(c.Field, c.NewValue, calendar) };

    /// <summary>A value of a change: a moment of creation is one in business time too.</summary>
    public static string? Value(string field, string? text, BusinessCalendar calendar) =>
        field == OpportunityField.CreatedAt && text is not null
            ? CanonicalText.Of(calendar.ToBusiness(CanonicalText.Moment(text)))
            : text;

    public static Activity In(this Activity a, BusinessCalendar calendar) =>
        a with { At = calendar.ToBusiness(a.At), RecordedAt = calendar.ToBusiness(a.RecordedAt) };

    public static Lead In(this Lead l, BusinessCalendar calendar) => l with
    {
        CreatedAt = calendar.ToBusiness(l.CreatedAt), RecordedAt = calendar.ToBusiness(l.RecordedAt),
        ConvertedAt = In(l.ConvertedAt, calendar), DisqualifiedAt = In(l.DisqualifiedAt, calendar),
    };

    public static Account In(this Account a, BusinessCalendar calendar) =>
        a with { RecordedAt = calendar.ToBusiness(a.RecordedAt) };

    public static Product In(this Product p, BusinessCalendar calendar) =>
        p with { RecordedAt = calendar.ToBusiness(p.RecordedAt) };

    public static LineItem In(this LineItem l, BusinessCalendar calendar) =>
        l with { RecordedAt = calendar.ToBusiness(l.RecordedAt) };

    public static OpportunitySplit In(this OpportunitySplit s, BusinessCalendar calendar) =>
        s with { RecordedAt = calendar.ToBusiness(s.RecordedAt) };

    public static Quota In(this Quota q, BusinessCalendar calendar) =>
        q with { RecordedAt = calendar.ToBusiness(q.RecordedAt) };

    private static DateTimeOffset? In(DateTimeOffset? at, BusinessCalendar calendar) => at is { } instant
        ? calendar.ToBusiness(instant) : null;
}
