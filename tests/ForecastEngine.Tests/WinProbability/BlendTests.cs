using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>How far a model counts against the stage rate.</summary>
public sealed class BlendTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("blend").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_weight_is_the_posterior_mean_over_the_grid()
    {
        Assert.Equal(0.5, BlendWeight.Of([7, 7, 7, 7, 7]), 1e-12);
        // e^0, e^-1, e^-2, e^-3, e^-4 at power 1: (.25 e^-1 + .5 e^-2 + .75 e^-3 + e^-4) / (1 + e^-1 + e^-2 + e^-3 + e^-4).
        var e = Math.Exp(-1);
        Assert.Equal((0.25 * e + 0.5 * e * e + 0.75 * e * e * e + e * e * e * e) / (1 + e + e * e + e * e * e + e * e * e * e), BlendWeight.Of([10, 11, 12, 13, 14], 1), 1e-12);
        Assert.InRange(BlendWeight.Of([100, 80, 60, 40, 20]), 0.999, 1);
        Assert.InRange(BlendWeight.Of([20, 40, 60, 80, 100]), 0, 0.001);
    }

    [Fact]
    public void A_blend_lies_on_the_line_between_model_and_rate_in_log_odds_of_the_hazard()
    {
        var history = new CrmHistory(TrainingWorld.Simulated(new SimulationOptions { Seed = 5, Weeks = 60, OpportunitiesPerWeek = 8, Reps = 4, Teams = 2 }).Facts);
        var world = new TrainingWorld(history, AsOf.At(history.ExportedAt));
        var model = world.Train(new WinProbabilityOptions { Trees = 20 }).Model;
        // Any calibration, as an adapted pool has.
        var adapted = new WinProbabilityModel(model.Features.Schema, model.Grid, model.Won with { Intercept = 0.3, Slope = 0.8 }, model.Lost with { Intercept = -0.2, Slope = 1.3 }, model.TailWinShare, model.Late);
        var deal = new SnapshotTaker(history, model.Features, world.Rates).OpenPipeline(world.Cutoff)[0];
        var (whole, none, part) = (adapted.Evaluate(deal), adapted.Toward(0).Evaluate(deal), adapted.Toward(0.3).Evaluate(deal));
        for (var k = 0; k < model.Grid.Count; k++)
        {
            Assert.Equal(0.3 * Logit.Of(whole.Won[k], 1e-12) + 0.7 * Logit.Of(none.Won[k], 1e-12), Logit.Of(part.Won[k], 1e-12), 1e-6);
            Assert.Equal(0.3 * Logit.Of(whole.Lost[k], 1e-12) + 0.7 * Logit.Of(none.Lost[k], 1e-12), Logit.Of(part.Lost[k], 1e-12), 1e-6);
        }
        Assert.Same(adapted.Won, adapted.Won.Toward(1));
    }

    [Theory]
    [InlineData(FlatClosings.Dated)]
    [InlineData(FlatClosings.SameDay)]
    [InlineData(FlatClosings.Undated)]
    public void Coin_tosses_are_answered_by_the_rate(FlatClosings closings)
    {
        var bundle = Train(new FlatCompanyOptions { Seed = 3, Deals = 900, Columns = 12, Telling = 0, Signal = 0, WinRate = 0.3, Closings = closings });
        Assert.Equal(0, bundle.Check!.Weight);
        Assert.Null(bundle.Bundle.Win.Won.Trees);
        // As it is saved and loaded, too.
        var saved = ModelBundle.Load(bundle.Files).Win;
        Assert.Null(saved.Won.Trees);
        Assert.DoesNotContain("win-won.zip", bundle.Files.Keys);
        Assert.Contains(bundle.Warnings, w => w.Contains("What it answers is the average rate", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_tells_is_not_held_back()
    {
        var bundle = Train(new FlatCompanyOptions { Seed = 4, Deals = 3000, Columns = 8, Telling = 6, Signal = 2 });
        Assert.InRange(bundle.Check!.Weight, 0.75, 1);
        Assert.NotNull(bundle.Bundle.Win.Won.Trees);
    }

    [Fact]
    public void Where_no_stages_are_told_the_rate_is_that_of_a_deals_age()
    {
        // Deals close within days or not for long: the old ones that are open at any time say little of a new one.
        var world = new FlatCompanyOptions { Seed = 8, Deals = 2000, Columns = 0, Signal = 0, WinRate = 0.4, MedianDays = 4 };
        var history = History(world);
        var bundle = BundleTrainer.Train(history, AsOf.At(history.ExportedAt), new TrainingOptions { Threads = 2 });
        var model = bundle.Bundle.Win;
        Assert.True(model.IsByAge);
        var taker = new SnapshotTaker(history, model.Features, GroupRates.From(history, []));
        var newborn = taker.Take(1000, AsOf.At(history.Opportunities[1000].CreatedAt))!;
        Assert.InRange(model.StageRateCurve(newborn).WinProbability, 0.36, 0.44);
    }

    private TrainedBundle Train(FlatCompanyOptions options)
    {
        var history = History(options);
        return BundleTrainer.Train(history, AsOf.At(history.ExportedAt), new TrainingOptions { Threads = 2 });
    }

    private CrmHistory History(FlatCompanyOptions options)
    {
        FlatCompany.Write(_folder, options);
        return new CrmHistory(CrmImport.Read(_folder, ImportMap.Parse(FlatCompany.Map(options)), new ImportOptions { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }).Facts);
    }
}
