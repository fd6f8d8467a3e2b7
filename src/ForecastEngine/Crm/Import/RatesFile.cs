namespace ForecastEngine.Crm.Import;

/// <summary>
/// A file of exchange rates: date (yyyy-MM-dd, empty for every day), currency, rate (reporting currency per unit, with
/// a
/// decimal point) and, on demand, source.
/// </summary>
public static class RatesFile
{
    /// <summary>Reads every rate of a file, or none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="currency">The reporting currency (ISO 4217).</param>
    /// <exception cref="ImportException">It is not there, or a row cannot be read; all such rows are told.</exception>
    public static IReadOnlyList<ExchangeRate> Read(string path, string currency)
    {
        if (!File.Exists(path))
            throw new ImportException(path, "no such file", "a file with the columns date, currency and rate", "Correct the path.");
        var name = Path.GetFileName(path);
        var map = new ImportMap
        {
            Name = name,
            Currency = currency,
            Entities = new Dictionary<string, IReadOnlyList<EntityMap>>
            {
                [EntityFields.Rates] = [EntityFields.OwnRates with { Files = [name] }],
            },
        };
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var run = new ImportRun(folder, map, ImportOptions.Default with { MaxRejectedShare = 1 }, null, CancellationToken.None);
        using var rejected = run.Rejected;
        var rates = RateRows.Read(run);
        var faults = rejected.Kept.Where(r => !r.Action.Contains("repetition", StringComparison.Ordinal))
            .Select(r => r.ToString()).ToList();
        return faults.Count == 0 ? rates : throw new ImportException(faults);
    }
}
