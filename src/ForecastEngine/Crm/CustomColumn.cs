using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>How the values of a column are read.</summary>
public enum ValueKind
{
    /// <summary>Numbers.</summary>
    Number,
    /// <summary>Names, each of them a level; a code of digits is one too.</summary>
    Category,
    /// <summary>Days.</summary>
    Date,
}

/// <summary>
/// A custom column of the deals. Its values are text in no language: numbers with a decimal point, days as yyyy-MM-dd.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How its values are read.</param>
/// <param name="IsDeclared">True when the import map says so; false when the values do.</param>
public sealed record CustomColumn(string Name, ValueKind Kind, bool IsDeclared)
{
    /// <summary>Share of the filled cells, 0–1, that makes a column one of numbers or days although others are in
    /// it.</summary>
    public const double LeastShare = 0.95;

    /// <summary>From so many filled cells on a share decides; of fewer, all must agree.</summary>
    public const int LeastFilled = 20;

    /// <summary>True when so many of the filled cells are of a kind that the column is.</summary>
    /// <param name="found">Cells of the kind.</param>
    /// <param name="filled">Cells that are not empty.</param>
    public static bool IsNearlyAll(long found, long filled) =>
        filled > 0 && (found == filled || (filled >= LeastFilled && found >= LeastShare * filled));

    /// <summary>What counts of cells say of the kind of their column; a category where there are none.</summary>
    /// <param name="filled">Cells that are not empty.</param>
    /// <param name="numbers">Of them numbers.</param>
    /// <param name="days">Of them days.</param>
    public static ValueKind KindOf(long filled, long numbers, long days) =>
        IsNearlyAll(numbers, filled) ? ValueKind.Number
        : IsNearlyAll(days, filled) ? ValueKind.Date
        : ValueKind.Category;

    /// <summary>What the values of a column say of its kind; a category where there are none.</summary>
    public static ValueKind KindOf(IEnumerable<string> values)
    {
        var (filled, numbers, days) = (0L, 0L, 0L);
        foreach (var value in values)
        {
            if (value.Length == 0) continue;
            filled++;
            if (Number(value) is not null) numbers++;
            else if (Day(value) is not null) days++;
        }
        return KindOf(filled, numbers, days);
    }

    /// <summary>The number that a value is, or null; what no float can hold is not a number here.</summary>
    public static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && float.IsFinite((float)number) ? number : null;

    /// <summary>The day that a value is, or null.</summary>
    public static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day : null;

    /// <summary>What a day is to a model: days from a deal's creation to it, negative when before.</summary>
    public static int DaysFromCreation(DateOnly day, DateTimeOffset createdAt) =>
        day.DayNumber - DateOnly.FromDateTime(createdAt.UtcDateTime).DayNumber;
}
