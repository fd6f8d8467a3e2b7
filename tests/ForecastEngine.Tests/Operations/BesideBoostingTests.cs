using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Operations;

/// <summary>The engine beside plain boosting on the same deals.</summary>
public sealed class BesideBoostingTests : IDisposable
{
    private static readonly FlatCompanyOptions Company = new()
    {
        Seed = 12,
        Deals = 900,
        Columns = 6,
        Telling = 6,
        Signal = 2,
    };
    private readonly string _folder = Directory.CreateTempSubdirectory("beside").FullName;
    private readonly CrmHistory _history;

    public BesideBoostingTests()
    {
        FlatCompany.Write(_folder, Company);
        _history = new CrmHistory(
            CrmImport
                .Read(
                    _folder,
                    ImportMap.Parse(FlatCompany.Map(Company)),
                    new ImportOptions { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }
                )
                .Facts
        );
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Both_questions_are_judged_on_the_same_deals_by_all_four()
    {
        var result = Run(new LandmarkRequest { Ages = [0], WithinDays = 30 });
        Assert.Equal([BesideTarget.WonEventually, BesideTarget.WonWithin], result.Beside.Select(b => b.Target));
        foreach (var beside in result.Beside)
        {
            var rows = result.Rows.Where(r => r.Target == beside.Target).ToList();
            Assert.Equal((beside.Deals, beside.Won), (rows.Count, rows.Count(r => r.IsWon)));
            Assert.Equal(beside.LogLoss, rows.Average(r => -Math.Log(r.IsWon ? r.Engine : 1 - r.Engine)), 1e-9);
            Assert.Equal(
                beside.BoostingLogLoss,
                rows.Average(r => -Math.Log(r.IsWon ? r.Boosting : 1 - r.Boosting)),
                1e-9
            );
            Assert.Equal(beside.LogLoss - beside.ConstantLogLoss, beside.LessConstant.Estimate, 1e-9);
            Assert.Single(rows.Select(r => r.Constant).Distinct());
            // Where columns tell much, all but a constant find it.
            Assert.True(beside.Auc > 0.6 && beside.BoostingAuc > 0.6, beside.ToString());
        }
        Assert.True(result.Rows.Where(r => r.Target == BesideTarget.WonWithin).All(r => r.WithinDays == 30));
        Assert.Equal(result.Rows.Count, (int)EvaluateLandmarks.Table(result.Rows).Rows.Count);
    }

    [Fact]
    public void Groups_stand_on_one_side_of_the_cut_only()
    {
        // All twelve owners sold before the cut: nobody is left to judge.
        Assert.Empty(Run(new LandmarkRequest { Ages = [0], Group = "owner" }).Beside);
        var error = Assert.Throws<OperationException>(() =>
            Run(new LandmarkRequest { Ages = [0], Group = "nonsense" })
        );
        Assert.Contains("\"nonsense\"", error.Message, StringComparison.Ordinal);
    }

    private EvaluateLandmarksResult Run(LandmarkRequest request) =>
        EvaluateLandmarks.Run(
            _history,
            request with
            {
                BesideBoosting = true,
                Training = new TrainingOptions { Threads = 2 },
            }
        );
}
