using System.Globalization;
using System.Runtime.InteropServices;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Snapshots;

/// <summary>
/// What a column of the deals tells alone, out of time: win rates by its value at creation, learnt on the 80 % of the
/// closed deals that were closed first and judged on the rest. Numbers, and days counted from creation, go by tenths of
/// the deals, names each by itself; a blank is one more.
/// </summary>
/// <param name="Auc">Area under the ROC curve on the newest deals: 0.5 tells nothing, 1 all.</param>
/// <param name="StandardError">Its standard error (Hanley and McNeil).</param>
/// <param name="Cases">Deals judged.</param>
public sealed record ColumnStrength(double Auc, double StandardError, int Cases)
{
    private const double OlderShare = 0.8;
    private const int Bins = 10, MinOlder = 40, MinOfEach = 10;

    /// <summary>Measures a column.</summary>
    /// <param name="history">What is known.</param>
    /// <param name="column">One of <see cref="DealColumns.Of"/>.</param>
    /// <returns>Null where too few deals of either outcome are closed to tell.</returns>
    public static ColumnStrength? Of(CrmHistory history, DealColumn column)
    {
        var closed = ClosedOf(history);
        var older = closed[..(int)(OlderShare * closed.Count)];
        var newer = closed[older.Count..];
        var won = newer.Count(c => c.Won);
        if (older.Count < MinOlder || won < MinOfEach || newer.Count - won < MinOfEach) return null;

        var level = LevelOf(history, column, older);
        var rates = new Dictionary<string, (int Closed, int Won)>(StringComparer.Ordinal);
        foreach (var (deal, isWon) in older)
        {
            ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(rates, level(deal), out _);
            counts = (counts.Closed + 1, counts.Won + (isWon ? 1 : 0));
        }
        var overall = older.Count(c => c.Won) / (double)older.Count;
        double[] scores = [.. newer.Select(c => Rate(rates.GetValueOrDefault(level(c.Deal))))];
        double[] outcomes = [.. newer.Select(c => c.Won ? 1.0 : 0.0)];
        var auc = ProbabilityScores.Auc(scores, outcomes);
        return new ColumnStrength(auc, RocStandardError.Of(auc, won, newer.Count), newer.Count);

        double Rate((int Closed, int Won) counts) =>
            (counts.Won + GroupRates.PriorWeight * overall) / (counts.Closed + GroupRates.PriorWeight);
    }

    private static List<(Opportunity Deal, bool Won)> ClosedOf(CrmHistory history)
    {
        var closed = new List<(DateOnly On, Opportunity Deal, bool Won)>();
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.Final(history, i) is { IsUndated: false } closing)
                closed.Add((closing.On, history.Opportunities[i], closing.Won));
        return [.. closed.OrderBy(c => c.On).Select(c => (c.Deal, c.Won))];
    }

    private static Func<Opportunity, string> LevelOf(
        CrmHistory history, DealColumn column, List<(Opportunity Deal, bool Won)> older)
    {
        var value = DealColumns.ValueOf(history, column);
        if (column.Kind == ValueKind.Category) return d => value(d) ?? GroupRates.Blank;
        double[] figures = [.. older.Select(c => Figure(c.Deal)).OfType<double>().Order()];
        double[] edges = figures.Length == 0 ? []
            : [.. Enumerable.Range(1, Bins - 1).Select(b => figures[b * figures.Length / Bins]).Distinct()];
        return d => Figure(d) is { } figure
            ? edges.Count(e => figure >= e).ToString(CultureInfo.InvariantCulture) : GroupRates.Blank;

        double? Figure(Opportunity deal) => column.Kind == ValueKind.Number ? CustomColumn.Number(value(deal))
            : CustomColumn.Day(value(deal)) is { } day ? CustomColumn.DaysFromCreation(day, deal.CreatedAt)
            : null;
    }
}
