using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Output;

/// <summary>A model card as text.</summary>
internal static class ModelView
{
    /// <summary>Version, data, figures of merit and doubts.</summary>
    public static void Show(Screen screen, ModelCard card, string? decision = null, bool details = false)
    {
        screen.Line($"Version {card.Version}, trained {Format.Instant(card.TrainedAt)} on data from {Format.Date(card.DataFrom)} to {Format.Date(card.DataUntil)}.");
        screen.Line($"{Format.Count(card.Counts.Opportunities)} opportunities: {Format.Count(card.Counts.Won)} won, {Format.Count(card.Counts.Lost)} lost, {Format.Count(card.Counts.Open)} open. Highest rung that answers: {Rung(card)}.");
        ShowMetrics(screen, card);
        if (decision is not null) screen.Line($"Decision: {decision}", 2);
        if (details)
        {
            screen.Title("Left out");
            screen.Items(card.Exclusions.Count == 0 ? ["nothing"] : card.Exclusions.Select(e => $"{e.What}: {e.Reason}"));
            screen.Title("Features");
            foreach (var group in card.Features.GroupBy(f => f.Driver)) screen.Line($"{DealsView.Words(group.Key)}: {string.Join(", ", group.Select(f => f.Name))}", 2);
            screen.Title("Settings");
            screen.Line(string.Join("; ", card.Options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} {o.Value}")) + $"; seed {card.Seed}.", 2);
        }
        if (card.Warnings.Count > 0)
        {
            screen.Title("Warnings");
            screen.Items(card.Warnings);
        }
        screen.Title("What it cannot do");
        screen.Items(card.Limits);
    }

    // A measure of the stage rate stands beside the same measure of the model.
    private static void ShowMetrics(Screen screen, ModelCard card)
    {
        const string Rival = " of the stage rate", Unseen = "not seen in training";
        if (card.Metrics.Count == 0) return;
        screen.Line();
        var table = new TextTable("Measure", ">Model", ">Stage rate", ">Cases", "Out of time");
        foreach (var metric in card.Metrics.Where(m => m.Value is not null && !m.Name.EndsWith(Rival, StringComparison.Ordinal)))
            table.Row(Format.Name(metric.Name, 34), Format.Score(metric.Value), Format.Score(card.Metric(metric.Name + Rival)?.Value).Replace("-", "", StringComparison.Ordinal), Format.Count(metric.Count),
                metric.Note?.EndsWith(Unseen, StringComparison.Ordinal) == true ? "yes" : "");
        screen.Table(table);
        foreach (var note in card.Metrics.Where(m => m.Name.Contains("log loss", StringComparison.Ordinal)).Select(m => m.Note).OfType<string>().Distinct()) screen.Line($"Win probability: {note}.", 2);
        var calibrations = card.Metrics.Where(m => m.Value is null && m.Note is not null).ToList();
        if (calibrations.Count > 0) screen.Line(Format.Sentence(string.Join("; ", calibrations.Select(m => $"{m.Name}: {m.Note}"))) + ".", 2);
    }

    private static string Rung(ModelCard card) => Enum.TryParse<WinProbability.Rung>(card.Rung, out var rung) ? Provenance.Words(rung) : card.Rung;
}
