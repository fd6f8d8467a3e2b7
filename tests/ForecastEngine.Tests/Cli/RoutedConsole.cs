using System.Text;

namespace ForecastEngine.Tests.Cli;

/// <summary>
/// The console's streams, shared by all tests: what a run of the command line writes goes to it alone, the rest to where it
/// went before.
/// </summary>
internal sealed class RoutedConsole : TextWriter
{
    private static readonly Lazy<(RoutedConsole Out, RoutedConsole Error)> Streams = new(() =>
    {
        var (output, error) = (new RoutedConsole(Console.Out), new RoutedConsole(Console.Error));
        Console.SetOut(output);
        Console.SetError(error);
        return (output, error);
    });

    // Flows with the run into every thread that works for it.
    private readonly AsyncLocal<TextWriter?> _own = new();
    private readonly TextWriter _others;

    private RoutedConsole(TextWriter others) => _others = others;

    public override Encoding Encoding => _others.Encoding;

    /// <summary>From here on, what this flow of execution writes to stdout and stderr.</summary>
    public static (StringWriter Out, StringWriter Error) Take()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        (Streams.Value.Out._own.Value, Streams.Value.Error._own.Value) = (output, error);
        return (output, error);
    }

    public override void Write(char value) => (_own.Value ?? _others).Write(value);

    public override void Write(string? value) => (_own.Value ?? _others).Write(value);

    public override void Write(char[] buffer, int index, int count) =>
        (_own.Value ?? _others).Write(buffer, index, count);

    public override void Flush() => (_own.Value ?? _others).Flush();
}
