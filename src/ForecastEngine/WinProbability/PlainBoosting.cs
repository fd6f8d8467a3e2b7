using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// What an hour's work gives on the same deals: ML.NET's own boosted trees, won or lost, on the engine's numbers without
/// its rates and on every category as columns of its own. Without a hazard, shrinkage, calibration or any thought of time.
/// </summary>
public sealed class PlainBoosting
{
    private const int FewestOfLevel = 10, MostLevels = 100;
    private readonly int[] _numbers;
    private readonly (string Column, string Level)[] _levels;
    private readonly TreeEnsemble _trees;
    private readonly double _scale;

    private PlainBoosting(int[] numbers, (string, string)[] levels, TreeEnsemble trees, double scale) =>
        (_numbers, _levels, _trees, _scale) = (numbers, levels, trees, scale);

    /// <summary>Boosts until the trees are grown: 100 of 31 leaves with at least 20 deals each, step 0.1.</summary>
    /// <param name="deals">Deals as they stood.</param>
    /// <param name="outcomes">True where the deal was won.</param>
    /// <param name="features">What the snapshots' columns are.</param>
    /// <param name="seed">Seed of the trees.</param>
    /// <param name="threads">Threads; changes no bit.</param>
    /// <returns>Null where one outcome is missing: there is nothing to tell apart.</returns>
    public static PlainBoosting? Train(
        IReadOnlyList<OpportunitySnapshot> deals, IReadOnlyList<bool> outcomes, FeatureSet features, long seed, int threads)
    {
        if (!outcomes.Contains(true) || !outcomes.Contains(false)) return null;
        int[] numbers = [.. Enumerable.Range(0, features.Count).Where(f => features.Features[f].Kind != FeatureKind.Rate)];
        var counts = new Dictionary<(string, string), int>();
        foreach (var deal in deals)
            foreach (var cell in Categories(deal)) counts[cell] = counts.GetValueOrDefault(cell) + 1;
        (string Column, string Level)[] levels =
        [
            .. counts.Where(c => c.Value >= FewestOfLevel).GroupBy(c => c.Key.Item1).OrderBy(c => c.Key, StringComparer.Ordinal)
                .SelectMany(c => c.OrderByDescending(l => l.Value).ThenBy(l => l.Key.Item2, StringComparer.Ordinal).Take(MostLevels)).Select(c => c.Key),
        ];
        var values = Matrix(deals, numbers, levels);
        var options = new WinProbabilityOptions
        {
            Trees = 100, Leaves = 31, LearningRate = 0.1, MinRowsPerLeaf = 20, FeatureFraction = 1, Seed = seed, Threads = threads,
        };
        var (fitted, _) = WinProbabilityTrainer.Grow(values, numbers.Length + levels.Length, outcomes, options);
        var (trees, scale) = WinProbabilityTrainer.Unpack(fitted.Model);
        return new PlainBoosting(numbers, levels, trees, scale);
    }

    /// <summary>P(won) of each deal, 0–1.</summary>
    public double[] Predict(IReadOnlyList<OpportunitySnapshot> deals)
    {
        var scores = new double[deals.Count];
        _trees.Score(Matrix(deals, _numbers, _levels), _numbers.Length + _levels.Length, scores);
        return [.. scores.Select(s => 1 / (1 + Math.Exp(-_scale * s)))];
    }

    private static float[] Matrix(IReadOnlyList<OpportunitySnapshot> deals, int[] numbers, (string Column, string Level)[] levels)
    {
        var stride = numbers.Length + levels.Length;
        var places = levels.Select((l, i) => (l, i)).ToDictionary(l => l.l, l => l.i);
        var values = new float[deals.Count * stride];
        for (var r = 0; r < deals.Count; r++)
        {
            var row = values.AsSpan(r * stride, stride);
            for (var j = 0; j < numbers.Length; j++) row[j] = deals[r].Features[numbers[j]];
            foreach (var cell in Categories(deals[r]))
                if (places.TryGetValue(cell, out var place)) row[numbers.Length + place] = 1;
        }
        return values;
    }

    private static IEnumerable<(string Column, string Level)> Categories(OpportunitySnapshot deal)
    {
        (string, string?)[] fields =
        [
            ("stage", deal.Stage), ("owner", deal.OwnerId), ("product", deal.ProductId), ("source", deal.Source),
            ("region", deal.Region), ("segment", deal.Segment), ("category", deal.ForecastCategory),
        ];
        foreach (var (column, level) in fields)
            if (level is not null) yield return (column, level);
        foreach (var (column, level) in deal.Attributes)
            if (level.Length > 0) yield return ("attribute:" + column, level);
    }
}
