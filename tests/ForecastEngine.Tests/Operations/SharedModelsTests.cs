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
        try
        {
            await using var beside = await world.OnSqlite.TrainedEarly();
            double[] alone = [.. (await RescorePipeline.Run(beside.Workspace)).Pipeline.Deals.Select(d => d.Score.WinProbability)];
            await using var shared = await world.OnPostgres(server).Early();
            var (database, models) = (shared.Database.Options.Location, Path.Combine(beside.Workspace.Folder, "models"));
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
        }
    }

    [Fact]
    public async Task The_drift_check_holds_the_champion_against_what_came_after_it()
    {
        await using (var empty = await world.OnSqlite.Empty())
            Assert.Contains("found no champion", Assert.Throws<OperationException>(() => CheckDrift.Run(empty.Workspace)).Message, StringComparison.Ordinal);
        await using var site = await world.OnSqlite.Trained();
        var workspace = site.Workspace;
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
}
