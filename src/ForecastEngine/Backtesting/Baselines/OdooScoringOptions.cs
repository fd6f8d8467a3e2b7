namespace ForecastEngine.Backtesting.Baselines;

/// <summary>Which fields Odoo's scoring counts. A field is <c>source</c>, <c>region</c>, <c>segment</c>, <c>product</c> or the name of a custom column.</summary>
public sealed record OdooScoringOptions
{
    /// <summary>Fields that a deal has one value of; null for the four and every categorical custom column that a model may learn from.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>Those of <see cref="Fields"/> of which an empty value counts as a value of its own, as Odoo does for the quality of phone and e-mail.</summary>
    public IReadOnlyList<string> FieldsWhereEmptyCounts { get; init; } = [];

    /// <summary>Fields that hold a list with semicolons between: each element counts as a tag.</summary>
    public IReadOnlyList<string> TagFields { get; init; } = [];

    /// <summary>Only deals created on this day or later train; null for all. Odoo's own default, eight days before its installation, learns nothing from imported history.</summary>
    public DateOnly? CreatedFrom { get; init; }
}
