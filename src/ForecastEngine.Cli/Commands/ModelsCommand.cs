using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast models</c>: the registry by hand.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var list = new Command("list", "Lists the versions, and who answers.");
        list.SetAction((parse, cancellation) => List(new CommandContext(parse, cancellation)));

        var shown = new Argument<string>("version") { Description = "The version's id" };
        var show = new Command("show", "Shows a version's model card after checking every one of its files.") { shown };
        show.SetAction((parse, cancellation) => Show(new CommandContext(parse, cancellation), parse.GetRequiredValue(shown)));

        var promoted = new Argument<string>("version") { Description = "The version's id" };
        var reason = new Option<string>("--reason") { Description = "Why, for the history", HelpName = "text", Required = true };
        var promote = new Command("promote", "Makes a version the champion, whatever the gate said.") { promoted, reason };
        promote.SetAction((parse, cancellation) => Promote(new CommandContext(parse, cancellation), parse.GetRequiredValue(promoted), parse.GetRequiredValue(reason)));

        var rollback = new Command("rollback", "Brings the champion before this one back.");
        rollback.SetAction((parse, cancellation) => Rollback(new CommandContext(parse, cancellation)));

        var target = new Argument<string>("folder") { Description = "A models folder; made when it is absent" };
        var exported = new Option<string?>("--only") { Description = "Only this version. Default: all, and who answers where the other side never had anyone", HelpName = "id" };
        var export = new Command("export", "Copies versions into a models folder, out of the database on PostgreSQL.") { target, exported };
        export.SetAction((parse, cancellation) => Copy(new CommandContext(parse, cancellation), parse.GetRequiredValue(target), parse.GetValue(exported), isImport: false));

        var source = new Argument<string>("folder") { Description = "A models folder" };
        var imported = new Option<string?>("--only") { Description = "Only this version. Default: all, and who answers where nobody has yet", HelpName = "id" };
        var import = new Command("import", "Copies versions from a models folder, into the database on PostgreSQL.") { source, imported };
        import.SetAction((parse, cancellation) => Copy(new CommandContext(parse, cancellation), parse.GetRequiredValue(source), parse.GetValue(imported), isImport: true));

        var written = new Option<string>("--out") { Description = "The JSON file", HelpName = "file", Required = true };
        var chosen = new Option<string?>("--version") { Description = "The version's id. Default: the champion", HelpName = "id" };
        var force = new Option<bool>("--force") { Description = "Replace a file of that name" };
        var asOf = GlobalOptions.AsOf();
        var portable = new Command("portable", "Writes a version as one JSON file that a warehouse can score with; models/portable_score.py reads it.") { written, chosen, force, asOf };
        portable.SetAction((parse, cancellation) => Portable(new CommandContext(parse, cancellation), parse.GetRequiredValue(written), parse.GetValue(chosen), parse.GetValue(force), parse.GetValue(asOf)));

        return HelpWithExamples.With(new Command("models", "Model versions: who answers, what they are, how they were trained, promotion and rollback, import and export.")
        {
            ModelLifeCommands.Runs(), ModelLifeCommands.Compare(), ModelLifeCommands.Card(), ModelLifeCommands.Reproduce(), ModelLifeCommands.Retire(),
            HelpWithExamples.With(export, "forecast models export models --database postgresql://forecast@db/forecast"),
            HelpWithExamples.With(import, "forecast models import .forecast/models --database postgresql://forecast@db/forecast"),
            HelpWithExamples.With(portable, "forecast models portable --out model.json", "python3 models/portable_score.py model.json deals.csv"),
            HelpWithExamples.With(list, "forecast models list"), HelpWithExamples.With(show, "forecast models show 2026-11-06-1a2b3c4d"),
            HelpWithExamples.With(promote, "forecast models promote 2026-11-06-1a2b3c4d --reason \"agreed in the review\""), HelpWithExamples.With(rollback, "forecast models rollback"),
        }, "forecast models list", "forecast models rollback");
    }

    private static Task<int> List(CommandContext context)
    {
        using var workspace = context.Open();
        var (state, cards) = (workspace.Models.State, workspace.Models.List().Select(v => workspace.Models.Get(v).Card).ToList());
        if (context.Json)
        {
            JsonOutput.Write(new { state.Champion, state.Challenger, state.Earlier, state.History, versions = cards.Select(c => new { c.Version, role = Role(state, c.Version), c.TrainedAt, c.DataUntil, c.Rung, c.Counts, c.Metrics, c.Warnings }) });
            return Task.FromResult(ExitCode.Done);
        }
        if (cards.Count == 0)
        {
            context.Screen.Line("No model version yet. Train one: forecast train.");
            return Task.FromResult(ExitCode.Done);
        }
        var table = new TextTable("Version", "Role", "Trained", ">Closed\ndeals", ">Log\nloss", ">of stage\nrate", ">AUC");
        foreach (var card in cards)
            table.Row(card.Version, Role(state, card.Version), Format.Date(DateOnly.FromDateTime(card.TrainedAt.UtcDateTime)), Format.Count(card.Counts.Won + card.Counts.Lost),
                Format.Score(card.Metric("log loss")?.Value), Format.Score(card.Metric("log loss of the stage rate")?.Value), Format.Score(card.Metric("AUC")?.Value));
        context.Screen.Table(table);
        context.Screen.Line("Each version was measured on a window of its own, so rows do not compare. The promotion gate compares two versions on the same deals.");
        context.Screen.Title("Changes of the champion");
        context.Screen.Items(state.History.Select(e => $"{Format.Instant(e.At)}: {e.To}. {e.Reason}"));
        return Task.FromResult(ExitCode.Done);
    }

    private static Task<int> Show(CommandContext context, string version)
    {
        using var workspace = context.Open();
        var card = workspace.Models.Get(version).Card;
        if (context.Json) JsonOutput.Write(card);
        else ModelView.Show(context.Screen, card, details: true);
        return Task.FromResult(ExitCode.Done);
    }

    private static Task<int> Promote(CommandContext context, string version, string reason)
    {
        using var workspace = context.Open();
        ChangeChampion.Promote(workspace, version, reason);
        return Changed(context, workspace.Models.State);
    }

    private static Task<int> Rollback(CommandContext context)
    {
        using var workspace = context.Open();
        ChangeChampion.Rollback(workspace);
        return Changed(context, workspace.Models.State);
    }

    private static Task<int> Copy(CommandContext context, string folder, string? version, bool isImport)
    {
        if (isImport && !Directory.Exists(folder))
            throw new OperationException($"Models folder {Path.GetFullPath(folder)}: found no such folder; expected one with model versions. Export them first: forecast models export.");
        using var workspace = context.Open();
        var other = new ModelRegistry(folder);
        var result = isImport ? CopyModels.Run(other, workspace.Models, version, context.Cancellation) : CopyModels.Run(workspace.Models, other, version, context.Cancellation);
        if (context.Json) JsonOutput.Write(result);
        else context.Screen.Line($"Copied {Format.Count(result.Added.Count)} versions, {Format.Count(result.Kept.Count)} stood there already. Champion there: {result.Champion ?? "none yet"}.");
        return Task.FromResult(ExitCode.Done);
    }

    private static async Task<int> Portable(CommandContext context, string file, string? version, bool force, DateOnly? asOf)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => ExportPortableModel.Run(workspace, file, version, asOf, force, progress, context.Cancellation));
        if (context.Json) JsonOutput.Write(result);
        else context.Screen.Line($"Wrote {result.Version} with the market of {Format.Date(result.MarketAsOf)}: {result.File}, {Format.Count(result.Bytes)} bytes.");
        return ExitCode.Done;
    }

    private static Task<int> Changed(CommandContext context, RegistryState state)
    {
        if (context.Json) JsonOutput.Write(state);
        else context.Screen.Line($"Champion: {state.Champion}. Score the pipeline with it: forecast score.");
        return Task.FromResult(ExitCode.Done);
    }

    private static string Role(RegistryState state, string version) =>
        version == state.Champion ? "champion" : version == state.Challenger ? "challenger" : state.Earlier.Contains(version) ? "earlier" : "";
}
