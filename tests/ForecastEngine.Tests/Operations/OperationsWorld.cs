using ForecastEngine.Simulation;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Storage;

[assembly: AssemblyFixture(typeof(ForecastEngine.Tests.Operations.OperationsWorld))]

namespace ForecastEngine.Tests.Operations;

/// <summary>
/// The export of a small simulated company at two dates, a month apart, and sites that start from them: each made once for
/// all tests of operations.
/// </summary>
public sealed class OperationsWorld : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-operations-").FullName;
    private readonly Lazy<(string Early, string Late)> _exports;
    private readonly Lock _turn = new();
    private OperationsSites? _onPostgres;

    public OperationsWorld()
    {
        OnSqlite = new(this, Path.Combine(_folder, "sqlite"), folder => Task.FromResult(TestDatabase.Sqlite(folder)));
        _exports = new(() =>
        {
            var facts = TrainingWorld.Simulated(ForecastWorld.Options).Facts;
            var (early, late) = (Path.Combine(_folder, "early"), Path.Combine(_folder, "late"));
            var before = new Crm.CrmHistory(facts).KnownAt(Crm.AsOf.EndOf(EarlyDay));
            CrmExportWriter.Write(before.ToFacts() with { ExportedAt = Crm.AsOf.EndOf(EarlyDay).Instant }, early);
            CrmExportWriter.Write(facts, late);
            return (early, late);
        });
    }

    /// <summary>Sunday of week 105.</summary>
    public static DateOnly EarlyDay { get; } = ForecastWorld.Options.FirstWeek.AddDays(7 * 105 - 1);

    public string Early => _exports.Value.Early;

    public string Late => _exports.Value.Late;

    /// <summary>Sites beside SQLite.</summary>
    public OperationsSites OnSqlite { get; }

    /// <summary>Sites on the tests' PostgreSQL.</summary>
    public OperationsSites OnPostgres(PostgresServer server)
    {
        lock (_turn)
            return _onPostgres ??= new(this, Path.Combine(_folder, "postgres"), _ => TestDatabase.PostgreSql(server));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
