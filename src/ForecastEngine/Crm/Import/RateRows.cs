using System.Globalization;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// The exchange rates of an import: the map's constants, and those of files. A rate stands as reporting currency per
/// unit, or the other way
/// round; without a date it counts for every day.
/// </summary>
internal static class RateRows
{
    private const decimal MostRate = 1_000_000_000m;
    private const int Digits = 15;

    /// <summary>Reads them.</summary>
    public static List<ExchangeRate> Read(ImportRun run)
    {
        var rates = run.Map.Rates.Select(r => new ExchangeRate(r.Key, null, r.Value, run.Map.Name)).ToList();
        var known = rates.ToDictionary(r => (r.Currency, r.From), r => (r.Rate, File: ""));
        foreach (var rows in run.Open(EntityFields.Rates))
        {
            var columns = new RateColumns(rows.Field("date"), rows.Field("currency")!, rows.Field("rate"), rows.Field("unitsPerReporting"),
                rows.Field("source"));
            if (columns is { Rate: null, Units: null })
                throw new ImportException($"{rows.File} line {rows.HeaderLine}", "no rate", "a column with the rate",
                    "Map rate (reporting currency per unit) or unitsPerReporting (units per reporting currency).");
            while (rows.Next())
            {
                var read = ReadRow(run, rows, columns);
                if (read is null || rows.IsFaulty) { rows.Accept(); continue; }
                if (known.TryGetValue((read.Currency, read.From), out var before))
                {
                    // What a file says of every day replaces the map's constant; of two files the first has the say.
                    if (before.File.Length == 0) rates.RemoveAll(r => r.Currency == read.Currency && r.From is null);
                    else if (before.Rate == read.Rate)
                    {
                        rows.Repeats("repeated row", read.Currency, "each rate once");
                        continue;
                    }
                    else if (before.File != rows.File) rows.Skip("rate that another file states");
                    else
                        rows.Reject("duplicate rate", columns.Currency.Column, read.Currency,
                            "one rate for a currency and day; the first row was kept");
                    if (before.File.Length > 0) { rows.Accept(); continue; }
                }
                rows.Accept();
                known[(read.Currency, read.From)] = (read.Rate, rows.File);
                rates.Add(read);
            }
        }
        return rates;
    }

    // Null for a row that says nothing: the reporting currency against itself.
    private static ExchangeRate? ReadRow(ImportRun run, RowReader rows, RateColumns columns)
    {
        var (date, currency, rate, units, source) = columns;
        var code = rows.Needed(currency).ToUpperInvariant();
        if (!rows.IsFaulty && !IsCode(code))
            rows.Reject("unreadable currency", currency.Column, code, "a currency as three letters such as USD");
        var from = DayOf(run, rows, date);
        var (perUnit, perReporting) = (rows.Number(rate), rows.Number(units));
        var column = (perUnit is null && units is not null ? units : rate ?? units)!.Column;
        if (rows.IsFaulty) return null;
        if ((perUnit ?? perReporting) is not (> 0 and <= MostRate) and var found)
        {
            rows.Reject("unreadable rate", column, $"{found}", "a rate above 0");
            return null;
        }
        var value = decimal.Round(perUnit ?? 1 / perReporting!.Value, Digits);
        if (code != run.Map.Currency) return new ExchangeRate(code, from, value, rows.Text(source) ?? rows.File);
        if (value != 1)
            rows.Reject("rate of the reporting currency", column, value.ToString(CultureInfo.InvariantCulture),
                $"1, or rates into {run.Map.Currency}, the map's currency");
        else rows.Skip("the reporting currency itself");
        return null;
    }

    // CRMs write the beginning of time as a day of the year 0 or 1900: such a rate counts for every day.
    private static DateOnly? DayOf(ImportRun run, RowReader rows, BoundField? date)
    {
        if (rows.Text(date) is not { } text || text.StartsWith("0000-", StringComparison.Ordinal)) return null;
        if (run.Values.TryDay(text, out var day)
            || DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day))
            return day.Year < 1950 ? null : day;
        rows.Unreadable(date!, text, "unreadable date", run.Values.ExpectedTime + ", or 2026-01-31");
        return null;
    }

    private sealed record RateColumns(BoundField? Date, BoundField Currency, BoundField? Rate, BoundField? Units, BoundField? Source);

    internal static bool IsCode(string text) => text.Length == 3 && text.All(char.IsAsciiLetterUpper);
}
