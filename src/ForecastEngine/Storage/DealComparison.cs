using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Storage;

/// <summary>Says what is corrected when a deal is told anew: how it stood before, and how it stands now.</summary>
internal static class DealComparison
{
    public static void Tell(
        CorrectionTally tally, StoredDeal before, RetoldDeal after, Func<string?, StageKind?> kindOf)
    {
        var (then, now) = (State.Of(before.Born!, before.Changes), State.Of(after.Born, after.Changes));
        var id = after.Born.Id;
        if (then.Gone != now.Gone)
        {
            tally.Add(now.Gone switch
            {
                null => CorrectionKind.Restored,
                OpportunityField.Deleted => CorrectionKind.Deleted,
                OpportunityField.Missing => CorrectionKind.Missing,
                _ => CorrectionKind.Merged,
            }, id, then.Gone ?? then.Stage, now.Gone ?? now.Stage);
            if (now.Gone is not null) return;
        }
        var (old, kind) = (kindOf(then.Stage), kindOf(now.Stage));
        var wasClosed = old is StageKind.Won or StageKind.Lost;
        var isClosed = kind is StageKind.Won or StageKind.Lost;
        if (wasClosed && kind == StageKind.Open) tally.Add(CorrectionKind.Reopened, id, then.Stage, now.Stage);
        else if (wasClosed && isClosed && old != kind)
            tally.Add(
                old == StageKind.Won ? CorrectionKind.WonToLost : CorrectionKind.LostToWon,
                id, then.Stage, now.Stage);
        if (wasClosed && isClosed && (then.Amount, then.Currency) != (now.Amount, now.Currency))
            tally.Add(CorrectionKind.ClosingAmount, id, then.Money, now.Money);
        if (wasClosed && isClosed && then.CloseOn != now.CloseOn)
            tally.Add(CorrectionKind.CloseDate, id, then.CloseOn, now.CloseOn);
        if (after.Changes.Count(c => c.LearnedAt is not null) > before.Changes.Count(c => c.LearnedAt is not null)
            || CanonicalText.Of(before.Born!.CreatedAt) is var created
                && (then.CreatedAt ?? created) != (now.CreatedAt ?? created))
            tally.Add(CorrectionKind.Past, id, then.CreatedAt, now.CreatedAt);
    }

    private sealed record State(
        string? Stage, string? Amount, string? Currency, string? CloseOn, string? Gone, string? CreatedAt)
    {
        public string? Money => Currency is null ? Amount : $"{Amount} {Currency}";

        public static State Of(Opportunity born, IReadOnlyList<OpportunityChange> changes)
        {
            var (stage, amount, currency) = (born.Stage, CanonicalText.Of(born.Amount), born.Currency);
            var (closeOn, gone, created) = ((string?)null, (string?)null, (string?)null);
            foreach (var change in changes)
            {
                if (change.SupersededAt is not null) continue;
                switch (change.Field)
                {
                    case OpportunityField.Stage:
                        (stage, closeOn) = (change.NewValue, change.NotBefore is not null ? null
                            : (change.CloseOn ?? DateOnly.FromDateTime(change.At.UtcDateTime))
                                .ToString("O", CultureInfo.InvariantCulture));
                        break;
                    case OpportunityField.Amount: amount = change.NewValue; break;
                    case OpportunityField.Currency: currency = change.NewValue; break;
                    case OpportunityField.Gone: gone = change.NewValue; break;
                    case OpportunityField.CreatedAt: created = change.NewValue; break;
                }
            }
            return new State(stage, amount, currency, closeOn, gone, created);
        }
    }
}
