namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Dynamics 365's export of a view: display names, three columns that are not to be modified, times and numbers of
/// the user's locale, currencies by name, closing as a status.</summary>
internal static class DynamicsShape
{
    private const string Minute = "M/d/yyyy h:mm tt", Day = "M/d/yyyy";

    private static readonly ShapeColumn[] Columns =
    [
        new("(Do Not Modify) Opportunity", d => $"{d.Number:x8}-7ad4-ef11-a72f-000d3ab5e3a1"),
        new("(Do Not Modify) Row Checksum", d => Convert.ToBase64String(BitConverter.GetBytes(d.Number * 7919L)) + "=="),
        new("(Do Not Modify) Modified On", d => d.ModifiedAt.Text(Minute)),
        new("Topic", d => d.Number % 10 == 3 ? d.Name + "\nnext line" : d.Name),
        new("Potential Customer", d => d.Account),
        new("Contact", _ => "Jane Doe"),
        new("Est. close date", d => d.PlannedCloseOn.Text(Day)),
        new("Est. revenue", d => d.Amount.Grouped()),
        new("Currency", d => d.Currency switch { "USD" => "US Dollar", "GBP" => "Pound Sterling", _ => "Euro" }),
        new("Probability", d => d.Told("40", "100", "0")),
        new("Rating", _ => "Warm"),
        new("Pipeline Phase", d => d.Stage),
        new("Status", d => d.Told("Open", "Won", "Lost")),
        new("Status Reason", d => d.Told("In Progress", "Won", "Out-Sold")),
        new("Actual Revenue", d => d.IsWon ? d.Amount.Grouped() : ""),
        new("Actual Close Date", d => d.ClosedAt.Text(Day)),
        new("Owner", d => d.Owner),
        new("Created On", d => d.CreatedAt.Text(Minute)),
        new("Email Address", _ => ""),
    ];

    public static IReadOnlyList<ShapeTable> Tables(string language, IReadOnlyList<ShapeDeal> deals) =>
        [ShapeTable.Of("All Opportunities 12-1-2025 8-00-00 AM.csv", language, deals, Columns) with { IsQuotedOnNeed = true, Encoding = System.Text.Encoding.UTF8 }];
}
