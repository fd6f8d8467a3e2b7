using System.Globalization;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Odoo's export of the pipeline: labels, or field names where it is to be imported again. A won deal is in a won
/// stage, a lost one is archived.</summary>
internal static class OdooShape
{
    /// <summary>In place of a language: the headers of an export that can be imported again.</summary>
    public const string Technical = "technical";

    private const string Second = "yyyy-MM-dd HH:mm:ss";

    private static readonly (string Technical, ShapeColumn Column)[] Columns =
    [
        ("id", new("ID", d => (100 + d.Number).ToString(CultureInfo.InvariantCulture), "ID", Sl: "ID")),
        ("name", new("Opportunity", d => d.Name, "Verkaufschance", Sl: "Priložnost")),
        ("partner_id", new("Customer", d => d.Account, "Kunde", Sl: "Stranka")),
        ("user_id", new("Salesperson", d => d.Owner, "Vertriebsmitarbeiter", Sl: "Prodajalec")),
        ("team_id", new("Sales Team", _ => "Europe", "Verkaufsteam", Sl: "Prodajna ekipa")),
        ("stage_id", new("Stage", d => Stage("en", d))),
        ("", new("", d => Stage("de", d), "Phase")),
        ("", new("", d => Stage("sl", d), "", Sl: "Stopnja")),
        ("expected_revenue", new("Expected Revenue", d => d.Amount.Plain(), "Erwarteter Umsatz", Sl: "Pričakovan prihodek")),
        ("company_currency", new("Currency", d => d.Currency, "Währung", Sl: "Valuta")),
        ("probability", new("Probability", d => d.Told("42.18", "100.0", "0.0"), "Wahrscheinlichkeit", Sl: "Verjetnost")),
        ("date_deadline", new("Expected Closing", d => d.PlannedCloseOn.Text("yyyy-MM-dd"), "Erwarteter Abschluss", Sl: "Pričakovan zaključek")),
        ("create_date", new("Created on", d => d.CreatedAt.Text(Second), "Erstellt am", Sl: "Ustvarjeno")),
        ("date_closed", new("Closed Date", d => d.ClosedAt.Text(Second), "Abschlussdatum", Sl: "Datum zaključka")),
        ("write_date", new("Last Updated on", d => d.ModifiedAt.Text(Second))),
        ("active", new("Active", d => d.Told("True", "True", "False"), "Aktiv", Sl: "Aktivno")),
        ("source_id", new("Source", d => d.Source, "Herkunft", Sl: "Vir")),
        ("medium_id", new("Medium", _ => "Email", Sl: "Medij")),
        ("lost_reason_id", new("Lost Reason", d => d.LossReason, "", Sl: "Razlog za neuspeh")),
        ("day_close", new("Days to Close", _ => "12.0", "Tage bis Abschluss", Sl: "Dnevi do končanja")),
        ("prorated_revenue", new("Prorated Revenue", d => d.Amount.Plain(), "Anteiliger Umsatz", Sl: "Ocena prihodkov")),
        ("tag_ids", new("Tags", _ => "Product,Services", "", Sl: "Ključne besede")),
    ];

    public static string Stage(string language, ShapeDeal deal) => !deal.IsWon ? deal.Stage : language switch { "de" => "Gewonnen", "sl" => "Dobljeno", _ => "Won" };

    public static IReadOnlyList<ShapeTable> Tables(string language, IReadOnlyList<ShapeDeal> deals) =>
        [ShapeTable.Of("Lead_Opportunity (crm.lead).csv", language, deals, [.. Columns.Select(c => language == Technical ? c.Column with { En = c.Technical } : c.Column)])];
}
