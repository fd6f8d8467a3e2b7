namespace ForecastEngine.Crm.Import;

/// <summary>Reads the exported files of a CRM.</summary>
public static class CrmImport
{
    private static readonly string Degraded = "There is no stage history, so the engine runs in degraded mode: it knows when deals were created and closed and what the map declares known at birth, but not how they moved in between. "
        + "Export the history of the stage, or the times at which deals entered their stages, if the CRM has them; else import an export every week or every night: what changes from one to the next is history, "
        + $"and after {SuccessiveExports.WeeksToLearn} weeks stages are learned from.";

    /// <summary>
    /// Reads every file of <paramref name="folder"/> that <paramref name="map"/> names. Bad rows are set aside and reported;
    /// the import throws <see cref="ImportException"/> only when a required file or column is missing or the share of rows
    /// set aside passes <see cref="ImportOptions.MaxRejectedShare"/>. The same files and map give the same facts.
    /// </summary>
    public static ImportResult Read(string folder, ImportMap map, ImportOptions? options = null, IProgress<ImportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var run = new ImportRun(folder, map, options ?? ImportOptions.Default, progress, cancellationToken);
        using var rejected = run.Rejected;
        var (stages, pipelines) = MasterRows.Stages(run);
        run.Stages = new StageBook(stages, pipelines);
        var rates = RateRows.Read(run);
        run.KnownRates = new ExchangeRates([.. run.Options.KnownRates, .. rates]);
        var rows = new OpportunityRows(run);
        var history = new ChangeRows(run, rows);
        var leads = new LeadRows(run, rows);
        var columns = new CustomColumns(run, rows, history, leads);
        var activities = ActivityRows.Read(run, rows);
        var lineItems = MasterRows.LineItems(run, rows);
        var splits = SplitRows.Read(run, rows);
        var (exportedAt, source) = run.ExportTime.Decide(run.Options.ExportedAt ?? map.ExportedAt, run.Options.NewestExport, rows.Rows.Count > 0);
        var earliest = run.Earliest ?? exportedAt;
        Planned(run, activities, exportedAt);
        var later = DatedLater.Of(rows, history, activities, exportedAt);
        foreach (var one in later) run.Warnings.Add(one.ToString());
        if (source == ExportTimeSource.Inferred)
            run.Warnings.Add($"The files do not say when they were exported. They are taken as of {exportedAt:yyyy-MM-dd HH:mm} UTC, the newest creation or sale in them or the export before, whichever is later; state it with exportedAt where that is wrong.");

        // What reading left behind goes before the facts are made, which need as much again.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        var told = new ToldDeals(run, rows, history, activities, exportedAt);
        var isDegraded = !history.TellsStages;
        if (isDegraded) run.Warnings.Add(Degraded);
        var guard = new LeakageGuard(run);
        var opportunities = guard.Opportunities(rows, told);
        var (reps, memberships) = MasterRows.SalesReps(run, exportedAt);
        var facts = new CrmFacts
        {
            Currency = map.Currency, ExportedAt = exportedAt, Stages = stages, Pipelines = pipelines, IsDegraded = isDegraded, Aliases = AliasesOf(map, run.Stages),
            Opportunities = opportunities, Changes = told.Changes, Tellings = told.Tellings, SetAside = [.. rows.SetAside, .. rows.LeftOut.Keys], Activities = activities, Leads = guard.Leads(leads),
            GoneActivities = run.GoneActivities, GoneLeads = run.GoneLeads, GoneLineItems = run.GoneLineItems, GoneSplits = run.GoneSplits,
            Accounts = MasterRows.Accounts(run, earliest), Products = MasterRows.Products(run, earliest), LineItems = [.. lineItems.Select(l => l.RecordedAt == default ? l with { RecordedAt = exportedAt } : l)],
            Splits = [.. splits.Select(s => s.RecordedAt == default ? s with { RecordedAt = exportedAt } : s)],
            CustomColumns = guard.Kept(columns.OfDeals),
            SalesReps = reps, Memberships = memberships, Teams = MasterRows.Teams(run), Quotas = MasterRows.Quotas(run), Rates = rates,
        };
        guard.Warn();
        var foreign = ForeignMoney.Of(run, rows, facts);
        var report = Report(run, exportedAt, source, later, rows.Gone, isDegraded, guard, foreign, columns);
        return new ImportResult(facts, report, rejected.Kept);
    }

    // What is planned was known by the export at the latest, not when it will happen.
    private static void Planned(ImportRun run, List<Activity> activities, DateTimeOffset exportedAt)
    {
        for (var i = 0; i < activities.Count; i++)
            if (activities[i].RecordedAt > exportedAt && activities[i].RecordedAt == activities[i].At) activities[i] = activities[i] with { RecordedAt = exportedAt };
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> AliasesOf(ImportMap map, StageBook stages) =>
        map.Aliases.Where(a => EntityFields.HistoryNames.ContainsKey(a.Key))
            .ToDictionary(
                a => EntityFields.HistoryNames[a.Key],
                a => a.Key == "stage" ? stages.Stored(a.Value) : a.Value, StringComparer.Ordinal);

    private static ImportReport Report(ImportRun run, DateTimeOffset exportedAt, ExportTimeSource source, IReadOnlyList<DatedLater> later,
        Dictionary<string, string> gone, bool isDegraded, LeakageGuard guard, IReadOnlyList<ForeignAmounts> foreign,
        CustomColumns columns)
    {
        foreach (var absent in run.Absent) run.Warnings.Add(absent.InWords());
        foreach (var tally in run.Tallies)
        {
            if (tally.Read == 0) run.Warnings.Add($"{string.Join(", ", tally.Files)} has a header but no rows.");
            if (tally.Unknown.Count > 0) run.Warnings.Add($"Columns of {string.Join(", ", tally.Files)} that the map does not mention were not used: {string.Join(", ", tally.Unknown.Take(30))}.");
        }
        return new ImportReport
        {
            Map = run.Map.Name, Currency = run.Map.Currency, ExportedAt = exportedAt, ExportedAtSource = source, DatedLater = later, Gone = gone.Count,
            Entities = [.. run.Tallies.Select(t => t.ToReport())], ForeignAmounts = foreign, IsDegraded = isDegraded, DegradedMode = isDegraded ? Degraded : null,
            AddedChanges = run.AddedChanges, Suspicions = guard.Suspicions,
            CustomColumns = columns.Readings, AbsentColumns = run.Absent,
            Warnings = [.. run.Warnings.Distinct(StringComparer.Ordinal)],
        };
    }
}
