using System.Globalization;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Times and numbers as exports write them.</summary>
internal static class ShapeText
{
    private static readonly NumberFormatInfo Point = new() { NumberGroupSeparator = "," };
    private static readonly NumberFormatInfo Comma = new() { NumberGroupSeparator = ".", NumberDecimalSeparator = "," };

    public static string Text(this DateTime at, string format) => at.ToString(format, CultureInfo.InvariantCulture);

    public static string Text(this DateTime? at, string format) => at is { } known ? known.Text(format) : "";

    public static string Text(this DateOnly day, string format) => day.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>1234.5</summary>
    public static string Plain(this decimal number) => number.ToString("0.0#", CultureInfo.InvariantCulture);

    /// <summary>1234.50, or 1234,50 where the comma is the decimal sign.</summary>
    public static string Fixed(this decimal number, bool hasComma = false) => number.ToString("0.00", hasComma ? Comma : Point);

    /// <summary>1,234.50</summary>
    public static string Grouped(this decimal number) => number.ToString("#,##0.00", Point);
}
