namespace ForecastEngine.Simulation;

/// <summary>The true distribution of the revenue won in a window, as seen from an origin, drawn from possible futures.</summary>
public sealed class RevenueTruth
{
    internal RevenueTruth(double[] futures, double alreadyWon, double winsOfOpen, double winsOfNew)
    {
        Array.Sort(futures);
        (Futures, AlreadyWon, ExpectedWinsOfOpen, ExpectedWinsOfNew) = (futures, alreadyWon, winsOfOpen, winsOfNew);
        Mean = futures.Sum() / futures.Length;
    }

    /// <summary>Revenue of the window in every future, rising; includes <see cref="AlreadyWon"/>.</summary>
    public IReadOnlyList<double> Futures { get; }

    /// <summary>What had been won in the window before the origin: the same in every future.</summary>
    public double AlreadyWon { get; }

    /// <summary>Mean revenue of the window.</summary>
    public double Mean { get; }

    /// <summary>Mean number of wins, from the origin to the end of the window, among opportunities open at the origin.</summary>
    public double ExpectedWinsOfOpen { get; }

    /// <summary>Mean number of wins, from the origin to the end of the window, among opportunities born after the origin.</summary>
    public double ExpectedWinsOfNew { get; }

    /// <summary>The quantile at <paramref name="level"/> (0–1), linear between order statistics.</summary>
    public double Quantile(double level)
    {
        if (level is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(level), level, "expected a fraction from 0 to 1");
        var position = level * (Futures.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, Futures.Count - 1);
        return Futures[below] + (position - below) * (Futures[above] - Futures[below]);
    }

    /// <summary>
    /// Share of the futures below <paramref name="actual"/>, ties counted half and the actual itself added as one more tie:
    /// uniform on (0, 1) over windows when this truth is true.
    /// </summary>
    public double Pit(double actual)
    {
        var (below, ties) = (0, 1);
        foreach (var future in Futures)
            if (future < actual) below++;
            else if (future == actual) ties++;
        return (below + 0.5 * ties) / (Futures.Count + 1);
    }
}
