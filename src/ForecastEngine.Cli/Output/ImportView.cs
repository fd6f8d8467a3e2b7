using System.Globalization;
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
        screen.Line($"Data taken from the CRM {Format.Instant(report.ExportedAt)} ({report.ExportedAtSource switch
        {
            ExportTimeSource.Stated => "as stated",
            ExportTimeSource.Stamped => "the newest time in the files that the CRM stamped",
            ExportTimeSource.Inferred => "the newest creation or sale in the files, or the export before",
            _ => "the clock: the files have no times",
        }}).");
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
        screen.Line(result.RejectedFile is { } file ? $"Rows set aside and values left empty are listed with line, column, found and expected in {file}" : "No row was set aside.");
    }

    private static void ShowAdded(Screen screen, AppendResult added)
    {
        (string Name, EntityCounts Counts)[] kinds =
        [
            ("stages", added.Stages), ("teams", added.Teams), ("sales reps", added.SalesReps), ("accounts", added.Accounts), ("products", added.Products), ("quotas", added.Quotas), ("rates", added.Rates),
            ("leads", added.Leads), ("opportunities", added.Opportunities), ("changes", added.Changes), ("activities", added.Activities), ("line items", added.LineItems), ("splits", added.Splits), ("all", added.Total()),
        ];
        var table = new TextTable("Entity", ">New", ">Brought up to date", ">Unchanged", ">Replaced");
        foreach (var (name, counts) in kinds.Where(k => k.Counts.Added + k.Counts.Updated + k.Counts.Unchanged + k.Counts.Replaced > 0))
            table.Row(name, Format.Count(counts.Added), Format.Count(counts.Updated), Format.Count(counts.Unchanged), Format.Count(counts.Replaced));
        screen.Table(table);
        if (added.Corrections.Count == 0) return;
        screen.Title("Told otherwise than before; past dates still know what stood then");
        foreach (var correction in added.Corrections)
        {
            var examples = string.Join("; ", correction.Examples.Select(e => $"{e.Id}: {e.Before ?? "none"} -> {e.Now ?? "none"}"));
            screen.Line($"{Format.Count(correction.Count)} {Words(correction.Kind)}{(examples.Length > 0 ? $", such as {examples}" : "")}", 2);
        }
    }

    private static string Words(CorrectionKind kind) => kind switch
    {
        CorrectionKind.WonToLost => "won deals are lost",
        CorrectionKind.LostToWon => "lost deals are won",
        CorrectionKind.Reopened => "closed deals are open again",
        CorrectionKind.ClosingAmount => "closed deals have another amount",
        CorrectionKind.CloseDate => "closed deals have another close date",
        CorrectionKind.Deleted => "deals were deleted",
        CorrectionKind.Merged => "deals were merged into others",
        CorrectionKind.Missing => "deals are missing from the whole export",
        CorrectionKind.Restored => "deals are there again",
        CorrectionKind.Past => "deals have another past",
        CorrectionKind.Activity => "activities",
        CorrectionKind.Lead => "leads",
        CorrectionKind.LineItem => "line items",
        CorrectionKind.Split => "splits",
        _ => "values are spelled as the map's aliases say",
    };

    private static void ShowReasons(Screen screen, ImportReport report)
    {
        var reasons = report.Entities.SelectMany(e => e.Rejected.Select(r => $"{e.Entity}, set aside: {r.Key}, {Format.Count(r.Value)}").Concat(e.Skipped.Select(s => $"{e.Entity}, not used: {s.Key}, {Format.Count(s.Value)}")))
            .Concat(report.AddedChanges.Select(c => $"changes, added: {c.Key}, {Format.Count(c.Value)}"))
            .Concat(report.ForeignAmounts.Select(Foreign)).ToList();
        if (reasons.Count == 0) return;
        screen.Title("What was set aside, skipped or added, and other currencies");
        screen.Items(reasons);
    }

    private static string Foreign(ForeignAmounts f) => $"{f.Entity}, in {f.Currency}: {Format.Count(f.Amounts)} amounts, {f.Sum.ToString("#,0.##", CultureInfo.InvariantCulture)} in all, "
        + (f.Rate is { } rate ? $"now at {rate.ToString(CultureInfo.InvariantCulture)}" : "without a rate");

    private static void ShowColumns(Screen screen, ImportReport report)
    {
        screen.Title("Columns");
        foreach (var entity in report.Entities)
        {
            var kinds = report.CustomColumns.Where(c => c.Entity == entity.Entity)
                .ToLookup(c => c.Column, c => c.Kind.ToString().ToLowerInvariant(), StringComparer.OrdinalIgnoreCase);
            var parts = new[]
            {
                ("used", entity.ColumnsUsed), ("known at birth", entity.ColumnsCreated),
                ("tracked", entity.ColumnsTracked), ("ignored", entity.ColumnsIgnored),
                ("unknown to the map, not used", entity.ColumnsUnknown),
            }.Where(p => p.Item2.Count > 0).Select(p => $"{p.Item1}: {string.Join(", ", p.Item2.Select(Shown))}");
            screen.Line($"{entity.Entity}: {string.Join("; ", parts)}", 2);

            string Shown(string column) => kinds[column].FirstOrDefault() is { } kind ? $"{column} ({kind})" : column;
        }
    }
}
