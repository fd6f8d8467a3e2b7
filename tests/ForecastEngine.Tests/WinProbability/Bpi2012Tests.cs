using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>The model on real exports, with default options; skipped where they are not beside the checkout.</summary>
public sealed class Bpi2012Tests(ITestOutputHelper output)
{
    [Fact]
    public void Newest_applications_are_told_apart_better_than_by_stage()
    {
        var judged = Judge("bpi2012", 0.8, [0, 7, 14, 21]);
        var results = judged.Landmarks;
        Assert.Equal([2618, 1068, 674, 309], results.Select(r => r.Cases));
        Assert.Equal([372, 372, 349, 162], results.Select(r => r.Open));
        double[] auc = [.61, .73, .83, .84], logLoss = [.402, .545, .400, .320];
        for (var a = 0; a < results.Count; a++)
        {
            Assert.True(results[a].Auc >= auc[a], $"day {results[a].AgeDays}: AUC {results[a].Auc:0.000}; expected at least {auc[a]}");
            Assert.True(results[a].LogLoss <= logLoss[a], $"day {results[a].AgeDays}: log loss {results[a].LogLoss:0.000}; expected at most {logLoss[a]}");
            Assert.True(results[a].LogLoss < results[a].StageRateLogLoss, $"day {results[a].AgeDays}: log loss {results[a].LogLoss:0.000}; stage rate {results[a].StageRateLogLoss:0.000}");
            Assert.False(results[a].FindsNoSkill);
            Assert.True(judged.Comparisons[a].LessOdoo!.Value.Upper < 0, $"day {results[a].AgeDays}: {judged.Comparisons[a]}");
        }
    }

    [Fact]
    public void Where_nothing_known_at_creation_predicts_no_skill_is_found()
    {
        var result = Judge("maven_crm", 0.8, [0]);
        Assert.InRange(result.Landmarks[0].AucAmongPeers, 0.47, 0.53);
        Assert.True(result.Landmarks[0].FindsNoSkill);
        Assert.StartsWith("No skill was found", result.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void An_earlier_cut_beats_the_stage_rate_and_Odoo_too()
    {
        var judged = Judge("bpi2012", 0.7, [0, 7, 14, 21]);
        Assert.All(judged.Comparisons, c => Assert.True(c.LessOdoo!.Value.Upper < 0, c.ToString()));
        foreach (var result in judged.Landmarks)
            Assert.True(result.LogLoss < result.StageRateLogLoss, $"day {result.AgeDays}: log loss {result.LogLoss:0.000}; stage rate {result.StageRateLogLoss:0.000}");
    }

    private EvaluateLandmarksResult Judge(string export, double cut, IReadOnlyList<int> ages)
    {
        var folder = Repository.RealExport(export);
        Assert.SkipWhen(folder is null, $"the export {export} is not beside this checkout");
        var map = ImportMap.Load(Path.Combine(Repository.Root, "data", "maps", export + ".json"));
        var result = EvaluateLandmarks.Run(new CrmHistory(CrmImport.Read(folder!, map).Facts), new LandmarkRequest { Cut = cut, Ages = ages });
        output.WriteLine($"{export}: trained on {result.TrainedOn} opportunities before {result.Cutoff:O}. {result.Verdict}");
        output.WriteLine(" day  cases  open   won    AUC (s.e.)    stage  log loss  stage   AUC among peers (s.e.)");
        foreach (var r in result.Landmarks)
            output.WriteLine($"{r.AgeDays,4} {r.Cases,6} {r.Open,5} {r.Won,5}  {r.Auc:0.000} ({r.AucStandardError:0.000})  {r.StageRateAuc:0.000}  {r.LogLoss:0.0000}  {r.StageRateLogLoss:0.0000}  {r.AucAmongPeers:0.000} ({r.AucAmongPeersStandardError:0.000})");
        return result;
    }
}
