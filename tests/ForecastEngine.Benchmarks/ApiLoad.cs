using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ForecastEngine.Benchmarks;

/// <summary>
/// Load on a running server from this process over loopback, beside a bare endpoint of the same framework, in a third process,
/// that answers a constant of the same size:
/// <c>api --url http://127.0.0.1:5080 --key fe_… --seconds 10 --connections 16 --previews 200 --lookups 200 --rounds 3</c>.
/// The rounds alternate, so that both meet the same machine. Lookups at a steady rate are asked at rest and while one rescoring follows
/// the other; the key must be an administrator's for it. Raise ForecastEngine:Limits:Burst and RequestsPerSecond of the server first.
/// </summary>
public static class ApiLoad
{
    /// <summary>First argument of the process with the bare endpoint.</summary>
    public const string Bare = "bare";

    /// <summary>Measures lookups, the bare endpoint and previews, and prints a table.</summary>
    public static async Task Run(string[] args)
    {
        var url = new Uri(Option(args, "--url", "http://127.0.0.1:5080"));
        if (!url.IsLoopback) throw new ArgumentException($"--url: found {url.Host}; expected an address of this machine.", nameof(args));
        var (seconds, connections, previews, rounds) = (Number(args, "--seconds", 10), Number(args, "--connections", 16), Number(args, "--previews", 200), Number(args, "--rounds", 3));
        using var client = Client(connections);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Option(args, "--key", ""));
        using var bareClient = Client(connections);

