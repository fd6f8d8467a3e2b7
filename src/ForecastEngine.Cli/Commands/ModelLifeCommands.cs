using System.CommandLine;
using System.Text;
using ForecastEngine.Backtesting.Report;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Storage;

namespace ForecastEngine.Cli.Commands;

/// <summary>What <c>forecast models</c> tells of trainings: runs, comparisons, cards to read, and making a version again.</summary>
internal static class ModelLifeCommands
{
    public static Command Runs()
    {
        var top = GlobalOptions.Checked(new Option<int>("--top") { Description = "How many, the newest first", HelpName = "n", DefaultValueFactory = _ => 20 }, n => n is >= 1 and <= 10_000, "1 to 10,000");
        var command = new Command("runs", "Lists the trainings that were done, the refused ones with their reason.") { top };
        command.SetAction((parse, cancellation) => Runs(new CommandContext(parse, cancellation), parse.GetValue(top)));
        return HelpWithExamples.With(command, "forecast models runs", "forecast models runs --top 100 --json");
    }

    public static Command Compare()
    {
        var a = new Argument<string>("a") { Description = "A version's id, or the number of a training" };
        var b = new Argument<string>("b") { Description = "Another" };
        var command = new Command("compare", "Sets two versions or trainings side by side: settings, data, figures, and where it can be done both on the same deals that neither had seen.") { a, b };
        command.SetAction((parse, cancellation) => Compare(new CommandContext(parse, cancellation), parse.GetRequiredValue(a), parse.GetRequiredValue(b)));
        return HelpWithExamples.With(command, "forecast models compare 2026-11-06-1a2b3c4d 2026-11-13-5e6f7a8b", "forecast models compare 12 13 --json");
    }

    public static Command Card()
    {
        var version = new Argument<string>("version") { Description = "The version's id" };
        var html = new Option<string?>("--html") { Description = "Write it as one web page to this file", HelpName = "file" };
        var command = new Command("card", "Shows a version's model card, or writes it as a page for people.") { version, html };
        command.SetAction((parse, cancellation) => Card(new CommandContext(parse, cancellation), parse.GetRequiredValue(version), parse.GetValue(html)));
        return HelpWithExamples.With(command, "forecast models card 2026-11-06-1a2b3c4d --html card.html");
    }

    public static Command Reproduce()
    {
        var version = new Argument<string>("version") { Description = "The version's id" };
        var donors = new Option<string[]>("--donor") { Description = "A team's workspace that was pooled for it; repeat for more, in the order of then", HelpName = "folder" };
        var command = new Command("reproduce", "Trains a version again from the same data, settings and seed, and compares it bit by bit. Ends with 1 where it differs.") { version, donors };
        command.SetAction((parse, cancellation) => Reproduce(new CommandContext(parse, cancellation), parse.GetRequiredValue(version), parse.GetValue(donors) ?? []));
        return HelpWithExamples.With(command, "forecast models reproduce 2026-11-06-1a2b3c4d", "forecast models reproduce 2026-11-06-1a2b3c4d --donor ../north");
    }

    public static Command Retire()
    {
        var keep = GlobalOptions.Checked(new Option<int>("--keep") { Description = "How many stay beside champion and challenger: earlier champions first, then the newest", HelpName = "n", Required = true }, n => n is >= 0 and <= 10_000, "0 to 10,000");
        var command = new Command("retire", "Removes versions that no longer serve. What scored the runs of the last five weeks stays too; the history of champions keeps every name.") { keep };
        command.SetAction((parse, cancellation) => Retire(new CommandContext(parse, cancellation), parse.GetValue(keep)));
        return HelpWithExamples.With(command, "forecast models retire --keep 10");
    }

    private static async Task<int> Retire(CommandContext context, int keep)
    {
        using var workspace = context.Open();
        var removed = await RetireModels.Run(workspace, keep, context.Cancellation);
        if (context.Json) JsonOutput.Write(new { removed });
        else if (removed.Count == 0) context.Screen.Line("Nothing to remove: every version serves or is to be kept.");
        else
        {
            context.Screen.Line($"Removed {Format.Count(removed.Count)} {(removed.Count == 1 ? "version" : "versions")}:");
            context.Screen.Items(removed);
        }
        return ExitCode.Done;
    }

