using ForecastEngine.Backtesting.Controls;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Leakage;

namespace ForecastEngine.Tests.Backtesting.Controls;

/// <summary>In a world where nothing predicts, no skill is found or claimed, every control holds, and revenue still falls into its bands.</summary>
public sealed class PureNoiseControlTests(ITestOutputHelper output)
{
    private static readonly SimulatedWorld World = TrainingWorld.Simulated(LeakWorld.Options with { Seed = 43, IsPureNoise = true, RecordingLagShare = 0 });

    [Fact]
    public void Every_control_holds_and_none_of_the_features_tells_much()
    {
        var options = new ControlOptions { Win = LeakWorld.Quick.Win, Threads = 2, Shuffles = 2 };
        var result = RunControls.Run(new CrmHistory(World.Facts), options);
        foreach (var control in result.Controls) output.WriteLine($"{control.Name}: {control.Found}");
        Assert.All(result.Controls, c => Assert.True(c.Holds, $"{c.Name}: {c.Found}"));
        // Of some forty features at creation the luckiest lies within four standard errors.
        Assert.All(result.Features.Where(f => f.AgeDays == 0), f => Assert.True(f.Strength < 0.5 + 4 * f.StandardError, f.ToString()));
        var skill = OutOfTimeSkill.Of(new CrmHistory(World.Facts), AsOf.At(result.Cutoff), 0, options);
        output.WriteLine($"{skill}");
        Assert.True(Math.Abs(skill.Auc - 0.5) < 3 * skill.StandardError, $"{skill}");
    }

    [Fact]
    public void No_skill_is_claimed_and_revenue_falls_into_the_bands()
    {
        var coverage = new List<double[]>();
        foreach (var week in new[] { 78, 97 })
        {
            var truth = World.Truth.At(week);
            var asOf = AsOf.EndOf(truth.AsOf);
            var period = BusinessCalendar.Default.Quarter(truth.AsOf.AddDays(4));
            var known = new CrmHistory(World.Facts).KnownAt(asOf);
            var trained = BundleTrainer.Train(known, asOf, LeakWorld.Quick);
            Assert.Contains(trained.Warnings, w => w.StartsWith("No skill was found", StringComparison.Ordinal));
            var forecast = ForecastWorld.Score(trained.Bundle, known, asOf, 2).Forecaster.Forecast(period, Dimension.Company, 1024)[0];
            var revenue = truth.Revenue(period.From, period.Until, 200);
            coverage.Add([.. forecast.Bands.Select(b => revenue.Futures.Count(r => r >= b.Lower && r <= b.Upper) / 200.0)]);
            output.WriteLine($"week {week}: {string.Join(", ", coverage[^1].Select(c => $"{c:0.00}"))}");
        }
        // True coverage of the bands of 50, 80 and 95 %; two windows of one world stray together.
        double[] mean = [.. Enumerable.Range(0, 3).Select(b => coverage.Average(c => c[b]))];
        Assert.InRange(mean[0], 0.30, 0.80);
        Assert.InRange(mean[1], 0.60, 0.98);
        Assert.InRange(mean[2], 0.82, 1.00);
    }
}
