using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>Held against simulated worlds whose true probabilities are known.</summary>
public sealed class WinProbabilityTruthTests(ITestOutputHelper output)
{
    private static readonly SimulationOptions Plain = new() { Seed = 81, Weeks = 170, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(100), ActivityDensity = 0.5 };
    private static readonly SimulationOptions Noise = new() { Seed = 82, Weeks = 156, OpportunitiesPerWeek = 22, IsPureNoise = true, ActivityDensity = 0.2 };

    [Fact]
    public void Probabilities_of_winning_by_the_end_of_the_quarter_agree_with_the_truth()
    {
        var simulated = TrainingWorld.Simulated(Plain);
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 156));
        var model = world.Train().Model;
        var taker = new SnapshotTaker(world.Whole, world.Features, world.RatesOfWhole);
        var (found, stage, truth) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var week in new[] { 156, 160, 164 })
        {
            var origin = simulated.Truth.At(week);
            var quarter = BusinessCalendar.Default.Quarter(origin.AsOf.AddDays(28));
            var days = quarter.Until.DayNumber - origin.AsOf.DayNumber;
            var known = origin.WonBy(quarter.Until, 32).ToDictionary(t => t.OpportunityId, t => t.Probability);
            foreach (var snapshot in taker.OpenPipeline(AsOf.EndOf(origin.AsOf)))
            {
                if (!known.TryGetValue(snapshot.OpportunityId, out var probability)) continue;
                found.Add(model.Evaluate(snapshot).WonWithin(days));
                stage.Add(StageRate(model, snapshot).WonWithin(days));
                truth.Add(probability);
            }
        }
        Assert.True(found.Count > 600);
        var error = Reliability.ExpectedCalibrationError([.. found], [.. truth]);
        var (correlation, stageCorrelation) = (Correlation(found, truth), Correlation(stage, truth));
        var (loss, stageLoss, least) = (ProbabilityScores.LogLoss([.. found], [.. truth]), ProbabilityScores.LogLoss([.. stage], [.. truth]), ProbabilityScores.LogLoss([.. truth], [.. truth]));
        output.WriteLine($"log loss expected under the truth {loss:0.0000}, of the stage rate {stageLoss:0.0000}, of the truth itself {least:0.0000}");
        output.WriteLine($"{found.Count} deals: calibration error against the truth {error:0.0000}, mean {found.Average():0.000} against {truth.Average():0.000}, correlation {correlation:0.000} against {stageCorrelation:0.000} of the stage rate");
        Assert.True(error <= 0.03, $"calibration error {error:0.0000}");
        Assert.True(correlation > stageCorrelation, $"correlation {correlation:0.000} against {stageCorrelation:0.000} of the stage rate");
        Assert.True(loss < stageLoss - 0.1 * (stageLoss - least), $"log loss {loss:0.0000}; stage rate {stageLoss:0.0000}, truth {least:0.0000}");
        Assert.True(correlation > 0.8);
    }

    [Fact]
    public void In_a_world_of_noise_no_skill_is_found_or_claimed()
    {
        var simulated = TrainingWorld.Simulated(Noise);
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 78));
        NoSkill(world, world.Train().Model, AsOf.At(simulated.Options.ExportedAt));
    }

    [Fact]
    public void Shuffled_labels_teach_nothing()
    {
        var simulated = TrainingWorld.Simulated(Noise with { IsPureNoise = false, Seed = 83 });
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 78));
        var options = new WinProbabilityOptions { Trees = 60 };
        // One shuffle leans some way by chance, and with it the ranking of every deal: three shuffles lean three ways.
        var aucs = Enumerable.Range(1, 3).Select(n => AtCreation(world, WinProbabilityTrainer.Train(Shuffled(world.Table, n), world.Schema, world.Grid, options).Model).Auc).ToList();
        output.WriteLine($"shuffled: AUC {string.Join(", ", aucs.Select(auc => $"{auc:0.000}"))} at creation");
        Assert.InRange(aucs.Average(), 0.45, 0.55);
        var (honest, _, _) = AtCreation(world, world.Train(options).Model);
        output.WriteLine($"honest: AUC {honest:0.000}");
        Assert.True(honest > 0.58 && honest > aucs.Max() + 0.02, "the same measure must find the skill that is there");
    }

    private void NoSkill(TrainingWorld world, WinProbabilityModel model, AsOf until)
    {
        var (auc, error, cases) = AtCreation(world, model);
        var check = OutOfTimeCheck.Run(model, world.Whole, world.RatesOfWhole, world.Cutoff, until, 2);
        var first = world.Whole.Opportunities.TakeWhile(o => o.RecordedAt <= world.Cutoff.Instant).Count();
        var landmarks = LandmarkEvaluation.Run(model, world.Whole, world.RatesOfWhole, first, [0, 28]);
        output.WriteLine($"noise: {cases} deals, AUC {auc:0.000} ± {error:0.000} at creation; check: log loss {check.LogLoss:0.0000} against {check.StageRateLogLoss:0.0000}, Brier {check.Brier:0.0000} against {check.StageRateBrier:0.0000}");
        foreach (var landmark in landmarks) output.WriteLine(landmark.ToString());
        Assert.InRange(auc, 0.45, 0.55);
        Assert.True(check.LogLoss > check.StageRateLogLoss - 0.003, $"log loss {check.LogLoss} against {check.StageRateLogLoss} of the stage rate");
        Assert.True(check.Brier > check.StageRateBrier - 0.002, $"Brier {check.Brier} against {check.StageRateBrier} of the stage rate");
        Assert.All(landmarks, landmark => Assert.True(landmark.FindsNoSkill, landmark.ToString()));
    }

    // Everybody created after the cutoff and watched for half a year: P(won within it) against what came.
    private static (double Auc, double StandardError, int Cases) AtCreation(TrainingWorld world, WinProbabilityModel model)
    {
        var taker = new SnapshotTaker(world.Whole, world.Features, world.RatesOfWhole);
        var (p, y) = (new List<double>(), new List<double>());
        for (var i = 0; i < world.Whole.Opportunities.Length; i++)
        {
            var birth = AsOf.At(world.Whole.Opportunities[i].RecordedAt);
            if (birth.CompareTo(world.Cutoff) <= 0 || (world.Whole.ExportedAt - birth.Instant).TotalDays < 182 || taker.Take(i, birth) is not { } snapshot) continue;
            p.Add(model.Evaluate(snapshot).WonWithin(182));
            y.Add(Closing.FirstAfter(world.Whole, i, birth) is { Won: true } closing && (closing.At - birth.Instant).TotalDays <= 182 ? 1 : 0);
        }
        var won = y.Sum();
        return (ProbabilityScores.Auc([.. p], [.. y]), Math.Sqrt((y.Count + 1) / (12 * won * (y.Count - won))), y.Count);
    }

    // Outcome and days change hands together, so that their own distribution stays.
    private static DataFrame Shuffled(DataFrame table, int seed)
    {
        var order = Enumerable.Range(0, (int)table.Rows.Count).ToArray();
        new Random(seed).Shuffle(order);
        return new DataFrame([.. table.Columns.Select(column => column.Name switch
        {
            TrainingTable.Outcome => (DataFrameColumn)new PrimitiveDataFrameColumn<int>(column.Name, order.Select(r => (int)column[r])),
            TrainingTable.DaysObserved or TrainingTable.DaysWatched => new PrimitiveDataFrameColumn<double>(column.Name, order.Select(r => (double)column[r])),
            _ => column,
        })]);
    }

    private static HazardCurve StageRate(WinProbabilityModel model, OpportunitySnapshot snapshot) =>
        model.FromLogOdds(model.Won.StageRates.LogOdds(snapshot.Stage), model.Lost.StageRates.LogOdds(snapshot.Stage));

    private static double Correlation(List<double> a, List<double> b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        var (product, squareA, squareB) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Count; i++)
        {
            product += (a[i] - meanA) * (b[i] - meanB);
            squareA += (a[i] - meanA) * (a[i] - meanA);
            squareB += (b[i] - meanB) * (b[i] - meanB);
        }
        return product / Math.Sqrt(squareA * squareB);
    }
}
