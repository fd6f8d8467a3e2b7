using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Import;

namespace ForecastEngine.Tests.Storage;

/// <summary>How a database comes up, on both databases.</summary>
public abstract class SchemaContract
{
    protected static readonly int Migrations = typeof(ForecastDatabase).Assembly.GetTypes().Count(t => t.IsDefined(typeof(FluentMigrator.MigrationAttribute), false));

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task An_empty_database_gets_its_schema_once()
    {
        await using var test = await Fresh();
        Assert.Equal(Migrations, test.Count("schema_versions"));
        test.History.Append(SampleFacts.Create(2), SampleFacts.Run);
        using var again = ForecastDatabase.Open(test.Options);
        Assert.Equal(2, new CrmHistoryStore(again).Load().Opportunities.Length);
        Assert.Equal(Migrations, test.Count("schema_versions"));
    }

    [Fact]
    public async Task Several_processes_may_open_an_empty_database_at_once()
    {
        await using var test = await Fresh();
        var opened = await AtOnce.Run(4, _ => ForecastDatabase.Open(test.Options));
        Assert.Equal(Migrations, test.Count("schema_versions"));
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
    public async Task A_database_of_the_release_before_keeps_its_facts_and_can_be_corrected()
    {
        await using var fresh = await Fresh();
        await using var old = await Fresh();
        Directory.CreateDirectory(Path.GetDirectoryName(old.Options.Path)!);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={old.Options.Path};Pooling=False"))
        using (var command = connection.CreateCommand())
        {
            connection.Open();
            command.CommandText = File.ReadAllText(
                Path.Combine(AppContext.BaseDirectory, "Storage", "Fixtures", "schema-11.sql"));
            command.ExecuteNonQuery();
        }
        using var export = new TestExport();
        foreach (var file in Directory.GetFiles(TestExport.Fixture("forecastengine")))
            export.With(Path.GetFileName(file), File.ReadAllBytes(file));
        fresh.History.Append(export.Read().Facts, SampleFacts.Run);
        Assert.Equal(Migrations, old.Count("schema_versions"));
        Assert.Equal(Told(fresh), Told(old));

        var again = old.History.Append(export.Read().Facts, SampleFacts.Run);
        Assert.Equal(
            (0, 0, 0, 0),
            (again.Opportunities.Added, again.Opportunities.Updated, again.Changes.Added, again.Changes.Replaced));
        Assert.Empty(again.Corrections);
        Assert.Equal(Told(fresh), Told(old));

        var deals = File.ReadAllLines(Path.Combine(export.Folder, "opportunities.csv"));
        var columns = deals[0].Split(',');
        var (amount, closing) = (Array.IndexOf(columns, "amount"), Array.IndexOf(columns, "closed_at"));
        var row = Array.FindIndex(deals, 1, d => d.Split(',') is var f && f[closing] != "" && f[amount] != "");
        var fields = deals[row].Split(',');
        fields[amount] = "123.45";
        deals[row] = string.Join(',', fields);
        export.With("opportunities.csv", deals).Options =
            ImportOptions.Default with { ExportedAt = new DateTimeOffset(2025, 3, 20, 0, 0, 0, TimeSpan.Zero) };
        Assert.Contains(
            old.History.Append(export.Read().Facts, SampleFacts.Run).Corrections,
            c => c.Kind == CorrectionKind.ClosingAmount && c.Examples.Any(e => e.Id == fields[0]));

        static string[] Told(TestDatabase database)
        {
            var history = database.History.Load();
            return
            [
                .. history.Opportunities.Select(
                    o => $"{o.Id} {o.CreatedAt:O} {o.Stage} {o.Amount} {o.PlannedCloseOn} {o.OwnerId}"),
                .. Enumerable.Range(0, history.Opportunities.Length).SelectMany(i => history.ToldOf(i).ToArray()).Select(
                    c => $"{c.OpportunityId} {c.Field} {c.OldValue} {c.NewValue} {c.At:O} {c.RecordedAt:O}")
            ];
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
