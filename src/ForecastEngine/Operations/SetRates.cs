using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>Sets exchange rates by hand, beside what the CRM exports.</summary>
public static class SetRates
{
    /// <summary>Name under which the import is recorded.</summary>
    public const string MapName = "rates by hand";

    /// <summary>Sets the rates of a file, see <see cref="RatesFile"/>, all or none.</summary>
    /// <inheritdoc cref="Run(Workspace, IReadOnlyList{ExchangeRate}, TimeSpan?, CancellationToken)"/>
    public static EntityCounts Run(Workspace workspace, string path, TimeSpan? patience = null, CancellationToken cancellation = default) =>
        Run(workspace, RatesFile.Read(path, Latest(workspace).Currency), patience, cancellation);

    /// <summary>
    /// Sets rates, all or none. A rate that differs from a known one of the same day is a correction, known from the
    /// newest
    /// export on, so that the next run goes by it.
    /// </summary>
    /// <param name="workspace">Where to.</param>
    /// <param name="rates">The rates, into the history's currency.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <returns>How many were new, corrections (counted as updated), and known already.</returns>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public static EntityCounts Run(Workspace workspace, IReadOnlyList<ExchangeRate> rates, TimeSpan? patience = null,
        CancellationToken cancellation = default)
    {
        var latest = Latest(workspace);
        var facts = new CrmFacts
        {
            Currency = latest.Currency,
            ExportedAt = latest.ExportedAt,
            IsDegraded = latest.IsDegraded,
            Stages = [],
            Rates = rates,
        };
        var run = new Storage.ImportRun { At = workspace.Clock.GetUtcNow(), MapName = MapName, SourceHash = "" };
        return workspace.History.Append(facts, run, null, patience, cancellation).Rates;
    }

    private static Storage.ImportRun Latest(Workspace workspace) => workspace.History.Imports() is { Count: > 0 } imports
        ? imports.MaxBy(i => i.ExportedAt)!
        : throw new OperationException("Rates: found no imported data; expected some, which tell the currency that rates lead to. "
            + "Import an export of the CRM first, with the rates beside it in rates.csv.");
}
