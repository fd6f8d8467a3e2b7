using System.Globalization;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>What becomes of a column of the deals.</summary>
public enum ColumnUse
{
    /// <summary>It is a feature.</summary>
    Used,
    /// <summary>No deal has a value at its creation.</summary>
    Empty,
    /// <summary>Fewer than a fifth of the deals have a value before their close.</summary>
    MostlyEmpty,
    /// <summary>All deals have the same value, and none is blank.</summary>
    OneLevel,
    /// <summary>Hardly two deals share a value.</summary>
    NearlyUnique,
    /// <summary>Closed deals have a value more often than open ones: it is filled in on the way to the
    /// close.</summary>
    FilledInLater,
    /// <summary>Alone it tells won from lost at creation: it was most likely written after the outcome.</summary>
    Leak,
}

/// <summary>A column of the deals as it stands at their creation, and what becomes of it.</summary>
/// <param name="Name">A field of the deals such as <c>owner</c>, or the name of a custom column.</param>
/// <param name="IsCustom">True for a custom column.</param>
/// <param name="Kind">How its values are read.</param>
/// <param name="IsDeclared">True when the import map declares the kind.</param>
/// <param name="MissingShare">Share of the deals without a value at creation, 0–1.</param>
/// <param name="Levels">Different values.</param>
/// <param name="Use">Whether it is a feature, or why not.</param>
public sealed record DealColumn(
    string Name, bool IsCustom,
    [property: JsonConverter(typeof(JsonStringEnumConverter<ValueKind>))] ValueKind Kind, bool IsDeclared,
    double MissingShare, int Levels,
    [property: JsonConverter(typeof(JsonStringEnumConverter<ColumnUse>))] ColumnUse Use)
{
    /// <summary>True when a blank is a level of its own, as of a box that is ticked or not.</summary>
    public bool BlankIsLevel { get; init; }

    /// <summary>True for names that hardly two deals share, such as a note; where some are blank, only the blank tells
    /// anything.</summary>
    public bool IsText { get; init; }

    /// <summary>Of a <see cref="ColumnUse.Leak"/>: the AUC of the column alone at creation; else null.</summary>
    public double? LeakAuc { get; init; }

    /// <summary>Why it is not a feature, in English words; null when it is one.</summary>
    public string? WhyNot() => Use switch
    {
        ColumnUse.Used => null,
        ColumnUse.Empty => "no deal has a value when it is created",
        ColumnUse.MostlyEmpty => "fewer than a fifth of the deals have a value before their close",
        ColumnUse.OneLevel => "it has one value, the same in all deals",
        ColumnUse.NearlyUnique => string.Create(
            CultureInfo.InvariantCulture, $"it has {Levels} values, and hardly two deals share one"),
        ColumnUse.FilledInLater =>
            "closed deals have a value more often than open ones, so it is filled in on the way to the close",
        _ => string.Create(CultureInfo.InvariantCulture,
            $"it alone tells won from lost at creation (AUC {LeakAuc:0.000}), "
                + $"so it was most likely written after the outcome"),
    };
}
