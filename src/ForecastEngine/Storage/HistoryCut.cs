using ForecastEngine.Crm;

namespace ForecastEngine.Storage;

/// <summary>
/// What of the history a reader may know, the same whenever and wherever it is read: facts recorded by a moment that had come in with
/// an import or an event by then. An event says itself when it was recorded, so its time alone would let it into a run that began before
/// it came. Reference data (owners, teams, stages) and names are those of today.
/// </summary>
/// <param name="Until">The last moment at which a fact may have been recorded.</param>
/// <param name="Arrival">Number of the last import, an event's included, see <see cref="ImportRun.Id"/>.</param>
/// <param name="ExportedAt">When the newest of these imports was taken from the CRM, as an instant.</param>
/// <param name="Calendar">The calendar that was in force then.</param>
public sealed record HistoryCut(AsOf Until, long Arrival, DateTimeOffset ExportedAt, BusinessCalendar Calendar);
