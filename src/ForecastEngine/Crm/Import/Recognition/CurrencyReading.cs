using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>
/// Which currencies the deals are in, which one the report is in, and which one the columns are in that state every
/// amount in the company's own currency without saying which that is.
/// </summary>
internal sealed class CurrencyReading
{
    private const double NearlyAll = 0.95;
    private static readonly Regex Code = new("^[A-Za-z]{3}$", RegexOptions.CultureInvariant);
    private readonly LayoutMatch _match;
    private readonly RecognitionOptions _options;

    /// <param name="match">The layout and its files.</param>
    /// <param name="options">What is known beside the files.</param>
    public CurrencyReading(LayoutMatch match, RecognitionOptions options)
    {
        (_match, _options) = (match, options);
        Found = FoundIn(match);
        Company = CompanyOf();
        Reporting = options.Currency ?? options.KnownCurrency ?? Company
            ?? Found.OrderByDescending(c => c.Value).Select(c => c.Key).FirstOrDefault();
    }

    /// <summary>Every currency of the deals, with how many deals are in it.</summary>
    public SortedDictionary<string, long> Found { get; }

    /// <summary>The currency of the report; null where nothing tells it.</summary>
    public string? Reporting { get; }

    /// <summary>The company's own currency, in which columns of their own state the amounts; null where there are no such
    /// columns, or nothing tells.</summary>
    public string? Company { get; }

    /// <summary>What is left to ask.</summary>
    public IEnumerable<ImportQuestion> Questions()
    {
        if (Reporting is null) yield return new ImportQuestion(QuestionAbout.Currency, "amount", new Dictionary<string, long>());
        if (Company is null && InCompanyCurrency().FirstOrDefault() is { Table: not null } untold)
            yield return new ImportQuestion(QuestionAbout.CompanyCurrency, untold.Table.Columns[untold.Company].Name, Found);
        foreach (var question in Blank().Concat(Odd())) yield return question;
    }

    // Columns that state an amount in the company's currency, each with that of the deal's own and with the currency.
    private IEnumerable<(TableProfile Table, int Company, int[] Own, int[] Currency)> InCompanyCurrency()
    {
        foreach (var (table, source) in _match.Deals)
            foreach (var field in (string[])["amount", "actualAmount"])
            {
                var columns = ColumnsOf(source.Json["fields"]?[field]).Select(c => (At: table.IndexOf(c.Column), c.IsCompanys))
                    .Where(c => c.At >= 0 && table.Columns[c.At].Filled > 0).ToList();
                int[] currency = [.. source.Fields.GetValueOrDefault("currency", []).Select(table.IndexOf).Where(i => i >= 0)];
                foreach (var (at, _) in columns.Where(c => c.IsCompanys))
                    yield return (table, at, [.. columns.Where(c => !c.IsCompanys).Select(c => c.At)], currency);
            }
    }

    private static IEnumerable<(string Column, bool IsCompanys)> ColumnsOf(JsonNode? field) => field switch
    {
        JsonArray several => several.SelectMany(ColumnsOf),
        JsonObject one when one["columns"] is { } columns => ColumnsOf(columns),
        JsonObject one when one["column"] is { } column =>
            [(column.GetValue<string>(), one["currency"]?.GetValue<string>() == DraftMap.ReportingCurrency)],
        JsonValue name => [(name.GetValue<string>(), false)],
        _ => [],
    };

    // The company's currency is the one in which both amounts of nearly every deal are equal.
    private string? CompanyOf()
    {
        var (equal, all) = (new Dictionary<string, long>(StringComparer.Ordinal), new Dictionary<string, long>(StringComparer.Ordinal));
        var isThere = false;
        foreach (var (table, company, own, currency) in InCompanyCurrency())
        {
            isThere = true;
            foreach (var cells in table.Sample)
                if (CodeOf(DealRows.First(cells, currency)) is { } code && Plain(DealRows.First(cells, own)) is { Length: > 0 } typed && Plain(cells[company]) is { Length: > 0 } converted)
                {
                    all[code] = all.GetValueOrDefault(code) + 1;
                    if (typed == converted) equal[code] = equal.GetValueOrDefault(code) + 1;
                }
        }
        if (!isThere) return null;
        var told = all.Where(c => equal.GetValueOrDefault(c.Key) >= NearlyAll * c.Value).Select(c => c.Key).ToList();
        return told is [var one] ? one
            : _options.Currency ?? _options.KnownCurrency ?? (all.Count == 0 && Found.Count == 1 ? Found.Keys.First() : null);
    }

    // Digits and decimal sign without the zeros at their end; empty for nothing and for zero.
    private static string Plain(string text)
    {
        var figures = string.Concat(text.Where(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-'));
        var sign = figures.LastIndexOfAny(['.', ',']);
        var isDecimal = sign >= 0 && figures.Length - sign - 1 != 3;
        var whole = isDecimal ? figures[..sign].Replace(".", "").Replace(",", "") : figures.Replace(".", "").Replace(",", "");
        var rest = isDecimal ? figures[(sign + 1)..].TrimEnd('0') : "";
        return whole.Trim('-', '0').Length + rest.Length == 0 ? "" : $"{whole}.{rest}";
    }

    private static string? CodeOf(string text) =>
        DraftMap.Currencies.GetValueOrDefault(text, text) is var code && Code.IsMatch(code) ? code.ToUpperInvariant() : null;

    private static SortedDictionary<string, long> FoundIn(LayoutMatch match)
    {
        var found = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (table, source) in match.Deals)
            if (source.Fields.GetValueOrDefault("currency", []).Select(table.Find).FirstOrDefault(c => c is { Filled: > 0 }) is { } column)
                foreach (var (text, count) in column.Levels)
                    if (CodeOf(text) is { } code) found[code] = found.GetValueOrDefault(code) + count;
        return found;
    }

    // A blank among stated currencies is no statement: the amount may be in any of them.
    private IEnumerable<ImportQuestion> Blank()
    {
        if (Reporting is null || _options.Without.Contains("currency")) yield break;
        if (_match.Deals.All(d => d.Source.Fields.GetValueOrDefault("currency", []).All(c => d.Table.Find(c) is not { Filled: > 0 }))) yield break;
        foreach (var (table, source) in _match.Deals)
        {
            int[] Columns(string field) => [.. source.Fields.GetValueOrDefault(field, []).Select(table.IndexOf).Where(i => i >= 0)];
            var (columns, amounts) = (Columns("currency"), Columns("amount"));
            var blank = table.Sample.Count(r => columns.All(c => r[c].Length == 0)
                && amounts.Any(a => r[a].Length > 0 && !r[a].Any(char.IsLetter)));
            if (blank > 0)
                yield return new ImportQuestion(QuestionAbout.Currency, columns.Length > 0 ? table.Columns[columns[0]].Name : table.File,
                    new Dictionary<string, long> { [""] = blank });
        }
    }

    // A currency is a code of three letters, or one of the few signs and names that mean one only.
    private IEnumerable<ImportQuestion> Odd()
    {
        foreach (var (table, source) in _match.Deals)
            foreach (var column in source.Fields.GetValueOrDefault("currency", []).Select(table.Find).OfType<ColumnProfile>())
                if (column.Levels.Where(l => CodeOf(l.Key) is null).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal) is { Count: > 0 } odd)
                    yield return new ImportQuestion(QuestionAbout.Currencies, column.Name, odd);
    }
}
