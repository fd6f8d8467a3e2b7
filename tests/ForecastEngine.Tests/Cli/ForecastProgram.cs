using System.Diagnostics;
using System.Text.Json;
using ForecastEngine.Cli;

namespace ForecastEngine.Tests.Cli;

/// <summary>What a run of the command line left behind.</summary>
public sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>stdout as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>Fails with both outputs unless it ended as expected and without a stack trace.</summary>
    public ProgramRun Expect(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"Ended with {ExitCode}, expected {exitCode}.\n{Output}\n{Error}");
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", Error, StringComparison.Ordinal);
        return this;
    }

    /// <summary>Fails where stdout is wider than 80 columns, paths aside, or has other than plain characters.</summary>
    public void ExpectPlain()
    {
        Assert.NotEmpty(Output);
        Assert.All(Output.Split('\n'), line => Assert.True(line.Length <= 80 || !line.Trim().Contains(' ', StringComparison.Ordinal), line));
        Assert.All(Output, c => Assert.True(c is '\n' or >= ' ' and <= '~', $"U+{(int)c:X4}"));
    }
}

/// <summary>
/// The built command line: as a process, as users run it, or within this one, where starting it again would prove no more.
/// </summary>
public static class ForecastProgram
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "forecast.dll");
    private static readonly Lock Turn = new();

    /// <summary>
    /// Runs it to its end in this process, one at a time: a process of its own spends most of its life on being compiled.
    /// On a terminal it would print as to a person, so that it is a process of its own then.
    /// </summary>
    public static ProgramRun RunHere(string workspace, params string[] args)
    {
        if (!Console.IsOutputRedirected || !Console.IsErrorRedirected) return Run(workspace, args);
        lock (Turn)
        {
            var folder = Environment.GetEnvironmentVariable(GlobalOptions.WorkspaceVariable);
            var database = Environment.GetEnvironmentVariable(GlobalOptions.DatabaseVariable);
            try
            {
                Environment.SetEnvironmentVariable(GlobalOptions.WorkspaceVariable, workspace);
                Environment.SetEnvironmentVariable(GlobalOptions.DatabaseVariable, null);
                return Task.Run(async () =>
                {
                    var (output, error) = RoutedConsole.Take();
                    return new ProgramRun(await CommandLine.RunAsync(args), output.ToString(), error.ToString());
                }).GetAwaiter().GetResult();
            }
            finally
            {
                Environment.SetEnvironmentVariable(GlobalOptions.WorkspaceVariable, folder);
                Environment.SetEnvironmentVariable(GlobalOptions.DatabaseVariable, database);
            }
        }
    }

    /// <summary>Runs it to its end.</summary>
    public static ProgramRun Run(string workspace, params string[] args) => Run(TimeSpan.FromMinutes(5), workspace, args);

    /// <summary>Runs it to its end, which must come within the patience.</summary>
    public static ProgramRun Run(TimeSpan patience, string workspace, params string[] args)
    {
        using var process = Start(workspace, args);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(patience))
        {
            process.Kill();
            Assert.Fail($"forecast {string.Join(' ', args)} did not end.");
        }
        return new ProgramRun(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Starts it with the workspace in the environment.</summary>
    public static Process Start(string workspace, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        start.ArgumentList.Add(Program);
        foreach (var arg in args) start.ArgumentList.Add(arg);
        start.Environment["FORECASTENGINE_WORKSPACE"] = workspace;
        start.Environment.Remove("FORECASTENGINE_DATABASE");
        return Process.Start(start)!;
    }
}
