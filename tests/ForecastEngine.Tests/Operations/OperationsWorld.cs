using ForecastEngine.Simulation;
using ForecastEngine.Tests.Forecasting;

[assembly: AssemblyFixture(typeof(ForecastEngine.Tests.Operations.OperationsWorld))]

namespace ForecastEngine.Tests.Operations;

/// <summary>The export of a small simulated company at two dates, a month apart, written once for all tests of operations.</summary>
public sealed class OperationsWorld : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-operations-").FullName;
    private readonly Lazy<(string Early, string Late)> _exports;

    public OperationsWorld() => _exports = new(() =>
    {
        var facts = TrainingWorld.Simulated(ForecastWorld.Options).Facts;
        var (early, late) = (Path.Combine(_folder, "early"), Path.Combine(_folder, "late"));
        var before = new Crm.CrmHistory(facts).KnownAt(Crm.AsOf.EndOf(EarlyDay));
        CrmExportWriter.Write(before.ToFacts() with { ExportedAt = Crm.AsOf.EndOf(EarlyDay).Instant }, early);
        CrmExportWriter.Write(facts, late);
        return (early, late);
    });

    /// <summary>Sunday of week 105.</summary>
    public static DateOnly EarlyDay { get; } = ForecastWorld.Options.FirstWeek.AddDays(7 * 105 - 1);

    public string Early => _exports.Value.Early;

    public string Late => _exports.Value.Late;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
