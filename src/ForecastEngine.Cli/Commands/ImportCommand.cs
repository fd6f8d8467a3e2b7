using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast import</c>: the files of a CRM into the history.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "The exported file, or the folder with the exported files" };
        var map = new Option<string?>("--map") { Description = "A ready-made map by name (data/maps), or the path of your own. Without one the files are looked at, and you are asked once", HelpName = "name or path" };
        var yes = new Option<bool>("--yes") { Description = "Import what was understood without asking; with a question open nothing is imported" };
        var dates = GlobalOptions.Checked(new Option<string?>("--dates") { Description = "Whether dates such as 5/6/2026 have the day or the month first", HelpName = "dmy|mdy" }, d => d is null or "dmy" or "mdy", "dmy or mdy");
        var sign = GlobalOptions.Checked(new Option<string?>("--decimal") { Description = "The decimal sign of amounts", HelpName = ".|," }, d => d is null or "." or ",", "a point or a comma");
        var currency = GlobalOptions.Checked(new Option<string?>("--currency") { Description = "The currency to report in", HelpName = "EUR" }, c => c is null || c.Length == 3 && c.All(char.IsAsciiLetterUpper), "three capital letters such as EUR");
        var zone = GlobalOptions.Checked(new Option<string?>("--time-zone") { Description = "Zone of times without an offset. Default: the calendar's", HelpName = "Europe/Ljubljana" }, z => z is null || TimeZoneInfo.TryFindSystemTimeZoneById(z, out _), "a time zone such as Europe/Ljubljana");
        var won = Names("--won", "Stages or statuses that are won");
        var lost = Names("--lost", "Stages or statuses that are lost");
        var open = Names("--open", "Stages or statuses that are open");
        var notRevenue = Names("--not-revenue", "Pipelines whose deals are no revenue, such as onboarding");
        var without = Names("--without", "Fields that your CRM has not, such as amount");
        var sheet = new Option<string?>("--sheet") { Description = "Sheet of a spreadsheet. Default: the first", HelpName = "name" };
        var share = GlobalOptions.Checked(new Option<double>("--max-rejected") { Description = "Share of a file's rows that may be set aside before the import fails", HelpName = "0-1", DefaultValueFactory = _ => 0.05 },
            s => s is >= 0 and <= 1, "a share from 0 to 1");
        var whole = new Option<bool>("--whole") { Description = "The export is all there is: deals, leads, activities and line items that it lacks are gone from its time on; past dates still know them" };
        var removed = GlobalOptions.Checked(new Option<double>("--max-removed") { Description = "Share of the deals that a whole export may lack before it is refused", HelpName = "0-1", DefaultValueFactory = _ => 0.1 },
            s => s is >= 0 and <= 1, "a share from 0 to 1");
        var exportedAt = new Option<DateTimeOffset?>("--exported-at") { Description = "When the files were exported, where they do not tell it rightly, such as 2026-11-05T18:00:00Z", HelpName = "time", CustomParser = Time };
        var takeBack = new Option<bool>("--take-back") { Description = "Earlier imports that claim a later time than --exported-at had a wrong one: they count as made then" };
        var command = new Command("import", "Reads a CRM's exported files and adds what is new to the history, all or nothing. The same export twice changes nothing; the first one of your own takes the place of the sample. "
            + "Without --map it says what it makes of the files, writes the draft of a map, and asks once.")
        {
            path, map, yes, dates, sign, currency, zone, won, lost, open, notRevenue, without, sheet, share, whole, removed, exportedAt, takeBack,
        };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(path), parse.GetValue(map), parse.GetValue(yes), new RecognitionOptions
        {
            Dates = parse.GetValue(dates) switch { "dmy" => DateOrder.DayFirst, "mdy" => DateOrder.MonthFirst, _ => null },
            DecimalSeparator = parse.GetValue(sign)?[0], Currency = parse.GetValue(currency), TimeZone = parse.GetValue(zone),
            Won = parse.GetValue(won) ?? [], Lost = parse.GetValue(lost) ?? [], Open = parse.GetValue(open) ?? [],
            NotRevenue = parse.GetValue(notRevenue) ?? [], Without = parse.GetValue(without) ?? [], Sheet = parse.GetValue(sheet),
        }, ImportOptions.Default with
        {
            MaxRejectedShare = parse.GetValue(share), IsWhole = parse.GetValue(whole), MaxRemovedShare = parse.GetValue(removed),
            ExportedAt = parse.GetValue(exportedAt), TakesBack = parse.GetValue(takeBack), Sheet = parse.GetValue(sheet),
        }));
        return HelpWithExamples.With(command, "forecast import exports/", "forecast import all-deals.csv --yes --dates dmy", "forecast import exports --map our-crm.json --max-rejected 0.1", "forecast import exports/all --map our-crm.json --whole");
    }

    private static Option<string[]> Names(string name, string description) =>
        new(name) { Description = description + "; repeat for more", HelpName = "name" };

    private static DateTimeOffset? Time(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return text.Length == 10 ? time.AddDays(1).AddSeconds(-1) : time;
        result.AddError($"--exported-at: \"{text}\" is not a time. Write 2026-11-05 or 2026-11-05T18:00:00Z.");
        return null;
    }

    private static async Task<int> Run(CommandContext context, string path, string? mapName, bool isAgreed, RecognitionOptions answers, ImportOptions options)
    {
        using var workspace = context.Open();
        var folder = path;
        if (File.Exists(path)) (folder, options) = (Path.GetDirectoryName(Path.GetFullPath(path))!, options with { OnlyFile = Path.GetFileName(path) });
        Understanding? understood = null;
        ImportMap map;
        if (mapName is not null) map = DataFolders.Map(mapName);
        else
        {
            understood = await context.Run(progress => UnderstandExport.Run(workspace, path, answers, progress, context.Cancellation));
            if (!context.Json) UnderstandingView.Show(context.Screen, understood);
            if (understood.Questions.Count > 0 || !IsAgreed(context, workspace, isAgreed)) return NotImported(context, workspace, understood);
            map = UnderstandExport.Agree(workspace, understood);
        }
        ImportCrmResult result;
        try
        {
            result = await context.Run(progress => DataFolders.IsSample(folder)
                ? ImportSample.Run(workspace, folder, map, options, progress, context.Cancellation)
                : ImportCrm.Run(workspace, folder, map, options, progress, context.Cancellation));
        }
        catch (ImportException) when (Path.Combine(workspace.Folder, "rejected.csv") is var rejected && File.Exists(rejected))
        {
            Screen.ForErrors().Line($"Rows set aside until then are listed in {rejected}");
            throw;
        }
        if (context.Json) JsonOutput.Write(result with { Understanding = understood });
        else ImportView.Show(context.Screen, result);
        return ExitCode.Done;
    }

    // Without a terminal nobody can be asked, so --yes is needed.
    private static bool IsAgreed(CommandContext context, Workspace workspace, bool isAgreed)
    {
        if (isAgreed || context.Json || Console.IsInputRedirected) return isAgreed;
        context.Screen.Line();
        context.Screen.Line($"The map is in {Path.Combine(workspace.Folder, UnderstandExport.DraftMap)}.");
        Console.Out.Write("Import like this? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes" or "da" or "d" or "D";
    }

    private static int NotImported(CommandContext context, Workspace workspace, Understanding understood)
    {
        if (context.Json) JsonOutput.Write(new { imported = false, understanding = understood });
        var draft = Path.Combine(workspace.Folder, UnderstandExport.DraftMap);
        Screen.ForErrors().Line(understood.Questions.Count > 0
            ? $"Import: found {(understood.Questions.Count == 1 ? "a question" : $"{understood.Questions.Count} questions")} that only you can answer; nothing was imported. "
                + $"Answer {(understood.Questions.Count == 1 ? "it" : "them")} by the options named{(understood.Map is null ? "" : $", or edit {draft} and import with --map {draft}")}."
            : $"Import: nothing was imported. Say --yes to import like this, or edit {draft} and import with --map {draft}.");
        return ExitCode.Failed;
    }
}
