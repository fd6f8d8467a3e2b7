using System.Globalization;
using System.Text.Json;
using ForecastEngine.Tests;

namespace ForecastEngine.Server.Tests.Fuzz;

/// <summary>
/// Random requests to every operation of the API: none may end in a 5xx, tell of the inside, or leave memory behind. A few
/// in the suite; by hand FORECASTENGINE_FUZZ_REQUESTS=100000, with FORECASTENGINE_FUZZ_SEED for others.
/// </summary>
public sealed class FuzzTests(SmallCompany company)
{
    private static readonly string[] Inside =
        ["   at ForecastEngine", "   at System.", "StackTrace", "SqliteException", "Npgsql", "SQLite Error", "LinqToDB", "System.InvalidOperation", "NullReference", Repository.Root, Path.GetTempPath(), "root:x:0", "whsec_"];

    [Fact]
    public async Task No_request_ends_in_a_defect_or_tells_of_the_inside()
    {
        var count = Setting("FORECASTENGINE_FUZZ_REQUESTS", 600);
        var seed = Setting("FORECASTENGINE_FUZZ_SEED", 1);
        var token = TestContext.Current.CancellationToken;
        await using var server = await RunningServer.Start(company.Copy(), null, "ForecastEngine:Limits:Burst=1000000", "ForecastEngine:Limits:RequestsPerSecond=1000000", "ForecastEngine:Limits:UnknownPerMinute=1000000");
        using var client = server.Client(server.Key("admin"));
        var run = (await server.Workspace.Scores.LatestRunAsync(null, token))!;
        var known = (await server.Workspace.Scores.ScoresAsync(run.Id, new() { Take = 30 }, token)).Scores.Select(s => s.OpportunityId).ToList();
        var fuzzer = new OpenApiFuzzer(JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", token)).RootElement, known);
        Assert.True(fuzzer.Operations > 20);

        var faults = new List<string>();
        var statuses = new SortedDictionary<int, int>();
        var memory = 0L;
        for (var i = 0; i < count; i++)
        {
            using var request = fuzzer.Make(seed, i);
            using var answer = await client.SendAsync(request, token);
            var text = await answer.Content.ReadAsStringAsync(token);
            var status = (int)answer.StatusCode;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            var where = $"request {i} ({request.Method} {request.RequestUri})";
            // A secret is told once by the operation that makes it, and by no other.
            var told = Inside.FirstOrDefault(word => text.Contains(word, StringComparison.Ordinal) && !(word == "whsec_" && request.Method == HttpMethod.Post && status is 200 or 201));
            if (status >= 500) faults.Add($"{where}: {status} {Short(text)}");
            else if (told is not null) faults.Add($"{where}: {status} tells \"{told}\": {Short(text)}");
            else if (status >= 400 && text.Length > 0 && !text.Contains("\"code\"", StringComparison.Ordinal)) faults.Add($"{where}: {status} without a code: {Short(text)}");
            if (i == count / 4) memory = GC.GetTotalMemory(forceFullCollection: true);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", statuses.Select(s => $"{s.Key}: {s.Value}")));
        Assert.True(faults.Count == 0, $"{faults.Count} of {count}:\n{string.Join('\n', faults.Take(20))}");
        Assert.True(statuses.GetValueOrDefault(200) > 0 && statuses.GetValueOrDefault(400) > 0);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - memory;
        Assert.True(grown < 256L << 20, $"memory grew by {grown >> 20} MiB");
    }

    private static int Setting(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static string Short(string text) => text.Length > 300 ? text[..300] : text;
}
