using Microsoft.Data.Analysis;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>What every cell may use besides the engine itself.</summary>
public sealed class NotebookGlobals
{
    internal Action<object?> Show { get; set; } = _ => { };

    /// <summary>Shows a value in the middle of a cell; the value of the last expression is shown anyway.</summary>
    public void Display(object? value) => Show(value);

    /// <summary>Cancelled when the cell is interrupted.</summary>
    public CancellationToken Cancellation { get; internal set; }

    /// <summary>The answer of the newest SQL cell; null before the first.</summary>
    public DataFrame? Table { get; internal set; }
}
