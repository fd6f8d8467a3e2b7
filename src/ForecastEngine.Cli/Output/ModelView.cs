using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Output;

/// <summary>A model card as text.</summary>
internal static class ModelView
{
    /// <summary>Version, data, figures of merit and doubts.</summary>
    public static void Show(Screen screen, ModelCard card, bool details = false)
    {
        screen.Line($"Version {card.Version}, trained {Format.Instant(card.TrainedAt)} on data from {Format.Date(card.DataFrom)} to {Format.Date(card.DataUntil)}.");
        screen.Line($"{Format.Count(card.Counts.Opportunities)} opportunities: {Format.Count(card.Counts.Won)} won, {Format.Count(card.Counts.Lost)} lost, {Format.Count(card.Counts.Open)} open. Highest rung that answers: {Rung(card)}.");
        if (card.Metrics.Count > 0)
        {
            screen.Line();
            var table = new TextTable("Measure", ">Value", ">Cases", "Measured on");
            foreach (var metric in card.Metrics)
                table.Row(Format.Name(metric.Name, 34), Format.Score(metric.Value), Format.Count(metric.Count), Note(metric, screen.Width - 34 - 6 - 7 - 6));
            screen.Table(table);
            if (card.Metrics.FirstOrDefault(m => m.Note?.Contains("not seen in training", StringComparison.Ordinal) == true && m.Name.Contains("log loss", StringComparison.Ordinal)) is { Note: { } window })
                screen.Line($"Out of time: {window}.", 2);
        }
        if (details)
        {
            screen.Title("Left out");
            screen.Items(card.Exclusions.Count == 0 ? ["nothing"] : card.Exclusions.Select(e => $"{e.What}: {e.Reason}"));
            screen.Title("Features");
            foreach (var group in card.Features.GroupBy(f => f.Driver)) screen.Line($"{DealsView.Words(group.Key)}: {string.Join(", ", group.Select(f => f.Name))}", 2);
            screen.Title("Settings");
            screen.Line(string.Join("; ", card.Options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} {o.Value}")) + $"; seed {card.Seed}.", 2);
            screen.Title("Limits");
            screen.Items(card.Limits);
        }
        if (card.Warnings.Count == 0) return;
        screen.Title("Warnings");
        screen.Items(card.Warnings);
    }

    private static string Rung(ModelCard card) => Enum.TryParse<WinProbability.Rung>(card.Rung, out var rung) ? Provenance.Words(rung) : card.Rung;

    private static string Note(ModelMetric metric, int length) => metric.Note is not { } note ? ""
        : note.EndsWith("not seen in training", StringComparison.Ordinal) ? "out of time" : Format.Name(note, length);
}
