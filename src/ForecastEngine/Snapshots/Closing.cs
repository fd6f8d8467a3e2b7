using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>The label: how and when an opportunity was closed after a date.</summary>
/// <param name="Won">True for won, false for lost.</param>
/// <param name="At">When it was closed.</param>
/// <param name="RecordedAt">When that was known.</param>
/// <param name="Amount">The amount as last known in the history; null when unknown.</param>
/// <param name="OwnerId">The owner as last known.</param>
/// <param name="ProductId">The main product as last known.</param>
public sealed record Closing(bool Won, DateTimeOffset At, DateTimeOffset RecordedAt, decimal? Amount, string? OwnerId, string? ProductId)
{
    /// <summary>The day that its revenue belongs to: the CRM's close date where it has one, else the day of <see cref="At"/>.</summary>
    public required DateOnly On { get; init; }

    /// <summary>True when nobody told its day: its place in time is drawn, and it belongs to no period's revenue.</summary>
    public bool IsUndated { get; init; }

    /// <summary>
    /// False when <see cref="At"/> and <see cref="RecordedAt"/> are drawn, because nobody told the day or the CRM was
    /// tidied on it. Such a closing is an outcome like any other,
    /// and says nothing about pace, market or how long deals take.
    /// </summary>
    public bool HasTime { get; init; } = true;

    /// <summary>The open stage it was closed from; null when that is not known.</summary>
    public string? FromStage { get; init; }

    /// <summary>The first closing recorded after <paramref name="asOf"/>; null while the opportunity is still open at the end of the history (right-censored, which is not lost).</summary>
    public static Closing? FirstAfter(CrmHistory history, int index, AsOf asOf)
    {
        foreach (var change in history.ChangesOf(index))
            if (change.Field == OpportunityField.Stage && !asOf.Knows(change.RecordedAt)
                && history.FindStage(change.NewValue) is { Kind: not StageKind.Open } stage)
                return From(history, index, change, stage, EndOfHistory);
        return null;
    }

    /// <summary>The closing in force at the end of the history; null when the opportunity is open then.</summary>
    public static Closing? Final(CrmHistory history, int index) => InForce(history, index, EndOfHistory);

    /// <summary>The closing in force at <paramref name="asOf"/>, with amount, owner and product as known then; null when the opportunity was open or unknown.</summary>
    public static Closing? InForce(CrmHistory history, int index, AsOf asOf)
    {
        (OpportunityChange Change, Stage Stage)? last = null;
        foreach (var change in history.ChangesOf(index))
        {
            if (!asOf.Knows(change.RecordedAt)) break;
            if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { } stage) last = (change, stage);
        }
        return last is { Stage.Kind: not StageKind.Open } closing ? From(history, index, closing.Change, closing.Stage, asOf) : null;
    }

    private static AsOf EndOfHistory => AsOf.At(DateTimeOffset.MaxValue);

    private static Closing From(CrmHistory history, int index, OpportunityChange close, Stage stage, AsOf asOf)
    {
        var birth = history.Opportunities[index];
        var (amount, owner, product) = (birth.Amount, birth.OwnerId, birth.ProductId);
        var before = history.FindStage(birth.Stage) is { Kind: StageKind.Open } born ? born.Name : null;
        var isClosed = false;
        foreach (var change in history.ChangesOf(index))
        {
            if (!asOf.Knows(change.RecordedAt)) break;
            isClosed |= ReferenceEquals(change, close);
            switch (change.Field)
            {
                case OpportunityField.Stage:
                    if (!isClosed && history.FindStage(change.NewValue) is { Kind: StageKind.Open } open) before = open.Name;
                    break;
                case OpportunityField.Amount: amount = change.NewValue is null ? null : decimal.Parse(change.NewValue, CultureInfo.InvariantCulture); break;
                case OpportunityField.OwnerId: owner = change.NewValue; break;
                case OpportunityField.ProductId: product = change.NewValue; break;
            }
        }
        var (on, at) = PlacedClosings.MomentOf(close);
        var hasTime = close.NotBefore is null;
        if (!hasTime) at = close.At;
        return new Closing(stage.Kind == StageKind.Won, at, close.RecordedAt, amount, owner, product)
        {
            FromStage = before, On = on, HasTime = hasTime, IsUndated = !hasTime && close.CloseOn is null,
        };
    }
}
