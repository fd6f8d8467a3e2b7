using System.Globalization;
using System.Text.RegularExpressions;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Tests.Import.Shapes;

namespace ForecastEngine.Tests.Import.Recognition;

public sealed class MangledExportTests
{
    private const int Exports = 200;
    private static readonly (string Product, string Language)[] Shapes =
        [.. ExportShape.Products.SelectMany(p => ExportShape.Languages(p).Select(l => (p, l)))];

    /// <summary>Columns renamed, dropped and in another order, other languages, dates in another or in mixed orders,
    /// decimal commas, half-empty columns: a question, a refusal or the right deals.</summary>
    [Fact]
    public void A_mangled_export_is_asked_about_or_read_rightly()
    {
        var (right, asked, refused, wrong) = (0, 0, 0, new List<string>());
        for (var seed = 1; seed <= Exports; seed++)
        {
            var folder = Directory.CreateTempSubdirectory("mangled").FullName;
            try
            {
                var random = new Random(seed);
                var (product, language) = Shapes[random.Next(Shapes.Length)];
                var deals = ShapeDeals.Make(120, seed);
                var tables = ExportShape.Tables(product, language, deals).ToList();
                var (mangled, how, emptied) = Mangle(tables[0], random);
                tables[0] = mangled;
                foreach (var table in tables) table.WriteCsv(folder);
                var understood = Recogniser.Run(folder, new RecognitionOptions { Currency = "EUR" });
                if (understood.Questions.Count > 0) { asked++; continue; }
                try
                {
                    var differences = Retelling.Differences(folder, understood, deals, i => !emptied.Contains(i));
                    if (differences.Count == 0) right++;
                    else wrong.Add($"seed {seed}, {product} {language}, {how}: {differences[0]} and {differences.Count - 1} more");
                }
                catch (ImportException) { refused++; }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        // Neither asks the engine of everything, nor takes it everything.
        Assert.InRange(right, Exports / 5, Exports);
        Assert.InRange(asked, Exports / 10, Exports);
        TestContext.Current.SendDiagnosticMessage($"{right} right, {asked} asked, {refused} refused");
    }

    private static (ShapeTable Table, string How, HashSet<int> Emptied) Mangle(ShapeTable table, Random random)
    {
        var rows = table.Rows.Select(r => r.ToArray()).ToList();
        var header = rows[0];
        var at = random.Next(header.Length);
        var emptied = new HashSet<int>();
        var how = random.Next(7);
        switch (how)
        {
            case 0:
                header[at] = $"Custom {random.Next(100)}";
                break;
            case 1:
                rows = [.. rows.Select(r => r.Where((_, i) => i != at).ToArray())];
                break;
            case 2:
                var order = Enumerable.Range(0, header.Length).OrderBy(_ => random.Next()).ToArray();
                rows = [.. rows.Select(r => order.Select(i => r[i]).ToArray())];
                break;
            case 3 or 4:
                // Every date of the file in one order, or every third in the other.
                for (var r = 1; r < rows.Count; r++)
                    for (var c = 0; c < header.Length; c++)
                        if (Regex.IsMatch(rows[r][c], @"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.0+)?Z?)?)?$"))
                            rows[r][c] = DateTime.Parse(rows[r][c], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)
                                .ToString(how == 4 && r % 3 == 0 ? "dd/MM/yyyy HH:mm" : "MM/dd/yyyy HH:mm", CultureInfo.InvariantCulture);
                break;
            case 5:
                for (var r = 1; r < rows.Count; r++)
                    for (var c = 0; c < header.Length; c++)
                        if (Regex.IsMatch(rows[r][c], @"^\d+\.\d\d?$"))
                            rows[r][c] = decimal.Parse(rows[r][c], CultureInfo.InvariantCulture).ToString("#,##0.00", CultureInfo.GetCultureInfo(""))
                                .Replace(',', '_').Replace('.', ',').Replace('_', '.');
                break;
            default:
                for (var r = 1; r < rows.Count; r += 2)
                {
                    rows[r][at] = "";
                    emptied.Add(r - 1);
                }
                break;
        }
        return (table with { Rows = rows }, $"{(how is 3 or 4 or 5 or 2 ? "all columns" : table.Rows[0][at])} by {how}", emptied);
    }
}
