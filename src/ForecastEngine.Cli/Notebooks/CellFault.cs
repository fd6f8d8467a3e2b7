using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis.Scripting;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>Tells an exception of a cell: what, and in which line of which cell.</summary>
internal static class CellFault
{
    /// <summary>Name of the fault of a cell that was interrupted.</summary>
    public const string Interrupted = "Interrupted";

    /// <summary>The output that tells it.</summary>
    public static ErrorOutput Of(Exception fault, bool interrupted)
    {
        while (fault is AggregateException { InnerExceptions: [var only] }) fault = only;
        if (interrupted && fault is OperationCanceledException) return new ErrorOutput(Interrupted, "The cell was interrupted.", ["Interrupted: the cell was interrupted."]);
        if (fault is CompilationErrorException compilation)
        {
            List<string> lines = [.. compilation.Diagnostics.Select(d => d.Location.GetLineSpan() is { IsValid: true } span
                ? string.Create(CultureInfo.InvariantCulture, $"line {span.StartLinePosition.Line + 1}, column {span.StartLinePosition.Character + 1}: {d.Id}: {d.GetMessage(CultureInfo.InvariantCulture)}")
                : $"{d.Id}: {d.GetMessage(CultureInfo.InvariantCulture)}")];
            return new ErrorOutput("CompilationError", lines[0], lines);
        }
        var trace = new List<string> { $"{fault.GetType().Name}: {fault.Message}" };
        for (var inner = fault; inner is not null; inner = inner.InnerException)
        {
            if (inner != fault) trace.Add($"caused by {inner.GetType().Name}: {inner.Message}");
            trace.AddRange(new StackTrace(inner, fNeedFileInfo: true).GetFrames().Select(f => (Cell: Path.GetFileName(f.GetFileName()), Line: f.GetFileLineNumber()))
                .Where(f => f.Cell?.StartsWith("cell ", StringComparison.Ordinal) is true).Select(f => string.Create(CultureInfo.InvariantCulture, $"in {f.Cell}, line {f.Line}")).Distinct());
        }
        return new ErrorOutput(fault.GetType().Name, fault.Message, trace);
    }
}
