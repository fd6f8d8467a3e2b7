namespace ForecastEngine.DealSize;

/// <summary>
/// How often a deal closes at exactly the amount that stands in the CRM, by stage: â_s = (x_s + m â) / (n_s + m), each deal
/// counting once per stage. Kept only where the overall share is high enough to be a habit rather than chance.
/// </summary>
/// <param name="Overall">Share of all wins, 0–1.</param>
/// <param name="ByStage">Shrunken share per stage.</param>
/// <param name="Deals">Won deals with a known amount before the close.</param>
public sealed record ExactShares(double Overall, IReadOnlyDictionary<string, double> ByStage, int Deals)
{
    /// <summary>The share of a stage; the overall one for a stage never seen.</summary>
    public double Of(string? stage) => ByStage.TryGetValue(stage ?? "", out var share) ? share : Overall;

    internal static ExactShares Count(SizeRows rows, IReadOnlyList<int> known, double shrinkageDeals)
    {
        var weights = SizeRows.Weights(known, r => rows.Stages[r] + "\n" + rows.Ids[r]);
        var own = SizeRows.Weights(known, r => rows.Ids[r]);
        var stages = new SortedDictionary<string, (double Exact, double All)>(StringComparer.Ordinal);
        var (exact, all) = (0.0, 0.0);
        for (var i = 0; i < known.Count; i++)
        {
            var hit = rows.IsExact[known[i]] ? 1.0 : 0.0;
            var stage = stages.GetValueOrDefault(rows.Stages[known[i]]);
            stages[rows.Stages[known[i]]] = (stage.Exact + weights[i] * hit, stage.All + weights[i]);
            (exact, all) = (exact + own[i] * hit, all + own[i]);
        }
        var overall = all > 0 ? exact / all : 0;
        return new ExactShares(overall,
            stages.ToDictionary(s => s.Key, s => (s.Value.Exact + shrinkageDeals * overall) / (s.Value.All + shrinkageDeals), StringComparer.Ordinal),
            rows.Deals(known));
    }
}
