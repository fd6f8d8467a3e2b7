namespace ForecastEngine.Crm.Import;

/// <summary>Reads the exported files of a CRM.</summary>
public static class CrmImport
{
    private const string Degraded = "There is no stage history, so the engine runs in degraded mode: it knows when deals were created and closed and what the map declares known at birth, but not how they moved in between.";

    /// <summary>
    /// Reads every file of <paramref name="folder"/> that <paramref name="map"/> names. Bad rows are set aside and reported;
    /// the import throws <see cref="ImportException"/> only when a required file or column is missing or the share of rows
    /// set aside passes <see cref="ImportOptions.MaxRejectedShare"/>. The same files and map give the same facts.
    /// </summary>
    public static ImportResult Read(string folder, ImportMap map, ImportOptions? options = null, IProgress<ImportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var run = new ImportRun(folder, map, options ?? ImportOptions.Default, progress, cancellationToken);
        using var rejected = run.Rejected;
        run.Stages = MasterRows.Stages(run);
        var rates = RateRows.Read(run);
        run.KnownRates = new ExchangeRates([.. run.Options.KnownRates, .. rates]);
        var rows = new OpportunityRows(run);
        var history = new ChangeRows(run, rows);
        var leads = new LeadRows(run, rows);
        var activities = ActivityRows.Read(run, rows);
        var lineItems = MasterRows.LineItems(run, rows);
        var exportedAt = map.ExportedAt ?? run.Latest ?? DateTimeOffset.UnixEpoch;
        var earliest = run.Earliest ?? exportedAt;
        WarnOfFuture(run, exportedAt);

        var births = new BirthValues(run, rows, history, exportedAt);
        var isDegraded = !history.Covered.Contains(OpportunityField.Stage);
        if (isDegraded) run.Warnings.Add(Degraded);
        var guard = new LeakageGuard(run);
        var facts = new CrmFacts
        {
            Currency = map.Currency, ExportedAt = exportedAt, Stages = run.Stages, IsDegraded = isDegraded,
            Opportunities = guard.Opportunities(rows, births), Changes = births.Changes, Activities = activities, Leads = guard.Leads(leads),
            Accounts = MasterRows.Accounts(run, earliest), Products = MasterRows.Products(run, earliest), LineItems = [.. lineItems.Select(l => l.RecordedAt == default ? l with { RecordedAt = exportedAt } : l)],
            SalesReps = MasterRows.SalesReps(run), Teams = MasterRows.Teams(run), Quotas = MasterRows.Quotas(run), Rates = rates,
        };
        guard.Warn();
        var foreign = ForeignMoney.Of(run, rows, facts);
        return new ImportResult(facts, Report(run, exportedAt, isDegraded, guard, foreign), rejected.Kept);
    }

    private static ImportReport Report(ImportRun run, DateTimeOffset exportedAt, bool isDegraded, LeakageGuard guard, IReadOnlyList<ForeignAmounts> foreign)
    {
        foreach (var tally in run.Tallies)
        {
            if (tally.Read == 0) run.Warnings.Add($"{string.Join(", ", tally.Files)} has a header but no rows.");
            if (tally.Unknown.Count > 0) run.Warnings.Add($"Columns of {string.Join(", ", tally.Files)} that the map does not mention were not used: {string.Join(", ", tally.Unknown.Take(30))}.");
        }
        return new ImportReport
        {
            Map = run.Map.Name, Currency = run.Map.Currency, ExportedAt = exportedAt, IsExportedAtStated = run.Map.ExportedAt is not null,
            Entities = [.. run.Tallies.Select(t => t.ToReport())], ForeignAmounts = foreign, IsDegraded = isDegraded, DegradedMode = isDegraded ? Degraded : null,
            AddedChanges = run.AddedChanges, Suspicions = guard.Suspicions, Warnings = [.. run.Warnings.Distinct(StringComparer.Ordinal)],
        };
    }

    private static void WarnOfFuture(ImportRun run, DateTimeOffset exportedAt)
    {
        if (run.Latest > exportedAt)
            run.Warnings.Add($"The files tell of {run.Latest:yyyy-MM-dd HH:mm} UTC, which is after the export at {exportedAt:yyyy-MM-dd HH:mm} UTC. Correct exportedAt in the import map, or the time zone.");
    }
}
