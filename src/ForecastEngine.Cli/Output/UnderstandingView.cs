using ForecastEngine.Crm;
using ForecastEngine.Crm.Import.Recognition;

namespace ForecastEngine.Cli.Output;

/// <summary>What was made of an export without a map, for people to agree to.</summary>
internal static class UnderstandingView
{
    /// <summary>All of it.</summary>
    public static void Show(Screen screen, Understanding u)
    {
        screen.Title(u.Layout is null ? "These files are not recognised" : $"Understood as: {u.Product}");
        var files = new TextTable("File", "Holds", ">Rows");
        foreach (var file in u.Files) files.Row(Format.Name(file.File, screen.Width - 28), file.Entity ?? "not used", Format.Count(file.Rows));
        screen.Table(files);
        if (u.Layout is not null)
        {
            ShowStages(screen, u);
            ShowColumns(screen, u);
            screen.Line();
            var order = u.Dates.Any(d => d.StartsWith('d')) ? ", day first" : u.Dates.Any(d => d.StartsWith('M')) ? ", month first" : "";
            screen.Line($"Dates: {string.Join("; ", u.Dates)}{order}. Times without an offset: {u.TimeZone}. Decimal sign: {u.DecimalSeparator}");
            screen.Line(u.Currencies.Count == 0 ? $"Amounts in {u.Currency ?? "an unknown currency"}."
                : $"Reported in {u.Currency}. Deals by currency: {string.Join(", ", u.Currencies.OrderByDescending(c => c.Value).Select(c => $"{c.Key} {Format.Count(c.Value)}"))}.");
            if (u.WithoutRate.Count > 0)
                screen.Line($"No rate is known for {string.Join(", ", u.WithoutRate)}: these amounts wait for one (forecast rates import).");
        }
        if (u.Questions.Count == 0) return;
        screen.Title(u.Questions.Count == 1 ? "One question is open" : $"{u.Questions.Count} questions are open");
        screen.Items(u.Questions.Select(q => QuestionWording.Of(q, name => "--" + name)));
    }

    private static void ShowStages(Screen screen, Understanding u)
    {
        screen.Title("Stages");
        var hasPipelines = u.Pipelines.Count > 0;
        var table = hasPipelines ? new TextTable("Stage", "Pipeline", "Kind", ">Deals", "Known by") : new TextTable("Stage", "Kind", ">Deals", "Known by");
        foreach (var s in u.Stages)
        {
            string[] cells = [Format.Name(s.Name, 28), s.Kind is { } kind ? Word(kind) : "?", Format.Count(s.Deals), Word(s.By)];
            table.Row(hasPipelines ? [cells[0], Format.Name(s.Pipeline ?? "", 18), .. cells[1..]] : cells);
        }
        screen.Table(table);
        if (hasPipelines)
            screen.Line("Pipelines: " + string.Join("; ", u.Pipelines.Select(p => $"{p.Name}, {Word(p.Kind)}, {Format.Count(p.Deals)} deals")) + ".");
    }

    private static void ShowColumns(Screen screen, Understanding u)
    {
        foreach (var file in u.Columns.GroupBy(c => c.File))
        {
            screen.Title($"Columns of {file.Key}");
            var table = new TextTable("Column", "Reads as", ">Filled", "Use");
            foreach (var c in file)
                table.Row(Format.Name(c.Column, 28), c.Kind, $"{Math.Floor(100 * c.FilledShare):0} %", Format.Name(Word(c), screen.Width - 49));
            screen.Table(table);
        }
    }

    private static string Word(ColumnUnderstood c) => c.Use switch
    {
        ColumnUse.Field => c.Field!,
        ColumnUse.Created => "further column",
        ColumnUse.Entered => "entry into a stage",
        ColumnUse.NotNeeded => "not needed",
        ColumnUse.Empty => "no values",
        ColumnUse.OneValue => "one value",
        ColumnUse.NearlyUnique => "text of each deal",
        ColumnUse.UnknownDate => "date not known",
        ColumnUse.FilledInLater => "filled in later",
        ColumnUse.LooksLikeALeak => "looks like a leak",
        _ => "not read",
    };

    private static string Word(StageKind kind) => kind.ToString().ToLowerInvariant();

    private static string Word(StageEvidence by) => by switch
    {
        StageEvidence.Stated => "as you say", StageEvidence.Known => "known", StageEvidence.Column => "a column",
        StageEvidence.Name => "its name", StageEvidence.Probability => "probability", StageEvidence.Default => "nothing closes it",
        _ => "unclear",
    };

    private static string Word(string pipelineKind) => pipelineKind switch
    {
        "newBusiness" => "new business", "notRevenue" => "not revenue", _ => pipelineKind,
    };
}
