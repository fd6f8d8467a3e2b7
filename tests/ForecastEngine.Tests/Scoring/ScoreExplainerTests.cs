using ForecastEngine.Crm;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.Scoring;

public sealed class ScoreExplainerTests
{
    private static readonly Lazy<(TrainingWorld World, WinProbabilityModel Own, WinProbabilityModel ByStage, List<OpportunitySnapshot> Deals)> Shared = new(() =>
    {
        var simulated = TrainingWorld.Simulated(new SimulationOptions { Seed = 91, Weeks = 90, OpportunitiesPerWeek = 16, ActivityDensity = 0.3 });
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 80));
        var taker = new SnapshotTaker(world.Whole, world.Features, world.RatesOfWhole);
        List<OpportunitySnapshot> deals = [.. taker.OpenPipeline(world.Cutoff), .. taker.OpenPipeline(TrainingWorld.Before(simulated, 88))];
        return (world, world.Train().Model, world.Train(new WinProbabilityOptions { MinClosedPerClass = int.MaxValue }).Model, deals);
    });

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 0.3)]
    [InlineData(true, -0.5)]
    [InlineData(true, 4)]
    [InlineData(false, 0)]
    [InlineData(false, -0.5)]
    [InlineData(false, 4)]
    public void The_base_and_the_drivers_add_up_to_the_shifted_win_probability(bool ownModel, double market)
    {
        var model = ownModel ? Shared.Value.Own : Shared.Value.ByStage;
        var explainer = new ScoreExplainer(model);
        double[] shift = [.. Enumerable.Range(0, model.Grid.Count).Select(k => market * Math.Pow(0.95, k))];
        Assert.True(Shared.Value.Deals.Count > 300);
        foreach (var deal in Shared.Value.Deals)
        {
            Assert.Equal(ownModel ? Rung.OwnModel : Rung.StageRate, model.RungFor(deal.Stage));
            var (start, drivers) = explainer.Explain(deal, shift);
            var probability = model.Evaluate(deal).Shifted(shift).WinProbability;
            Assert.InRange(start + drivers.Sum(d => d.Contribution) - probability, -1e-9, 1e-9);
            Assert.Equal(market != 0, drivers.Any(d => d.Name == Driver.Market));
            Assert.All(drivers, d => Assert.True(d.Name != Driver.Market || Math.Sign(d.Contribution) == Math.Sign(market)));
            Assert.Equal(drivers.Select(d => Math.Abs(d.Contribution)).OrderDescending(), drivers.Select(d => Math.Abs(d.Contribution)));
        }
    }

    [Fact]
    public void A_calibrated_model_adds_up_too()
    {
        var own = Shared.Value.Own;
        var model = new WinProbabilityModel(own.Features.Schema, own.Grid,
            own.Won with { Intercept = -0.2, Slope = 0.8 }, own.Lost with { Intercept = 1.5, Slope = 1.2 },
            own.TailWinShare, own.Late);
        var explainer = new ScoreExplainer(model);
        var saturated = 0;
        foreach (var deal in Shared.Value.Deals.Take(150))
        {
            var curve = model.Evaluate(deal);
            if (Enumerable.Range(0, model.Grid.Count).Any(k => curve.Won[k] + curve.Lost[k] > 1 - 1e-12)) saturated++;
            var (start, drivers) = explainer.Explain(deal, new double[model.Grid.Count]);
            Assert.InRange(start + drivers.Sum(d => d.Contribution) - curve.WinProbability, -1e-9, 1e-9);
        }
        Assert.True(saturated > 5, "no deal crosses the kink where the two hazards reach 1");
    }

    [Fact]
    public void The_stage_rate_is_explained_by_the_stage_alone()
    {
        var explainer = new ScoreExplainer(Shared.Value.ByStage);
        foreach (var deal in Shared.Value.Deals.Take(50))
            Assert.All(explainer.Explain(deal, new double[Shared.Value.ByStage.Grid.Count]).Drivers, d => Assert.Equal(Drivers.Stage, d.Name));
    }

    [Fact]
    public void What_neither_trees_nor_line_look_at_gets_exactly_no_share()
    {
        var own = Shared.Value.Own;
        var names = own.Features.Features.Select(f => f.Name).ToList();
        // Two trees of the same shape as trained, cut down to those that leave a whole driver out.
        var unused = own.Features.Features.Select(f => f.Driver).Distinct().Where(driver => driver != Drivers.Stage).ToDictionary(driver => driver, driver =>
        {
            bool Uses(int column) => column < names.Count ? own.Features.Features[column].Driver == driver : !AheadFeatures.Context.Contains(column - names.Count) && AheadFeatures.DriverOf(column - names.Count) == driver;
            return (Won: Users(own.Won), Lost: Users(own.Lost));
            int Users(CauseModel cause) => cause.Trees!.Trees.Count(t => t.Features.Any(Uses)) + cause.Line!.Columns.Count(Uses);
        });
        var explainer = new ScoreExplainer(own);
        var never = unused.Where(u => u.Value is (0, 0)).Select(u => u.Key).ToList();
        foreach (var deal in Shared.Value.Deals.Take(100))
            Assert.DoesNotContain(explainer.Explain(deal, new double[own.Grid.Count]).Drivers, d => never.Contains(d.Name));

        // A column that neither looks at may take any value: neither the score nor a share moves by a bit.
        var idle = Enumerable.Range(0, names.Count).Where(c => names[c] is not ("age_days" or "days_to_planned_close" or "planned_close_missing")
            && !own.Won.Trees!.Trees.Concat(own.Lost.Trees!.Trees).Any(t => t.Features.Contains(c)) && !own.Won.Line!.Columns.Concat(own.Lost.Line!.Columns).Contains(c)).ToList();
        Assert.NotEmpty(idle);
        foreach (var deal in Shared.Value.Deals.Take(50))
        {
            var changed = deal with { Features = [.. deal.Features.Select((v, c) => idle.Contains(c) ? v + 1000 : v)] };
            Assert.Equal(explainer.Explain(deal, new double[own.Grid.Count]).Drivers, explainer.Explain(changed, new double[own.Grid.Count]).Drivers);
        }
    }

    [Theory]
    [InlineData("owner_log_odds", Drivers.Owner)]
    [InlineData("amount_log", Drivers.Amount)]
    [InlineData("activities", Drivers.Activity)]
    public void A_deal_that_differs_in_one_feature_differs_mainly_in_its_driver(string feature, string driver)
    {
        var own = Shared.Value.Own;
        var column = own.Features.Features.ToList().FindIndex(f => f.Name == feature);
        var explainer = new ScoreExplainer(own);
        var values = Shared.Value.Deals.Select(d => d.Features[column]).Order().ToList();
        var moves = new Dictionary<string, double>();
        foreach (var deal in Shared.Value.Deals.Take(120))
        {
            var low = Explained(deal with { Features = [.. deal.Features.Select((v, c) => c == column ? values[values.Count / 20] : v)] });
            var high = Explained(deal with { Features = [.. deal.Features.Select((v, c) => c == column ? values[values.Count * 19 / 20] : v)] });
            foreach (var name in low.Keys.Union(high.Keys))
                moves[name] = moves.GetValueOrDefault(name) + Math.Abs(high.GetValueOrDefault(name) - low.GetValueOrDefault(name));
        }
        var others = moves.Where(m => m.Key != driver).Max(m => m.Value);
        Assert.True(moves[driver] > 1.5 * others && others > 0, $"{feature}: {string.Join(", ", moves.OrderByDescending(m => m.Value).Select(m => $"{m.Key} {m.Value:0.000}"))}");

        Dictionary<string, double> Explained(OpportunitySnapshot deal) => explainer.Explain(deal, new double[own.Grid.Count]).Drivers.ToDictionary(d => d.Name, d => d.Contribution);
    }

    [Fact]
    public void Threads_may_share_an_explainer()
    {
        var explainer = new ScoreExplainer(Shared.Value.Own);
        var shift = new double[Shared.Value.Own.Grid.Count];
        var alone = Shared.Value.Deals.Select(d => Line(explainer.Explain(d, shift))).ToList();
        Assert.Equal(alone, Shared.Value.Deals.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(d => Line(explainer.Explain(d, shift))));

        static string Line((double Base, IReadOnlyList<Driver> Drivers) e) => Bits.Of(e.Base) + string.Concat(e.Drivers.Select(d => $" {d.Name} {Bits.Of(d.Contribution)}"));
    }
}
