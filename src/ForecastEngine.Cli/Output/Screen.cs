using Spectre.Console;

namespace ForecastEngine.Cli.Output;

/// <summary>Results for people: texts and tables as wide as the terminal; 80 columns of plain ASCII typography when redirected.</summary>
internal sealed class Screen
{
    private readonly TextWriter _writer;
    private readonly IAnsiConsole _console;
    private readonly StringWriter _buffer = new();

    private Screen(TextWriter writer, bool isPlain, int width)
    {
        (_writer, IsPlain, Width) = (writer, isPlain, width);
        var colours = !isPlain && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colours ? AnsiSupport.Yes : AnsiSupport.No, ColorSystem = colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(_buffer),
        });
        _console.Profile.Width = width;
        _console.Profile.Capabilities.Unicode = !isPlain;
    }

    /// <summary>True when only plain characters are wanted.</summary>
    public bool IsPlain { get; }
    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Width of stdout: that of the terminal between 60 and 120, 80 when it is none.</summary>
    public static int WidthOfOutput
    {
        get
        {
            try
            {
                return Console.IsOutputRedirected || Console.WindowWidth <= 0 ? 80 : Math.Clamp(Console.WindowWidth, 60, 120);
            }
            catch (IOException)
            {
                return 80;
            }
        }
    }

    /// <summary>The screen of this process's stdout.</summary>
    public static Screen ForOutput() => new(Console.Out, Console.IsOutputRedirected, WidthOfOutput);

    /// <summary>The screen of this process's stderr: folded at the terminal's width where there is one, else each
    /// message on one line.</summary>
    public static Screen ForErrors() => new(Console.Error, Console.IsErrorRedirected, Console.IsErrorRedirected ? short.MaxValue : WidthOfOutput);

    /// <summary>A plain screen of a stated width on any writer.</summary>
    public static Screen Plain(TextWriter writer, int width = 80) => new(writer, true, width);

    /// <summary>A headline with an empty line before it.</summary>
    public void Title(string text)
    {
        _writer.WriteLine();
        Write(new Text(Typeset(text), new Style(decoration: Decoration.Bold)));
    }

    /// <summary>A text, folded between words; further lines start at <paramref name="indent"/>.</summary>
    public void Line(string text = "", int indent = 0)
    {
        var whole = Typeset(text);
        var start = whole.Length - whole.TrimStart(' ').Length;
        var line = whole[..start];
        foreach (var word in whole[start..].Split(' '))
        {
            if (line.Length + 1 + word.Length > Width && line.Trim().Length > 0)
            {
                _writer.WriteLine(line.TrimEnd());
                line = new string(' ', indent) + word;
            }
            else line = line.Trim().Length == 0 ? line + word : line + " " + word;
        }
        _writer.WriteLine(line.TrimEnd());
    }

    /// <summary>Texts as a list.</summary>
    public void Items(IEnumerable<string> texts)
    {
        foreach (var text in texts) Line("* " + text, 2);
    }

    /// <summary>A table.</summary>
    public void Table(TextTable table) => Write(table.Build(Typeset));

    private void Write(Spectre.Console.Rendering.IRenderable what)
    {
        _buffer.GetStringBuilder().Clear();
        _console.Write(what);
        foreach (var line in _buffer.ToString().TrimEnd('\n', '\r').Split('\n')) _writer.WriteLine(line.TrimEnd());
    }

    /// <summary>Without control characters; where only plain characters are wanted, without typographic ones.</summary>
    private string Typeset(string text)
    {
        var clean = string.Concat(text.Select(c => char.IsControl(c) && c != '\n' ? ' ' : c));
        return IsPlain
            ? clean.Replace("–", "-", StringComparison.Ordinal).Replace("−", "-", StringComparison.Ordinal).Replace("±", "+/-", StringComparison.Ordinal)
                .Replace("…", "...", StringComparison.Ordinal).Replace("×", "x", StringComparison.Ordinal).Replace("≥", ">=", StringComparison.Ordinal)
                .Replace("“", "\"", StringComparison.Ordinal).Replace("”", "\"", StringComparison.Ordinal).Replace("█", "#", StringComparison.Ordinal)
            : clean;
    }
}
