using System.Globalization;
using System.Text.Json.Serialization;

namespace ForecastEngine.Snapshots;

/// <summary>What a history lacks, or tells in a way that one should know of.</summary>
public enum HistoryGapKind
{
    /// <summary>Hardly a lost deal, or none: count lost, of the closed. Exports leave archived deals out.</summary>
    NoLostDeals,
    /// <summary>Hardly a won deal, or none: count won, of the closed.</summary>
    NoWonDeals,
    /// <summary>Won deals without a close date: count, of the won; amount what they brought.</summary>
    UndatedWins,
    /// <summary>Lost deals without a close date: count, of the lost.</summary>
    UndatedLosses,
    /// <summary>
    /// A day on which the CRM was tidied: count closed on it, of the closed in the year around it; the day.
    /// </summary>
    MassClosing,
    /// <summary>Deals closed at or before their birth: count, of all; amount what the won ones brought.</summary>
    ClosedBeforeBirth,
    /// <summary>
    /// Changes are told from a day on that lies long after the first deals: count of deals born before it, of all; the
    /// day.
    /// </summary>
    HistoryCutOff,
    /// <summary>Most deals were created on one day: count, of all; the day.</summary>
    BornOnOneDay,
    /// <summary>
    /// A column that changes at the close and at no other time: count of its changes there, of all its changes; the
    /// column.
    /// </summary>
    ChangesOnlyAtClose,
}

/// <summary>A finding about a history: code and figures, and words for them.</summary>
/// <param name="Kind">Which, and thereby what the figures mean.</param>
/// <param name="Count">How many.</param>
/// <param name="Of">Of how many.</param>
public sealed record HistoryGap(
    [property: JsonConverter(typeof(JsonStringEnumConverter<HistoryGapKind>))] HistoryGapKind Kind, int Count, int Of)
{
    /// <summary>An amount in the history's currency; null where none belongs to it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Amount { get; init; }
    /// <summary>A day; null where none belongs to it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateOnly? On { get; init; }
    /// <summary>A column; null where none belongs to it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Column { get; init; }

    /// <summary>True for a gap over which nothing can be learned: one outcome is missing altogether.</summary>
    [JsonIgnore]
    public bool IsOneOutcome => Kind is HistoryGapKind.NoLostDeals or HistoryGapKind.NoWonDeals && Count == 0;

    /// <summary>In English words.</summary>
    /// <param name="currency">The history's currency.</param>
    public string InWords(string currency) => Kind switch
    {
        HistoryGapKind.NoLostDeals => string.Create(CultureInfo.InvariantCulture,
            $"Of {Of} closed deals {Count} were lost: the export seems to leave lost deals out (Odoo archives them), "
            + $"and from won deals alone every deal looks won. Export lost deals too."),
        HistoryGapKind.NoWonDeals => string.Create(CultureInfo.InvariantCulture,
            $"Of {Of} closed deals {Count} were won: the export seems to leave won deals out, "
            + $"and from lost deals alone every deal looks lost. Export won deals too."),
        HistoryGapKind.UndatedWins => string.Create(CultureInfo.InvariantCulture,
            $"{Count} of {Of} won deals, worth {Amount:#,##0} {currency}, have no close date: they are in no period. "
            + $"They count as won in training, spread over the time in which they may have closed."),
        HistoryGapKind.UndatedLosses => string.Create(CultureInfo.InvariantCulture,
            $"{Count} of {Of} lost deals have no close date: "
            + $"in training they are spread over the time in which they may have closed."),
        HistoryGapKind.MassClosing => string.Create(CultureInfo.InvariantCulture,
            $"{Count} deals were closed on {On:yyyy-MM-dd}, {100.0 * Count / Of:0} % of the closings of the year around "
            + $"it: the CRM seems to have been tidied. Their revenue stays on that day; as to when "
            + $"deals close, they are spread over the time before it."),
        HistoryGapKind.ClosedBeforeBirth => string.Create(CultureInfo.InvariantCulture,
            $"{Count} of {Of} deals were closed at or before their creation, won ones worth "
            + $"{Amount:#,##0} {currency}: they seem to have been loaded when they were over. Their revenue counts "
            + $"on its day; how long deals take is not learned from them."),
        HistoryGapKind.HistoryCutOff => string.Create(CultureInfo.InvariantCulture,
            $"Changes are told from {On:yyyy-MM-dd} on, and {Count} of {Of} deals are older: what they went "
            + $"through before is unknown, and the model learns from that day on. Export the "
            + $"whole history if the CRM still has it."),
        HistoryGapKind.BornOnOneDay => string.Create(CultureInfo.InvariantCulture,
            $"{Count} of {Of} deals were created on {On:yyyy-MM-dd}: they seem to have been loaded on that day, "
            + $"and their ages are not their own. Map the original creation date if the export has it."),
        HistoryGapKind.ChangesOnlyAtClose => string.Create(CultureInfo.InvariantCulture,
            $"The column {Column} changes at the close and at no other time ({Count} of its {Of} changes): "
            + $"it tells the outcome. Map it as ignored unless it is known before."),
        _ => throw new InvalidOperationException($"{nameof(HistoryGap)}: found {Kind}; expected a kind with words."),
    };

}
