using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using ForecastEngine.Backtesting.Baselines;

namespace ForecastEngine.Operations;

/// <summary>Numbers that people gave, from a CSV file with the columns made_on, from, until (dates as 2026-11-06) and amount.</summary>
public static class PeoplesForecastFile
{
    private static readonly string[] Columns = ["made_on", "from", "until", "amount"];

    /// <summary>Reads the file.</summary>
    /// <exception cref="OperationException">No such file, a column is missing, or cells cannot be read: all of them are told.</exception>
    public static IReadOnlyList<PeoplesForecast> Read(string path)
    {
        if (!File.Exists(path)) throw new OperationException($"{path}: found no such file; expected a CSV with the columns {string.Join(", ", Columns)}. Mend the path.");
        using var reader = new CsvReader(new StreamReader(path), new CsvConfiguration(CultureInfo.InvariantCulture) { PrepareHeaderForMatch = h => h.Header.Trim().ToLowerInvariant() });
        if (!reader.Read() || !reader.ReadHeader() || Columns.Where(c => !reader.HeaderRecord!.Select(h => h.Trim().ToLowerInvariant()).Contains(c)).ToList() is { Count: > 0 })
            throw new OperationException($"{path} line 1: found {string.Join(", ", reader.HeaderRecord ?? [])}; expected the columns {string.Join(", ", Columns)}. Name them so.");
        var (found, faults) = (new List<PeoplesForecast>(), new List<string>());
        while (reader.Read())
        {
            var (madeOn, from, until) = (Date("made_on"), Date("from"), Date("until"));
            var amount = decimal.TryParse(reader.GetField("amount"), NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : (decimal?)null;
            if (amount is null) Fault("amount", "a number such as 125000.00");
            if (from > until) Fault("until", $"a day not before {from:yyyy-MM-dd}");
            if (madeOn is { } m && from is { } f && until is { } u && f <= u && amount is { } a) found.Add(new PeoplesForecast(m, f, u, (double)a));
        }
        if (faults.Count > 0) throw new OperationException(string.Join(Environment.NewLine, faults));
        return found;

        DateOnly? Date(string column)
        {
            if (DateOnly.TryParseExact(reader.GetField(column)?.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
            Fault(column, "a date such as 2026-11-06");
            return null;
        }

        void Fault(string column, string expected) => faults.Add($"{Path.GetFileName(path)} line {reader.Parser.RawRow}, column {column}: found \"{reader.GetField(column)}\"; expected {expected}. Mend the cell.");
    }
}
