namespace ForecastEngine.Statistics;

/// <summary>Checks of arguments that every statistic shares. A fault says where, what was found and what was expected.</summary>
internal static class Require
{
    public static void SameLength(string where, int found, int expected, string what)
    {
        if (found != expected) throw new ArgumentException($"{where}: found {found} {what}; expected {expected}. Pass one per row.");
    }

    public static void NotEmpty(string where, int count)
    {
        if (count == 0) throw new ArgumentException($"{where}: found no rows; expected at least one.");
    }

    public static void Probabilities(string where, ReadOnlySpan<double> values)
    {
        for (var i = 0; i < values.Length; i++) Probability(where, values[i], i);
    }

    public static void Probability(string where, double value, int row = 0)
    {
        if (!(value >= 0 && value <= 1)) throw new ArgumentException($"{where}: found {value:R} at row {row}; expected a probability from 0 to 1, not a percentage.");
    }

    public static void Level(string where, double level)
    {
        if (!(level > 0 && level < 1)) throw new ArgumentException($"{where}: found level {level:R}; expected a fraction between 0 and 1, such as 0.8.");
    }

    public static void Positive(string where, double value, string what)
    {
        if (!(value > 0 && value < double.PositiveInfinity)) throw new ArgumentException($"{where}: found {what} {value:R}; expected a finite number above 0.");
    }

    public static void NotNegative(string where, double value, string what)
    {
        if (!(value >= 0 && value < double.PositiveInfinity)) throw new ArgumentException($"{where}: found {what} {value:R}; expected a finite number of at least 0.");
    }

    /// <summary>Weights are either none at all (every row weighs 1) or one per row, finite, not negative, not all zero.</summary>
    public static void Weights(string where, ReadOnlySpan<double> weights, int rows)
    {
        if (weights.IsEmpty) return;
        SameLength(where, weights.Length, rows, "weights");
        var sum = 0.0;
        foreach (var weight in weights)
        {
            NotNegative(where, weight, "weight");
            sum += weight;
        }
        if (!(sum > 0)) throw new ArgumentException($"{where}: found weights that sum to 0; expected at least one above 0.");
    }

    /// <summary>Probabilities and outcomes in 0–1, of one length, with their weights.</summary>
    public static void Forecasts(string where, ReadOnlySpan<double> probabilities, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights)
    {
        NotEmpty(where, probabilities.Length);
        SameLength(where, outcomes.Length, probabilities.Length, "outcomes");
        Probabilities(where, probabilities);
        Probabilities(where, outcomes);
        Weights(where, weights, probabilities.Length);
    }
}
