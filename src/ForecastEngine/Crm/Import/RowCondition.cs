namespace ForecastEngine.Crm.Import;

/// <summary>What a row must say to be read; rows for which it does not hold are left out, counted and told.</summary>
/// <param name="Column">A column of the file.</param>
/// <param name="Values">Texts, exactly as the file has them; an empty one stands for an empty cell.</param>
/// <param name="IsAmong">True when the cell must be one of them, false when it must be none.</param>
public sealed record RowCondition(string Column, IReadOnlySet<string> Values, bool IsAmong)
{
    /// <summary>True when a row with this cell is read.</summary>
    public bool Holds(string cell) => Values.Contains(cell) == IsAmong;

    /// <summary>Why a row with this cell is left out.</summary>
    public string Reason(string cell) => IsAmong
        ? $"{Column} is none of {RejectedRows.Shorten(string.Join(", ", Values.Select(Shown)))}"
        : $"{Column} is {RejectedRows.Shorten(Shown(cell))}";

    private static string Shown(string value) => value.Length == 0 ? "empty" : value;
}