        var page = JsonDocument.Parse(await client.GetStringAsync(new Uri(url, "/api/v1/pipeline?limit=1000"))).RootElement;
        var ids = page.GetProperty("deals").EnumerateArray().Select(d => d.GetProperty("opportunityId").GetString()!).ToArray();
        Uri[] lookups = [.. ids.Select(id => new Uri(url, $"/api/v1/opportunities/{Uri.EscapeDataString(id)}/score"))];
        var bytes = (int)(await Task.WhenAll(lookups.Take(50).Select(client.GetByteArrayAsync))).Average(b => b.Length);
        using var bare = StartBare(bytes, out var bareUrl);
        try
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ids.Length} deals, {bytes} bytes an answer, {connections} connections, {seconds} s a round\n\n| what | requests/s | p50 ms | p99 ms | failed |\n|---|---:|---:|---:|---:|"));
            for (var round = 0; round < rounds; round++)
            {
                Print("bare endpoint", await Closed(i => bareClient.GetAsync(bareUrl), connections, seconds));
                Print("score lookup", await Closed(i => client.GetAsync(lookups[i % lookups.Length]), connections, seconds));
            }
            foreach (var drivers in previews > 0 ? (bool[])[false, true] : [])
                Print($"preview at {previews}/s, {(drivers ? "with" : "without")} drivers",
                    await Paced(i => client.PostAsJsonAsync(new Uri(url, "/api/v1/scores/preview"), new { opportunityId = ids[i % ids.Length], amount = 1000 + i % 5000, drivers }), previews, seconds));
        }
        finally
        {
            bare.Kill();
        }
        if (Number(args, "--lookups", 200) is not (> 0 and var steady)) return;
        Task<(double, double[], int)> Lookups() => Paced(i => client.GetAsync(lookups[i % lookups.Length]), steady, seconds);
        var day = DateOnly.Parse(page.GetProperty("source").GetProperty("asOf").GetString()!, CultureInfo.InvariantCulture);
        for (var round = 0; round < rounds; round++)
        {
            Print($"lookup at {steady}/s, at rest", await Lookups());
            using var stop = new CancellationTokenSource();
            var runs = Rescorings(client, url, day, stop.Token);
            var busy = await Lookups();
            await stop.CancelAsync();
            var (done, last) = await runs;
            day = last;
            Print($"lookup at {steady}/s, during {done} rescorings", busy);
        }
    }

    // One after the other, each for a later day than the one before.
    private static async Task<(int Done, DateOnly Last)> Rescorings(HttpClient client, Uri url, DateOnly day, CancellationToken stop)
    {
        var done = 0;
        for (; !stop.IsCancellationRequested; done++)
        {
            day = day.AddDays(1);
            using var started = await client.PostAsJsonAsync(new Uri(url, "/api/v1/runs"), new { kind = "rescoring", asOf = day }, CancellationToken.None);
            started.EnsureSuccessStatusCode();
            while (JsonDocument.Parse(await client.GetStringAsync(started.Headers.Location, CancellationToken.None)).RootElement.GetProperty("status").GetString() is "queued" or "running") await Task.Delay(50, CancellationToken.None);
        }
        return (done, day);
    }

    /// <summary>The process with the bare endpoint: <c>bare &lt;bytes&gt;</c>; prints its address.</summary>
    public static void RunBare(string[] args)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var body = new byte[int.Parse(args[1], CultureInfo.InvariantCulture)];
        Array.Fill(body, (byte)'x');
        app.MapGet("/", (HttpContext context) =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
        app.Start();
        Console.WriteLine(app.Urls.First());
        app.WaitForShutdown();
    }

    private static async Task<(double PerSecond, double[] Milliseconds, int Failed)> Closed(Func<int, Task<HttpResponseMessage>> send, int connections, int seconds)
    {
        var (times, failed, next) = (new ConcurrentBag<double[]>(), 0, 0);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ => await send(Interlocked.Increment(ref next)).ContinueWith(t => t.Result.Dispose(), TaskScheduler.Default)));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>();
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                var from = Stopwatch.GetTimestamp();
                using var answer = await send(Interlocked.Increment(ref next));
                await answer.Content.ReadAsByteArrayAsync();
                own.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
                if (answer.StatusCode != HttpStatusCode.OK) Interlocked.Increment(ref failed);
            }
            times.Add([.. own]);
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        double[] all = [.. times.SelectMany(t => t).Order()];
        return (all.Length / elapsed, all, failed);
    }

    // Sent by the clock, whether the answers before have come or not: a slow server cannot slow its own measurement.
    private static async Task<(double PerSecond, double[] Milliseconds, int Failed)> Paced(Func<int, Task<HttpResponseMessage>> send, int perSecond, int seconds)
    {
        (await send(0)).Dispose();
        var (times, failed, sent, clock) = (new ConcurrentBag<double>(), 0, new List<Task>(), Stopwatch.StartNew());
        for (var i = 0; i < perSecond * seconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / perSecond);
            if (due > clock.Elapsed) await Task.Delay(due - clock.Elapsed);
            sent.Add(One(i, due));
        }
        await Task.WhenAll(sent);
        double[] all = [.. times.Order()];
        return (all.Length / clock.Elapsed.TotalSeconds, all, failed);

        async Task One(int i, TimeSpan due)
        {
            using var answer = await send(i);
            await answer.Content.ReadAsByteArrayAsync();
            times.Add((clock.Elapsed - due).TotalMilliseconds);
            if (answer.StatusCode != HttpStatusCode.OK) Interlocked.Increment(ref failed);
        }
    }

    private static void Print(string what, (double PerSecond, double[] Milliseconds, int Failed) result) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {what} | {result.PerSecond:0} | {result.Milliseconds[result.Milliseconds.Length / 2]:0.00} | {result.Milliseconds[(int)(result.Milliseconds.Length * 0.99)]:0.00} | {result.Failed} |"));

    private static Process StartBare(int bytes, out Uri url)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])["exec", typeof(ApiLoad).Assembly.Location, Bare, bytes.ToString(CultureInfo.InvariantCulture)]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        url = new Uri(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The bare endpoint did not start."));
        return process;
    }

    private static HttpClient Client(int connections) => new(new SocketsHttpHandler { MaxConnectionsPerServer = connections, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    private static int Number(string[] args, string name, int otherwise) => int.Parse(Option(args, name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    private static string Option(string[] args, string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
}
