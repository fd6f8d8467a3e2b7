namespace ForecastEngine.Cli.Notebooks;

/// <summary>Stands for the keyboard while a cell runs: a notebook must run without anybody there.</summary>
internal sealed class NoInput : TextReader
{
    /// <inheritdoc/>
    public override int Peek() => throw Refusal();

    /// <inheritdoc/>
    public override int Read() => throw Refusal();

    /// <inheritdoc/>
    public override string? ReadLine() => throw Refusal();

    private static InvalidOperationException Refusal() => new("Console: found a cell that asks for input; expected one that runs by itself. Put the value in the cell.");
}
