namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>How dates and amounts are written in all files together, and what is left to ask about them.</summary>
internal sealed class ValueReading
{
    private const double LeastRead = 0.95, LeastDecisive = 0.05;
    private const int FewDates = 20;
    private static readonly HashSet<string> Times = new(StringComparer.Ordinal)
    {
        "createdAt", "recordedAt", "modifiedAt", "plannedCloseOn", "closedAt", "convertedAt", "disqualifiedAt", "at",
        "from", "until", "date", "actualAt", "stageSince",
    };
    private static readonly HashSet<string> Amounts = new(StringComparer.Ordinal) { "amount", "actualAmount", "listPrice" };
    private readonly List<ImportQuestion> _questions = [];

    public ValueReading(LayoutMatch match, RecognitionOptions options)
    {
        var dates = new List<(string Column, ColumnProfile Profile)>();
        var amounts = new List<(string Column, ColumnProfile Profile)>();
        foreach (var (table, source) in match.Files)
        {
            foreach (var (field, columns) in source.Fields)
                foreach (var column in columns.Select(table.Find).OfType<ColumnProfile>().Where(c => c.Filled > 0))
                    if (Times.Contains(field)) dates.Add((column.Name, column));
                    else if (Amounts.Contains(field)) amounts.Add((column.Name, column));
            if (source.Entity == EntityFields.Opportunities)
                dates.AddRange(table.Columns.Where(c => c.Filled > 0 && ColumnVerdicts.EnteredStage(source, c.Name) is not null).Select(c => (c.Name, c)));
        }
        dates = [.. dates.DistinctBy(d => d.Profile)];
        Order = Decide(dates, options.Dates, Known(options, "dates") is { } before ? OrderOf(before) : null);
        Formats = [.. dates.SelectMany(d => d.Profile.Dates.Formats(Order ?? DateOrder.DayFirst)).Distinct().OrderBy(f => f == "iso" ? 0 : 1)];
        if (dates.Exists(d => AreDayNumbers(d.Profile))) Formats = [.. Formats, "excel"];
        if (Formats.Count == 0) Formats = ["iso"];
        DecimalSeparator = options.DecimalSeparator ?? Sign(amounts, Known(options, "decimalSeparator")?[0]);
        GroupSeparator = amounts.Select(a => a.Profile.Numbers.Group).FirstOrDefault(g => g is not null && g != DecimalSeparator)
            ?? (amounts.Any(a => a.Profile.Numbers is { EitherPoint: > 0 } or { EitherComma: > 0 } or { Point: > 0, Comma: > 0 }) ? DecimalSeparator == ',' ? '.' : ',' : null);
    }

    /// <summary>Formats of a map.</summary>
    public IReadOnlyList<string> Formats { get; }

    /// <summary>Whether the day or the month comes first; null where it does not matter, or is asked.</summary>
    public DateOrder? Order { get; }

    /// <summary>The decimal sign.</summary>
    public char DecimalSeparator { get; }

    /// <summary>The separator of thousands; null for none.</summary>
    public char? GroupSeparator { get; }

    /// <summary>What is left to ask.</summary>
    public IReadOnlyList<ImportQuestion> Questions => _questions;

    // As a spreadsheet writes dates whose cells are not formatted as such.
    private static bool AreDayNumbers(ColumnProfile profile) =>
        profile.Dates.Read == 0 && profile.Dates.DayNumbers >= LeastRead * profile.Dates.All;

    private DateOrder? Decide(List<(string Column, ColumnProfile Profile)> columns, DateOrder? stated, DateOrder? known)
    {
        foreach (var (name, profile) in columns)
            if (profile.Dates.Read < LeastRead * profile.Dates.All && !AreDayNumbers(profile))
                _questions.Add(new ImportQuestion(QuestionAbout.MixedDates, name, Some(profile, v => !IsDate(v))));
        var inFigures = columns.Where(c => c.Profile.Dates.HasOrder).ToList();
        if (inFigures.Count == 0) return stated;
        var (day, month) = (inFigures.Sum(c => c.Profile.Dates.DayFirst), inFigures.Sum(c => c.Profile.Dates.MonthFirst));
        if (day > 0 && month > 0)
        {
            _questions.Add(new ImportQuestion(QuestionAbout.MixedDates, string.Join(", ", inFigures.Select(c => c.Column).Distinct()), inFigures
                .SelectMany(c => new[] { c.Profile.Dates.Examples.DayFirst, c.Profile.Dates.Examples.MonthFirst }).OfType<string>().Distinct().Take(4).ToDictionary(e => e, _ => 1L, StringComparer.Ordinal)));
            return null;
        }
        var told = day > 0 ? DateOrder.DayFirst : month > 0 ? DateOrder.MonthFirst
            : inFigures.All(c => c.Profile.Dates.IsPointed) ? DateOrder.DayFirst : (DateOrder?)null;
        if (stated is { } said)
        {
            if (told is { } other && other != said && day + month > 0)
                _questions.Add(new ImportQuestion(QuestionAbout.MixedDates, inFigures[0].Column, new Dictionary<string, long> { [(said == DateOrder.DayFirst ? inFigures.Select(c => c.Profile.Dates.Examples.MonthFirst) : inFigures.Select(c => c.Profile.Dates.Examples.DayFirst)).First(e => e is not null)!] = day + month }));
            return said;
        }
        told ??= known;
        // Of every ten days six are past the twelfth: where hardly any is, one mistyped day would decide.
        var isDoubtful = told is not null && told != known && !inFigures.All(c => c.Profile.Dates.IsPointed)
            && inFigures.Exists(c => c.Profile.Dates is var d && d.Either >= FewDates && d.DayFirst + d.MonthFirst < LeastDecisive * d.Either);
        if (isDoubtful) told = null;
        if (told is null)
            _questions.Add(new ImportQuestion(QuestionAbout.DateOrder, string.Join(", ", inFigures.Select(c => c.Column).Distinct()), Some(inFigures[0].Profile, IsDate)));
        return told;
    }

