namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Zoho CRM's export of the deals: look-ups with their id beside, ids with a prefix, one closing date.</summary>
internal static class ZohoShape
{
    private const string Second = "yyyy-MM-dd HH:mm:ss";

    private static readonly ShapeColumn[] Columns =
    [
        new("Record Id", d => $"zcrm_543800000{d.Number:000000}"),
        new("Deal Owner.id", d => $"zcrm_5438000000{d.Owner.Length:00000}"),
        new("Deal Owner", d => d.Owner),
        new("Amount", d => d.Amount.Plain()),
        new("Deal Name", d => d.Name),
        new("Closing Date", d => d.CloseOn.Text("yyyy-MM-dd")),
        new("Account Name.id", d => $"zcrm_54380000077{d.Account[^2..]}"),
        new("Account Name", d => d.Account),
        new("Stage", Stage),
        new("Type", _ => "-None-"),
        new("Probability (%)", d => d.Told("40", "100", "0")),
        new("Expected Revenue", d => d.Amount.Plain()),
        new("Next Step", _ => ""),
        new("Lead Source", d => d.Source),
        new("Contact Name.id", _ => ""),
        new("Contact Name", _ => ""),
        new("Created By.id", _ => "zcrm_5438000000001"),
        new("Created By", _ => "Maja Novak"),
        new("Modified By.id", _ => "zcrm_5438000000001"),
        new("Modified By", _ => "Maja Novak"),
        new("Created Time", d => d.CreatedAt.Text(Second)),
        new("Modified Time", d => d.ModifiedAt.Text(Second)),
        new("Last Activity Time", d => d.ModifiedAt.Text(Second)),
        new("Description", d => d.Number % 5 == 0 ? "first line\nsecond \"line\"" : ""),
        new("Currency", d => d.Currency),
        new("Exchange Rate", d => d.Currency == "EUR" ? "1" : "1.1"),
        new("Reason For Loss", d => d.LossReason),
        new("Pipeline", d => d.Pipeline),
        new("Tag", _ => ""),
    ];

    public static string Stage(ShapeDeal deal) => deal.StageOr("Closed Won", deal.LossReason == "Competitor" ? "Closed-Lost to Competition" : "Closed Lost");

    public static IReadOnlyList<ShapeTable> Tables(string language, IReadOnlyList<ShapeDeal> deals) =>
        [ShapeTable.Of("Deals_2025_12_01.csv", language, deals, Columns) with { IsQuotedOnNeed = true }];
}
