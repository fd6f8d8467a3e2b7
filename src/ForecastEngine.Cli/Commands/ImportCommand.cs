using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast import</c>: the files of a CRM into the history.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "Folder with the exported files" };
        var map = new Option<string>("--map") { Description = "A ready-made map by name (data/maps), or the path of your own", HelpName = "name or path", Required = true };
        var share = GlobalOptions.Checked(new Option<double>("--max-rejected") { Description = "Share of a file's rows that may be set aside before the import fails", HelpName = "0-1", DefaultValueFactory = _ => 0.05 },
            s => s is >= 0 and <= 1, "a share from 0 to 1");
        var whole = new Option<bool>("--whole") { Description = "The export is all there is: deals, leads, activities and line items that it lacks are gone from its time on; past dates still know them" };
        var removed = GlobalOptions.Checked(new Option<double>("--max-removed") { Description = "Share of the deals that a whole export may lack before it is refused", HelpName = "0-1", DefaultValueFactory = _ => 0.1 },
            s => s is >= 0 and <= 1, "a share from 0 to 1");
        var exportedAt = new Option<DateTimeOffset?>("--exported-at") { Description = "When the files were exported, where they do not tell it rightly, such as 2026-11-05T18:00:00Z", HelpName = "time", CustomParser = Time };
        var takeBack = new Option<bool>("--take-back") { Description = "Earlier imports that claim a later time than --exported-at had a wrong one: they count as made then" };
        var command = new Command("import", "Reads a CRM's exported files and adds what is new to the history, all or nothing. The same export twice changes nothing; the first one of your own takes the place of the sample.") { folder, map, share, whole, removed, exportedAt, takeBack };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(folder), parse.GetRequiredValue(map), ImportOptions.Default with
        {
            MaxRejectedShare = parse.GetValue(share), IsWhole = parse.GetValue(whole), MaxRemovedShare = parse.GetValue(removed),
            ExportedAt = parse.GetValue(exportedAt), TakesBack = parse.GetValue(takeBack),
        }));
        return HelpWithExamples.With(command, "forecast import exports/salesforce --map salesforce", "forecast import data/sample --map forecastengine --json", "forecast import exports --map our-crm.json --max-rejected 0.1", "forecast import exports/all --map our-crm.json --whole");
    }

    private static DateTimeOffset? Time(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return text.Length == 10 ? time.AddDays(1).AddSeconds(-1) : time;
        result.AddError($"--exported-at: \"{text}\" is not a time. Write 2026-11-05 or 2026-11-05T18:00:00Z.");
        return null;
    }

    private static async Task<int> Run(CommandContext context, string folder, string mapName, ImportOptions options)
    {
        var map = DataFolders.Map(mapName);
        using var workspace = context.Open();
        ImportCrmResult result;
        try
        {
            result = await context.Run(progress => DataFolders.IsSample(folder)
                ? ImportSample.Run(workspace, folder, map, options, progress, context.Cancellation)
                : ImportCrm.Run(workspace, folder, map, options, progress, context.Cancellation));
        }
        catch (ImportException) when (Path.Combine(workspace.Folder, "rejected.csv") is var rejected && File.Exists(rejected))
        {
            Console.Error.WriteLine($"Rows set aside until then are listed in {rejected}");
            throw;
        }
        if (context.Json) JsonOutput.Write(result);
        else ImportView.Show(context.Screen, result);
        return ExitCode.Done;
    }
}
