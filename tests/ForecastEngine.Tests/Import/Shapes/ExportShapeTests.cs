using System.Globalization;
using System.Text.Json.Nodes;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import.Shapes;

public sealed class ExportShapeTests
{
    public static TheoryData<string, string> Shapes => [.. ExportShape.Products.SelectMany(p => ExportShape.Languages(p).Select(l => (p, l)))];

    [Theory, MemberData(nameof(Shapes))]
    public void A_real_shape_goes_in_with_its_ready_map(string product, string language)
    {
        var deals = ShapeDeals.Make();
        var tables = ExportShape.Tables(product, language, deals);
        var result = Read(product, language, deals);

        Assert.All(result.Rejected, r => Assert.Contains("cells as in the header", r.Expected, StringComparison.Ordinal));
        Assert.InRange(result.Rejected.Count, 0, tables.Sum(t => t.Footer.Count));
        var columns = result.Report.Entities.Single(e => e.Entity == "opportunities");
        Assert.All(columns.ColumnsUnknown, c => Assert.Matches("^Date (entered|exited) \"", c));
        Assert.Equal(deals.Count, result.Facts.Opportunities.Count);

        var last = result.Facts.Changes.ToLookup(c => (c.OpportunityId, c.Field), c => c.NewValue);
        var kinds = result.Facts.Stages.ToDictionary(s => s.Name, s => s.Kind);
        var (hasCurrency, hasCreation) = (Has(tables, columns, "currency"), Has(tables, columns, "createdAt"));
        foreach (var (deal, told) in deals.Zip(result.Facts.Opportunities))
        {
            Assert.Equal(deal.Outcome, kinds[last[(told.Id, OpportunityField.Stage)].LastOrDefault() ?? told.Stage!]);
            var amount = last[(told.Id, OpportunityField.Amount)].LastOrDefault() is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : told.Amount;
            Assert.Equal(deal.Amount, amount);
            if (hasCurrency) Assert.Equal(deal.Currency, told.Currency ?? "EUR");
            if (hasCreation) Assert.Equal(DateOnly.FromDateTime(deal.CreatedAt), DateOnly.FromDateTime(told.CreatedAt.UtcDateTime));
        }

        bool Has(IReadOnlyList<ShapeTable> written, EntityReport read, string field) =>
            ReadyMap(product, language, deals).Entities["opportunities"][0].Fields[field].Columns.Any(c => written[0].Rows[0].Contains(c.Column));
    }

    [Theory, InlineData("salesforce"), InlineData("salesforce-report-history")]
    public void A_history_tells_every_stage_with_its_time(string product)
    {
        var deals = ShapeDeals.Make();
        var result = Read(product, "en", deals);
        Assert.False(result.Report.IsDegraded);
        var expected = deals.SelectMany((d, i) => SalesforceShape.Changes(d).Select(c => (result.Facts.Opportunities[i].Id, c.To, c.At))).ToHashSet();
        var told = result.Facts.Changes.Where(c => c.Field == OpportunityField.Stage).Select(c => (c.OpportunityId, c.NewValue!, c.At.UtcDateTime)).ToHashSet();
        Assert.Empty(expected.Except(told));
    }

    [Fact]
    public void The_same_seed_makes_the_same_deals_of_every_kind()
    {
        var (deals, again) = (ShapeDeals.Make(), ShapeDeals.Make());
        Assert.Equal(deals.Select(d => (d.Name, d.Amount, d.ClosedAt)), again.Select(d => (d.Name, d.Amount, d.ClosedAt)));
        Assert.All([StageKind.Open, StageKind.Won, StageKind.Lost], kind => Assert.InRange(deals.Count(d => d.Outcome == kind), 10, 40));
        Assert.All(deals, d => Assert.True(d.ModifiedAt < ShapeDeals.ExportedAt));
    }

    private static ImportResult Read(string product, string language, IReadOnlyList<ShapeDeal> deals)
    {
        using var export = new TestExport();
        ExportShape.Write(export.Folder, product, language, deals);
        export.Map = ReadyMap(product, language, deals);
        export.Options = new ImportOptions { ExportedAt = new DateTimeOffset(ShapeDeals.ExportedAt), MaxRejectedShare = 0.2 };
        return export.Read();
    }

    // The ready map with what a company adapts: its stages, its rates, and the dates and numbers of the user's locale.
    private static ImportMap ReadyMap(string product, string language, IReadOnlyList<ShapeDeal> deals)
    {
        var map = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "data", "maps", ExportShape.MapOf(product) + ".json")))!.AsObject();
        var stages = ExportShape.Stages(product, language, deals);
        if (map.ContainsKey("pipelines"))
            map["pipelines"] = new JsonArray([.. ShapeDeals.Pipelines.Keys.Select(p => new JsonObject { ["name"] = p, ["kind"] = "newBusiness", ["stages"] = Json(ExportShape.Stages(product, language, deals, p)) })]);
        else map["stages"] = Json(stages);
        map["rates"] = new JsonObject { ["USD"] = 0.92, ["GBP"] = 1.17 };
        (map["aliases"] as JsonObject)?.Remove("stage");
        if (map["outcome"]?["values"] is JsonObject values)
            foreach (var other in values.Where(v => v.Value is { } stage && stages.All(s => s.Stage != (string?)stage)).Select(v => v.Key).ToList()) values.Remove(other);
        if (product == "salesforce-report" && language != "en") (map["decimalSeparator"], map["groupSeparator"]) = (",", ".");
        if (product == "salesforce-report" && language is "it" or "es") map["dates"] = new JsonArray("dd/MM/yyyy");
        return ImportMap.Parse(map.ToJsonString(), product);

        static JsonArray Json(IEnumerable<(string Stage, StageKind Kind)> stages) =>
            [.. stages.Select(s => new JsonObject { ["name"] = s.Stage, ["kind"] = s.Kind.ToString().ToLowerInvariant() })];
    }
}
