using System.Text;

namespace ForecastEngine.Crm.Import;

/// <summary>Tells by its first bytes what a file is, whatever its name ends in.</summary>
internal static class FileKind
{
    private static readonly string[] Markup = ["<!DOCTYPE", "<html", "<?xml", "<table", "<meta", "<head", "<Workbook"];

    public enum Kind { Text, Workbook }

    /// <summary>The kind.</summary>
    /// <exception cref="ImportException">It is neither text nor a workbook that can be read.</exception>
    public static Kind Of(string path)
    {
        Span<byte> bytes = stackalloc byte[64];
        int length;
        using (var stream = File.OpenRead(path))
            length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        bytes = bytes[..length];
        if (bytes.StartsWith("PK\u0003\u0004"u8)) return Kind.Workbook;
        var name = Path.GetFileName(path);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0]))
            throw new ImportException(
                name, "a workbook of Excel before 2007, or one with a password",
                "an .xlsx workbook without a password, or CSV", "Open it and save it as .xlsx or CSV.");
        if (bytes.StartsWith("%PDF"u8))
            throw new ImportException(name, "a PDF document", "a table: .xlsx or CSV", "Export the list itself.");
        var begin = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (Markup.Any(m => begin.StartsWith(m, StringComparison.OrdinalIgnoreCase)))
            throw new ImportException(
                name, "a web page or XML, whatever its name says", "a table: .xlsx or CSV",
                "Open it in a spreadsheet program and save it as .xlsx or CSV, or export it again.");
        return Kind.Text;
    }
}
