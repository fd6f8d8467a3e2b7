using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>The label: how and when an opportunity was closed after a date.</summary>
/// <param name="Won">True for won, false for lost.</param>
/// <param name="At">When it was closed.</param>
/// <param name="RecordedAt">When that was known.</param>
/// <param name="Amount">The amount as last known in the history; null when unknown.</param>
public sealed record Closing(bool Won, DateTimeOffset At, DateTimeOffset RecordedAt, decimal? Amount)
{
    /// <summary>The first closing recorded after <paramref name="asOf"/>; null while the opportunity is still open at the end of the history (right-censored, which is not lost).</summary>
    public static Closing? FirstAfter(CrmHistory history, int index, AsOf asOf)
    {
        foreach (var change in history.ChangesOf(index))
            if (change.Field == OpportunityField.Stage && !asOf.Knows(change.RecordedAt)
                && history.FindStage(change.NewValue) is { Kind: not StageKind.Open } stage)
                return new Closing(stage.Kind == StageKind.Won, change.At, change.RecordedAt, LastAmount(history, index));
        return null;
    }

    /// <summary>The closing in force at the end of the history; null when the opportunity is open then.</summary>
    public static Closing? Final(CrmHistory history, int index)
    {
        Closing? closing = null;
        foreach (var change in history.ChangesOf(index))
            if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { } stage)
                closing = stage.Kind == StageKind.Open ? null : new Closing(stage.Kind == StageKind.Won, change.At, change.RecordedAt, null);
        return closing is null ? null : closing with { Amount = LastAmount(history, index) };
    }

    private static decimal? LastAmount(CrmHistory history, int index)
    {
        var amount = history.Opportunities[index].Amount;
        foreach (var change in history.ChangesOf(index))
            if (change.Field == OpportunityField.Amount)
                amount = change.NewValue is null ? null : decimal.Parse(change.NewValue, CultureInfo.InvariantCulture);
        return amount;
    }
}
