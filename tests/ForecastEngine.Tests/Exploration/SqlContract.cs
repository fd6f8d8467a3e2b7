using ForecastEngine.Exploration;
using ForecastEngine.Operations;
using ForecastEngine.Tests.Storage;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.Exploration;

/// <summary>Queries of a notebook on both databases: typed answers, and nothing that writes.</summary>
public abstract class SqlContract
{
    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task An_answer_has_typed_columns_with_empty_cells()
    {
        await using var site = await Site.Open(Fresh);
        var table = site.Bench.Sql("WITH t AS (SELECT 1 AS n, 0.5 AS x, 'a' AS s UNION ALL SELECT 2, NULL, NULL) SELECT n, x, s FROM t ORDER BY n; ");
        Assert.Equal(["n", "x", "s"], table.Columns.Select(c => c.Name));
        Assert.Equal([1L, 2L], ((PrimitiveDataFrameColumn<long>)table["n"]).Select(n => n!.Value));
        Assert.Equal([0.5, null], (PrimitiveDataFrameColumn<double>)table["x"]);
        Assert.Equal(["a", null], (StringDataFrameColumn)table["s"]);
        Assert.Equal(0, (long)site.Bench.Sql("-- how many\nSELECT count(*) AS n FROM opportunities")["n"][0]);
        Assert.Equal(0, site.Bench.Sql("SELECT id FROM opportunities").Rows.Count);
    }

    [Theory]
    [InlineData("DELETE FROM schema_versions", "found DELETE; expected a query")]
    [InlineData("/* SELECT */ INSERT INTO teams (id, name) VALUES ('x', 'x')", "found INSERT")]
    [InlineData("PRAGMA user_version = 7", "found PRAGMA")]
    [InlineData("COMMIT", "found COMMIT")]
    [InlineData("  -- nothing\n", "found no statement")]
    [InlineData("SELECT nonesuch FROM opportunities", "nonesuch")]
    public async Task What_is_no_query_is_refused(string sql, string expected)
    {
        await using var site = await Site.Open(Fresh);
        Assert.Contains(expected, Assert.Throws<OperationException>(() => site.Bench.Sql(sql)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 1; DELETE FROM schema_versions")]
    [InlineData("SELECT 1; COMMIT; DELETE FROM schema_versions")]
    [InlineData("WITH gone AS (SELECT 1 AS n) DELETE FROM schema_versions")]
    public async Task A_write_behind_a_query_is_refused_by_the_database(string sql)
    {
        await using var site = await Site.Open(Fresh);
        var before = (long)site.Bench.Sql("SELECT count(*) AS n FROM schema_versions")["n"][0];
        Assert.ThrowsAny<Exception>(() => site.Bench.Sql(sql));
        Assert.True(before > 0);
        Assert.Equal(before, (long)site.Bench.Sql("SELECT count(*) AS n FROM schema_versions")["n"][0]);
    }

    protected sealed class Site : IAsyncDisposable
    {
        private readonly TestDatabase _database;
        private readonly string _folder;

        private Site(TestDatabase database, string folder)
        {
            (_database, _folder) = (database, folder);
            Bench = Workbench.Open(folder, database.Options.Path is { } path ? $"sqlite:{path}" : database.Options.Location);
        }

        public Workbench Bench { get; }

        public static async Task<Site> Open(Func<Task<TestDatabase>> fresh) => new(await fresh(), Directory.CreateTempSubdirectory("forecast-sql-").FullName);

        public async ValueTask DisposeAsync()
        {
            Bench.Dispose();
            Directory.Delete(_folder, recursive: true);
            await _database.DisposeAsync();
        }
    }
}

public sealed class SqliteSqlTests : SqlContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());

    [Fact]
    public async Task A_column_of_mixed_types_becomes_text()
    {
        await using var site = await Site.Open(Fresh);
        Assert.Equal(["1", "b"], (StringDataFrameColumn)site.Bench.Sql("SELECT 1 AS v UNION ALL SELECT 'b' ORDER BY v")["v"]);
        Assert.Equal([1, 2.5], (PrimitiveDataFrameColumn<double>)site.Bench.Sql("SELECT 1 AS v UNION ALL SELECT 2.5 ORDER BY v")["v"]);
    }
}

public sealed class PostgresSqlTests(PostgresServer server) : SqlContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);

    [Fact]
    public async Task A_session_cannot_be_talked_into_writing()
    {
        await using var site = await Site.Open(Fresh);
        Assert.Throws<OperationException>(() => site.Bench.Sql("WITH gone AS (DELETE FROM schema_versions RETURNING 1) SELECT count(*) AS n FROM gone"));
        Assert.Throws<OperationException>(() => site.Bench.Sql("SELECT set_config('transaction_read_only', 'off', false)"));
        site.Bench.Sql("SELECT set_config('default_transaction_read_only', 'off', false) AS v");
        Assert.Throws<OperationException>(() => site.Bench.Sql("WITH gone AS (DELETE FROM schema_versions RETURNING 1) SELECT count(*) AS n FROM gone"));
    }
}
