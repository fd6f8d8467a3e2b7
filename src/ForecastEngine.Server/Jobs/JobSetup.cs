using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Npgsql;

namespace ForecastEngine.Server.Jobs;

/// <summary>Puts the background jobs together: Hangfire in memory beside SQLite, in the database itself on PostgreSQL.</summary>
public static class JobSetup
{
    /// <summary>Where Hangfire's dashboard is.</summary>
    public const string DashboardPath = "/jobs";

    /// <summary>Adds the jobs, and the workers that this process gives to them.</summary>
    public static void AddJobs(this WebApplicationBuilder builder, JobSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton<JobStorage>(provider => Storage(provider.GetRequiredService<Workspace>(), settings));
        // Hangfire's own would be the one that was set last in the whole process: with two servers in it, a job could be done in the wrong one's workspace.
        services.AddSingleton<JobActivator>(provider => new Hangfire.AspNetCore.AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddHangfire((provider, hangfire) => hangfire.UseLogProvider(new JobLogs(provider.GetRequiredService<ILoggerFactory>())).UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings());
        services.AddSingleton<JobDesk>();
        services.AddSingleton<JobAttempt>();
        services.AddSingleton<RescoringJob>();
        services.AddSingleton<TrainingJob>();
        services.AddSingleton<DriftJob>();
        services.AddSingleton<RetentionJob>();
        services.AddSingleton<JobSchedule>();
        services.AddHostedService<JobStart>();
        if (settings.Workers == 0) return;
        AddWorkers(JobQueues.Default, 2);
        AddWorkers(JobQueues.Rescoring, settings.Workers);
        AddWorkers(JobQueues.Training, 1);

        void AddWorkers(string queue, int workers) => services.AddHangfireServer(server =>
        {
            server.ServerName = $"{Environment.MachineName}:{queue}";
            (server.Queues, server.WorkerCount) = ([queue], workers);
            server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
            server.CancellationCheckInterval = TimeSpan.FromSeconds(2);
            server.ShutdownTimeout = TimeSpan.FromSeconds(20);
        });
    }

    /// <summary>Maps Hangfire's dashboard, for administrators who see the whole company.</summary>
    public static void MapJobs(this WebApplication app) => app
        .MapHangfireDashboard(DashboardPath, new DashboardOptions { Authorization = [], DisplayStorageConnectionString = false, DashboardTitle = "ForecastEngine: background jobs" })
        .RequireAuthorization(Scopes.Admin, Scopes.WholeCompany).WithMetadata(PagePolicy.SelfContained);

    /// <summary>Hangfire's storage for a workspace.</summary>
    internal static JobStorage Storage(Workspace workspace, JobSettings settings)
    {
        if (!workspace.IsShared) return new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromDays(7) });
        // Processes that start at once take turns: Hangfire's own scripts do not.
        workspace.Install(connection => PostgreSqlObjectsInstaller.Install((NpgsqlConnection)connection, "hangfire"));
        return new PostgreSqlStorage(new ConnectionSource(workspace), new PostgreSqlStorageOptions
        {
            PrepareSchemaIfNecessary = false,
            // A job is another's again when its process has been silent this long; while it lives, the claim slides on.
            UseSlidingInvisibilityTimeout = true,
            InvisibilityTimeout = settings.TakeOver,
            QueuePollInterval = TimeSpan.FromSeconds(1),
            DistributedLockTimeout = TimeSpan.FromMinutes(2),
            AllowDegradedModeWithoutStorage = false,
        });
    }

    private sealed class ConnectionSource(Workspace workspace) : IConnectionFactory
    {
        public NpgsqlConnection GetOrCreateConnection() => (NpgsqlConnection)workspace.NewPostgreSqlConnection()!;
    }
}
