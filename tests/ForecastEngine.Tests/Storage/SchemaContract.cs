using ForecastEngine.Crm;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>How a database comes up, on both databases.</summary>
public abstract class SchemaContract
{
    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task An_empty_database_gets_its_schema_once()
    {
        await using var test = await Fresh();
        Assert.Equal(13, test.Count("schema_versions"));
        test.History.Append(SampleFacts.Create(2), SampleFacts.Run);
        using var again = ForecastDatabase.Open(test.Options);
        Assert.Equal(2, new CrmHistoryStore(again).Load().Opportunities.Length);
        Assert.Equal(13, test.Count("schema_versions"));
    }

    [Fact]
    public async Task Several_processes_may_open_an_empty_database_at_once()
    {
        await using var test = await Fresh();
        var opened = await AtOnce.Run(4, _ => ForecastDatabase.Open(test.Options));
        Assert.Equal(13, test.Count("schema_versions"));
        foreach (var database in opened) database.Dispose();
    }

    [Fact]
    public async Task A_database_of_a_later_release_is_left_alone()
    {
        await using var test = await Fresh();
        using (var connection = test.Database.OpenConnection())
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "INSERT INTO schema_versions (version) VALUES (9999)";
            command.ExecuteNonQuery();
        }
        Assert.Contains("found schema version 9999", Assert.Throws<StorageException>(() => ForecastDatabase.Open(test.Options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_sorts_by_its_bytes()
    {
        await using var test = await Fresh();
        using var db = test.Database.Connect();
        test.History.Append(SampleFacts.Create(2) with { Teams = [new("b", "x", null), new("Č", "x", null), new("B", "x", null), new("a", "x", null)] }, SampleFacts.Run);
        Assert.Equal(["B", "a", "b", "Č"], LinqToDB.DataExtensions.GetTable<Team>(db).OrderBy(t => t.Id).Select(t => t.Id).ToArray());
    }
}

public sealed class SqliteSchemaTests : SchemaContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());

    [Fact]
    public async Task A_new_file_uses_the_write_ahead_log_and_checks_foreign_keys()
    {
        await using var test = await Fresh();
        using var connection = test.Database.OpenConnection();
        Assert.Equal(("wal", "1", "1", "60000"), (Pragma("journal_mode"), Pragma("foreign_keys"), Pragma("synchronous"), Pragma("busy_timeout")));

        string Pragma(string name)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA {name}";
            return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture)!;
        }
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_in_words()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, new string('x', 4096));
        try
        {
            Assert.Contains("found no usable database", Assert.Throws<StorageException>(() => ForecastDatabase.Open(StorageOptions.Sqlite(file))).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
            File.Delete(file + ".lock");
        }
    }
}

public sealed class PostgresSchemaTests(PostgresServer server) : SchemaContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);

    [Fact]
    public void A_server_that_does_not_answer_is_named_without_its_password()
    {
        var options = StorageOptions.PostgreSql("Host=127.0.0.1;Port=1;Database=x;Username=u;Password=very secret;Timeout=2");
        var fault = Assert.Throws<StorageException>(() => ForecastDatabase.Open(options));
        Assert.StartsWith("PostgreSQL 127.0.0.1:1/x: found no usable database", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("very secret", fault.ToString(), StringComparison.Ordinal);
    }
}
