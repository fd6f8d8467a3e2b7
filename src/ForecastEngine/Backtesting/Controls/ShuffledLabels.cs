using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>
/// Negative control: won and lost change hands at random among all closed deals, in the history itself, and the whole recipe runs on
/// that. Nothing that is known of a deal has to do with how it is now said to have ended, so any skill comes from a path by which
/// outcomes reach features or judged deals reach training.
/// </summary>
/// <remarks>
/// The days of the closings stay: moved, they would fall before other facts of the deal, which any clock could tell. Skill is judged
/// among closed deals, where the days are no part of the question. Ojala and Garriga, "Permutation tests for studying classifier
/// performance", JMLR 11, 2010.
/// </remarks>
public static class ShuffledLabels
{
    /// <summary>The control's name.</summary>
    public const string Name = "shuffled outcomes";

    /// <summary>Runs the control.</summary>
    /// <param name="history">A real or simulated history.</param>
    /// <param name="recipe">From a history to the skill found in it, out of time.</param>
    /// <param name="shuffles">How many shuffles are averaged, at least 1.</param>
    /// <param name="seed">Seed of the shuffles.</param>
    public static ControlResult Run(CrmHistory history, Func<CrmHistory, Skill> recipe, int shuffles, long seed)
    {
        var skills = Enumerable.Range(0, shuffles).Select(n => recipe(Shuffle(history, seed + n))).ToList();
        var (auc, error) = (skills.Average(s => s.Auc), Math.Sqrt(skills.Sum(s => s.StandardError * s.StandardError)) / shuffles);
        var within = ControlResult.Tolerance * error;
        return new ControlResult(Name, Math.Abs(auc - 0.5) <= within, auc, error, FormattableString.Invariant($"AUC within {within:0.000} of 0.5"),
            FormattableString.Invariant($"AUC {auc:0.000} ± {error:0.000}, mean of {shuffles} shuffles on {skills[0].Cases} deals each"))
        {
            Meaning = "Won and lost were dealt out at random among the closed deals, so there is nothing to learn. Skill found here would be an echo of the answer in the question.",
        };
    }

    /// <summary>The history with every closed deal ended as another, drawn at random, was: closed on its own days, in the other's closing stage.</summary>
    public static CrmHistory Shuffle(CrmHistory history, long seed)
    {
        var closed = new List<(string Id, string Stage)>();
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            string? last = null;
            foreach (var change in history.ChangesOf(i))
                if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { Kind: not StageKind.Open }) last = change.NewValue;
            if (last is not null && Closing.Final(history, i) is not null) closed.Add((history.Opportunities[i].Id, last));
        }
        var order = Permutation.Of(closed.Count, seed);
        var ends = closed.Select((deal, n) => (deal.Id, closed[order[n]].Stage)).ToDictionary(d => d.Id, d => d.Stage, StringComparer.Ordinal);
        var facts = history.ToFacts();
        return new CrmHistory(facts with
        {
            Changes = [.. facts.Changes.Select(c => c.Field == OpportunityField.Stage && history.FindStage(c.NewValue) is { Kind: not StageKind.Open }
                && ends.GetValueOrDefault(c.OpportunityId) is { } stage ? c with { NewValue = stage } : c)],
        });
    }
}
