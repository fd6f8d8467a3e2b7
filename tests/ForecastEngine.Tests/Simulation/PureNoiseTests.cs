using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

/// <summary>In the world of pure noise nothing tells a deal that will be won from one that will be lost; in the plain one much does.</summary>
public sealed class PureNoiseTests
{
    private static readonly SimulationOptions Options = new() { Seed = 5, OpportunitiesPerWeek = 120, Weeks = 200, ActivityDensity = 0, LeadDensity = 0 };
    private static readonly Signals Noise = new(Options with { IsPureNoise = true });
    private static readonly Signals Plain = new(Options);

    [Fact]
    public void The_fit_score_says_nothing_in_noise_and_something_in_the_plain_world()
    {
        Assert.InRange(Noise.Auc(i => Noise.Course.Opportunities[i].Fit), 0.47, 0.53);
        Assert.True(Plain.Auc(i => Plain.Course.Opportunities[i].Fit) > 0.62);
    }

    [Fact]
    public void The_amount_owner_and_early_activity_say_nothing_in_noise()
    {
        Assert.InRange(Noise.Auc(i => Noise.Course.Opportunities[i].BirthAmount), 0.47, 0.53);
        Assert.InRange(Noise.Auc(i => Noise.FirstActivities[i]), 0.47, 0.53);
        Assert.True(Plain.Auc(i => Plain.FirstActivities[i]) > 0.55);
        Assert.InRange(Noise.Auc(i => Noise.Course.Law.RepSkill[Noise.Course.Opportunities[i].Rep]), 0.47, 0.53);
        Assert.True(Plain.Auc(i => Plain.Course.Law.RepSkill[Plain.Course.Opportunities[i].Rep]) > 0.55);
    }

    [Fact]
    public void Win_rates_by_source_and_by_repeat_business_are_alike_in_noise()
    {
        double BySource(Signals world) => world.Rate(o => o.Source == 1) - world.Rate(o => o.Source == 4);
        double ByRepetition(Signals world) => world.Rate(o => o.IsExisting) - world.Rate(o => !o.IsExisting);
        Assert.Equal(("Referral", "Outbound"), (Catalogue.Sources[1].Name, Catalogue.Sources[4].Name));
        Assert.InRange(BySource(Noise), -0.04, 0.04); // s.e. 0.013
        Assert.InRange(ByRepetition(Noise), -0.03, 0.03);
        Assert.InRange(BySource(Plain), 0.06, 0.25);
        Assert.InRange(ByRepetition(Plain), 0.03, 0.15);
    }

    [Fact]
    public void Stage_and_age_of_open_deals_do_not_change_their_win_probability_in_noise()
    {
        var world = SimulatedWorld.Generate(Options with { IsPureNoise = true, OpportunitiesPerWeek = 30 });
        var truths = world.Truth.At(150).WonEventually(2);
        Assert.True(truths.Length > 200);
        Assert.True(truths.Max(t => t.Probability) - truths.Min(t => t.Probability) < 0.001);
        var plain = SimulatedWorld.Generate(Options with { OpportunitiesPerWeek = 30 }).Truth.At(150).WonEventually(4);
        Assert.True(plain.Max(t => t.Probability) - plain.Min(t => t.Probability) > 0.7);
    }

    private sealed class Signals
    {
        private readonly (int Index, bool Won)[] _closed;

        public Signals(SimulationOptions options)
        {
            Course = WorldCourse.Run(options);
            _closed = [.. Enumerable.Range(0, Course.Opportunities.Length)
                .Where(i => Course.Opportunities[i].BirthWeek < options.Weeks - 80 && Course.MovesOf(i) is [.., { IsClose: true }])
                .Select(i => (i, Course.MovesOf(i)[^1].Kind == MoveKind.Win))];
            FirstActivities = [.. Course.Opportunities.Select(o => Course.Law.Activities(SalesLaw.DrawsOf(options.Seed, o, o.BirthWeek + 1), o, 0, 1))];
        }

        public WorldCourse Course { get; }
        public int[] FirstActivities { get; }

        /// <summary>Probability that a won deal shows a higher value than a lost one, ties counted half.</summary>
        public double Auc(Func<int, double> value)
        {
            var groups = _closed.GroupBy(c => value(c.Index)).OrderBy(g => g.Key);
            var (lostBelow, sum) = (0.0, 0.0);
            foreach (var group in groups)
            {
                var won = group.Count(c => c.Won);
                var lost = group.Count() - won;
                sum += won * (lostBelow + lost / 2.0);
                lostBelow += lost;
            }
            return sum / (lostBelow * (_closed.Length - lostBelow));
        }

        /// <summary>Win rate of the closed deals of a group.</summary>
        public double Rate(Func<SimulatedOpportunity, bool> isIn) =>
            _closed.Where(c => isIn(Course.Opportunities[c.Index])).Average(c => c.Won ? 1.0 : 0.0);
    }
}
