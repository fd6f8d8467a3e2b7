namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Salesforce's Data Export: API names in every language, ids of 18 letters, a field history.</summary>
internal static class SalesforceShape
{
    private const string Instant = "yyyy-MM-dd'T'HH:mm:ss.000'Z'";

    private static readonly ShapeColumn[] Columns =
    [
        new("Id", d => Id(d)),
        new("IsDeleted", _ => "false"),
        new("AccountId", d => $"0015g00000000{d.Account[^2..]}AAM"),
        new("RecordTypeId", _ => "0125g000000AbCdAAK"),
        new("IsPrivate", _ => "false"),
        new("Name", d => d.Name),
        new("Description", d => d.Number % 5 == 0 ? "first line\nsecond \"line\"" : ""),
        new("StageName", Stage),
        new("Amount", d => d.Amount.Plain()),
        new("Probability", d => d.Told("40.0", "100.0", "0.0")),
        new("ExpectedRevenue", d => d.Amount.Plain()),
        new("TotalOpportunityQuantity", _ => ""),
        new("CloseDate", d => d.CloseOn.Text("yyyy-MM-dd")),
        new("Type", _ => "New Business"),
        new("NextStep", _ => "Call, then \"demo\""),
        new("LeadSource", d => d.Source),
        new("IsClosed", d => d.Told("false", "true", "true")),
        new("IsWon", d => d.Told("false", "true", "false")),
        new("ForecastCategory", d => d.Told("Pipeline", "Closed", "Omitted")),
        new("ForecastCategoryName", d => d.Told("Pipeline", "Closed", "Omitted")),
        new("CurrencyIsoCode", d => d.Currency),
        new("CampaignId", _ => ""),
        new("HasOpportunityLineItem", _ => "false"),
        new("OwnerId", Owner),
        new("CreatedDate", d => d.CreatedAt.Text(Instant)),
        new("CreatedById", Owner),
        new("LastModifiedDate", d => d.ModifiedAt.Text(Instant)),
        new("LastModifiedById", Owner),
        new("SystemModstamp", d => d.ModifiedAt.Text(Instant)),
        new("LastActivityDate", _ => ""),
        new("PushCount", _ => "0"),
        new("LastStageChangeDate", d => d.ModifiedAt.Text(Instant)),
        new("FiscalQuarter", d => $"{(d.CloseOn.Month + 2) / 3}"),
        new("FiscalYear", d => $"{d.CloseOn.Year}"),
        new("Fiscal", d => $"{d.CloseOn.Year} {(d.CloseOn.Month + 2) / 3}"),
        new("HasOpenActivity", _ => "false"),
        new("HasOverdueTask", _ => "false"),
    ];

    public static string Stage(ShapeDeal deal) => deal.StageOr("Closed Won", "Closed Lost");

    /// <summary>The first <paramref name="length"/> letters: reports show 15.</summary>
    public static string Id(ShapeDeal deal, int length = 18) => $"0065g0000{deal.Number:000000}AAI"[..length];

    public static IReadOnlyList<ShapeTable> Tables(string language, IReadOnlyList<ShapeDeal> deals) =>
        [ShapeTable.Of("Opportunity.csv", language, deals, Columns), new("OpportunityFieldHistory.csv", [Header, .. deals.SelectMany(History)])];

    private static readonly string[] Header = ["Id", "IsDeleted", "OpportunityId", "CreatedById", "CreatedDate", "Field", "DataType", "OldValue", "NewValue"];

    private static IEnumerable<string[]> History(ShapeDeal deal)
    {
        string[] Row(int n, DateTime at, string field, string from, string to) =>
            [$"0175g{deal.Number:00000}{n:00000}AAC", "false", Id(deal), Owner(deal), at.Text(Instant), field, "Text", from, to];
        yield return Row(0, deal.CreatedAt, "created", "", "");
        foreach (var (change, n) in Changes(deal).Select((c, n) => (c, n + 1))) yield return Row(n, change.At, "StageName", change.From, change.To);
    }

    /// <summary>From one stage to the next, the closing last.</summary>
    public static IEnumerable<(string From, string To, DateTime At)> Changes(ShapeDeal deal)
    {
        for (var s = 1; s < deal.Stages.Count; s++) yield return (deal.Stages[s - 1].Stage, deal.Stages[s].Stage, deal.Stages[s].EnteredAt);
        if (deal.ClosedAt is { } closed) yield return (deal.Stage, Stage(deal), closed);
    }

    private static string Owner(ShapeDeal deal) => $"0055g0000000{deal.Owner.Length:000}AAI";
}