    private static Task<int> Runs(CommandContext context, int top)
    {
        using var workspace = context.Open();
        var runs = workspace.Trainings.List(top);
        if (context.Json) JsonOutput.Write(runs);
        else if (runs.Count == 0) context.Screen.Line("No training on record yet. Train: forecast train.");
        else
        {
            var table = new TextTable(">No", "Began", ">Took", "As of", "Outcome", "Version");
            foreach (var run in runs) table.Row(Format.Count(run.Id), Format.Instant(run.StartedAt), $"{Format.Count((long)Math.Ceiling((run.EndedAt - run.StartedAt).TotalSeconds))} s", Format.Date(run.AsOf), run.Outcome.ToString().ToLowerInvariant(), run.Version ?? "");
            context.Screen.Table(table);
            context.Screen.Items(runs.Select(r => $"{r.Id}: {r.Reason}"));
        }
        return Task.FromResult(ExitCode.Done);
    }

    private static async Task<int> Compare(CommandContext context, string a, string b)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress =>
        {
            progress?.Report(new OperationProgress("Scoring both on the same deals"));
            return CompareModels.Run(workspace, a, b, context.Threads, context.Cancellation);
        });
        if (context.Json)
        {
            JsonOutput.Write(result);
            return ExitCode.Done;
        }
        var screen = context.Screen;
        foreach (var (letter, side) in new[] { ("A", result.A), ("B", result.B) })
            screen.Line($"{letter}: {side.Name}, data until {Format.Date(side.DataUntil)} (hash {(side.DataHash ?? "unknown")[..Math.Min(12, (side.DataHash ?? "unknown").Length)]}){(side.Training is { } run ? $", training {run.Id}: {run.Outcome.ToString().ToLowerInvariant()}" : "")}.");
        screen.Title("Settings that differ");
        screen.Items(result.OtherSettings.Count == 0 ? ["none"] : result.OtherSettings.Select(s => $"{s.Setting}: {s.A ?? "none"} / {s.B ?? "none"}"));
        if (result.OnlyA.Count + result.OnlyB.Count > 0) screen.Items([$"columns of A alone: {Names(result.OnlyA)}", $"columns of B alone: {Names(result.OnlyB)}"]);
        screen.Title("Figures, each on a window of its own");
        var table = new TextTable("Measure", ">A", ">B");
        foreach (var name in result.A.Metrics.Concat(result.B.Metrics).Where(m => m.Value is not null).Select(m => m.Name).Distinct())
            table.Row(Format.Name(name, 40), Format.Score(result.A.Metrics.FirstOrDefault(m => m.Name == name)?.Value), Format.Score(result.B.Metrics.FirstOrDefault(m => m.Name == name)?.Value));
        screen.Table(table);
        screen.Title("Both on deals that neither had seen");
        Show(screen, result.Unseen, result.UnseenWindow);
        if (result.Shadow is not null) Show(screen, result.Shadow, "Side by side, night by night, A answering: won within four weeks.");
        return ExitCode.Done;
    }

    private static void Show(Screen screen, GateFigures? figures, string window)
    {
        screen.Line(window);
        if (figures is not null)
            screen.Line($"Log loss {Format.Score(figures.ChampionLogLoss, 4)} of A and {Format.Score(figures.ChallengerLogLoss, 4)} of B; B less A {Format.Score(figures.Difference, 4)} (90 % band {Format.Score(figures.Lower, 4)} to {Format.Score(figures.Upper, 4)}) on {Format.Count(figures.Deals)} deals, {Format.Count(figures.Windows)} forecasts.");
    }

    private static string Names(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);

    private static Task<int> Card(CommandContext context, string version, string? html)
    {
        using var workspace = context.Open();
        var card = workspace.Models.Get(version).Card;
        if (html is not null)
        {
            using var writer = new StreamWriter(html, append: false, new UTF8Encoding(false));
            ModelCardPage.Write(writer, card, workspace.Models.State, RunBacktest.Latest(workspace));
        }
        if (context.Json) JsonOutput.Write(card);
        else if (html is null) ModelView.Show(context.Screen, card, details: true);
        else context.Screen.Line($"Page: {html}");
        return Task.FromResult(ExitCode.Done);
    }

    private static async Task<int> Reproduce(CommandContext context, string version, string[] donors)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => ReproduceModel.Run(workspace, version, donors, context.Threads, progress, context.Cancellation));
        if (context.Json) JsonOutput.Write(result);
        else if (result.IsSame) context.Screen.Line($"Trained again: all {result.Files} files of {version} are the same to the bit.");
        else
        {
            context.Screen.Line($"Trained again: {string.Join(", ", result.Different)} of {version} differ, of {result.Files} files.");
            context.Screen.Items(result.OtherPackages);
        }
        return result.IsSame ? ExitCode.Done : ExitCode.Failed;
    }
}
