using System.Globalization;
using Microsoft.CodeAnalysis.CSharp.Scripting.Hosting;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Cli.Notebooks.Display;

/// <summary>The forms in which a value is shown, by MIME type.</summary>
internal static class Forms
{
    /// <summary>The forms of a value.</summary>
    public static IReadOnlyDictionary<string, string> Of(object value) => value switch
    {
        DataFrame table => new Dictionary<string, string> { ["text/html"] = TableView.Html(table), ["text/plain"] = TableView.Plain(table) },
        Picture picture => new Dictionary<string, string> { ["image/png"] = Convert.ToBase64String(picture.Png), ["text/plain"] = picture.Words },
        Drawing drawing => new Dictionary<string, string> { ["image/svg+xml"] = drawing.Svg, ["text/plain"] = drawing.Words },
        Html html => new Dictionary<string, string> { ["text/html"] = html.Text, ["text/plain"] = "a piece of a page" },
        _ => new Dictionary<string, string> { ["text/plain"] = Text(value) },
    };

    private static string Text(object value) => value switch
    {
        string text => text,
        DateTime at => at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        Array or System.Collections.IEnumerable => CSharpObjectFormatter.Instance.FormatObject(value),
        _ => value.ToString() ?? "",
    };
}
