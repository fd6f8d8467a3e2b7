using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ForecastEngine.Tests.Storage;
using Npgsql;
using Testcontainers.PostgreSql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace ForecastEngine.Tests.Storage;

/// <summary>
/// A real PostgreSQL for the tests, started when the first test asks for it: the server named by
/// FORECASTENGINE_TEST_POSTGRES (a connection string that may create databases), else one of our own from the machine's binaries,
/// else a container. Without any of them the tests skip; under CI=true they fail.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<string> _faults = [];
    private readonly ConcurrentBag<string> _made = [];
    private string? _connectionString;
    private string? _folder;
    private string? _binaries;
    private PostgreSqlContainer? _container;
    private bool _isTried;
    private int _databases;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>The connection string of a new, empty database; skips the test where there is no server.</summary>
    public async Task<string> NewDatabase()
    {
        await _turn.WaitAsync();
        try
        {
            if (!_isTried) await Start();
            _isTried = true;
        }
        finally
        {
            _turn.Release();
        }
        if (_connectionString is null) SkipOrFail($"No PostgreSQL: {string.Join("; ", _faults)}.");
        var name = string.Create(CultureInfo.InvariantCulture, $"forecast_test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await Execute($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        await Execute($"CREATE DATABASE {name} TEMPLATE template0");
        _made.Add(name);
        return new NpgsqlConnectionStringBuilder(_connectionString) { Database = name, Pooling = true, MaxPoolSize = 20 }.ConnectionString;
    }

    /// <summary>The connection string of a copy of a database that nobody is connected to.</summary>
    public async Task<string> Copy(string connectionString)
    {
        NpgsqlConnection.ClearAllPools();
        var original = new NpgsqlConnectionStringBuilder(connectionString);
        var copy = new NpgsqlConnectionStringBuilder(connectionString) { Database = string.Create(CultureInfo.InvariantCulture, $"forecast_copy_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}") };
        await Execute($"DROP DATABASE IF EXISTS {copy.Database} WITH (FORCE)");
        await Execute($"CREATE DATABASE {copy.Database} TEMPLATE {original.Database}");
        _made.Add(copy.Database!);
        return copy.ConnectionString;
    }

    /// <summary>Restarts our own server in the middle of whatever it does, as after a crash; skips the test where the server is not ours.</summary>
    public void Restart()
    {
        Assert.SkipWhen(_folder is null, "The PostgreSQL that the tests were given is not theirs to restart.");
        Check(Path.Combine(_binaries!, "pg_ctl"), "restart", "-w", "-t", "60", "-D", Path.Combine(_folder!, "data"), "-m", "immediate", "-l", Path.Combine(_folder!, "log"));
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Runs a program of PostgreSQL, pg_dump for instance, to its good end; skips the test where the machine has none.</summary>
    public void RunProgram(string name, params string[] arguments)
    {
        var folders = (_binaries is null ? [] : (string[])[_binaries]).Concat(ProgramFolders());
        if (folders.FirstOrDefault(f => File.Exists(Path.Combine(f, name))) is { } folder) Check(Path.Combine(folder, name), arguments);
        else SkipOrFail($"No {name} was found on PATH or under /usr/lib/postgresql.");
    }

    public async Task Drop(string connectionString) => await Execute($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_container is not null) await _container.DisposeAsync();
        // What tests share is theirs to the end; a server that was given outlives it.
        else if (_folder is null) foreach (var name in _made) await Execute($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        if (_folder is null) return;
        Run(Path.Combine(_binaries!, "pg_ctl"), "stop", "-D", Path.Combine(_folder, "data"), "-m", "immediate");
        Directory.Delete(_folder, recursive: true);
    }

    private async Task Start()
    {
        if (Environment.GetEnvironmentVariable("FORECASTENGINE_TEST_POSTGRES") is { Length: > 0 } given)
        {
            _connectionString = given;
            return;
        }
        if (StartOwn()) return;
        try
        {
            _container = new PostgreSqlBuilder("postgres:15-alpine").Build();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            await _container.StartAsync(limit.Token);
            _connectionString = _container.GetConnectionString();
        }
        catch (Exception fault)
        {
            _container = null;
            _faults.Add($"no container could be started ({fault.Message.Split('\n')[0].Trim().TrimEnd('.')})");
        }
    }

    private bool StartOwn()
    {
        _binaries = ProgramFolders().FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "pg_ctl")));
        if (_binaries is null)
        {
            _faults.Add("FORECASTENGINE_TEST_POSTGRES is not set and no initdb was found on PATH or under /usr/lib/postgresql");
            return false;
        }
        var folder = Directory.CreateTempSubdirectory("forecast-pg-").FullName;
        try
        {
            if (Environment.IsPrivilegedProcess) Check("chown", "postgres", folder);
            var (data, port) = (Path.Combine(folder, "data"), FreePort());
            Check(Path.Combine(_binaries, "initdb"), "-D", data, "-U", "forecast", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
            Check(Path.Combine(_binaries, "pg_ctl"), "start", "-w", "-t", "60", "-D", data, "-l", Path.Combine(folder, "log"),
                "-o", string.Create(CultureInfo.InvariantCulture, $"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=200"));
            (_folder, _connectionString) = (folder, string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=forecast;Database=postgres"));
            return true;
        }
        catch (InvalidOperationException fault)
        {
            _faults.Add($"the machine's PostgreSQL did not start ({fault.Message})");
            Directory.Delete(folder, recursive: true);
            return false;
        }
    }

    private static IEnumerable<string> ProgramFolders() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin")) : []);

    private static void SkipOrFail(string reason)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", reason);
        Assert.Fail(reason);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Check(string program, params string[] arguments)
    {
        var (code, output) = Run(program, arguments);
        if (code != 0) throw new InvalidOperationException($"{Path.GetFileName(program)} answered {code}: {output.Trim().Split('\n')[^1]}");
    }

    // Those that are the server refuse to run as root. The output is not piped: the server would inherit the pipe and hold it open.
    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        var log = Path.GetTempFileName();
        var isForOthers = Environment.IsPrivilegedProcess && Path.GetFileName(program) is ("initdb" or "pg_ctl");
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        foreach (var argument in (string[])["-c", "log=$1; shift; exec \"$@\" > \"$log\" 2>&1 < /dev/null", "sh", log, .. isForOthers ? (string[])["runuser", "-u", "postgres", "--"] : [], program, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        var output = File.ReadAllText(log);
        File.Delete(log);
        return (process.ExitCode, output);
    }

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