    private char Sign(List<(string Column, ColumnProfile Profile)> columns, char? known)
    {
        foreach (var (name, profile) in columns)
            if (profile.Numbers.Read - profile.Numbers.Percent < LeastRead * profile.Numbers.All)
                _questions.Add(new ImportQuestion(QuestionAbout.MixedNumbers, name, Some(profile, v => !IsNumber(v))));
        var (point, comma) = (columns.Sum(c => c.Profile.Numbers.Point), columns.Sum(c => c.Profile.Numbers.Comma));
        if (point > 0 && comma > 0)
        {
            _questions.Add(new ImportQuestion(QuestionAbout.MixedNumbers, string.Join(", ", columns.Select(c => c.Column).Distinct()), columns
                .SelectMany(c => new[] { c.Profile.Numbers.Examples.Point, c.Profile.Numbers.Examples.Comma }).OfType<string>().Distinct().Take(4).ToDictionary(e => e, _ => 1L, StringComparer.Ordinal)));
            return '.';
        }
        var (eitherPoint, eitherComma) = (columns.Sum(c => c.Profile.Numbers.EitherPoint), columns.Sum(c => c.Profile.Numbers.EitherComma));
        // Three figures after the decimal sign, beside other counts of them, mean thousands written the other way.
        if (point > 0 && eitherPoint > 0 || comma > 0 && eitherComma > 0 || point + comma == 0 && eitherPoint > 0 && eitherComma > 0)
        {
            _questions.Add(new ImportQuestion(QuestionAbout.MixedNumbers, string.Join(", ", columns.Select(c => c.Column).Distinct()),
                Some(columns.First(c => c.Profile.Numbers.EitherPoint + c.Profile.Numbers.EitherComma > 0).Profile, v => v.AsSpan().IndexOfAny('.', ',') >= 0)));
            return '.';
        }
        if (point > 0 || comma > 0) return comma > 0 ? ',' : '.';
        if (eitherPoint + eitherComma == 0) return '.';
        if (known is { } before && (before == '.' ? eitherPoint : eitherComma) == 0) return before;
        _questions.Add(new ImportQuestion(QuestionAbout.DecimalSign, string.Join(", ", columns.Select(c => c.Column).Distinct()),
            Some(columns.First(c => c.Profile.Numbers.EitherPoint + c.Profile.Numbers.EitherComma > 0).Profile, v => v.AsSpan().IndexOfAny('.', ',') >= 0)));
        return '.';
    }

    // What the map that was agreed to before says: it counts where the values leave it open.
    private static string? Known(RecognitionOptions options, string property) =>
        options.OwnMap is { } own ? System.Text.Json.Nodes.JsonNode.Parse(own)?[property]?.ToJsonString().Trim('"') : null;

    private static DateOrder? OrderOf(string dates) => dates.Contains("\"d/", StringComparison.Ordinal) || dates.Contains("\"d-M-", StringComparison.Ordinal) || dates.Contains("\"d.", StringComparison.Ordinal) ? DateOrder.DayFirst
        : dates.Contains("\"M/", StringComparison.Ordinal) || dates.Contains("\"M-", StringComparison.Ordinal) ? DateOrder.MonthFirst : null;

    private static Dictionary<string, long> Some(ColumnProfile profile, Func<string, bool> isMeant) =>
        profile.Levels.Where(l => isMeant(l.Key)).OrderByDescending(l => l.Value).ThenBy(l => l.Key, StringComparer.Ordinal).Take(4).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);

    private static bool IsDate(string value)
    {
        var shape = new DateShape();
        shape.Add(value);
        return shape.Read > 0;
    }

    private static bool IsNumber(string value)
    {
        var shape = new NumberShape();
        shape.Add(value);
        return shape.Read > 0;
    }
}
