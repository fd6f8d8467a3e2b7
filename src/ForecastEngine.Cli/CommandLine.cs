using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ForecastEngine.Cli.Commands;
using ForecastEngine.Cli.Output;

namespace ForecastEngine.Cli;

/// <summary>All commands, and one run of them from arguments to exit code.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = Root();
        var parse = root.Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            foreach (var fault in parse.Errors) Screen.ForErrors().Line($"error: {fault.Message}", 2);
            Console.Error.WriteLine($"See: {PathOf(parse.CommandResult.Command)} --help");
            return ExitCode.WrongArguments;
        }
        using var interruption = new Interruption();
        try
        {
            return await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token);
        }
        catch (Exception fault)
        {
            return Faults.Tell(fault, parse.GetValue(GlobalOptions.Verbose), interruption.Token.IsCancellationRequested);
        }
    }

    /// <summary>
    /// The whole tree of commands. A RootCommand would be named after the program, and the parser takes no command of that
    /// name below it; help puts the program's name back.
    /// </summary>
    public static Command Root()
    {
        var root = new Command(HelpWithExamples.RootName, "Forecasts sales from the history of a CRM: win probability of every open deal, and revenue by period with bands.")
        {
            DemoCommand.Create(), ImportCommand.Create(), MapCommand.Create(), ColumnsCommand.Create(), RatesCommand.Create(), TrainCommand.Create(), ScoreCommand.Create(), ForecastCommand.Create(), CalendarCommand.Create(), ExplainCommand.Create(),
            EvaluateCommand.Create(), BacktestCommand.Create(), ControlsCommand.Create(), ValidateCommand.Create(), ModelsCommand.Create(), NotebookCommand.Create(), StatusCommand.Create(), ExportCommand.Create(), BackupCommand.Create(), RestoreCommand.Create(), SimulateCommand.Create(),
        };
        foreach (var option in GlobalOptions.All) root.Add(option);
        var help = new HelpOption();
        root.Add(help);
        root.Add(new VersionOption());
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.SetAction(parse => ((SynchronousCommandLineAction)help.Action).Invoke(parse));
        return root;
    }

    /// <summary>For instance <c>forecast models show</c>.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "forecast";
}
