using System.Text.Json;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>
/// Looks at exported files without a map and says what they are: which CRM wrote them, what each column is, which stages
/// are won and lost, how dates and numbers are written. What it cannot tell it asks; it never guesses money, dates or
/// outcomes.
/// </summary>
public static class Recogniser
{
    /// <summary>Fields without which a forecast is possible, but hardly what is meant.</summary>
    internal static readonly string[] Needed = ["id", "stage", "amount", "createdAt", "closedAt"];

    /// <summary>Looks at all tables of a folder, or at one file.</summary>
    /// <exception cref="ImportException">There is no such path, or a file is no table.</exception>
    public static Understanding Run(
        string path, RecognitionOptions? options = null, IProgress<ImportProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        options ??= RecognitionOptions.None;
        List<TableProfile> tables = [.. ExportFiles.Of(path).Select(f => TableProfile.Read(f, options.Sheet, progress, cancellation))];
        foreach (var table in tables)
            foreach (var column in options.Without) table.Hide(column);
        List<MapLayout> layouts = [.. ReadyMaps.Names.Select(n => new MapLayout(n, ReadyMaps.Find(n)!))];
        if (options.OwnMap is { } own) layouts.Add(new MapLayout("own", own, isOwn: true));
        return LayoutMatch.Best(layouts, tables) is { } match ? Of(match, tables, options, [.. OtherSheets.WithDeals(path, layouts, options)]) : Unknown(tables);
    }

    private static Understanding Of(
        LayoutMatch match, List<TableProfile> tables, RecognitionOptions options, IReadOnlyList<ImportQuestion> sheets)
    {
        var values = new ValueReading(match, options);
        var rows = new DealRows(match);
        var (day, newest) = Days(match, values);
        var stages = new StageReading(match, rows, options, day, newest);
        CheckAnswers(stages, options);
        var currencies = new CurrencyReading(match, options);
        var understood = new Understanding
        {
            Layout = match.Layout.Name, Product = match.Layout.Title,
            Files = [.. tables.Select(t => new FileUnderstood(t.File, match.Files.FirstOrDefault(f => f.Table == t).Source?.Entity, t.Rows))],
            Columns = new ColumnVerdicts(match, rows, stages).Read(),
            Stages = stages.Stages,
            Pipelines = rows.HasPipeline ? PipelinesOf(stages, match, options) : [],
            Currencies = currencies.Found, Currency = currencies.Reporting, CompanyCurrency = currencies.Company,
            WithoutRate =
            [
                .. currencies.Found.Keys.Append(currencies.Company).OfType<string>().Distinct()
                    .Where(c => c != currencies.Reporting && !options.KnownRates.Contains(c)),
            ],
            Dates = values.Formats, DecimalSeparator = values.DecimalSeparator,
            TimeZone = options.TimeZone ?? options.KnownTimeZone,
            Questions =
            [
                .. Missing(match, stages, options), .. MissingOutcomes(match), .. Ids(match, options),
                .. values.Questions, .. stages.Questions(), .. currencies.Questions(), .. SeveralAmounts(match), .. sheets,
            ],
        };
        return understood with { Map = currencies.Reporting is null ? null : DraftMap.Of(match, understood, values, stages, options.Sheet) };
    }

    private static Understanding Unknown(List<TableProfile> tables) => new()
    {
        Layout = null, Product = "", Files = [.. tables.Select(t => new FileUnderstood(t.File, null, t.Rows))],
        Questions = [new ImportQuestion(QuestionAbout.NoDeals, "", tables.SelectMany(t => t.Columns).GroupBy(c => c.Name).Take(60).ToDictionary(c => c.Key, c => c.Sum(o => o.Filled)))],
    };

