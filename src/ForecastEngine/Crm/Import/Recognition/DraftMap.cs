using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>Writes the map that an understanding comes to: the layout's, with only what the files have.</summary>
internal static class DraftMap
{
    /// <summary>Signs and names that mean one currency only.</summary>
    internal static readonly IReadOnlyDictionary<string, string> Currencies = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["€"] = "EUR", ["Euro"] = "EUR", ["Euros"] = "EUR", ["£"] = "GBP", ["US$"] = "USD", ["US Dollar"] = "USD", ["Pound Sterling"] = "GBP", ["Swiss Franc"] = "CHF",
    };

    /// <summary>What stands in a map for the currency of the report.</summary>
    internal const string ReportingCurrency = "reporting";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(LayoutMatch match, Understanding understood, ValueReading values, StageReading stages, string? sheet)
    {
        var root = new JsonObject
        {
            ["name"] = match.Layout.Title,
            ["currency"] = understood.Currency,
            ["timeZone"] = understood.TimeZone,
            ["dates"] = new JsonArray([.. values.Formats.Select(f => JsonValue.Create(f))]),
            ["decimalSeparator"] = values.DecimalSeparator.ToString(),
        };
        if (values.GroupSeparator is { } group) root["groupSeparator"] = group.ToString();
        foreach (var kept in (string[])["emptyValues", "repeatedIds", "closingDay", "aliases", "maxAmount"])
            if (match.Layout.Root[kept] is { } value) root[kept] = value.DeepClone();
        foreach (var text in match.Deals.SelectMany(d => d.Source.Fields.GetValueOrDefault("currency", []).Select(d.Table.Find).OfType<ColumnProfile>()).SelectMany(c => c.Levels.Keys).Where(Currencies.ContainsKey))
        {
            var names = root["aliases"] as JsonObject ?? (JsonObject)(root["aliases"] = new JsonObject());
            ((JsonObject)(names["currency"] ??= new JsonObject()))[text] = Currencies[text];
        }
        // Other spellings are the team's own business; what the ready map calls a stage need not be a name here.
        if (!match.Layout.IsOwn && root["aliases"] is JsonObject aliases && aliases.Remove("stage") && aliases.Count == 0) root.Remove("aliases");
        if (match.Layout.IsOwn && match.Layout.Root["rates"] is { } rates) root["rates"] = rates.DeepClone();
        if (understood.Pipelines.Count > 0) root["pipelines"] = Pipelines(understood, stages);
        else root["stages"] = Stages(understood.Stages, stages);
        if (match.Outcomes.Count > 0) root["outcome"] = Outcome(match.Outcomes, understood, stages);
        root["entities"] = Entities(match, understood, sheet);
        if (understood.CompanyCurrency is { } company && company != understood.Currency) Restate(root["entities"]!, company);
        return root.ToJsonString(Indented);
    }

    // The company's currency need not be that of the report.
    private static void Restate(JsonNode node, string company)
    {
        if (node is JsonObject map && map["currency"] is JsonValue currency && currency.TryGetValue<string>(out var stated) && stated == ReportingCurrency)
            map["currency"] = company;
        foreach (var child in node switch { JsonObject o => o.Select(p => p.Value), JsonArray a => a, _ => [] })
            if (child is not null) Restate(child, company);
    }

    private static JsonArray Pipelines(Understanding understood, StageReading stages) =>
        new([.. understood.Pipelines.Select(p => (JsonNode)new JsonObject
        {
            ["name"] = p.Name, ["kind"] = p.Kind, ["stages"] = Stages([.. understood.Stages.Where(s => s.Pipeline == p.Name)], stages),
        })]);

    private static JsonArray Stages(IReadOnlyList<StageUnderstood> found, StageReading stages)
    {
        var list = new JsonArray();
        void Add(string name, StageKind kind, double? probability)
        {
            var stage = new JsonObject { ["name"] = name, ["kind"] = kind.ToString().ToLowerInvariant() };
            if (probability is { } p) stage["probability"] = Math.Round(p, 4);
            list.Add((JsonNode)stage);
        }
        foreach (var stage in found) Add(stage.Name, stage.Kind ?? StageKind.Open, stage.Probability);
        // A column that tells how deals ended needs stages to stand for it.
        if (stages.Statuses.Count == 0) return list;
        foreach (var kind in (StageKind[])[StageKind.Won, StageKind.Lost])
            if (!found.Any(s => s.Kind == kind)) Add(kind.ToString(), kind, null);
        return list;
    }

    private static JsonObject Outcome(IReadOnlyList<string> columns, Understanding understood, StageReading stages)
    {
        var values = new JsonObject();
        foreach (var (status, (kind, _)) in stages.Statuses)
            values[status == StageReading.Blank ? "" : status] = kind is StageKind.Won or StageKind.Lost
                ? understood.Stages.FirstOrDefault(s => s.Kind == kind)?.Name ?? kind.ToString() : null;
        JsonNode column = columns is [var only] ? only : new JsonArray([.. columns.Select(c => JsonValue.Create(c))]);
        return new JsonObject { ["column"] = column, ["values"] = values };
    }

    private static JsonObject Entities(LayoutMatch match, Understanding understood, string? sheet)
    {
        var entities = new JsonObject();
        foreach (var entity in match.Files.GroupBy(f => f.Source.Entity).OrderBy(e => EntityFields.Names.ToList().IndexOf(e.Key)))
        {
            var sources = entity.GroupBy(f => f.Source)
                .SelectMany(s => s.GroupBy(f => string.Join('\u001F', f.Table.Columns.Select(c => c.Name)))
                    .Select(same => (JsonNode)Source(match, s.Key, [.. same.Select(f => f.Table)], understood, sheet)))
                .ToArray();
            entities[entity.Key] = sources is [var only] ? only : new JsonArray(sources);
        }
        return entities;
    }

    private static JsonObject Source(LayoutMatch match, MapSource source, IReadOnlyList<TableProfile> tables, Understanding understood, string? sheet)
    {
        var table = tables[0];
        var json = new JsonObject { ["files"] = new JsonArray([.. tables.Select(t => PatternOf(t.File)).Distinct().Select(f => JsonValue.Create(f))]) };
        foreach (var kept in (string[])["repeated", "history", "where", "sheet"])
            if (source.Json[kept] is { } value) json[kept] = value.DeepClone();
        if (sheet is not null) json["sheet"] = sheet;
        var fields = new JsonObject();
        foreach (var (field, node) in source.Json["fields"] as JsonObject ?? [])
            if (MapSource.Pruned(node, table) is { } left) fields[field] = field == "crmProbability" ? Percent(left, source, table) : left;
        // Deals without a stage stand in one of their own, of the kind that the user named.
        if (source.Entity == EntityFields.Opportunities && fields["stage"] is { } stage && understood.Stages.Any(s => s.Name == StageReading.Blank))
            fields["stage"] = new JsonObject { ["columns"] = new JsonArray([.. MapSource.ColumnsOf(stage).Select(c => JsonValue.Create(c))]), ["constant"] = StageReading.Blank };
        if (Deleted(match, source, table, fields["deleted"]) is { } deleted) fields["deleted"] = deleted;
        json["fields"] = fields;
        var columns = new JsonObject();
        var entered = new JsonObject();
        foreach (var column in understood.Columns.Where(c => c.File == table.File))
            switch (column.Use)
            {
                // What fills a field may be known when the deal is created, too, as its pipeline is.
                case ColumnUse.Field:
                    if (Declared(source, column.Column) is { } known) columns[column.Column] = known.DeepClone();
                    break;
                case ColumnUse.Created: columns[column.Column] = Declared(source, column.Column)?.DeepClone() ?? "created"; break;
                case ColumnUse.Entered: entered[column.Column] = ColumnVerdicts.EnteredStage(source, column.Column); break;
                default: columns[column.Column] = "ignored"; break;
            }
        if (columns.Count > 0) json["columns"] = columns;
        if (entered.Count > 0) json["entered"] = entered;
        return json;
    }

    // A status that says the deal was deleted is no outcome: the deal is gone.
    private static JsonObject? Deleted(LayoutMatch match, MapSource source, TableProfile table, JsonNode? before)
    {
        if (source.Entity != EntityFields.Opportunities || match.OutcomeOf(table) is not { } column) return null;
        var values = table.Find(column)!.Levels.Keys.Where(v => Words.Is("deleted", v)).Order(StringComparer.Ordinal).ToList();
        if (values.Count == 0) return null;
        var status = new JsonObject { ["column"] = column, ["pattern"] = $"^({string.Join('|', values.Select(Regex.Escape))})$" };
        var others = MapSource.ColumnsOf(before).Where(c => !string.Equals(c, column, StringComparison.OrdinalIgnoreCase)).ToList();
        return others.Count == 0 ? status : new JsonObject { ["columns"] = new JsonArray([status, .. others.Select(c => JsonValue.Create(c))]) };
    }

    private static JsonNode? Declared(MapSource source, string column) =>
        (source.Json["columns"] as JsonObject ?? []).FirstOrDefault(c => string.Equals(c.Key, column, StringComparison.OrdinalIgnoreCase)).Value;

    // Whether a probability is written in percent the values say.
    private static JsonObject Percent(JsonNode field, MapSource source, TableProfile table)
    {
        var columns = source.Fields["crmProbability"].Select(table.Find).OfType<ColumnProfile>().Where(c => c.Filled > 0).ToList();
        var json = field as JsonObject ?? new JsonObject { ["columns"] = field is JsonArray ? field.DeepClone() : new JsonArray(field.DeepClone()) };
        if (columns.Any(StageReading.IsPercent)) json["percent"] = true;
        else json.Remove("percent");
        return json;
    }

    /// <summary>A file's name with what changes from export to export left open.</summary>
    private static string PatternOf(string file) => Regex.Replace(LayoutMatch.Plain(file), @"\d[\d_\-. ]*\d{2,}|\d{4,}", "*");
}
