using System.Text;
using System.Text.RegularExpressions;
using ForecastEngine.Operations;
using ForecastEngine.Tests.Cli;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ForecastEngine.Tests.Operations;

/// <summary>A trained and scored workspace beside SQLite, and a backup that the command line made of it while somebody wrote.</summary>
public sealed class BackedUpWorkspace(OperationsWorld world) : IAsyncLifetime
{
    public string Root { get; } = Directory.CreateTempSubdirectory("forecast-backup-").FullName;
    public string Folder => Path.Combine(Root, "workspace");
    public string Backup => Path.Combine(Root, "backup");
    public ProgramRun Made { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await using (var site = await world.OnSqlite.TrainedEarly())
        {
            site.Workspace.Dispose();
            foreach (var part in (string[])[site.Workspace.Folder, Path.GetDirectoryName(site.Database.Options.Path)!]) FolderCopy.Make(part, Folder);
        }
        using (var workspace = Workspace.Open(Folder, TimeProvider.System)) await RescorePipeline.Run(workspace);
        using var writer = Connect(Path.Combine(Folder, "forecast.db"));
        Execute(writer, "BEGIN IMMEDIATE; CREATE TABLE unfinished (a INTEGER)");
        Made = ForecastProgram.Run(Folder, "backup", Backup).Expect(0);
        Execute(writer, "ROLLBACK");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    public static SqliteConnection Connect(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    public static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}

/// <summary>What was backed up comes back whole or not at all, and over nothing.</summary>
public sealed partial class BackupTests(BackedUpWorkspace site, OperationsWorld world, PostgresServer server) : IClassFixture<BackedUpWorkspace>
{
    [Fact]
    public async Task A_backup_of_a_workspace_in_use_brings_back_run_scores_champion_and_history()
    {
        site.Made.ExpectPlain();
        Assert.Equal(["backup.json", "forecast.db", "models"], Directory.EnumerateFileSystemEntries(site.Backup).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var target = Path.Combine(site.Root, "restored");
        ForecastProgram.Run(target, "restore", site.Backup).Expect(0).ExpectPlain();
        using (var connection = BackedUpWorkspace.Connect(Path.Combine(target, "forecast.db")))
        {
            Assert.Equal("wal", BackedUpWorkspace.Execute(connection, "PRAGMA journal_mode"));
            Assert.Equal(0L, BackedUpWorkspace.Execute(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'unfinished'"));
        }
        using var original = Workspace.Open(site.Folder, TimeProvider.System);
        using var restored = Workspace.Open(target, TimeProvider.System);
        Assert.Equal(await Holdings(original), await Holdings(restored));
        // And it goes on alike, with the model that came back.
        var next = OperationsWorld.EarlyDay.AddDays(1);
        var (here, there) = (await RescorePipeline.Run(original, next), await RescorePipeline.Run(restored, next));
        Assert.Equal(here.Pipeline.Deals.Select(d => (d.Score.OpportunityId, d.Score.WinProbability)), there.Pipeline.Deals.Select(d => (d.Score.OpportunityId, d.Score.WinProbability)));
    }

    [Theory]
    [InlineData("a byte of the database", "forecast.db: found")]
    [InlineData("the end of a model", "expected")]
    [InlineData("a model that is gone", "found no such file")]
    [InlineData("a file that came along", "does not list")]
    [InlineData("an unfinished backup", "expected a whole backup")]
    [InlineData("a list that cannot be read", "found no list of files")]
    public void What_is_not_as_it_was_written_is_not_restored(string fault, string expected)
    {
        var (copy, target) = (Path.Combine(site.Root, "altered " + fault), Path.Combine(site.Root, "from " + fault));
        FolderCopy.Make(site.Backup, copy);
        var model = Directory.GetFiles(copy, "win.json", SearchOption.AllDirectories).Single();
        switch (fault)
        {
            case "a byte of the database":
                using (var stream = new FileStream(Path.Combine(copy, "forecast.db"), FileMode.Open))
                {
                    stream.Position = stream.Length / 2;
                    var was = stream.ReadByte();
                    stream.Position--;
                    stream.WriteByte((byte)(was ^ 1));
                }
                break;
            case "the end of a model": File.WriteAllBytes(model, File.ReadAllBytes(model)[..^1]); break;
            case "a model that is gone": File.Delete(model); break;
            case "a file that came along": File.WriteAllText(Path.Combine(copy, "models", "more.json"), "{}"); break;
            case "an unfinished backup": File.Delete(Path.Combine(copy, "backup.json")); break;
            default: File.WriteAllText(Path.Combine(copy, "backup.json"), "{}"); break;
        }
        Assert.Contains(expected, Assert.Throws<OperationException>(() => RestoreWorkspace.Run(copy, target)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }

    [Fact]
    public void Nothing_is_overwritten_and_what_is_interrupted_leaves_nothing()
    {
        var before = File.ReadAllBytes(Path.Combine(site.Backup, "backup.json"));
        Assert.Contains("expected an absent or empty folder", ForecastProgram.Run(site.Folder, "backup", site.Backup).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(site.Backup, "backup.json")));
        Assert.Contains("expected an absent or empty folder", ForecastProgram.Run(site.Folder, "restore", site.Backup).Expect(1).Error, StringComparison.Ordinal);
        var other = Directory.CreateDirectory(Path.Combine(site.Root, "other")).FullName;
        var elsewhere = Path.Combine(site.Root, "workspace", "forecast.db");
        Assert.Contains("found a database or its log there already", Assert.Throws<OperationException>(() => RestoreWorkspace.Run(site.Backup, other, elsewhere)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(other, "..", "orphan.db-wal"), "");
        Assert.Contains("orphan.db-wal: found a database or its log", Assert.Throws<OperationException>(() => RestoreWorkspace.Run(site.Backup, other, Path.Combine(site.Root, "orphan.db"))).Message, StringComparison.Ordinal);
        Assert.Contains("pg_restore", Assert.Throws<OperationException>(() => RestoreWorkspace.Run(site.Backup, other, "Host=nowhere;Database=x")).Message, StringComparison.Ordinal);
        using var stopRestore = new Stop("Copying");
        Assert.ThrowsAny<OperationCanceledException>(() => RestoreWorkspace.Run(site.Backup, other, null, stopRestore, stopRestore.Token));
        using var workspace = Workspace.Open(site.Folder, TimeProvider.System);
        using var stopBackup = new Stop("Copying the models");
        Assert.ThrowsAny<OperationCanceledException>(() => BackUpWorkspace.Run(workspace, other, stopBackup, stopBackup.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(other));
    }

    [Fact]
    public async Task PostgreSQL_comes_back_from_a_dump_made_and_restored_as_the_readme_says()
    {
        var folder = Directory.CreateTempSubdirectory("forecast-dump-").FullName;
        var to = await server.NewDatabase();
        try
        {
            await using var original = await world.OnPostgres(server).TrainedEarly();
            await RescorePipeline.Run(original.Workspace);
            Assert.Contains("pg_dump", Assert.Throws<OperationException>(() => BackUpWorkspace.Run(original.Workspace, Path.Combine(folder, "backup"))).Message, StringComparison.Ordinal);
            server.RunProgram("pg_dump", Documented("pg_dump", UriOf(original.Database.Options.Location), Path.Combine(folder, "forecast.dump")));
            var held = await Holdings(original.Workspace);
            server.RunProgram("pg_restore", Documented("pg_restore", UriOf(to), Path.Combine(folder, "forecast.dump")));
            using var restored = Workspace.Open(folder, TimeProvider.System, to);
            Assert.Equal(held, await Holdings(restored));
            Assert.Equal(OperationsWorld.EarlyDay.AddDays(1), (await RescorePipeline.Run(restored, OperationsWorld.EarlyDay.AddDays(1))).Run.AsOf);
        }
        finally
        {
            await server.Drop(to);
            Directory.Delete(folder, recursive: true);
        }
    }

    // Champion and its card after its files were checked, imports, the published run, every score and every forecast.
    private static async Task<string> Holdings(Workspace workspace)
    {
        var token = TestContext.Current.CancellationToken;
        var run = (await workspace.Scores.LatestRunAsync(null, token))!;
        Assert.True(run.ScoreCount > 0 && run.ForecastCount > 0);
        return string.Join('\n', (string[])[Encoding.UTF8.GetString(workspace.Models.State.ToJson()), Encoding.UTF8.GetString(workspace.Models.Get(workspace.Models.State.Champion!).Card.ToJson()),
            .. workspace.History.Imports().Select(i => i.ToString()), run.ToString(),
            .. (await workspace.Scores.ScoresAsync(run.Id, null, token)).Scores.Select(s => s.ToString()), .. (await workspace.Scores.ForecastsAsync(run.Id, null, token)).Select(f => f.ToString())]);
    }

    // The line of README.md with this database and this file in place of its own.
    private static string[] Documented(string program, string database, string file)
    {
        var line = File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).Single(l => l.StartsWith(program + " ", StringComparison.Ordinal));
        return [.. line.Split(' ')[1..].Select(word => Example().Replace(word, database).Replace("forecast.dump", file, StringComparison.Ordinal))];
    }

    private static string UriOf(string connectionString)
    {
        var b = new NpgsqlConnectionStringBuilder(connectionString);
        return FormattableString.Invariant($"postgresql://{b.Username}{(b.Password is { Length: > 0 } password ? ":" + Uri.EscapeDataString(password) : "")}@{b.Host}:{b.Port}/{b.Database}");
    }

    [GeneratedRegex("postgresql://[^ ]+")]
    private static partial Regex Example();

    private sealed class Stop(string step) : IProgress<OperationProgress>, IDisposable
    {
        private readonly CancellationTokenSource _source = new();
        public CancellationToken Token => _source.Token;
        public void Dispose() => _source.Dispose();
        public void Report(OperationProgress value)
        {
            if (value.Step == step) _source.Cancel();
        }
    }
}
