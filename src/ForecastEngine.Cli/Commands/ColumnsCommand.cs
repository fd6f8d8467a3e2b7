using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast columns</c>: what becomes of every column of the deals.</summary>
internal static class ColumnsCommand
{
    public static Command Create()
    {
        var asOf = GlobalOptions.AsOf();
        var command = new Command("columns", "Tells of every column of the deals how it was read, how much is missing, "
            + "how it is used or why it is left out, and how much it tells alone on the newest deals. Changes nothing.")
        {
            asOf,
        };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetValue(asOf)));
        return HelpWithExamples.With(command, "forecast columns", "forecast columns --as-of 2026-06-30 --json");
    }

    private static async Task<int> Run(CommandContext context, DateOnly? asOf)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => ShowColumns.Run(workspace, asOf, progress, context.Cancellation));
        if (context.Json) JsonOutput.Write(result);
        else ColumnsView.Show(context.Screen, result);
        return ExitCode.Done;
    }
}
