using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Writes made deals as each product exports them: its file names, headers, quoting, dates and numbers.</summary>
internal static class ExportShape
{
    private sealed record Product(string Map, string[] Languages, Func<string, IReadOnlyList<ShapeDeal>, IReadOnlyList<ShapeTable>> Tables,
        Func<string, ShapeDeal, string> Stage, params StageKind[] ToldByStatus);

    private static readonly Dictionary<string, Product> Known = new(StringComparer.Ordinal)
    {
        ["hubspot"] = new("hubspot", ["en", "de", "fr", "it"], HubSpotShape.Tables, HubSpotShape.Stage),
        ["hubspot-wide"] = new("hubspot", ["en"], HubSpotShape.WideTables, HubSpotShape.Stage),
        ["pipedrive"] = new("pipedrive", ["en", "de", "fr"], PipedriveShape.Tables, (_, d) => d.Stage, StageKind.Won, StageKind.Lost),
        ["salesforce"] = new("salesforce", ["en"], SalesforceShape.Tables, (_, d) => SalesforceShape.Stage(d)),
        ["salesforce-report"] = new("salesforce-report", ["en", "de", "it", "es"], SalesforceReportShape.Tables, SalesforceReportShape.Stage),
        ["salesforce-report-history"] = new("salesforce-report", ["en"], SalesforceReportShape.TablesWithHistory, SalesforceReportShape.Stage),
        ["dynamics365"] = new("dynamics365", ["en"], DynamicsShape.Tables, (_, d) => d.Stage, StageKind.Won, StageKind.Lost),
        ["zoho"] = new("zoho", ["en"], ZohoShape.Tables, (_, d) => ZohoShape.Stage(d)),
        ["odoo"] = new("odoo", ["en", "de", "sl", OdooShape.Technical], OdooShape.Tables, OdooShape.Stage, StageKind.Lost),
    };

    public static IEnumerable<string> Products => Known.Keys;

    /// <summary>The languages in which enough headers of a product's export are known.</summary>
    public static IReadOnlyList<string> Languages(string product) => Known[product].Languages;

    /// <summary>The ready map of a product.</summary>
    public static string MapOf(string product) => Known[product].Map;

    /// <summary>The export as tables.</summary>
    public static IReadOnlyList<ShapeTable> Tables(string product, string language, IReadOnlyList<ShapeDeal> deals) => Known[product].Tables(language, deals);

    /// <summary>Writes the export as csv files.</summary>
    public static void Write(string folder, string product, string language, IReadOnlyList<ShapeDeal> deals)
    {
        foreach (var table in Tables(product, language, deals)) table.WriteCsv(folder);
    }

    /// <summary>The stages as the export calls them, in order, and what they mean; won and lost too where a status column
    /// tells them.</summary>
    public static IReadOnlyList<(string Stage, StageKind Kind)> Stages(string product, string language, IReadOnlyList<ShapeDeal> deals)
    {
        var shape = Known[product];
        var found = deals.Select(d => (shape.Stage(language, d), Kind: shape.ToldByStatus.Contains(d.Outcome) ? StageKind.Open : d.Outcome));
        var passed = product.Contains("history", StringComparison.Ordinal) || product == "salesforce" ? deals.SelectMany(d => d.Stages.Select(s => (s.Stage, StageKind.Open))) : [];
        var told = shape.ToldByStatus.Select(k => (k.ToString(), k));
        return [.. found.Concat(passed).Concat(told).Distinct().OrderBy(s => s.Item2)];
    }

    /// <summary>The stages of one pipeline, without its name in brackets; with those that no deal stands in.</summary>
    public static IReadOnlyList<(string Stage, StageKind Kind)> Stages(string product, string language, IReadOnlyList<ShapeDeal> deals, string pipeline)
    {
        var stages = Stages(product, language, [.. deals.Where(d => d.Pipeline == pipeline)]);
        var named = stages.Select(s => (s.Stage.Replace($" ({pipeline})", "", StringComparison.Ordinal), s.Kind));
        return [.. ShapeDeals.Pipelines[pipeline].Select(s => (s, StageKind.Open)).Concat(named).Distinct()];
    }
}
