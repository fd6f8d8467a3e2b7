using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Server.Api;

/// <summary>Periods as callers name them.</summary>
public static class PeriodText
{
    /// <summary>The period of a label, <c>2026-Q4</c> or <c>2026-11</c>; null when it is none.</summary>
    public static Period? Parse(string? label)
    {
        if (label is not { Length: 7 } || label[4] != '-' || !int.TryParse(label.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year is < 1900 or > 9000) return null;
        if (label[5] == 'Q') return label[6] is >= '1' and <= '4' ? Period.Quarter(new DateOnly(year, (label[6] - '1') * 3 + 1, 1)) : null;
        return int.TryParse(label.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var month) && month is >= 1 and <= 12 ? Period.Month(new DateOnly(year, month, 1)) : null;
    }
}
