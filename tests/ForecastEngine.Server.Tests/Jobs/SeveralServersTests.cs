using ForecastEngine.Operations;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>Several servers in one process, as in these tests: what Hangfire keeps for a whole process must not mix them up.</summary>
public sealed class SeveralServersTests
{
    [Fact]
    public async Task Each_server_does_its_jobs_in_its_own_workspace_however_they_start()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => RunningServer.Start())));
        try
        {
            foreach (var server in servers)
            {
                using var scope = server.Services.GetRequiredService<JobActivator>().BeginScope((JobActivatorContext)null!);
                Assert.Same(server.Workspace, scope.Resolve(typeof(Workspace)));
            }
        }
        finally
        {
            foreach (var server in servers) await server.DisposeAsync();
        }
    }
}
