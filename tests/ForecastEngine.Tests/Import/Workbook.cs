using System.IO.Compression;
using System.Text;

namespace ForecastEngine.Tests.Import;

/// <summary>Writes small .xlsx files cell by cell, so that each cell is what the test says and nothing else.</summary>
internal static class Workbook
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    // Style 0 is plain; the others show day numbers: built-in 14 and 17 (mmm-yy), and formats of one's own.
    private const string Styles = $"""
        <styleSheet xmlns="{Main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="[$-409]m/d/yy\ h:mm\ AM/PM;@"/><numFmt numFmtId="165" formatCode="#,##0.00\ [$€-407]"/></numFmts>
        <fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>
        <cellXfs count="5"><xf numFmtId="0" xfId="0"/><xf numFmtId="14" xfId="0"/><xf numFmtId="164" xfId="0"/><xf numFmtId="165" xfId="0"/><xf numFmtId="17" xfId="0"/></cellXfs></styleSheet>
        """;

    public static string Text(string text) => $"""<c t="inlineStr"><is><t>{text}</t></is></c>""";
    public static string Number(string number, int style = 0) => $"""<c s="{style}"><v>{number}</v></c>""";
    public static string Formula(string cached) => $"""<c t="str"><f>A1</f><v>{cached}</v></c>""";
    public static string Flag(bool flag) => $"""<c t="b"><v>{(flag ? 1 : 0)}</v></c>""";
    public static string Error(string error) => $"""<c t="e"><v>{error}</v></c>""";
    public static string[] Texts(params string[] texts) => [.. texts.Select(Text)];

    public static byte[] Of(params (string Name, string[][] Rows)[] sheets) => Of(false, sheets);

    public static byte[] Of(bool is1904, params (string Name, string[][] Rows)[] sheets)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            var numbered = sheets.Select((s, i) => (s.Name, s.Rows, N: i + 1)).ToList();
            Write(zip, "[Content_Types].xml", """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>""");
            Write(zip, "xl/styles.xml", Styles);
            Write(zip, "xl/workbook.xml", $"""<workbook xmlns="{Main}" xmlns:r="{Relations}"><workbookPr date1904="{(is1904 ? 1 : 0)}"/><sheets>{string.Concat(numbered.Select(s => $"<sheet name=\"{s.Name}\" sheetId=\"{s.N}\" r:id=\"rId{s.N}\"/>"))}</sheets></workbook>""");
            Write(zip, "xl/_rels/workbook.xml.rels", $"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{string.Concat(numbered.Select(s => $"<Relationship Id=\"rId{s.N}\" Type=\"{Relations}/worksheet\" Target=\"worksheets/sheet{s.N}.xml\"/>"))}</Relationships>""");
            foreach (var (_, rows, n) in numbered)
                Write(zip, $"xl/worksheets/sheet{n}.xml", $"""<worksheet xmlns="{Main}"><cols><col min="1" max="1" hidden="1"/></cols><sheetData>{string.Concat(rows.Select((r, i) => $"<row r=\"{i + 1}\">{Placed(r, i + 1)}</row>"))}</sheetData></worksheet>""");
        }
        return stream.ToArray();
    }

    private static string Placed(string[] cells, int row) => string.Concat(cells.Select((c, i) => c.Length == 0 ? "" : "<c r=\"" + (char)('A' + i) + row + "\"" + c[2..]));

    private static void Write(ZipArchive zip, string name, string text)
    {
        using var entry = zip.CreateEntry(name).Open();
        entry.Write(Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text));
    }
}
