using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>The label: how and when an opportunity was closed after a date.</summary>
/// <param name="Won">True for won, false for lost.</param>
/// <param name="At">When it was closed.</param>
/// <param name="RecordedAt">When that was known.</param>
/// <param name="Amount">The amount as last known, in the history's currency by the rate of the day that its revenue
/// belongs to; null when unknown or without a rate.</param>
/// <param name="OwnerId">The owner as last known.</param>
/// <param name="ProductId">The main product as last known.</param>
public sealed record Closing(bool Won, DateTimeOffset At, DateTimeOffset RecordedAt, decimal? Amount, string? OwnerId, string? ProductId)
{
    /// <summary>The day that its revenue belongs to: the CRM's close date where it has one, else the day of
    /// <see cref="At"/>.</summary>
    public required DateOnly On { get; init; }

    /// <summary>True when nobody told its day: its place in time is drawn, and it belongs to no period's
    /// revenue.</summary>
    public bool IsUndated { get; init; }

    /// <summary>The region as last known.</summary>
    public string? Region { get; init; }
    /// <summary>The pipeline of the stage that it was closed into; null where there is one only.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The amount in its own currency, where no rate of that currency is known; else null.</summary>
    public Money? WithoutRate { get; init; }

    /// <summary>
    /// False when <see cref="At"/> and <see cref="RecordedAt"/> are drawn, because nobody told the day or the CRM was
    /// tidied on it. Such a closing is an outcome like any other,
    /// and says nothing about pace, market or how long deals take.
    /// </summary>
    public bool HasTime { get; init; } = true;

    /// <summary>The open stage it was closed from; null when that is not known.</summary>
    public string? FromStage { get; init; }

    /// <summary>
    /// The first closing recorded after <paramref name="asOf"/>, as it was corrected since; null while the opportunity
    /// is still open at the
    /// end of the history (right-censored, which is not lost), or gone from the CRM.
    /// </summary>
    public static Closing? FirstAfter(CrmHistory history, int index, AsOf asOf)
    {
        var run = default(Run);
        foreach (var change in history.FinalChanges(index))
        {
            if (change.Field != OpportunityField.Stage || history.FindStage(change.NewValue) is not { } stage) continue;
            if (run.First is null && asOf.Knows(change.RecordedAt)) continue;
            if (stage.Kind != StageKind.Open) run = run.With(change, stage);
            else if (run.First is not null) break;
        }
        return run.First is null || history.GoneAt(index, AsOf.EndOfTime) is not null ? null : From(history, index, run, AsOf.EndOfTime);
    }

    /// <summary>The closing in force at the end of the history; null when the opportunity is open then.</summary>
    public static Closing? Final(CrmHistory history, int index) => InForce(history, index, AsOf.EndOfTime);

    /// <summary>The closing in force at <paramref name="asOf"/>, with amount, owner and product as known then; null
    /// when the opportunity was open, gone or unknown.</summary>
    public static Closing? InForce(CrmHistory history, int index, AsOf asOf)
    {
        var run = default(Run);
        foreach (var change in history.KnownChanges(index, asOf))
        {
            if (change.Field != OpportunityField.Stage || history.FindStage(change.NewValue) is not { } stage) continue;
            run = stage.Kind == StageKind.Open ? default : run.With(change, stage);
        }
        return run.First is null || history.GoneAt(index, asOf) is not null ? null : From(history, index, run, asOf);
    }

    private static Closing From(CrmHistory history, int index, Run run, AsOf asOf)
    {
        var birth = history.Opportunities[index];
        var (amount, currency, owner, product, region) = (birth.Amount, birth.Currency, birth.OwnerId, birth.ProductId, birth.Region);
        var before = history.FindStage(birth.Stage) is { Kind: StageKind.Open } born ? born.Name : null;
        var isClosed = false;
        foreach (var change in history.KnownChanges(index, asOf))
        {
            isClosed |= ReferenceEquals(change, run.First);
            switch (change.Field)
            {
                case OpportunityField.Stage:
                    if (!isClosed && history.FindStage(change.NewValue) is { Kind: StageKind.Open } open) before = open.Name;
                    break;
                case OpportunityField.Amount: amount = change.NewValue is null ? null : decimal.Parse(change.NewValue, CultureInfo.InvariantCulture); break;
                case OpportunityField.Currency: currency = change.NewValue; break;
                case OpportunityField.OwnerId: owner = change.NewValue; break;
                case OpportunityField.ProductId: product = change.NewValue; break;
                case OpportunityField.Region: region = change.NewValue; break;
            }
        }
        var moment = run.Moment;
        var hasTime = moment.NotBefore is null;
        var (on, at) = PlacedClosings.MomentOf(moment);
        if (!hasTime) at = moment.At;
        var money = amount is { } typed ? new Money(typed, currency) : (Money?)null;
        var converted = money?.ToHistoryCurrency(history, on, asOf);
        return new Closing(run.Stage!.Kind == StageKind.Won, at, run.First!.RecordedAt, converted, owner, product)
        {
            FromStage = before, On = on, HasTime = hasTime, IsUndated = !hasTime && moment.CloseOn is null, Region = region, Pipeline = run.Stage.Pipeline, WithoutRate = converted is null ? money : null,
        };
    }

    /// <summary>A closing and its corrections: closed stages with no open one between.</summary>
    private readonly record struct Run(OpportunityChange? First, OpportunityChange Moment, Stage? Stage)
    {
        // What is only corrected keeps its moment; another outcome, or another day, has a moment of its own.
        public Run With(OpportunityChange change, Stage stage) =>
            First is null ? new Run(change, change, stage)
            : new Run(First, change.CloseOn is not null || stage.Kind != Stage!.Kind ? change : Moment, stage);
    }
}
