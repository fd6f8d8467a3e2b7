using System.Globalization;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// Tests whether one column tells the outcome too well to have been known at birth. Among closed deals, the larger of
/// AUC and 1 − AUC of three readings counts: presence of a value, the value as a number, and the value as a name
/// (scored by the outcome rate of the same name in the other half of the deals, so that ids do not pass for knowledge).
/// </summary>
internal static class LeakageTest
{
    private const int MinClosed = 40, MinOfEach = 10;
    private const double Prior = 2;

    /// <summary>Null when there are too few closed deals of either kind to tell.</summary>
    public static (double Strength, string By)? Test(IReadOnlyList<(string? Value, bool IsWon)> closed)
    {
        var won = closed.Count(c => c.IsWon);
        if (closed.Count < MinClosed || won < MinOfEach || closed.Count - won < MinOfEach) return null;
        var present = Strength([.. closed.Select(c => (c.Value is null ? 0.0 : 1.0, c.IsWon))]);
        var best = (Strength: present, By: "by whether it is filled");
        if (TryNumbers(closed, out var numbers) && Strength(numbers) is var byNumber && byNumber > best.Strength) best = (byNumber, "by its value");
        if (Strength(ByName(closed)) is var byName && byName > best.Strength) best = (byName, "by its value");
        return best;
    }

    /// <summary>max(AUC, 1 − AUC) with ties counted half; 0.5 when one outcome is absent.</summary>
    public static double Strength((double Score, bool IsWon)[] scored)
    {
        Array.Sort(scored, static (a, b) => a.Score.CompareTo(b.Score));
        double won = scored.Count(s => s.IsWon), lost = scored.Length - won, ranks = 0;
        if (won == 0 || lost == 0) return 0.5;
        for (var i = 0; i < scored.Length;)
        {
            var end = i;
            while (end < scored.Length && scored[end].Score == scored[i].Score) end++;
            var rank = (i + 1 + end) / 2.0;
            for (; i < end; i++) if (scored[i].IsWon) ranks += rank;
        }
        var auc = (ranks - won * (won + 1) / 2) / (won * lost);
        return Math.Max(auc, 1 - auc);
    }

    private static bool TryNumbers(IReadOnlyList<(string? Value, bool IsWon)> closed, out (double, bool)[] numbers)
    {
        var (read, filled) = (new List<(double, bool)>(closed.Count), 0);
        foreach (var (value, isWon) in closed)
        {
            if (value is null) continue;
            filled++;
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) read.Add((number, isWon));
        }
        numbers = [.. read];
        var won = read.Count(r => r.Item2);
        return filled > 0 && read.Count >= 0.95 * filled && won >= MinOfEach && read.Count - won >= MinOfEach;
    }

    private static (double, bool)[] ByName(IReadOnlyList<(string? Value, bool IsWon)> closed)
    {
        var rate = closed.Count(c => c.IsWon) / (double)closed.Count;
        var halves = new[] { new Dictionary<string, (int Won, int All)>(StringComparer.Ordinal), new Dictionary<string, (int Won, int All)>(StringComparer.Ordinal) };
        for (var i = 0; i < closed.Count; i++)
        {
            var (key, half) = (closed[i].Value ?? "", halves[i % 2]);
            var (won, all) = half.GetValueOrDefault(key);
            half[key] = (won + (closed[i].IsWon ? 1 : 0), all + 1);
        }
        return [.. closed.Select((c, i) => halves[1 - i % 2].GetValueOrDefault(c.Value ?? "") is var (won, all) ? ((won + Prior * rate) / (all + Prior), c.IsWon) : default)];
    }
}
