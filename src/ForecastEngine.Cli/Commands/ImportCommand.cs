using System.CommandLine;
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
        var command = new Command("import", "Reads a CRM's exported files and adds what is new to the history, all or nothing. The same export twice changes nothing; the first one of your own takes the place of the sample.") { folder, map, share };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(folder), parse.GetRequiredValue(map), parse.GetValue(share)));
        return HelpWithExamples.With(command, "forecast import exports/salesforce --map salesforce", "forecast import data/sample --map forecastengine --json", "forecast import exports --map our-crm.json --max-rejected 0.1");
    }

    private static async Task<int> Run(CommandContext context, string folder, string mapName, double maxRejected)
    {
        var map = DataFolders.Map(mapName);
        using var workspace = context.Open();
        ImportCrmResult result;
        try
        {
            var options = ImportOptions.Default with { MaxRejectedShare = maxRejected };
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
