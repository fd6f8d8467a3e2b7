using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import;

/// <summary>Reads a map strictly: an unknown property or a value of the wrong kind is a fault, and all faults are told together.</summary>
internal sealed partial class ImportMapReader
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private readonly List<string> _faults = [];
    private readonly string _where;

    private ImportMapReader(string where) => _where = where;

    public static ImportMap Read(string json, string where)
    {
        using var document = Open(json, where);
        var reader = new ImportMapReader(where);
        var map = reader.Map(document.RootElement);
        return reader._faults.Count == 0 ? map : throw new ImportException(reader._faults);
    }

    private static JsonDocument Open(string json, string where)
    {
        try { return JsonDocument.Parse(json, Lenient); }
        catch (JsonException e)
        {
            throw new ImportException(where, $"not readable as JSON at line {e.LineNumber + 1}", "a JSON object", "Correct that line, for instance a missing comma or quote.");
        }
    }

    private string _currency = "";

    private ImportMap Map(JsonElement root)
    {
        var p = Properties(root, "", "name", "currency", "rates", "timeZone", "calendar", "exportedAt", "encoding", "delimiter", "dates", "decimalSeparator",
            "groupSeparator", "maxAmount", "emptyValues", "stages", "pipelines", "outcome", "aliases", "repeatedIds", "closingDay", "entities");
        var currency = Text(p, "currency") ?? "";
        if (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper)) Fault("currency", Shown(p, "currency"), "the reporting currency as three capital letters such as EUR");
        _currency = currency;
        var (pipelines, stages) = Process(p);
        var map = new ImportMap
        {
            Name = Text(p, "name") ?? _where,
            Currency = currency,
            Rates = Each(p, "rates", (v, at) => Number(v, at, n => n > 0, "a rate above 0")),
            TimeZone = Zone(Text(p, "timeZone")),
            Calendar = Calendar(p),
            ExportedAt = Moment(Text(p, "exportedAt")),
            Encoding = CheckedEncoding(Text(p, "encoding") ?? "utf-8"),
            Delimiter = Character(p, "delimiter", ",;\t|"),
            Dates = Formats(p),
            DecimalSeparator = Character(p, "decimalSeparator", ".,") ?? '.',
            GroupSeparator = Character(p, "groupSeparator", ".,' "),
            MaxAmount = p.TryGetValue("maxAmount", out var max) ? Number(max, "maxAmount", n => n > 0, "an amount above 0") : 1_000_000_000m,
            EmptyValues = p.TryGetValue("emptyValues", out var empty) ? Strings(empty, "emptyValues").ToHashSet(StringComparer.Ordinal) : new HashSet<string>(),
            Pipelines = pipelines,
            Stages = stages,
            Outcome = Outcome(p),
            Aliases = Each(p, "aliases", (v, at) => (IReadOnlyDictionary<string, string>)Texts(v, at).ToDictionary(t => t.Key, t => t.Value ?? "", StringComparer.Ordinal)),
            RepeatedIds = Text(p, "repeatedIds") is { } repeated ? Choice<RepeatedId>(repeated, "repeatedIds") ?? RepeatedId.First : RepeatedId.First,
            ClosingDay = Text(p, "closingDay") is { } day ? Choice<ClosingDay>(day, "closingDay") ?? ClosingDay.CloseDate : ClosingDay.CloseDate,
            Entities = Entities(p),
        };
        CheckTogether(map);
        return map;
    }

    private void CheckTogether(ImportMap map)
    {
        if (map.GroupSeparator == map.DecimalSeparator) Fault("groupSeparator", map.DecimalSeparator.ToString(), "another character than decimalSeparator");
        if (!map.Entities.ContainsKey(EntityFields.Opportunities)) Fault("entities", "no opportunities", "an entry that tells where the opportunities are");
        if (map.Stages.Count == 0 && !map.Entities.ContainsKey(EntityFields.Stages)) Fault("stages", "none", "the stages in order, or an entity stages");
        if (map.Stages.Count > 0 && !map.Entities.ContainsKey(EntityFields.Stages)) CheckStages(map);
        foreach (var (field, spellings) in map.Aliases)
            foreach (var (found, meant) in spellings)
                if (meant != found && spellings.ContainsKey(meant) && spellings[meant] != meant)
                    Fault($"aliases.{field}.{found}", meant, "a value that is no other spelling itself: one that stands in the export today");
        foreach (var field in map.Aliases.Keys)
            if (!EntityFields.Of(EntityFields.Opportunities).Contains(field)) Fault("aliases", field, "a field of opportunities");
        foreach (var (entity, sources) in map.Entities)
            foreach (var kinds in sources.SelectMany(s => s.Kinds).Distinct().ToLookup(k => k.Key, k => k.Value))
                if (kinds.Count() > 1)
                    Fault($"entities.{entity}.columns.{kinds.Key}.kind", string.Join(" and ", kinds), "one kind");
        if (!map.Entities.TryGetValue(EntityFields.Changes, out var changes)) return;
        var tracked = map.Entities.GetValueOrDefault(EntityFields.Opportunities, []).SelectMany(e => e.Columns).Where(c => c.Value == ColumnKind.Tracked).Select(c => c.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, history) in changes.SelectMany(c => c.History))
            if (history.Field is { } field && field is not (EntityFields.ActualAmount or EntityFields.Pipeline) && !EntityFields.HistoryNames.Values.Contains(field) && !tracked.Contains(field))
                Fault($"entities.changes.history.{name}", field, $"one of {string.Join(", ", EntityFields.HistoryNames.Values)}, {EntityFields.ActualAmount}, {EntityFields.Pipeline}, or a tracked column of the opportunities");
    }

    // The pipelines with their stages, or the stages of the one process.
    private (IReadOnlyList<SalesPipeline> Pipelines, IReadOnlyList<Stage> Stages) Process(Dictionary<string, JsonElement> p)
    {
        var (pipelines, stages) = (new List<SalesPipeline>(), new StageList());
        if (p.TryGetValue("stages", out var list)) Stages(list, "stages", null, stages);
        if (!p.TryGetValue("pipelines", out var all)) return (pipelines, stages.Stages);
        if (p.ContainsKey("stages")) Fault("pipelines", "stages beside them", "either stages or pipelines, which have their own stages");
        foreach (var (entry, i) in Items(all, "pipelines").Select((e, i) => (e, i)))
        {
            var at = $"pipelines[{i}]";
            var s = Properties(entry, at, "name", "kind", "stages");
            if (Text(s, "name") is not { Length: > 0 } name) { Fault($"{at}.name", Shown(s, "name"), "the pipeline's name"); continue; }
            if (pipelines.Any(other => other.Name == name)) Fault($"{at}.name", name, "a name that no other pipeline has");
            pipelines.Add(new SalesPipeline(name, Choice<PipelineKind>(Text(s, "kind"), $"{at}.kind") ?? PipelineKind.NewBusiness));
            if (s.TryGetValue("stages", out var own)) Stages(own, $"{at}.stages", name, stages);
            else Fault($"{at}.stages", "none", "the stages in order");
        }
        return (pipelines, stages.Stages);
    }

    private void Stages(JsonElement list, string at, string? pipeline, StageList stages)
    {
        foreach (var (entry, i) in Items(list, at).Select((e, i) => (e, i)))
        {
            var s = Properties(entry, $"{at}[{i}]", "name", "kind", "probability");
            var name = Text(s, "name");
            if (string.IsNullOrEmpty(name)) { Fault($"{at}[{i}].name", Shown(s, "name"), "the stage's name"); continue; }
            double? probability = s.TryGetValue("probability", out var value) ? (double)Number(value, $"{at}[{i}].probability", n => n is >= 0 and <= 1, "a fraction between 0 and 1") : null;
            var kind = Choice<StageKind>(Text(s, "kind"), $"{at}[{i}].kind") ?? StageKind.Open;
            if (!stages.Add(name, i, kind, probability, pipeline)) Fault($"{at}[{i}].name", name, "a name that no other stage has");
        }
    }

    private void CheckStages(ImportMap map)
    {
        string?[] pipelines = map.Pipelines.Count == 0 ? [null] : [.. map.Pipelines.Where(p => p.IsRevenue).Select(p => p.Name)];
        foreach (var stage in map.Outcome?.Values.Values.OfType<string>().Distinct() ?? [])
            if (pipelines.FirstOrDefault(p => !map.Stages.Any(s => s.Pipeline == p && s.Label == stage), "") is not "" and var lacking)
                Fault("outcome.values", stage, lacking is null ? "the name of one of the stages" : $"the name of a stage of every pipeline; {lacking} has none");
    }

    private OutcomeMap? Outcome(Dictionary<string, JsonElement> p)
    {
        if (!p.TryGetValue("outcome", out var outcome)) return null;
        var o = Properties(outcome, "outcome", "column", "values");
        var columns = o.TryGetValue("column", out var column) ? Strings(column, "outcome.column") : [];
        if (columns.Count == 0 || columns.Contains("")) { Fault("outcome.column", "none", "a column of the opportunities file"); return null; }
        if (o.TryGetValue("values", out var values)) return new OutcomeMap(columns, Texts(values, "outcome.values"));
        Fault("outcome.values", "none", "value found → name of a won or lost stage, or null for open");
        return null;
    }

    private Dictionary<string, IReadOnlyList<EntityMap>> Entities(Dictionary<string, JsonElement> p)
    {
        var entities = new Dictionary<string, IReadOnlyList<EntityMap>>(StringComparer.Ordinal);
        if (!p.TryGetValue("entities", out var all)) return entities;
        foreach (var (name, value) in Properties(all, "entities", [.. EntityFields.Names]))
        {
            var at = $"entities.{name}";
            entities[name] = value.ValueKind == JsonValueKind.Array
                ? [.. value.EnumerateArray().Select((v, i) => Entity(v, name, $"{at}[{i}]"))]
                : [Entity(value, name, at)];
        }
        entities[EntityFields.Rates] = [EntityFields.OwnRates, .. entities.GetValueOrDefault(EntityFields.Rates, [])];
        return entities;
    }

    private EntityMap Entity(JsonElement element, string name, string at)
    {
        var p = Properties(element, at, "files", "required", "repeated", "sheet", "where", "fields", "columns", "entered", "enteredPattern", "history");
        var files = p.TryGetValue("files", out var f) ? Strings(f, $"{at}.files") : [];
        if (files.Count == 0) Fault($"{at}.files", "none", "one or more file name patterns such as Opportunity*.csv");
        var fields = new Dictionary<string, FieldMap>(StringComparer.Ordinal);
        if (p.TryGetValue("fields", out var all))
            foreach (var (field, value) in Properties(all, $"{at}.fields", [.. EntityFields.Of(name)]))
                if (value.ValueKind != JsonValueKind.Null) fields[field] = Field(value, $"{at}.fields.{field}");
        foreach (var required in EntityFields.RequiredOf(name))
            if (!fields.ContainsKey(required)) Fault($"{at}.fields", $"no {required}", $"the column of the field {required}");
        if (name != EntityFields.Changes && p.ContainsKey("history")) Fault($"{at}.history", "a list of history fields", "none: only changes have one");
        var columns = Each(p, "columns", Column, at + ".");
        foreach (var twice in columns.Keys.GroupBy(c => c, StringComparer.OrdinalIgnoreCase).Where(c => c.Count() > 1))
            Fault($"{at}.columns", string.Join(" and ", twice), "the column once: a header is found in any case");
        if (name != EntityFields.Opportunities && p.ContainsKey("entered")) Fault($"{at}.entered", "columns with times of stages", "none: only opportunities have them");
        return new EntityMap
        {
            Files = files,
            IsRequired = Flag(p, "required", at),
            IsRepeated = Flag(p, "repeated", at),
            Sheet = Text(p, "sheet"),
            Where = p.TryGetValue("where", out var where)
                ? [.. Items(where, $"{at}.where").Select((e, i) => Condition(e, $"{at}.where[{i}]")).OfType<RowCondition>()]
                : [],
            Fields = fields,
            Columns = columns.ToDictionary(c => c.Key, c => c.Value.Known, StringComparer.Ordinal),
            Kinds = columns.Where(c => c.Value.Kind is not null)
                .ToDictionary(c => c.Key, c => c.Value.Kind!.Value, StringComparer.Ordinal),
            Entered = p.TryGetValue("entered", out var entered)
                ? Texts(entered, $"{at}.entered").ToDictionary(e => e.Key, e => e.Value ?? Faulty($"{at}.entered.{e.Key}", "null", "the name of a stage", ""), StringComparer.Ordinal)
                : new Dictionary<string, string>(),
            History = Each(p, "history", History, at + "."),
        };
    }

    private (ColumnKind Known, ValueKind? Kind) Column(JsonElement element, string at)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            var text = element.ValueKind == JsonValueKind.String ? element.GetString() : element.GetRawText();
            return (Choice<ColumnKind>(text, at) ?? ColumnKind.Ignored, null);
        }
        var p = Properties(element, at, "known", "kind");
        var known = Choice<ColumnKind>(Text(p, "known"), at + ".known") ?? ColumnKind.Ignored;
        return (known, p.ContainsKey("kind") ? Choice<ValueKind>(Text(p, "kind"), at + ".kind") : null);
    }

    private RowCondition? Condition(JsonElement element, string at)
    {
        var p = Properties(element, at, "column", "in", "notIn");
        if (Text(p, "column") is not { Length: > 0 } column) return Faulty<RowCondition?>($"{at}.column", Shown(p, "column"), "a column of the file", null);
        if (p.ContainsKey("in") == p.ContainsKey("notIn"))
            return Faulty<RowCondition?>(at, element.GetRawText(), "either in, the values of rows that are read, or notIn, those of rows that are left out", null);
        var name = p.ContainsKey("in") ? "in" : "notIn";
        var values = Strings(p[name], $"{at}.{name}");
        if (values.Count == 0) Fault($"{at}.{name}", "no value", "at least one; \"\" stands for an empty cell");
        return new RowCondition(column, values.ToHashSet(StringComparer.Ordinal), name == "in");
    }

    private FieldMap Field(JsonElement element, string at)
    {
        if (element.ValueKind != JsonValueKind.Object) return new FieldMap { Columns = Sources(element, at) };
        var p = Properties(element, at, "column", "columns", "pattern", "when", "constant", "known", "percent", "ifEmpty", "ifUnreadable", "join", "currency", "named");
        List<ColumnSource> columns = p.TryGetValue("columns", out var list) ? Sources(list, at + ".columns") : p.ContainsKey("column") ? [Source(p, at)] : [];
        if (Currency(p, at) is { } currency) columns = [.. columns.Select(c => c with { Currency = c.Currency ?? currency })];
        if (Text(p, "ifEmpty") is { } instead and not ("exportedAt" or "firstSign")) Fault(at + ".ifEmpty", instead, "exportedAt or firstSign");
        if (columns.Count == 0 && !p.ContainsKey("constant")) Fault(at, "neither column nor constant", "where the value comes from");
        return new FieldMap
        {
            Columns = columns,
            Constant = Text(p, "constant"),
            Known = Text(p, "known") is { } known ? Choice<Known>(known, at + ".known") : null,
            IsPercent = Flag(p, "percent", at),
            ElseExportedAt = Text(p, "ifEmpty") == "exportedAt",
            ElseFirstSign = Text(p, "ifEmpty") == "firstSign",
            Join = Text(p, "join"),
            EmptyIfUnreadable = OneOf(p, "ifUnreadable", "empty", at),
        };
    }

    private List<ColumnSource> Sources(JsonElement element, string at) => element.ValueKind switch
    {
        JsonValueKind.String => [new ColumnSource(element.GetString()!)],
        JsonValueKind.Array => [.. element.EnumerateArray().Select((e, i) => e.ValueKind == JsonValueKind.String
            ? new ColumnSource(e.GetString()!)
            : Source(Properties(e, $"{at}[{i}]", "column", "pattern", "when", "currency", "named"), $"{at}[{i}]"))],
        _ => Faulty<List<ColumnSource>>(at, element.GetRawText(), "a column name, a list of them, or an object", []),
    };

    private ColumnSource Source(Dictionary<string, JsonElement> p, string at)
    {
        var column = Text(p, "column");
        if (string.IsNullOrEmpty(column)) Fault(at + ".column", "none", "a column name");
        if (!p.TryGetValue("when", out var when)) return new ColumnSource(column ?? "", Pattern(p, at), Currency: Currency(p, at), IsNamed: Flag(p, "named", at));
        var w = Properties(when, at + ".when", "column", "in");
        if (Text(w, "column") is null || !w.ContainsKey("in")) Fault(at + ".when", when.GetRawText(), "a column and the values in which it counts");
        return new ColumnSource(column ?? "", Pattern(p, at), Text(w, "column"), w.TryGetValue("in", out var values) ? Strings(values, at + ".when.in").ToHashSet(StringComparer.Ordinal) : null, Currency(p, at), Flag(p, "named", at));
    }

    private string? Currency(Dictionary<string, JsonElement> p, string at)
    {
        if (Text(p, "currency") is not { } text) return null;
        if (text == "reporting") return _currency;
        return RateRows.IsCode(text) ? text : Faulty<string?>(at + ".currency", text, "a currency such as USD, or reporting for that of the map", null);
    }

    private HistoryFieldMap History(JsonElement element, string at)
    {
        if (element.ValueKind == JsonValueKind.Null) return new HistoryFieldMap(null);
        if (element.ValueKind == JsonValueKind.String) return new HistoryFieldMap(element.GetString());
        var p = Properties(element, at, "field", "pattern", "values", "currency");
        if (Text(p, "field") is null) Fault(at + ".field", "none", "a field of the engine");
        return new HistoryFieldMap(Text(p, "field"), Pattern(p, at), p.TryGetValue("values", out var values) ? Texts(values, at + ".values") : null, Currency(p, at));
    }

    private string? Pattern(Dictionary<string, JsonElement> p, string at)
    {
        if (Text(p, "pattern") is not { } pattern) return null;
        try { _ = new Regex(pattern); return pattern; }
        catch (ArgumentException e) { return Faulty<string?>(at + ".pattern", pattern, "a regular expression: " + e.Message, null); }
    }

    private List<string> Formats(Dictionary<string, JsonElement> p)
    {
        if (!p.TryGetValue("dates", out var element)) return ["iso"];
        var formats = Strings(element, "dates");
        if (formats.Count == 0) Fault("dates", "none", "at least one format, for instance \"iso\"");
        foreach (var format in formats)
            if (format is not ("iso" or "unixSeconds" or "unixMilliseconds" or "excel" or "yearDay") && !(format.Contains('y') && format.Contains('M') && format.Contains('d')))
                Fault("dates", format, "iso, unixSeconds, unixMilliseconds, excel, yearDay or a format with y, M and d such as dd.MM.yyyy HH:mm");
        return formats;
    }

    private TimeZoneInfo Zone(string? id)
    {
        if (id is null or "UTC") return TimeZoneInfo.Utc;
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : Faulty("timeZone", id, "a time zone such as UTC or Europe/Ljubljana", TimeZoneInfo.Utc);
    }

    // Its zone is the map's where it names none.
    private BusinessCalendar? Calendar(Dictionary<string, JsonElement> p)
    {
        if (!p.TryGetValue("calendar", out var element)) return null;
        var c = Properties(element, "calendar", "timeZone", "fiscalYearStarts", "fiscalYearNamed", "pattern", "yearEnds", "weekStarts", "holidays");
        var settings = new CalendarSettings
        {
            TimeZone = Text(c, "timeZone") ?? Text(p, "timeZone"), FiscalYearStarts = Text(c, "fiscalYearStarts"), FiscalYearNamed = Text(c, "fiscalYearNamed"), Pattern = Text(c, "pattern"),
            YearEnds = Text(c, "yearEnds"), WeekStarts = Text(c, "weekStarts"), Holidays = c.TryGetValue("holidays", out var days) ? Strings(days, "calendar.holidays") : null,
        };
        return settings.ApplyTo(BusinessCalendar.Default, (setting, found, expected) => Fault($"calendar.{setting}", found, expected));
    }

    private DateTimeOffset? Moment(string? text)
    {
        if (text is null) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) && text.Contains('-')
            ? at : Faulty<DateTimeOffset?>("exportedAt", text, "an ISO 8601 time such as 2026-01-31T23:59:59Z", null);
    }

    private string CheckedEncoding(string name) => TextSource.FindEncoding(name) is null ? Faulty("encoding", name, "a name such as utf-8, windows-1250 or iso-8859-2", "utf-8") : name;

    private char? Character(Dictionary<string, JsonElement> p, string name, string allowed)
    {
        if (Text(p, name) is not { } text) return null;
        return text.Length == 1 && allowed.Contains(text[0]) ? text[0] : Faulty<char?>(name, text, "one of " + string.Join("  ", allowed.Select(c => c == '\t' ? "\\t" : $"'{c}'")), null);
    }
}
