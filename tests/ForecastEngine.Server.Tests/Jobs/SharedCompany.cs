using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Server.Jobs;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Storage;
using Hangfire;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>
/// A company in PostgreSQL: history, champion, a published run, and newer data that ask for the next one. Made once per server;
/// every test takes a copy of the database.
/// </summary>
public sealed class SharedCompany : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly string _original;

    private SharedCompany(PostgresServer server, string original, int parts, RunContents expected, int openDeals) => (_server, _original, OpportunitiesPerPart, Expected, OpenDeals) = (server, original, parts, expected, openDeals);

    /// <summary>How finely runs are cut, so that there are about twenty parts.</summary>
    public int OpportunitiesPerPart { get; }
    /// <summary>What the next run must hold, as one process alone made it.</summary>
    public RunContents Expected { get; }
    /// <summary>Open deals.</summary>
    public int OpenDeals { get; }

    /// <summary>Makes the company.</summary>
    /// <param name="server">Where.</param>
    /// <param name="openDeals">About so many open deals; copies of the simulated ones.</param>
    public static async Task<SharedCompany> Create(PostgresServer server, int openDeals)
    {
        var facts = SimulatedWorld.Generate(new SimulateRequest { WinsPerQuarter = 25, Weeks = 120 }.ToOptions(), 0).Facts;
        var original = await server.NewDatabase();
        int total;
        using (var workspace = Open(original))
        {
            workspace.History.Append(facts, Import(facts, "first"));
            TrainModels.Run(workspace, null, SmallCompany.Quick);
            await RescorePipeline.Run(workspace);
            var copies = Copies(workspace.History.Load(), facts, openDeals);
            workspace.History.Append(copies, Import(copies, "copies"));
            total = workspace.History.Load().Opportunities.Length;
        }
        var perPart = Math.Max(1, total / 20);
        var alone = await server.Copy(original);
        RunContents expected;
        using (var workspace = Open(alone))
        {
            await RescorePipeline.Run(workspace, null, new ScoringOptions { OpportunitiesPerPart = perPart });
            expected = await RunContents.Of(workspace, (await workspace.Scores.LatestRunAsync())!);
        }
        Npgsql.NpgsqlConnection.ClearAllPools();
        await server.Drop(alone);
        return new SharedCompany(server, original, perPart, expected, expected.Scores);
    }

    /// <summary>A copy of the company's database.</summary>
    public Task<string> Copy() => _server.Copy(_original);

    /// <summary>A workspace on a database.</summary>
    public static Workspace Open(string connectionString) => Workspace.Open(Path.Combine(Path.GetTempPath(), "forecast-shared"), TimeProvider.System, connectionString);

    /// <summary>Where jobs are asked for, as a server process has it.</summary>
    public static JobDesk Desk(Workspace workspace) => new(workspace, new BackgroundJobClient(JobSetup.Storage(workspace, new JobSettings { TakeOver = TimeSpan.FromSeconds(5) })));

    public async ValueTask DisposeAsync()
    {
        Npgsql.NpgsqlConnection.ClearAllPools();
        await _server.Drop(_original);
    }

    private static ImportRun Import(CrmFacts facts, string hash) => new()
    {
        At = facts.ExportedAt!.Value, ExportedAt = facts.ExportedAt.Value, Currency = facts.Currency, MapName = "simulated", SourceHash = hash,
    };

    private static CrmFacts Copies(CrmHistory history, CrmFacts facts, int openDeals)
    {
        var asOf = AsOf.EndOf(DateOnly.FromDateTime(history.ExportedAt.UtcDateTime));
        var open = history.Opportunities.Where((_, i) => SnapshotTaker.IsOpen(history, i, asOf)).ToArray();
        var changes = facts.Changes.ToLookup(c => c.OpportunityId, StringComparer.Ordinal);
        var activities = facts.Activities.Where(a => a.OpportunityId is not null).ToLookup(a => a.OpportunityId!, StringComparer.Ordinal);
        var copies = Enumerable.Range(0, Math.Max(1, openDeals - open.Length)).Select(i => (Deal: open[i % open.Length], Id: $"{open[i % open.Length].Id}~{i / open.Length}")).ToArray();
        return new CrmFacts
        {
            Currency = facts.Currency, ExportedAt = facts.ExportedAt, Stages = facts.Stages,
            Opportunities = [.. copies.Select(c => c.Deal with { Id = c.Id })],
            Changes = [.. copies.SelectMany(c => changes[c.Deal.Id].Select(x => x with { OpportunityId = c.Id }))],
            Activities = [.. copies.SelectMany(c => activities[c.Deal.Id].Select(x => x with { Id = $"{x.Id}~{c.Id}", OpportunityId = c.Id }))],
        };
    }
}

/// <summary>All that a run holds, to be compared to the bit.</summary>
/// <param name="Scores">How many scores.</param>
/// <param name="DistinctDeals">Of how many deals.</param>
/// <param name="Forecasts">How many forecasts.</param>
/// <param name="Hash">Of every figure and text.</param>
public sealed record RunContents(int Scores, int DistinctDeals, int Forecasts, string Hash)
{
    public static async Task<RunContents> Of(Workspace workspace, RescoringRun run)
    {
        var scores = (await workspace.Scores.ScoresAsync(run.Id)).Scores.OrderBy(s => s.OpportunityId, StringComparer.Ordinal).ToArray();
        var forecasts = await workspace.Scores.ForecastsAsync(run.Id);
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var score in scores) hash.AppendData(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(score));
        foreach (var forecast in forecasts) hash.AppendData(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(forecast));
        return new RunContents(scores.Length, scores.Select(s => s.OpportunityId).Distinct(StringComparer.Ordinal).Count(), forecasts.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
