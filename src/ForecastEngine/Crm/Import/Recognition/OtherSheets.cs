using MiniExcelLibs;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>Sheets of a workbook that have deals, too, and would not be read.</summary>
internal static class OtherSheets
{
    private const int RowsLookedAt = 200;

    /// <summary>A question for each workbook in which another sheet than the first looks like deals; none where the user
    /// named a sheet.</summary>
    public static IEnumerable<ImportQuestion> WithDeals(string path, IReadOnlyList<MapLayout> layouts, RecognitionOptions options)
    {
        if (options.Sheet is not null || layouts.Any(l => l.IsOwn)) yield break;
        foreach (var file in ExportFiles.Of(path).Where(f => FileKind.Of(f) == FileKind.Kind.Workbook))
        {
            var sheets = MiniExcel.GetSheetNames(file);
            if (sheets.Count < 2) continue;
            var found = sheets.Where(s => HasDeals(file, s, layouts)).ToList();
            if (found.Count > 1 || found is [var only] && only != sheets[0])
                yield return new ImportQuestion(QuestionAbout.Sheets, Path.GetFileName(file), found.ToDictionary(s => s, _ => 1L, StringComparer.Ordinal));
        }
    }

    private static bool HasDeals(string file, string sheet, IReadOnlyList<MapLayout> layouts)
    {
        try
        {
            var table = TableProfile.Read(file, sheet, null, CancellationToken.None, RowsLookedAt);
            return table.Rows > 0 && LayoutMatch.Best(layouts, [table]) is not null;
        }
        catch (ImportException)
        {
            // A sheet of notes or pictures is no table.
            return false;
        }
    }
}
