using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ForecastEngine.Operations;
using ForecastEngine.Storage;
using ForecastEngine.Tests;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>From the README's first command with the sample to an upload of one's own that takes its place.</summary>
public sealed partial class SampleTests(PostgresServer server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task The_readmes_first_command_works_in_an_empty_place_and_prints_what_the_readme_shows()
    {
        var blocks = Fence().Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md"))).Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal("dotnet run --project src/ForecastEngine.Server", blocks[0].Trim());
        var shown = blocks[1].Trim().Split('\n').Select(Shape).ToArray();
        var folder = Directory.CreateTempSubdirectory("forecast-first-").FullName;
        // The built program that the command runs, on a port that is free for certain.
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = folder };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "ForecastEngine.Server.dll"), "--urls", "http://127.0.0.1:0"]) start.ArgumentList.Add(argument);
        foreach (var name in new[] { "FORECASTENGINE_WORKSPACE", "FORECASTENGINE_DATABASE", "ASPNETCORE_URLS", "URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_URLS" }) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            var lines = new List<string>();
            while (!lines.Exists(l => l.StartsWith("ForecastEngine answers at", StringComparison.Ordinal)))
                lines.Add(await process.StandardOutput.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("It ended:\n" + string.Join('\n', lines)));
            Assert.Equal(shown, lines.Select(Shape).Where(shown.Contains));
            var (key, address) = (Key().Match(string.Join('\n', lines)).Value, Address().Match(lines[^1]).Value);
            using var client = new HttpClient { BaseAddress = new Uri(address), DefaultRequestHeaders = { { "Authorization", $"Bearer {key}" } } };
            Assert.True((await ScoredServer.Json(client, "/api/v1/pipeline?limit=5")).GetProperty("total").GetProperty("count").GetInt32() > 0);
            Assert.True(File.Exists(Path.Combine(folder, ".forecast", "forecast.db")));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public Task An_upload_takes_the_samples_place_and_is_trained_and_scored_beside_SQLite() => Replace();

    [Fact]
    public async Task An_upload_takes_the_samples_place_and_is_trained_and_scored_on_PostgreSQL()
    {
        var database = await server.NewDatabase();
        try
        {
            await Replace("ForecastEngine:Database=" + database);
        }
        finally
        {
            Npgsql.NpgsqlConnection.ClearAllPools();
            await server.Drop(database);
        }
    }

    private static async Task Replace(params string[] settings)
    {
        var export = Directory.CreateTempSubdirectory("forecast-own-").FullName;
        try
        {
            SimulateCrm.Run(export, new SimulateRequest { WinsPerQuarter = 8, Weeks = 60, Seed = 7 });
            await using var server = await RunningServer.Start(null, null, ["ForecastEngine:Sample=true", $"ForecastEngine:SampleFolder={SmallCompany.YoungExport}", .. settings]);
            await Until(async () => await server.Workspace.Scores.LatestRunAsync() is not null);
            var sample = (await server.Workspace.Scores.LatestRunAsync())!;
            using var client = server.Client(server.Key("admin"));
            var first = await Upload(client, export);
            Assert.StartsWith("The sample was replaced", first.GetProperty("notice").GetString(), StringComparison.Ordinal);
            await Until(async () => await server.Workspace.Scores.LatestRunAsync() is not null && server.Workspace.Jobs.Unfinished().Count == 0, server);
            var run = (await server.Workspace.Scores.LatestRunAsync())!;
            Assert.NotEqual((sample.ModelVersion, sample.AsOf), (run.ModelVersion, run.AsOf));
            Assert.Equal([run.ModelVersion], server.Workspace.Models.List());
            Assert.Single(await server.Workspace.Scores.RunsAsync());
            Assert.Equal([(JobKind.Training, "import"), (JobKind.Rescoring, "training")], server.Workspace.Jobs.List().Reverse().Select(j => (j.Kind, j.RequestedBy)));

            // The same again replaces nothing and has the pipeline rescored.
            Assert.Equal(JsonValueKind.Null, (await Upload(client, export)).GetProperty("notice").ValueKind);
            await Until(() => Task.FromResult(server.Workspace.Jobs.List()[0] is { Kind: JobKind.Rescoring, RequestedBy: "import", Status: JobStatus.Succeeded }));
        }
        finally
        {
            Directory.Delete(export, recursive: true);
        }
    }

    private static async Task<JsonElement> Upload(HttpClient client, string export)
    {
        using var form = new MultipartFormDataContent { { new StringContent("forecastengine"), "map" } };
        foreach (var file in Directory.GetFiles(export)) form.Add(new ByteArrayContent(await File.ReadAllBytesAsync(file)), "files", Path.GetFileName(file));
        using var answer = await client.PostAsync("/api/v1/imports", form);
        answer.EnsureSuccessStatusCode();
        var id = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
        JsonElement upload = default;
        await Until(async () => (upload = await ScoredServer.Json(client, $"/api/v1/imports/{id}")).GetProperty("status").GetString() is "succeeded" or "failed");
        Assert.Equal("succeeded", upload.GetProperty("status").GetString());
        return upload.GetProperty("report");
    }

    private static async Task Until(Func<Task<bool>> isReached, RunningServer? server = null)
    {
        var waited = Stopwatch.StartNew();
        while (!await isReached())
        {
            if (waited.Elapsed > Patience) Assert.Fail($"Not within {Patience}. Jobs: {string.Join("; ", server?.Workspace.Jobs.List() ?? [])}. Run: {(server is null ? null : await server.Workspace.Scores.LatestRunAsync())}.");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static string Shape(string line) => Address().Replace(Key().Replace(line.Trim(), "fe_..."), "http://address");

    [GeneratedRegex(@"^```\w*\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"fe_[\w.-]+")]
    private static partial Regex Key();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
