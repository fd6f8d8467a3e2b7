using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using ForecastEngine.Backtesting.Baselines;

namespace ForecastEngine.Operations;

/// <summary>
/// Another model's scores, from a CSV file with the columns opportunity_id, as_of (a date: known at the end of that day, UTC),
/// probability (0–1) and, where the probability is that of being won by a certain day, period_end (a date). Further columns are
/// refused, so that a misspelt one is not passed over.
/// </summary>
public static class GivenScoresFile
{
    private const int MostFaults = 20;
    private const string Id = "opportunity_id", AsOf = "as_of", Probability = "probability", PeriodEnd = "period_end";
    private static readonly string[] Needed = [Id, AsOf, Probability];
    // A date, or the last instant of a day as exported snapshots bear it.
    private static readonly string[] Days = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    /// <summary>Reads <c>FILE</c> or <c>name=FILE</c>; without a name the file's own, without its ending.</summary>
    /// <exception cref="OperationException">No such file, a name that will not do, other columns, or cells that cannot be read or rows that stand twice: the first twenty are told.</exception>
    public static GivenScores ReadNamed(string setting) =>
        !File.Exists(setting) && setting.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? Read(setting[(at + 1)..], setting[..at].Trim()) : Read(setting, Path.GetFileNameWithoutExtension(setting).Trim());

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <param name="name">What the method is called.</param>
    /// <exception cref="OperationException">See <see cref="ReadNamed"/>.</exception>
    public static GivenScores Read(string path, string name)
    {
        if (!File.Exists(path)) throw new OperationException($"{path}: found no such file; expected a CSV with the columns {string.Join(", ", Needed)} and perhaps {PeriodEnd}. Mend the path.");
        var file = Path.GetFileName(path);
        var isBad = false;
        using var parser = new CsvParser(new StreamReader(path), new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = _ => isBad = true, TrimOptions = TrimOptions.Trim });
        var header = parser.Read() ? parser.Record!.Select(h => h.ToLowerInvariant()).ToArray() : [];
        if (Needed.Except(header).Any() || header.Except([.. Needed, PeriodEnd]).Any() || header.Distinct().Count() != header.Length)
            throw new OperationException($"{file} line 1: found the columns {string.Join(", ", header)}; expected {string.Join(", ", Needed)} and perhaps {PeriodEnd}, and no others. Name them so.");
        var column = header.Select((h, i) => (h, i)).ToDictionary(c => c.h, c => c.i, StringComparer.Ordinal);

        var (scores, faults, lines) = (new List<GivenScore>(), new List<string>(), new Dictionary<(string, DateOnly, DateOnly?), int>());
        while (faults.Count < MostFaults && parser.Read())
        {
            isBad = false;
            var (line, cells) = (parser.RawRow, parser.Record!);
            if (isBad || cells.Length != header.Length)
            {
                faults.Add(isBad ? $"{file} line {line}: found a quote out of place; expected quotes around whole cells. Mend the row." : $"{file} line {line}: found {cells.Length} cells; expected {header.Length}, one per column. Mend the row.");
                continue;
            }
            var (id, asOf, end) = (cells[column[Id]], Day(AsOf), column.ContainsKey(PeriodEnd) ? Day(PeriodEnd) : null);
            var isNumber = double.TryParse(cells[column[Probability]], NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var probability) && probability is >= 0 and <= 1;
            if (id.Length == 0) Fault(Id, "the id of a deal");
            if (!isNumber) Fault(Probability, "a number from 0 to 1 such as 0.35");
            if (end < asOf) Fault(PeriodEnd, $"a day not before {asOf:yyyy-MM-dd}");
            if (id.Length == 0 || !isNumber || asOf is not { } day || column.ContainsKey(PeriodEnd) && !(end >= asOf)) continue;
            if (lines.TryAdd((id, day, end), line)) scores.Add(new GivenScore(id, day, probability, end));
            else faults.Add($"{file} line {line}, column {Id}: found \"{id}\" as of {day:yyyy-MM-dd} a second time, first on line {lines[(id, day, end)]}; expected each once. Keep the score that was in force at the end of that day.");

            DateOnly? Day(string name)
            {
                if (DateTime.TryParseExact(cells[column[name]], Days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)) return DateOnly.FromDateTime(at);
                Fault(name, "a date such as 2026-11-06");
                return null;
            }

            void Fault(string name, string expected) => faults.Add($"{file} line {line}, column {name}: found \"{cells[column[name]]}\"; expected {expected}. Mend the cell.");
        }
        if (faults.Count > 0) throw new OperationException(string.Join(Environment.NewLine, faults) + (faults.Count >= MostFaults ? $"{Environment.NewLine}{file}: the first {MostFaults} faults are told; there may be more." : ""));
        if (scores.Count == 0) throw new OperationException($"{file}: found no row below the header; expected scores. Give some, or leave the file out.");
        try
        {
            return new GivenScores(name, scores);
        }
        catch (ArgumentException fault)
        {
            throw new OperationException($"{file}: {fault.Message.Split(" (Parameter")[0]} A name of your own: --scores name={path}.");
        }
    }
}
