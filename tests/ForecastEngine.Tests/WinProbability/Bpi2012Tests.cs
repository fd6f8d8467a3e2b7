using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>The model on real exports, with default options; skipped where they are not beside the checkout.</summary>
public sealed class Bpi2012Tests(ITestOutputHelper output)
{
    [Fact]
    public void Newest_applications_are_told_apart_better_than_by_stage()
    {
        var results = Judge("bpi2012", count => count - 2618, [0, 7, 14, 21]);
        Assert.Equal([2618, 1068, 674, 309], results.Select(r => r.Cases));
        Assert.Equal([372, 372, 349, 162], results.Select(r => r.Open));
        double[] auc = [.61, .73, .83, .84], logLoss = [.402, .545, .400, .320];
        for (var a = 0; a < results.Count; a++)
        {
            Assert.True(results[a].Auc >= auc[a], $"day {results[a].AgeDays}: AUC {results[a].Auc:0.000}; expected at least {auc[a]}");
            Assert.True(results[a].LogLoss <= logLoss[a], $"day {results[a].AgeDays}: log loss {results[a].LogLoss:0.000}; expected at most {logLoss[a]}");
            Assert.True(results[a].LogLoss < results[a].StageRateLogLoss, $"day {results[a].AgeDays}: log loss {results[a].LogLoss:0.000}; stage rate {results[a].StageRateLogLoss:0.000}");
            Assert.False(results[a].FindsNoSkill);
        }
    }

    [Fact]
    public void Where_nothing_known_at_creation_predicts_no_skill_is_found()
    {
        var result = Judge("maven_crm", count => count - count / 5, [0])[0];
        Assert.InRange(result.AucAmongPeers, 0.47, 0.53);
        Assert.True(result.FindsNoSkill);
    }

    private IReadOnlyList<LandmarkResult> Judge(string export, Func<int, int> firstJudged, IReadOnlyList<int> ages)
    {
        var folder = Repository.RealExport(export);
        Assert.SkipWhen(folder is null, $"the export {export} is not beside this checkout");
        var map = ImportMap.Load(Path.Combine(Repository.Root, "data", "maps", export + ".json"));
        var history = new CrmHistory(CrmImport.Read(folder!, map).Facts);
        var first = firstJudged(history.Opportunities.Length);
        var world = new TrainingWorld(history, AsOf.At(history.Opportunities[first].CreatedAt.AddTicks(-1)));
        var trained = world.Train();
        var results = LandmarkEvaluation.Run(trained.Model, history, world.RatesOfWhole, first, ages);
        output.WriteLine($"{export}: {history.Opportunities.Length} opportunities, cut {world.Cutoff}, {world.Table.Rows.Count} landmarks, rows {trained.Rows}, {world.Features.Count} features, {world.Grid.Count} cells of {world.Grid.UnitDays} days to {world.Grid.HorizonDays:0}");
        output.WriteLine(" day  cases  open   won    AUC (s.e.)    stage  log loss  stage   AUC among peers (s.e.)");
        foreach (var r in results)
            output.WriteLine($"{r.AgeDays,4} {r.Cases,6} {r.Open,5} {r.Won,5}  {r.Auc:0.000} ({r.AucStandardError:0.000})  {r.StageRateAuc:0.000}  {r.LogLoss:0.0000}  {r.StageRateLogLoss:0.0000}  {r.AucAmongPeers:0.000} ({r.AucAmongPeersStandardError:0.000})");
        return results;
    }
}
