using ForecastEngine.Backtesting.Controls;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Leakage;

namespace ForecastEngine.Tests.Backtesting.Controls;

/// <summary>Each control holds on the engine as it is, and fails where a leak is planted or a guard is blunt.</summary>
public sealed class ControlTests(ITestOutputHelper output)
{
    private static readonly ControlOptions Options = new() { Win = LeakWorld.Quick.Win, Threads = 2 };

    private static CrmHistory History => LeakWorld.History;

    private static readonly AsOf Cutoff = LeakWorld.Cutoff;

    private static Skill Recipe(CrmHistory told, double age) => OutOfTimeSkill.Of(told, Cutoff, age, Options);

    [Fact]
    public void The_recipe_finds_the_skill_that_is_there()
    {
        var skill = Recipe(History, 56);
        output.WriteLine($"{skill}");
        Assert.True(skill.Auc - 2 * skill.StandardError > 0.5, $"{skill}");
    }

    [Fact]
    public void Shuffling_keeps_the_days_and_the_numbers_of_won_and_lost_and_moves_them_about()
    {
        var shuffled = ShuffledLabels.Shuffle(History, 3);
        var (before, after) = (Closings(History), Closings(shuffled));
        Assert.Equal(before.Select(c => (c?.At, c?.RecordedAt)), after.Select(c => (c?.At, c?.RecordedAt)));
        Assert.Equal(before.Count(c => c is { Won: true }), after.Count(c => c is { Won: true }));
        var (won, all) = (before.Count(c => c is { Won: true }), before.Count(c => c is not null));
        var agreement = before.Zip(after).Count(p => p.First is not null && p.First.Won == p.Second!.Won) / (double)all;
        var chance = (won / (double)all * won + (all - won) / (double)all * (all - won)) / all;
        Assert.InRange(agreement, chance - 0.1, chance + 0.1);
        Assert.Equal(Bits(shuffled), Bits(ShuffledLabels.Shuffle(History, 3)));
        Assert.NotEqual(Bits(shuffled), Bits(ShuffledLabels.Shuffle(History, 4)));
    }

    [Fact]
    public void Donated_pasts_keep_births_closings_and_their_distance_from_the_birth()
    {
        var donated = ShuffledTime.Donate(History, 3);
        Assert.Equal(History.Opportunities, donated.Opportunities);
        Assert.Equal(Closings(History).Select(c => (c?.At, c?.Won)), Closings(donated).Select(c => (c?.At, c?.Won)));
        var own = Enumerable.Range(0, History.Opportunities.Length).Where(i => History.ActivitiesOf(i).Length > 0).ToDictionary(i => i, i => Days(History, i));
        var (kept, got) = (0, 0);
        for (var i = 0; i < donated.Opportunities.Length; i++)
        {
            var days = Days(donated, i);
            if (days.Count == 0) continue;
            got++;
            Assert.Contains(own, o => o.Value.Count >= days.Count && o.Value.Take(days.Count).SequenceEqual(days)
                && (History.Opportunities[o.Key].RecordedAt.UtcDateTime.Month == donated.Opportunities[i].RecordedAt.UtcDateTime.Month));
            if (own.TryGetValue(i, out var mine) && mine.Take(days.Count).SequenceEqual(days)) kept++;
        }
        Assert.True(got > 100);
        Assert.True(kept < got / 20, $"{kept} of {got} have their own past");

        static List<long> Days(CrmHistory history, int i) => [.. history.ActivitiesOf(i).ToArray().Select(a => (a.RecordedAt - HeldOutDeals.BirthOf(history.Opportunities[i])).Ticks)];
    }

    [Fact]
    public void Shuffled_time_acquits_the_engine_and_finds_out_a_past_that_was_rewritten_after_the_win()
    {
        var honest = ShuffledTime.Run(History, told => Recipe(told, 56), 5);
        var leaking = ShuffledTime.Run(History, told => Recipe(LeakWorld.RenamedAfterTheWin(told), 56), 5);
        output.WriteLine($"{honest.Found}\n{leaking.Found}");
        Assert.True(honest.Holds, honest.Found);
        Assert.False(leaking.Holds, leaking.Found);
    }

    [Fact]
    public void Canaries_are_caught_by_the_guards_as_they_are_and_missed_by_blunt_ones()
    {
        ControlResult[] caught = [LeakCanary.AtImport(History, Options), LeakCanary.InTraining(History, Cutoff, Options), LeakCanary.AtBirth(History, Cutoff, Options)];
        foreach (var canary in caught) output.WriteLine($"{canary.Name}: {canary.Found}");
        Assert.All(caught, c => Assert.True(c.Holds, c.Found));
        Assert.InRange(caught[2].Figure, 0.8, 0.95);
        ControlResult[] missed =
        [
            LeakCanary.AtImport(History, Options, new ImportOptions { SuspiciousStrength = 1.01 }), LeakCanary.InTraining(History, Cutoff, Options, new TrainingOptions { LeakAuc = 1 }),
            LeakCanary.AtBirth(History, Cutoff, Options with { AlarmAtCreation = 0.99 }),
        ];
        Assert.All(missed, c => Assert.False(c.Holds, c.Found));
        Assert.All(missed, c => Assert.StartsWith("not caught", c.Found, StringComparison.Ordinal));
    }

    [Fact]
    public void A_guard_that_refuses_everything_fails_too() =>
        Assert.Contains("the twin was caught too", LeakCanary.AtBirth(History, Cutoff, Options with { AlarmAtCreation = 0.5 }) is { Holds: false } all ? all.Found : "held", StringComparison.Ordinal);

    [Fact]
    public void Every_feature_alone_is_listed_strongest_first_and_a_planted_one_is_put_in_quarantine()
    {
        var strengths = SingleFeatures.Of(History, Cutoff, [0, 56], Options);
        foreach (var s in strengths.Take(10)) output.WriteLine(s.ToString());
        Assert.Equal(strengths.OrderByDescending(s => s.Strength), strengths);
        Assert.Contains(strengths, s => s is { Feature: "fit_score", AgeDays: 0 });
        Assert.Contains(strengths, s => s is { Feature: "stage_order", AgeDays: 56, Auc: > 0.55 });
        Assert.True(SingleFeatures.Judge(strengths, Options).Holds);
        var planted = SingleFeatures.Of(LeakCanary.Plant(History, 0, isTracked: false, 1), Cutoff, [0, 56], Options);
        Assert.Equal([FeatureStanding.Quarantined, FeatureStanding.Quarantined], planted.Where(s => s.Standing != FeatureStanding.Clear).Select(s => s.Standing));
        Assert.Equal("leak_canary", planted[0].Feature);
        Assert.False(SingleFeatures.Judge(planted, Options).Holds);
    }

    [Fact]
    public void Too_short_a_history_is_refused_since_every_control_would_hold()
    {
        var fault = Assert.Throws<OperationException>(() => RunControls.Run(History.KnownAt(TrainingWorld.Before(LeakWorld.World, 40)), Options));
        Assert.StartsWith("Controls: found ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("expected at least", fault.Message, StringComparison.Ordinal);
    }

    private static List<Closing?> Closings(CrmHistory history) => [.. Enumerable.Range(0, history.Opportunities.Length).Select(i => Closing.Final(history, i))];

    private static string Bits(CrmHistory history) => HistoryHash.Of(history);
}