    // A name that does not occur answers nothing.
    private static void CheckAnswers(StageReading stages, RecognitionOptions options)
    {
        var names = stages.Stages.SelectMany(s => (string[])[s.Name, StageReading.Shown(s)]).Concat(stages.Statuses.Keys).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var pipelines = stages.Stages.Select(s => s.Pipeline).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (option, said, known) in ((string, IReadOnlyList<string>, HashSet<string>)[])
            [("won", options.Won, names), ("lost", options.Lost, names), ("open", options.Open, names), ("not-revenue", options.NotRevenue, pipelines)])
            if (said.FirstOrDefault(n => !known.Contains(n)) is { } unknown)
                throw new ImportException($"--{option}", $"\"{unknown}\", which does not occur in the files", known.Count == 0 ? "no such answer: the files have none" : "one of " + RejectedRows.Shorten(string.Join(", ", known)), "Correct the name.");
    }

    private static IEnumerable<ImportQuestion> Missing(LayoutMatch match, StageReading stages, RecognitionOptions options)
    {
        // What the team's own map reads must not go unnoticed when it is no longer there.
        var own = match.Layout.IsOwn ? match.Deals.SelectMany(d => d.Source.Fields.Keys).Distinct() : [];
        foreach (var field in Needed.Union(own.Except(["plannedCloseOn", "recordedAt"])))
        {
            if (options.Without.Contains(field) || field == "stage" && match.Outcomes.Count > 0) continue;
            string[] either = field == "closedAt" ? ["closedAt", "plannedCloseOn"] : [field];
            foreach (var (table, source) in match.Deals)
                if (!either.Any(f => source.Fields.GetValueOrDefault(f, []).Any(c => table.Find(c) is { Filled: > 0 })
                    || source.Json["fields"]?[f] is System.Text.Json.Nodes.JsonObject o && o.ContainsKey("constant")))
                {
                    yield return new ImportQuestion(QuestionAbout.NoColumn, field, new Dictionary<string, long> { [table.File] = table.Rows });
                    break;
                }
        }
    }

    // Where one file of deals tells the outcome by a column of its own, the others must.
    private static IEnumerable<ImportQuestion> MissingOutcomes(LayoutMatch match) => match.Outcomes.Count == 0 ? []
        : match.Deals.Where(d => match.OutcomeOf(d.Table) is null)
            .Select(d => new ImportQuestion(QuestionAbout.NoColumn, "outcome", new Dictionary<string, long> { [d.Table.File] = d.Table.Rows }));

    private static IEnumerable<ImportQuestion> Ids(LayoutMatch match, RecognitionOptions options)
    {
        if (options.Without.Contains("id")) yield break;
        foreach (var (table, source) in match.Deals)
            if (source.Fields.GetValueOrDefault("id", []).Select(table.Find).FirstOrDefault(c => c is { Filled: > 0 }) is { } id)
            {
                var repeated = id.Levels.Where(l => l.Value > 1).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal);
                // A few repetitions are told by the import; many say that the column is no id, or that a row is no deal.
                if (id.Filled - repeated.Values.Sum() + repeated.Count < 0.95 * id.Filled && !options.Open.Contains("repeated"))
                    yield return new ImportQuestion(QuestionAbout.Ids, id.Name, repeated.OrderByDescending(r => r.Value).Take(4).ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal));
                else if (id.Filled < 0.95 * id.Rows)
                    yield return new ImportQuestion(QuestionAbout.Ids, id.Name, new Dictionary<string, long> { [""] = id.Rows - id.Filled });
            }
    }

    // In a spreadsheet of no known product two columns of money may be anything: price and total, value and units.
    private static IEnumerable<ImportQuestion> SeveralAmounts(LayoutMatch match)
    {
        if (!match.Layout.IsGeneral) yield break;
        foreach (var (table, source) in match.Deals)
            if (source.Fields.GetValueOrDefault("amount", []).Select(table.Find).OfType<ColumnProfile>().Where(c => c.Filled > 0).Distinct().ToList() is { Count: > 1 } several)
                yield return new ImportQuestion(QuestionAbout.Amounts, "amount", several.ToDictionary(c => c.Name, c => c.Filled, StringComparer.Ordinal));
    }

    private static List<PipelineUnderstood> PipelinesOf(StageReading stages, LayoutMatch match, RecognitionOptions options)
    {
        var known = options.KnownPipelines.ToDictionary(p => p.Name, p => JsonNamingPolicy.CamelCase.ConvertName(p.Kind.ToString()), StringComparer.Ordinal);
        foreach (var pipeline in match.Layout.Root["pipelines"] as System.Text.Json.Nodes.JsonArray ?? [])
            known.TryAdd(pipeline!["name"]!.GetValue<string>(), pipeline["kind"]?.GetValue<string>() ?? "newBusiness");
        return [.. stages.Stages.Where(s => s.Pipeline is not null).GroupBy(s => s.Pipeline!)
            .Select(p => new PipelineUnderstood(p.Key, KindOf(p.Key), p.Sum(s => s.Deals)))
            .OrderBy(p => known.Keys.ToList().IndexOf(p.Name) is >= 0 and var at ? at : int.MaxValue)
            // The first pipeline has the plain names of stages, which deals from before there were pipelines stand in.
            .ThenBy(p => p.Kind == "notRevenue").ThenByDescending(p => p.Deals).ThenBy(p => p.Name, StringComparer.Ordinal)];

        string KindOf(string name) => options.NotRevenue.Contains(name, StringComparer.OrdinalIgnoreCase) ? "notRevenue"
            : known.TryGetValue(name, out var kind) ? kind
            : Words.Has("notRevenue", name) && !Words.Has("expansion", name) && !Words.Has("renewal", name) ? "notRevenue" : Words.Has("renewal", name) ? "renewal"
            : Words.Has("expansion", name) ? "expansion" : "newBusiness";
    }

    private static (Func<string, DateOnly?> Day, DateOnly? Newest) Days(LayoutMatch match, ValueReading values)
    {
        if (values.Questions.Any(q => q.About is QuestionAbout.DateOrder or QuestionAbout.MixedDates)) return (_ => null, null);
        var parser = new ValueParser(NeutralMap.Map with { Dates = values.Formats });
        DateOnly? Day(string text) => parser.TryDay(text, out var day) ? day : null;
        DateOnly? newest = null;
        foreach (var (table, source) in match.Deals)
            if (source.Fields.GetValueOrDefault("createdAt", []).Select(table.Find).FirstOrDefault(c => c is not null) is { } created)
                foreach (var value in created.Levels.Keys.Concat(table.Sample.Select(r => r[Array.IndexOf(table.Columns, created)])))
                    if (Day(value) is { } day && !(newest >= day)) newest = day;
        return (Day, newest);
    }
}
