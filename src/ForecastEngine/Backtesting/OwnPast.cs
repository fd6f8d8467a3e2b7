using System.Text.Json.Serialization;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting;

/// <summary>What a method counts in a forecast.</summary>
/// <param name="Method">Its name: see <see cref="Backtesting.Method"/>.</param>
/// <param name="Weight">0–1.</param>
public sealed record MethodWeight(string Method, double Weight);

/// <summary>
/// How near the engine and the methods that go by the past came on a team's own past, and what that makes each count. The
/// engine alone where no blend was nearer beyond chance.
/// </summary>
/// <remarks>
/// Weights by exponentiated losses: w_m ∝ w⁰_m e^{−η Σ γ^age |median_m − R| / scale}, scale the mean revenue of the windows that tell,
/// medians at least what was won by then, w⁰ 0.6 for the engine and 0.2 for each other. The gain is that of a blend that was weighed before each window by windows that were over then; it must
/// exceed 2.5 standard errors over periods, which noise did in fewer than one of a hundred companies of twelve.
/// Reference: Cesa-Bianchi and Lugosi, "Prediction, Learning, and Games", 2006; Claeskens et al., "The forecast combination puzzle", International Journal of Forecasting 32, 2016.
/// </remarks>
/// <param name="Period">Length of the periods.</param>
/// <param name="Windows">Windows that the gain was measured on.</param>
/// <param name="Gain">Error of the engine less that of the blend, over revenue.</param>
/// <param name="StandardError">Of the gain.</param>
/// <param name="Weights">What each method counts, the engine first.</param>
public sealed record OwnPast(
    [property: JsonConverter(typeof(JsonStringEnumConverter<PeriodKind>))] PeriodKind Period,
    int Windows,
    double Gain,
    double StandardError,
    IReadOnlyList<MethodWeight> Weights
)
{
    private const double Rate = 4,
        Decay = 0.95,
        EnginePrior = 0.6,
        OtherPrior = 0.2,
        StandardErrors = 2.5;
    private const int FewestPeriods = 6,
        FewestEarlier = 3;

    /// <summary>True when the blend was nearer beyond chance, and so is what is answered.</summary>
    [JsonIgnore]
    public bool Leans => Gain > StandardErrors * StandardError;

    /// <summary>Learned from a backtest's windows; null where too few periods tell.</summary>
    /// <param name="windows">Of one company.</param>
    /// <param name="kind">Length of their periods.</param>
    public static OwnPast? Of(IReadOnlyList<WindowResult> windows, PeriodKind kind)
    {
        string[] methods =
        [
            Method.Engine,
            .. RevenueBaselines
                .OfThePast.Select(m => m.Name)
                .Where(m => windows.Count(w => w.Forecasts.Any(f => f.Method == m)) >= 0.8 * windows.Count),
        ];
        var rows = windows
            .Where(w => methods.All(m => w.Forecasts.Any(f => f.Method == m)))
            .OrderBy(w => w.Window.Cutoff)
            .ThenBy(w => w.Window.Period.From)
            .Select(w => new Row(
                w,
                [.. methods.Select(m => Math.Max(w.Forecasts.First(f => f.Method == m).Median, w.AlreadyWon))]
            ))
            .ToList();
        var scale = rows.Count == 0 ? 0 : rows.Average(r => Math.Abs(r.Window.Actual));
        if (methods.Length < 2 || scale <= 0)
            return null;
        var gains = new List<(Period Period, double Gain)>();
        foreach (var row in rows)
        {
            var earlier = rows.Where(r => r.Window.Window.Period.End.CompareTo(row.Window.Window.Cutoff) <= 0).ToList();
            if (earlier.Select(r => r.Window.Window.Period).Distinct().Count() < FewestEarlier)
                continue;
            var blend = Blend(WeightsFrom(earlier, methods.Length), row.Said);
            gains.Add(
                (
                    row.Window.Window.Period,
                    (Math.Abs(row.Said[0] - row.Window.Actual) - Math.Abs(blend - row.Window.Actual)) / scale
                )
            );
        }
        double[] byPeriod = [.. gains.GroupBy(g => g.Period).Select(g => g.Average(p => p.Gain))];
        if (byPeriod.Length < FewestPeriods)
            return null;
        var mean = byPeriod.Average();
        var error = Math.Sqrt(byPeriod.Sum(g => (g - mean) * (g - mean)) / (byPeriod.Length - 1) / byPeriod.Length);
        return new OwnPast(
            kind,
            gains.Count,
            mean,
            error,
            [.. methods.Zip(WeightsFrom(rows, methods.Length), (m, w) => new MethodWeight(m, w))]
        );
    }

    /// <summary>The blend of what the methods say.</summary>
    /// <param name="engine">The engine's median.</param>
    /// <param name="other">What another method says; null where it has no answer: its weight goes to those that have.</param>
    public double Median(double engine, Func<string, double?> other)
    {
        var (sum, total) = (0.0, 0.0);
        foreach (var (method, weight) in Weights)
            if ((method == Method.Engine ? engine : other(method)) is { } said)
                (sum, total) = (sum + weight * said, total + weight);
        return total > 0 ? sum / total : engine;
    }

    // The newest window weighs 1.
    private static double[] WeightsFrom(IReadOnlyList<Row> rows, int methods)
    {
        var scale = Math.Max(rows.Average(r => Math.Abs(r.Window.Actual)), double.Epsilon);
        var losses = new double[methods];
        Period[] periods = [.. rows.Select(r => r.Window.Window.Period).Distinct().OrderBy(p => p.From)];
        foreach (var row in rows)
        {
            var share =
                Math.Pow(Decay, periods.Length - 1 - Array.IndexOf(periods, row.Window.Window.Period))
                / rows.Count(r => r.Window.Window.Period == row.Window.Window.Period);
            for (var m = 0; m < methods; m++)
                losses[m] += share * Math.Abs(row.Said[m] - row.Window.Actual) / scale;
        }
        var least = losses.Min();
        double[] weights =
        [
            .. losses.Select((l, m) => (m == 0 ? EnginePrior : OtherPrior) * Math.Exp(-Rate * (l - least))),
        ];
        var total = weights.Sum();
        return [.. weights.Select(w => w / total)];
    }

    private static double Blend(double[] weights, double[] said) => weights.Zip(said, (w, s) => w * s).Sum();

    private sealed record Row(WindowResult Window, double[] Said);
}
