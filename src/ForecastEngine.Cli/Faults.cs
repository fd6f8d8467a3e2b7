using System.Data.Common;
using ForecastEngine.Backtesting;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Storage;

namespace ForecastEngine.Cli;

/// <summary>What went wrong, in words on stderr, and the exit code.</summary>
internal static class Faults
{
    /// <summary>Tells an exception.</summary>
    public static int Tell(Exception fault, bool verbose, bool interrupted)
    {
        if (fault is AggregateException { InnerExceptions: [var only] }) return Tell(only, verbose, interrupted);
        if (interrupted && fault is OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted; everything is as it was before.");
            return ExitCode.Interrupted;
        }
        foreach (var line in Lines(fault)) Screen.ForErrors().Line($"error: {line}", 2);
        if (verbose) Console.Error.WriteLine(fault.ToString());
        return ExitCode.Failed;
    }

    private static IReadOnlyList<string> Lines(Exception fault) => fault switch
    {
        ImportException { Faults.Count: > 0 } several => several.Faults,
        OperationException or ImportException or TrainingException or CustomFeatureException or StorageException or ModelRegistryException or ForecastContradictionException => [fault.Message],
        UnauthorizedAccessException => [$"{fault.Message} Expected a place that this account may read and write. Mend its rights, or choose another --workspace."],
        IOException => [$"{fault.Message} Check the path, the disk's free space and its rights, then try again."],
        DbException => [$"Database: {fault.Message} Check that it runs, that this account may change it and that the disk has room, then try again."],
        _ =>
        [
            $"This is a defect in ForecastEngine: {fault.GetType().Name}: {fault.Message}",
            $"It was raised in {Place(fault)}. Run the command again with --verbose and report what it prints.",
        ],
    };

    private static string Place(Exception fault) =>
        fault.StackTrace?.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Contains("ForecastEngine.", StringComparison.Ordinal)) is { } line
            ? line.Split('(')[0].Replace("at ", "", StringComparison.Ordinal) : "an unknown place";
}
