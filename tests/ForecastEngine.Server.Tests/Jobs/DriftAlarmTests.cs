using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Simulation;
using ForecastEngine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>A business that changes: the drift check finds what moved, and has a version trained.</summary>
public sealed class DriftAlarmTests
{
    private static readonly SimulationOptions Company = new() { Seed = 5, Weeks = 110, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(25), ActivityDensity = 0.1, LeadDensity = 0.02 };

    [Fact]
    public async Task Deals_twenty_times_as_large_raise_the_alarm_and_a_training_is_asked_for()
    {
        var root = Directory.CreateTempSubdirectory("forecast-alarm-").FullName;
        try
        {
            var facts = SimulatedWorld.Generate(Company, 2).Facts;
            var (trained, changed) = (Company.FirstWeek.AddDays(7 * 90 - 1), AsOf.EndOf(Company.FirstWeek.AddDays(7 * 98)));
            CrmExportWriter.Write(facts with { Opportunities = [.. facts.Opportunities.Select(o => changed.Knows(o.RecordedAt) ? o : o with { Amount = 20 * o.Amount })] }, Path.Combine(root, "export"));
            await using var server = await RunningServer.Start(Path.Combine(root, "workspace"));
            var workspace = server.Workspace;
            ImportCrm.Run(workspace, Path.Combine(root, "export"), ImportMap.Load(Path.Combine(AppContext.BaseDirectory, "maps", "forecastengine.json")));
            TrainModels.Run(workspace, trained, SmallCompany.Quick);

            var quiet = CheckDrift.Run(workspace, Company.FirstWeek.AddDays(7 * 98));
            Assert.Empty(quiet.Alarms);
            Assert.NotEmpty(quiet.Columns);
            var report = CheckDrift.Run(workspace);
            var column = Assert.Single(report.Columns, c => c.Column == "amount_log");
            Assert.True(column is { IsAlarm: true, StabilityIndex: > 0.25 } && column.Now > column.Then + 1, column.ToString());
            Assert.Contains(report.Alarms, a => a.StartsWith("Column amount_log moved: mean ", StringComparison.Ordinal));

            var desk = server.Services.GetRequiredService<JobDesk>();
            var check = desk.Request(JobKind.DriftCheck, null, "a test");
            for (var attempt = 0; workspace.Jobs.Find(check.Id)!.Status is JobStatus.Queued or JobStatus.Running && attempt < 1200; attempt++) await Task.Delay(100, TestContext.Current.CancellationToken);
            Assert.Equal(JobStatus.Succeeded, workspace.Jobs.Find(check.Id)!.Status);
            var asked = Assert.Single(workspace.Jobs.List(JobKind.Training));
            Assert.Equal("drift alarm", asked.RequestedBy);
            desk.Cancel(asked.Id);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
