using System.Text;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>Takes what a cell writes to the console and hands it on line by line. Safe to share between threads.</summary>
internal sealed class CellWriter(string name, Action<CellOutput> sink) : TextWriter
{
    private const int Most = 8192;
    private readonly StringBuilder _pending = new();
    private readonly Lock _turn = new();

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        lock (_turn)
        {
            _pending.Append(value);
            if (value == '\n' || _pending.Length >= Most) HandOn();
        }
    }

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_turn)
        {
            _pending.Append(buffer);
            if (buffer.Contains('\n') || _pending.Length >= Most) HandOn();
        }
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        lock (_turn) HandOn();
    }

    private void HandOn()
    {
        if (_pending.Length == 0) return;
        sink(new StreamOutput(name, _pending.ToString().ReplaceLineEndings("\n")));
        _pending.Clear();
    }
}
