using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Cli.Output;

/// <summary>An import report as people read it.</summary>
internal static class ImportView
{
    /// <summary>In one line.</summary>
    public static string Summary(ImportCrmResult result) =>
        $"{Format.Count(result.Opportunities)} opportunities, {Format.Count(result.Changes)} changes, {Format.Count(result.Activities)} activities, {Format.Count(result.Leads)} leads; "
        + $"{Format.Count(result.RejectedRows)} rows set aside; {Format.Count(result.Total.Added)} facts were new.";

    /// <summary>The whole report.</summary>
    public static void Show(Screen screen, ImportCrmResult result)
    {
        var report = result.Report;
        screen.Title($"Import with the map {report.Map}, amounts in {report.Currency}");
        screen.Line($"Data taken from the CRM {Format.Instant(report.ExportedAt)} ({(report.IsExportedAtStated ? "stated by the map" : "the latest time found in the files")}).");
        if (result.Notice is { } notice) screen.Line($"{notice} Train and score anew: forecast train, forecast score.");
        if (result.CalendarNotice is { } calendar) screen.Line(calendar);
        screen.Line();
        var read = new TextTable("Entity", ">Rows read", ">Accepted", ">Set aside", "Files");
        foreach (var entity in report.Entities)
            read.Row(entity.Entity, Format.Count(entity.RowsRead), Format.Count(entity.RowsAccepted), Format.Count(entity.RowsRejected), Format.Name(string.Join(", ", entity.Files), screen.Width - 52));
        screen.Table(read);

        screen.Title("Added to the history");
        ShowAdded(screen, result.Added);
        ShowReasons(screen, report);
        ShowColumns(screen, report);
        if (report.DegradedMode is { } degraded)
        {
            screen.Title("Degraded mode: there is no stage history");
            screen.Line(degraded);
        }
        if (report.Suspicions.Count > 0)
        {
            screen.Title("Suspicion of leakage");
            screen.Items(report.Suspicions.Select(s => $"{s.Entity}, column {s.Column}{(s.IsRefused ? " (refused)" : "")}: {s.Explanation}"));
        }
        var warnings = report.Warnings.Where(w => w != report.DegradedMode).ToList();
        if (warnings.Count > 0)
        {
            screen.Title("Warnings");
            screen.Items(warnings);
        }
        screen.Line();
        screen.Line(result.RejectedFile is { } file ? $"Rows set aside are listed with line, column, found and expected in {file}" : "No row was set aside.");
    }

    private static void ShowAdded(Screen screen, AppendResult added)
    {
        (string Name, EntityCounts Counts)[] kinds =
        [
            ("stages", added.Stages), ("teams", added.Teams), ("sales reps", added.SalesReps), ("accounts", added.Accounts), ("products", added.Products), ("quotas", added.Quotas),
            ("leads", added.Leads), ("opportunities", added.Opportunities), ("changes", added.Changes), ("activities", added.Activities), ("line items", added.LineItems), ("all", added.Total()),
        ];
        var table = new TextTable("Entity", ">New", ">Brought up to date", ">Unchanged", ">Conflicts");
        foreach (var (name, counts) in kinds.Where(k => k.Counts.Added + k.Counts.Updated + k.Counts.Unchanged + k.Counts.Conflicts > 0))
            table.Row(name, Format.Count(counts.Added), Format.Count(counts.Updated), Format.Count(counts.Unchanged), Format.Count(counts.Conflicts));
        screen.Table(table);
        if (added.Total().Conflicts > 0) screen.Line("Conflicts contradict a fact that is stored already: the first stands.");
    }

    private static void ShowReasons(Screen screen, ImportReport report)
    {
        var reasons = report.Entities.SelectMany(e => e.Rejected.Select(r => $"{e.Entity}, set aside: {r.Key}, {Format.Count(r.Value)}").Concat(e.Skipped.Select(s => $"{e.Entity}, not used: {s.Key}, {Format.Count(s.Value)}")))
            .Concat(report.AddedChanges.Select(c => $"changes, added: {c.Key}, {Format.Count(c.Value)}"))
            .Concat(report.Conversions.Select(c => $"amounts converted: {c.Currency} at {c.Rate.ToString(System.Globalization.CultureInfo.InvariantCulture)}, {Format.Count(c.Amounts)}")).ToList();
        if (reasons.Count == 0) return;
        screen.Title("What was set aside, skipped, added or converted");
        screen.Items(reasons);
    }

    private static void ShowColumns(Screen screen, ImportReport report)
    {
        screen.Title("Columns");
        foreach (var entity in report.Entities)
        {
            var parts = new[] { ("used", entity.ColumnsUsed), ("known at birth", entity.ColumnsCreated), ("tracked", entity.ColumnsTracked), ("ignored", entity.ColumnsIgnored), ("unknown to the map, not used", entity.ColumnsUnknown) }
                .Where(p => p.Item2.Count > 0).Select(p => $"{p.Item1}: {string.Join(", ", p.Item2)}");
            screen.Line($"{entity.Entity}: {string.Join("; ", parts)}", 2);
        }
    }
}
