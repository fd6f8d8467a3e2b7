using System.Globalization;
using System.Text.Json.Serialization;

namespace ForecastEngine.Crm.Import;

/// <summary>How a custom column of an export was read.</summary>
/// <param name="Entity">opportunities or leads.</param>
/// <param name="Column">The column.</param>
/// <param name="Kind">As what.</param>
/// <param name="IsDeclared">True when the map says so; false when the values do.</param>
/// <param name="Filled">Cells that are not empty, those of history rows among them.</param>
/// <param name="LeftEmpty">Of these, those that are of another kind and were left empty.</param>
/// <param name="First">The first of those; null where there is none.</param>
public sealed record ColumnReading(
    string Entity, string Column,
    [property: JsonConverter(typeof(JsonStringEnumConverter<ValueKind>))] ValueKind Kind, bool IsDeclared,
    long Filled, long LeftEmpty, RejectedRow? First)
{
    /// <summary>In English words, where cells were left empty.</summary>
    public string InWords()
    {
        var what = Kind == ValueKind.Number ? "number" : "date";
        var why = IsDeclared
            ? "The map declares the column so."
            : "The others are, so the column is read so. To keep all as names, declare its kind a category in the map.";
        return string.Create(CultureInfo.InvariantCulture,
            $"{LeftEmpty} of {Filled} values of the column \"{Column}\" of {Entity} cannot be read as a {what}, "
                + $"such as \"{First?.Found}\" in {First?.File} line {First?.Line}, and were left empty. {why}");
    }
}

/// <summary>A column that the map says is known at birth or tracked, and that a file lacks.</summary>
/// <param name="Entity">opportunities or leads.</param>
/// <param name="File">The file.</param>
/// <param name="Column">The column as the map names it.</param>
public sealed record AbsentColumn(string Entity, string File, string Column)
{
    /// <summary>In English words.</summary>
    public string InWords() =>
        $"{File} has no column \"{Column}\", which the map names among the columns of {Entity}: it tells nothing. "
            + "Correct its name in the import map, or export it.";
}
