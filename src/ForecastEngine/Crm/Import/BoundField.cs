using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import;

/// <summary>A field bound to the columns of one file.</summary>
internal sealed class BoundField
{
    public required string Name { get; init; }
    public required FieldMap Map { get; init; }
    public required (
        int Index,
        Regex? Pattern,
        int WhenIndex,
        IReadOnlySet<string>? WhenValues,
        string? Currency,
        bool IsNamed
    )[] Sources { get; init; }
    public required IReadOnlyDictionary<string, string>? Aliases { get; init; }
    public required string Column { get; init; }
}
