using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>Random orders that depend on a seed alone.</summary>
internal static class Permutation
{
    /// <summary>The numbers 0 … <paramref name="count"/> − 1 in random order (Fisher and Yates).</summary>
    public static int[] Of(int count, long seed)
    {
        var order = Enumerable.Range(0, count).ToArray();
        var draw = CounterRandom.For(seed, 5151);
        for (var i = count - 1; i > 0; i--)
        {
            var j = draw.Below(i + 1, i);
            (order[i], order[j]) = (order[j], order[i]);
        }
        return order;
    }
}
