using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>A model pooled from other teams: what it gives a young team, and what it must not do.</summary>
public sealed class PooledPriorTests(ITestOutputHelper output)
{
    private const int Start = 60;
    private static readonly WinProbabilityOptions Quick = new() { Trees = 60, MinRowsPerLeaf = 60, Threads = 2 };

    private static readonly Lazy<PooledPrior> Pool = new(() => PooledPrior.Train([.. Enumerable.Range(0, 4).Select(d => Team(910 + d, 40))], Cutoff(Team(910, 40)), Quick));

    private static SimulationOptions Options(long seed, double wins) => new()
    {
        Seed = seed, Weeks = 86, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(wins), ActivityDensity = 0.3, LeadDensity = 0.02,
    };

    private static CrmHistory Team(long seed, double wins) => new(TrainingWorld.Simulated(Options(seed, wins)).Facts);

    private static AsOf Cutoff(CrmHistory _) => TrainingWorld.Before(TrainingWorld.Simulated(Options(910, 40)), Start);

    [Fact]
    public void A_team_too_young_for_a_model_of_its_own_is_told_more_by_the_pool_than_by_its_rates()
    {
        var world = TrainingWorld.Simulated(Options(77, 8));
        var history = new CrmHistory(world.Facts);
        var known = history.KnownAt(Pool.Value.Cutoff);
        var own = BundleTrainer.Train(known, Pool.Value.Cutoff, new TrainingOptions { Win = Quick, Threads = 2 });
        var pooled = BundleTrainer.Train(known, Pool.Value.Cutoff, new TrainingOptions { Win = Quick, Threads = 2, Prior = Pool.Value });
        Assert.Equal((Rung.StageRate, Rung.PooledModel), (own.Bundle.Win.RungFor("Discovery"), pooled.Bundle.Win.RungFor("Discovery")));
        var (mine, theirs) = (Error(own.Bundle.Win), Error(pooled.Bundle.Win));
        output.WriteLine($"squared error against the truth: own {mine:0.00000}, pooled {theirs:0.00000}");
        Assert.True(theirs < 0.9 * mine, $"own {mine}, pooled {theirs}");

        double Error(WinProbabilityModel model)
        {
            var origin = world.Truth.At(Start);
            var until = origin.AsOf.AddDays(91);
            var truth = origin.WonBy(until, 16).ToDictionary(t => t.OpportunityId, t => t.Probability);
            var open = new SnapshotTaker(known, model.Features, GroupRates.From(known, model.Features.Schema.CategoricalAttributes)).OpenPipeline(Pool.Value.Cutoff);
            Assert.True(open.Count > 15);
            return open.Where(o => truth.ContainsKey(o.OpportunityId)).Average(o => Math.Pow(model.Evaluate(o).WonWithin(91) - truth[o.OpportunityId], 2));
        }
    }

    [Fact]
    public void The_same_pool_and_team_give_the_same_bits_and_survive_saving()
    {
        var history = Team(78, 15).KnownAt(Pool.Value.Cutoff);
        var options = new TrainingOptions { Win = Quick, Threads = 2, Prior = Pool.Value };
        var (once, again) = (BundleTrainer.Train(history, Pool.Value.Cutoff, options), BundleTrainer.Train(history, Pool.Value.Cutoff, options with { Threads = 1 }));
        var loaded = ModelBundle.Load(once.Files);
        var open = new SnapshotTaker(history, once.Bundle.Win.Features, GroupRates.From(history, once.Bundle.Win.Features.Schema.CategoricalAttributes)).OpenPipeline(Pool.Value.Cutoff);
        foreach (var deal in open)
        {
            Assert.Equal(Bits.Of(once.Bundle.Win.Evaluate(deal)), Bits.Of(again.Bundle.Win.Evaluate(deal)));
            Assert.Equal(Bits.Of(once.Bundle.Win.Evaluate(deal)), Bits.Of(loaded.Win.Evaluate(deal)));
        }
        Assert.Equal(once.Bundle.Win.RungFor("Discovery"), loaded.Win.RungFor("Discovery"));
    }

    [Fact]
    public void A_pool_of_noise_does_not_answer_for_a_team_whose_own_deals_say_more()
    {
        var noise = PooledPrior.Train([new CrmHistory(TrainingWorld.Simulated(Options(930, 40) with { IsPureNoise = true }).Facts)], Pool.Value.Cutoff, Quick);
        var history = Team(79, 60).KnownAt(Pool.Value.Cutoff);
        var trained = BundleTrainer.Train(history, Pool.Value.Cutoff, new TrainingOptions { Win = Quick, Threads = 2, Prior = noise });
        Assert.Equal(Rung.OwnModel, trained.Bundle.Win.RungFor("Discovery"));
    }

    [Fact]
    public void A_pool_that_knows_later_data_is_refused_and_one_that_needs_what_a_team_lacks_is_left_out()
    {
        var history = Team(78, 15);
        var early = TrainingWorld.Before(TrainingWorld.Simulated(Options(78, 15)), 50);
        Assert.Contains("knows the future", Assert.Throws<TrainingException>(() => BundleTrainer.Train(history, early, new TrainingOptions { Prior = Pool.Value })).Message, StringComparison.Ordinal);
        var facts = history.ToFacts();
        var bare = new CrmHistory(facts with { Activities = [] }).KnownAt(Pool.Value.Cutoff);
        var trained = BundleTrainer.Train(bare, Pool.Value.Cutoff, new TrainingOptions { Win = Quick, Threads = 2, Prior = Pool.Value });
        Assert.Contains(trained.Warnings, w => w.StartsWith("The pooled model is not used: it needs activities", StringComparison.Ordinal));
        Assert.NotEqual(Rung.PooledModel, trained.Bundle.Win.RungFor("Discovery"));
    }

    [Fact]
    public void A_pool_of_nothing_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PooledPrior.Train([], Pool.Value.Cutoff, Quick));
        Assert.Contains("history 1", Assert.Throws<ArgumentException>(() => PooledPrior.Train([new HandMadeHistory().Deal("A", 900).Until(950)], HandMadeHistory.AsOfDay(1), Quick)).Message, StringComparison.Ordinal);
    }
}
