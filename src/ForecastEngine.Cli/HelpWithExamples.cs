using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace ForecastEngine.Cli;

/// <summary>The usual help, followed by examples of the command and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    /// <summary>Stands for the program in the tree of commands.</summary>
    public const string RootName = "forecast-engine";

    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    /// <summary>Gives a command its examples.</summary>
    public static Command With(Command command, params string[] examples)
    {
        Examples.Add(command, examples);
        return command;
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        usual.MaxWidth = Output.Screen.WidthOfOutput;
        var output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        usual.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        foreach (var line in text.ToString().TrimEnd().Split('\n')) output.WriteLine(line.Replace(RootName, "forecast", StringComparison.Ordinal).TrimEnd());
        output.WriteLine();
        string[] examples = Examples.TryGetValue(parseResult.CommandResult.Command, out var own) ? own
            : ["forecast demo", "forecast import exports/crm --map salesforce", "forecast train", "forecast score", "forecast forecast --by team", "forecast explain O05218"];
        output.WriteLine("Examples:");
        foreach (var example in examples) output.WriteLine($"  {example}");
        output.WriteLine();
        output.WriteLine("Exit codes:");
        output.WriteLine("  0 done; 1 could not be done, stderr says why; 2 wrong arguments;");
        output.WriteLine("  130 interrupted, nothing is half done");
        return ExitCode.Done;
    }
}
