using System.Diagnostics;
using System.Text;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>The built server as a process of its own on a database: it gets the connection string and an empty folder, and nothing else.</summary>
public sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-process-").FullName;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(string connectionString, string[] settings)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "ForecastEngine.Server.dll"), "--urls", "http://127.0.0.1:0", $"--ForecastEngine:Workspace={_folder}",
            "--ForecastEngine:Sample=false", "--ForecastEngine:Jobs:Schedule=false", "--ForecastEngine:Jobs:TakeOver=00:00:05", .. settings.Select(s => "--ForecastEngine:" + s)])
            start.ArgumentList.Add(argument);
        foreach (var name in new[] { "ASPNETCORE_URLS", "URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_URLS" }) start.Environment.Remove(name);
        start.Environment["ForecastEngine__Database"] = connectionString;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException($"The server ended before it listened:\n{Log}"));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _listening.Task.Result;

    /// <summary>What it wrote so far.</summary>
    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    /// <summary>Starts a process and waits until it listens.</summary>
    public static async Task<ServerProcess> Start(string connectionString, params string[] settings)
    {
        var server = new ServerProcess(connectionString, settings);
        try
        {
            await server._listening.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>SIGKILL: no chance to put anything in order.</summary>
    public void Kill()
    {
        _process.Kill();
        if (!_process.WaitForExit(TimeSpan.FromMinutes(1))) throw new TimeoutException($"The server was killed and has not ended:\n{Log}");
    }

    /// <summary>SIGTERM: stop, but in order. Tells how long it took.</summary>
    public TimeSpan Stop()
    {
        var since = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        if (!_process.WaitForExit(TimeSpan.FromMinutes(1))) throw new TimeoutException($"The server did not stop:\n{Log}");
        return since.Elapsed;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        const string mark = "Now listening on: ";
        if (line.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at && Uri.TryCreate(line[(at + mark.Length)..].Trim(), UriKind.Absolute, out var address)) _listening.TrySetResult(address);
    }
}
