using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Tests.Import.Shapes;

namespace ForecastEngine.Tests.Import.Recognition;

/// <summary>Compares what an import by an understood map tells with the deals that the export was written of.</summary>
internal static class Retelling
{
    /// <summary>What came out otherwise than it should: outcome, amount, currency, day of creation.</summary>
    /// <param name="folder">The export.</param>
    /// <param name="understood">What it was understood as.</param>
    /// <param name="deals">The deals, in the order of the export.</param>
    /// <param name="amounts">False where the export has no amounts.</param>
    public static List<string> Differences(string folder, Understanding understood, IReadOnlyList<ShapeDeal> deals, Func<int, bool>? hasAmount = null)
    {
        var result = CrmImport.Read(folder, ImportMap.Parse(understood.Map!), new ImportOptions { ExportedAt = new DateTimeOffset(ShapeDeals.ExportedAt), MaxRejectedShare = 0.05 });
        var wrong = new List<string>();
        var opportunities = result.Facts.Opportunities;
        if (opportunities.Count != deals.Count) return [$"{opportunities.Count} deals of {deals.Count}"];
        var last = result.Facts.Changes.ToLookup(c => (c.OpportunityId, c.Field), c => c.NewValue);
        var kinds = result.Facts.Stages.ToDictionary(s => s.Name, s => s.Kind);
        var fields = understood.Columns.Where(c => c.Use == ColumnUse.Field).Select(c => c.Field).ToHashSet();
        for (var i = 0; i < deals.Count; i++)
        {
            var (deal, told) = (deals[i], opportunities[i]);
            var stage = last[(told.Id, OpportunityField.Stage)].LastOrDefault() ?? told.Stage;
            if (stage is null || kinds[stage] != deal.Outcome) wrong.Add($"{deal.Number} is {stage}, not {deal.Outcome}");
            var amount = last[(told.Id, OpportunityField.Amount)].LastOrDefault() is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : told.Amount;
            if (fields.Contains("amount") && (hasAmount?.Invoke(i) ?? true) && amount != deal.Amount) wrong.Add($"{deal.Number} has {amount}, not {deal.Amount}");
            if (fields.Contains("currency") && (last[(told.Id, OpportunityField.Currency)].LastOrDefault() ?? told.Currency ?? "EUR") != deal.Currency) wrong.Add($"{deal.Number} is in {told.Currency}, not {deal.Currency}");
            if (fields.Contains("createdAt") && DateOnly.FromDateTime(told.CreatedAt.UtcDateTime) != DateOnly.FromDateTime(deal.CreatedAt)) wrong.Add($"{deal.Number} was created {told.CreatedAt}, not {deal.CreatedAt}");
        }
        return wrong;
    }
}
