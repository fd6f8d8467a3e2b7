namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>HubSpot's export of all deals: one close date, stage labels with their pipeline in brackets. With all
/// properties it has columns for the time at which each stage was entered and left.</summary>
internal static class HubSpotShape
{
    private const string Minute = "yyyy-MM-dd HH:mm";
    private const string File = "hubspot-crm-exports-all-deals-2025-12-01.csv";

    private static readonly ShapeColumn[] Columns =
    [
        new("Record ID", d => Id(9_000_000_000, d), "Datensatz-ID", "ID de fiche d'informations", "ID record"),
        new("Deal Name", d => d.Name, "", "Nom de la transaction", "Nome trattativa"),
        new("Deal Stage", d => Stage("en", d), "", "Phase de la transaction", "Fase trattativa"),
        new("", d => Stage("de", d), "Deal-Phase"),
        new("Close Date", CloseTime, "Abschlussdatum", "Date de fermeture", "Data di chiusura"),
        new("Deal owner", d => d.Owner, "", "Propriétaire de la transaction", "Proprietario della trattativa"),
        new("Amount", d => d.Amount.Plain(), "Betrag", "Montant", "Importo"),
        new("Pipeline", d => d.Pipeline, "Pipeline", "Pipeline", "Pipeline"),
        new("Create Date", d => d.CreatedAt.Text(Minute), "", "Date de création"),
        new("Associated Company", d => d.Account, "", "", "Azienda associata"),
        new("Associated Company (Primary)", d => d.Account, "", "Associated Company (Primary)"),
        new("Associated Company IDs", d => "70000000" + d.Account[^2..]),
        new("Original Traffic Source", d => d.Source),
        new("Currency", d => d.Currency),
        new("Deal Type", _ => "New Business"),
        new("Deal probability", d => d.Told("0.4", "1", "0.0"), It: "Probabilità trattativa"),
        new("Closed Lost Reason", d => d.LossReason),
        new("Is Closed Won", d => d.Told("false", "true", "false"), It: "È con chiusura vinta"),
        new("Is closed lost", d => d.Told("false", "false", "true"), It: "È con chiusura persa"),
        new("Last Modified Date", d => d.ModifiedAt.Text(Minute)),
        new("Last Activity Date", _ => "2025-11-29 08:00"),
        new("Number of Sales Activities", d => d.Told("3", "7", "5")),
        new("Weighted amount", d => (d.IsWon ? d.Amount : 0).Plain()),
    ];

    public static string Stage(string language, ShapeDeal deal) =>
        Label(language == "de" ? deal.StageOr("Abgeschlossen und gewonnen", "Abgeschlossen und verloren") : deal.StageOr("Closed Won", "Closed Lost"), deal);

    public static IReadOnlyList<ShapeTable> Tables(string language, IReadOnlyList<ShapeDeal> deals) => [ShapeTable.Of(File, language, deals, Columns)];

    public static IReadOnlyList<ShapeTable> WideTables(string language, IReadOnlyList<ShapeDeal> deals)
    {
        var stages = ShapeDeals.Pipelines.SelectMany(p => p.Value.Concat(["Closed Won", "Closed Lost"]).Select(s => (Pipeline: p.Key, Stage: s)));
        var times = stages.SelectMany(s => new ShapeColumn[]
        {
            new($"Date entered \"{s.Stage} ({s.Pipeline})\"", d => d.Pipeline == s.Pipeline ? Entered(d, s.Stage).Text(Minute) : ""),
            new($"Date exited \"{s.Stage} ({s.Pipeline})\"", d => d.Pipeline == s.Pipeline ? Left(d, s.Stage).Text(Minute) : ""),
        });
        return [ShapeTable.Of(File, language, deals, [.. Columns, .. times])];
    }

    private static string Label(string stage, ShapeDeal deal) => $"{stage} ({deal.Pipeline})";

    private static string Id(long first, ShapeDeal deal) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{first + 37 * deal.Number}");

    private static string CloseTime(ShapeDeal deal) => deal.ClosedAt is { } at ? at.Text(Minute) : deal.PlannedCloseOn.Text("yyyy-MM-dd") + " 12:00";

    private static DateTime? Entered(ShapeDeal deal, string stage) =>
        stage == deal.StageOr("Closed Won", "Closed Lost") && deal.ClosedAt is not null ? deal.ClosedAt
        : deal.Stages.Where(s => s.Stage == stage).Select(s => (DateTime?)s.EnteredAt).FirstOrDefault();

    private static DateTime? Left(ShapeDeal deal, string stage)
    {
        var at = deal.Stages.Select(s => s.Stage).ToList().IndexOf(stage);
        return at < 0 ? null : at + 1 < deal.Stages.Count ? deal.Stages[at + 1].EnteredAt : deal.ClosedAt;
    }
}
