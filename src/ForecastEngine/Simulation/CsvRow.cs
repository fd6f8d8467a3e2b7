using System.Globalization;

namespace ForecastEngine.Simulation;

/// <summary>One line of a CSV file, written cell by cell.</summary>
internal sealed class CsvRow(TextWriter writer)
{
    private bool _isStarted;

    public CsvRow Add(string? text)
    {
        if (_isStarted) writer.Write(',');
        _isStarted = true;
        if (text is not null) writer.Write(Quoted(text));
        return this;
    }

    public CsvRow Add(DateTimeOffset? time) => Add(time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
    public CsvRow Add(DateOnly? date) => Add(Text(date));
    public CsvRow Add(decimal? number) => Add(Text(number));
    public CsvRow Add(double? number) => Add(Text(number));
    public CsvRow Add(int number) => Add(number.ToString(CultureInfo.InvariantCulture));

    public void End()
    {
        writer.Write('\n');
        _isStarted = false;
    }

    public static string? Text(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    public static string? Text(decimal? number) => number?.ToString(CultureInfo.InvariantCulture);
    public static string? Text(double? number) => number?.ToString("0.00##############", CultureInfo.InvariantCulture);

    public static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
}
