using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Tests.Cli;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>Models that several machines share, and how the champion fares on what it had not seen.</summary>
public sealed class SharedModelsTests(OperationsWorld world, PostgresServer server)
{
    [Fact]
    public async Task A_champion_that_was_trained_beside_SQLite_scores_the_same_out_of_PostgreSQL()
    {
        var folder = Directory.CreateTempSubdirectory("forecast-shared-").FullName;
        var database = await server.NewDatabase();
        try
        {
            double[] alone;
            using (var workspace = Workspace.Open(Path.Combine(folder, "sqlite"), TimeProvider.System))
            {
                ImportCrm.Run(workspace, world.Early, TestExport.Load("forecastengine"));
                TrainModels.Run(workspace, null, ForecastWorld.Training, null, TestContext.Current.CancellationToken);
                alone = [.. (await RescorePipeline.Run(workspace)).Pipeline.Deals.Select(d => d.Score.WinProbability)];
            }
            using (var workspace = Workspace.Open(Path.Combine(folder, "shared"), TimeProvider.System, database)) ImportCrm.Run(workspace, world.Early, TestExport.Load("forecastengine"));
            var models = Path.Combine(folder, "sqlite", "models");
            ForecastProgram.Run(Path.Combine(folder, "shared"), "models", "import", models, "--database", database).Expect(0);
            Assert.False(Directory.Exists(Path.Combine(folder, "shared", "models")));

            // Another machine: nothing but the connection string.
            using (var workspace = Workspace.Open(Path.Combine(folder, "other"), TimeProvider.System, database))
                Assert.Equal(alone, (await RescorePipeline.Run(workspace)).Pipeline.Deals.Select(d => d.Score.WinProbability));

            var exported = Path.Combine(folder, "exported");
            ForecastProgram.Run(Path.Combine(folder, "shared"), "models", "export", exported, "--database", database).Expect(0);
            foreach (var file in Directory.EnumerateFiles(models, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f) != ".lock"))
                Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(exported, Path.GetRelativePath(models, file))));
            Assert.Equal(0, ForecastProgram.Run(Path.Combine(folder, "shared"), "models", "export", exported, "--database", database, "--json").Expect(0).Json.GetProperty("added").GetArrayLength());
            Assert.Contains("found no such folder", ForecastProgram.Run(Path.Combine(folder, "shared"), "models", "import", Path.Combine(folder, "nowhere"), "--database", database).Expect(1).Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            await server.Drop(database);
        }
    }

    [Fact]
    public void The_drift_check_holds_the_champion_against_what_came_after_it()
    {
        var folder = Directory.CreateTempSubdirectory("forecast-drift-").FullName;
        try
        {
            using var workspace = Workspace.Open(folder, TimeProvider.System);
            Assert.Contains("found no champion", Assert.Throws<OperationException>(() => CheckDrift.Run(workspace)).Message, StringComparison.Ordinal);
            ImportCrm.Run(workspace, world.Early, TestExport.Load("forecastengine"));
            ImportCrm.Run(workspace, world.Late, TestExport.Load("forecastengine"));
            TrainModels.Run(workspace, OperationsWorld.EarlyDay, ForecastWorld.Training, null, TestContext.Current.CancellationToken);
            var same = CheckDrift.Run(workspace, OperationsWorld.EarlyDay, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal((0, null, null, 0.0), (same.Deals, same.LogLoss, same.Auc, same.MarketNow - same.MarketThen));
            var late = CheckDrift.Run(workspace, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal((workspace.Models.State.Champion, OperationsWorld.EarlyDay), (late.Version, late.TrainedUntil));
            Assert.True(late.Deals > 30 && late.LogLoss is > 0 and < 1 && late.StageRateLogLoss is > 0 and < 1);
            Assert.Equal(late, CheckDrift.Run(workspace, threads: 1, cancellation: TestContext.Current.CancellationToken) with { Warnings = late.Warnings, Columns = late.Columns, Alarms = late.Alarms });
            Assert.Equal((4, 50.0), (late.CalibrationWeeks, late.CalibrationThreshold));
            Assert.InRange(late.Calibration, 0.5, 5);
            Assert.Equal(late.LogLoss > late.StageRateLogLoss, late.Warnings.Any(w => w.Contains("log loss", StringComparison.Ordinal)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
