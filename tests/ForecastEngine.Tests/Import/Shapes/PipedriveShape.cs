using System.Globalization;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Pipedrive's export of the deals list: every header has the prefix of its object, closing is a status.</summary>
internal static class PipedriveShape
{
    private const string Second = "yyyy-MM-dd HH:mm:ss";

    private static readonly ShapeColumn[] Columns =
    [
        new("Deal - ID", d => (1000 + d.Number).ToString(CultureInfo.InvariantCulture), "Deal - ID", "Affaire - ID"),
        new("Deal - Title", d => d.Name, "Deal - Titel", "Affaire - Titre"),
        new("Deal - Creator", d => d.Owner),
        new("Deal - Owner", d => d.Owner, "Deal - Besitzer", "Affaire - Propriétaire"),
        new("Deal - Value", d => d.Amount.Plain(), "Deal - Wert", "Affaire - Valeur"),
        new("Deal - Currency of Value", d => d.Currency),
        new("Deal - Weighted value", d => d.Amount.Plain(), "Deal - Gewichteter Wert"),
        new("Deal - Currency of Weighted value", d => d.Currency),
        new("Deal - Probability", d => d.Told("40", "100", "0"), "Deal - Wahrscheinlichkeit"),
        new("Deal - Organization", d => d.Account, "Deal - Organisation", "Affaire - Organisation"),
        new("Deal - Organization ID", d => "20" + d.Account[^2..]),
        new("Deal - Pipeline", d => d.Pipeline, "Deal - Pipeline", "Affaire - Pipeline"),
        new("Deal - Contact person", _ => "Jane Doe", "Deal - Kontaktperson", "Affaire - Personne à contacter"),
        new("Deal - Stage", d => d.Stage, "Deal - Phase", "Affaire - Étape"),
        new("Deal - Label", _ => "Hot", "Deal - Label"),
        new("Deal - Status", d => d.Told("Open", "Won", "Lost")),
        new("", d => d.Told("Offen", "Gewonnen", "Verloren"), "Deal - Status"),
        new("", d => d.Told("En cours", "Gagnée", "Perdue"), "", "Affaire - Statut"),
        new("Deal - Deal created", d => d.CreatedAt.Text(Second), "Deal - Deal erstellt", "Affaire - Affaire créée"),
        new("Deal - Update time", d => d.ModifiedAt.Text(Second), "Deal - Zeit der Aktualisierung", "Affaire - Heure de mise à jour"),
        new("Deal - Last stage change", d => d.Stages[^1].EnteredAt.Text(Second), "Deal - Letzte Phasenänderung"),
        new("Deal - Total activities", _ => "3", "Deal - Gesamtzahl der Aktivitäten"),
        new("Deal - Done activities", _ => "2", "Deal - Erledigte Aktivitäten"),
        new("Deal - Activities to do", _ => "1", "Deal - Zu erledigende Aktivitäten"),
        new("Deal - Won time", d => d.IsWon ? d.ClosedAt.Text(Second) : "", "Deal - Datum des gewonnenen Deals", "Affaire - Date de gain"),
        new("Deal - Lost time", d => d.IsLost ? d.ClosedAt.Text(Second) : "", "Deal - Datum des verlorenen Deals", "Affaire - Date de perte"),
        new("Deal - Deal closed on", d => d.ClosedAt.Text(Second), "Deal - Deal abgeschlossen am"),
        new("Deal - Lost reason", d => d.LossReason, "Deal - Verlustgrund", "Affaire - Raison de la perte"),
        new("Deal - Visible to", _ => "Item owner", "Deal - Sichtbar für", "Affaire - Visible par"),
        new("Deal - Expected close date", d => d.PlannedCloseOn.Text("yyyy-MM-dd")),
        new("Deal - Source channel", d => d.Source),
        new("Deal - Email messages count", _ => "12", "Deal - Anzahl E-Mail-Nachrichten"),
    ];

    public static IReadOnlyList<ShapeTable> Tables(string language, IReadOnlyList<ShapeDeal> deals) => [ShapeTable.Of("deals-11873421-1.csv", language, deals, Columns)];
}
