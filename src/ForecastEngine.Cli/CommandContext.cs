using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli;

/// <summary>What a command needs besides its own options: the workspace, the screen, and how to show progress.</summary>
internal sealed class CommandContext(ParseResult parse, CancellationToken cancellation)
{
    /// <summary>Stops the work.</summary>
    public CancellationToken Cancellation { get; } = cancellation;
    /// <summary>Where results go.</summary>
    public Screen Screen { get; } = Screen.ForOutput();
    /// <summary>True when the result is wanted as JSON.</summary>
    public bool Json { get; } = parse.GetValue(GlobalOptions.Json);
    /// <summary>How many threads may work.</summary>
    public int Threads { get; } = parse.GetValue(GlobalOptions.Threads) ?? Environment.ProcessorCount;
    /// <summary>The workspace that was asked for on the command line; null when none was.</summary>
    public string? StatedWorkspace { get; } = parse.GetValue(GlobalOptions.Workspace);
    /// <summary>The workspace's folder.</summary>
    public string WorkspaceFolder => StatedWorkspace ?? Variable(GlobalOptions.WorkspaceVariable) ?? GlobalOptions.DefaultWorkspace;

    /// <summary>The workspace's storage setting, a secret; null for SQLite in its folder.</summary>
    public string? Database => parse.GetValue(GlobalOptions.Database) ?? Variable(GlobalOptions.DatabaseVariable);

    /// <summary>Opens the workspace.</summary>
    public Workspace Open() => Open(WorkspaceFolder, Database);

    /// <summary>Opens a workspace of its own for the demo: never in a database that only the environment names.</summary>
    public Workspace OpenDemo(out string folder) =>
        Open(folder = StatedWorkspace ?? Path.Combine(WorkspaceFolder, "demo"), parse.GetValue(GlobalOptions.Database));

    /// <summary>Runs a long operation with its progress on stderr.</summary>
    public Task<T> Run<T>(Func<IProgress<OperationProgress>?, Task<T>> work) => ShownProgress.Run(work, parse.GetValue(GlobalOptions.Quiet));

    /// <summary>Runs a long operation with its progress on stderr.</summary>
    public Task<T> Run<T>(Func<IProgress<OperationProgress>?, T> work) => Run(progress => Task.FromResult(work(progress)));

    private Workspace Open(string folder, string? database) => Workspace.Open(folder, TimeProvider.System, database, cancellation: Cancellation);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
