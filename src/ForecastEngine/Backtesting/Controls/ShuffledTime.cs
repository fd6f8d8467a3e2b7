using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>
/// Negative control: each deal keeps its birth and its closing, and receives what happened to another deal born in the same month.
/// What happened then says nothing of the deal itself, so the recipe may be no better than with births alone.
/// </summary>
/// <remarks>
/// A donated fact keeps its distance from the birth; those that would come after the deal's own closing are dropped, as a closed deal has
/// none. What is found out is a past that knows its own deal's end: facts rewritten after the close, or read from beyond the as-of date.
/// </remarks>
public static class ShuffledTime
{
    /// <summary>The control's name.</summary>
    public const string Name = "shuffled time";

    /// <summary>Runs the control.</summary>
    /// <param name="history">A real or simulated history.</param>
    /// <param name="recipe">From a history to the skill found in it, out of time, at an age at which deals have a past.</param>
    /// <param name="seed">Seed of the donations.</param>
    public static ControlResult Run(CrmHistory history, Func<CrmHistory, Skill> recipe, long seed)
    {
        var (donated, births, real) = (recipe(Donate(history, seed)), recipe(BirthsOnly(history)), recipe(history));
        var (gain, error) = (donated.Auc - births.Auc, Math.Sqrt(donated.StandardError * donated.StandardError + births.StandardError * births.StandardError));
        var within = ControlResult.Tolerance * error;
        return new ControlResult(Name, gain <= within, gain, error, FormattableString.Invariant($"AUC at most {within:0.000} above that of births alone"),
            FormattableString.Invariant($"AUC {donated.Auc:0.000} with the past of other deals, {births.Auc:0.000} with births alone (difference {gain:+0.000;-0.000;0.000} ± {error:0.000}), {real.Auc:0.000} with their own past"))
        {
            Meaning = "Each deal was given the past of another one of the same month. That past cannot help; if it did, pasts would have been rewritten after the close, or read from beyond the as-of date.",
        };
    }

    /// <summary>The history with births and closings alone.</summary>
    public static CrmHistory BirthsOnly(CrmHistory history)
    {
        var facts = history.ToFacts();
        return new CrmHistory(facts with { Changes = [.. facts.Changes.Where(c => IsClosing(history, c))], Activities = [] });
    }

    /// <summary>The history with what happened in between given to other deals of the same birth month.</summary>
    public static CrmHistory Donate(CrmHistory history, long seed)
    {
        var deals = history.Opportunities;
        var (changes, activities) = (new List<OpportunityChange>(), new List<Activity>());
        foreach (var month in Enumerable.Range(0, deals.Length).GroupBy(i => HeldOutDeals.BirthOf(deals[i]).UtcDateTime is var b ? b.Year * 12 + b.Month : 0))
        {
            int[] members = [.. month];
            // Everyone gives and everyone receives, nobody from himself unless he is alone in his month.
            var order = Permutation.Of(members.Length, seed ^ CounterRandom.HashOf(deals[members[0]].Id));
            for (var n = 0; n < order.Length; n++) Give(members[order[n]], members[order[(n + 1) % order.Length]]);
        }
        return new CrmHistory(history.ToFacts() with { Changes = changes, Activities = activities });

        void Give(int donor, int receiver)
        {
            var (shift, id) = (HeldOutDeals.BirthOf(deals[receiver]) - HeldOutDeals.BirthOf(deals[donor]), deals[receiver].Id);
            DateTimeOffset? closed = null;
            foreach (var change in history.ToldOf(receiver))
                if (IsClosing(history, change))
                {
                    closed ??= change.RecordedAt;
                    changes.Add(change);
                }
            var until = closed is { } c && c < history.ExportedAt ? c : history.ExportedAt;
            foreach (var change in history.ToldOf(donor))
                if (!IsClosing(history, change) && change.RecordedAt + shift < until)
                    changes.Add(change with { OpportunityId = id, At = change.At + shift, RecordedAt = change.RecordedAt + shift, NewValue = Moved(change.Field, change.NewValue, shift), OldValue = Moved(change.Field, change.OldValue, shift) });
            foreach (var activity in history.ActivitiesOf(donor))
                if (activity.RecordedAt + shift < until)
                    activities.Add(activity with { OpportunityId = id, At = activity.At + shift, RecordedAt = activity.RecordedAt + shift });
        }
    }

    private static bool IsClosing(CrmHistory history, OpportunityChange change) =>
        change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { Kind: not StageKind.Open };

    private static string? Moved(string field, string? value, TimeSpan shift) => field == OpportunityField.PlannedCloseOn && value is not null
        ? DateOnly.ParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddDays((int)Math.Round(shift.TotalDays)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : value;
}
