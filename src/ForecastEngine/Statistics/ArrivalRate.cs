using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>How an <see cref="ArrivalRate"/> is fitted. A cell is one step of the series, for instance a week.</summary>
public sealed record ArrivalRateOptions
{
    /// <summary>After how many cells a count weighs half; default 52.</summary>
    public double HalfLife { get; init; } = 52;

    /// <summary>Prior standard deviation of the trend per cell in logs, around 0; default 0.005 (about 30 % a year of weeks). 0 switches the trend off.</summary>
    public double TrendDeviation { get; init; } = 0.005;

    /// <summary>How the trend fades in forecasts: each further cell adds this share of the one before; 0–1, default 0.98.</summary>
    public double TrendDamping { get; init; } = 0.98;

    /// <summary>Prior weight of a season factor of 1, in expected events; default 20.</summary>
    public double SeasonStrength { get; init; } = 20;

    /// <summary>Prior mean of the level in events per cell; used with <see cref="LevelCells"/>.</summary>
    public double LevelPrior { get; init; }

    /// <summary>Prior weight of the level in cells; default 0 (none).</summary>
    public double LevelCells { get; init; }
}

/// <summary>
/// A rate of arrivals with level, trend and season, from counts per cell: N_t ~ Poisson(level · e^{trend (t − T)} · season[pos_t]).
/// </summary>
/// <param name="Level">Expected events in the last cell of the history, season apart; ≥ 0.</param>
/// <param name="Trend">Growth per cell in logs at the end of the history.</param>
/// <param name="TrendDamping">Fading of the trend per further cell.</param>
/// <param name="Season">A factor per season position, mean 1.</param>
public sealed record ArrivalRate(double Level, double Trend, double TrendDamping, ImmutableArray<double> Season)
{
    /// <summary>
    /// Expected events in a future cell.
    /// <para>level · exp(trend Σ_{i=1…k} ρ^i) · season[position].</para>
    /// </summary>
    /// <param name="cellsAhead">k: 1 is the first cell after the history.</param>
    /// <param name="position">Season position, 0 … season count − 1.</param>
    public double Expected(int cellsAhead, int position)
    {
        if (cellsAhead < 0 || position < 0 || position >= Season.Length)
            throw new ArgumentException($"{nameof(ArrivalRate)}: found cell {cellsAhead}, season position {position}; expected a cell from 0 on and a position from 0 to {Season.Length - 1}.");
        double reach = 0, step = 1;
        for (var i = 0; i < cellsAhead; i++) reach += step *= TrendDamping;
        return Level * Math.Exp(Trend * reach) * Season[position];
    }

    /// <summary>
    /// Fits by maximum posterior with weights 2^{−age / half-life}: Newton on (ln level, trend), then season factors
    /// (Σ w N + κ) / (Σ w μ / s + κ), in turn until still. The level is Gamma–Poisson, the trend normal around 0, the season drawn towards 1.
    /// </summary>
    /// <param name="counts">Events per cell, ≥ 0, oldest first.</param>
    /// <param name="positions">Season position of each cell (month, week of the quarter …); all 0 where there is no season.</param>
    /// <param name="seasonLength">Number of positions, at least 1.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <remarks>No counts and no prior, or only zeros, give a level of 0.</remarks>
    public static ArrivalRate Fit(ReadOnlySpan<double> counts, ReadOnlySpan<int> positions, int seasonLength, ArrivalRateOptions? options = null)
    {
        options ??= new ArrivalRateOptions();
        Check(counts, positions, seasonLength, options);
        var season = new double[seasonLength];
        Array.Fill(season, 1);
        double weighted = options.LevelPrior * options.LevelCells, cells = options.LevelCells;
        for (var t = 0; t < counts.Length; t++)
        {
            weighted += Weight(t, counts.Length, options) * counts[t];
            cells += Weight(t, counts.Length, options);
        }
        if (weighted == 0) return new ArrivalRate(0, 0, options.TrendDamping, [.. season]);

        var (logLevel, trend) = (Math.Log(weighted / cells), 0.0);
        for (var round = 0; round < 500; round++)
        {
            var before = (logLevel, trend);
            (logLevel, trend) = LevelAndTrend(counts, positions, season, logLevel, trend, options);
            var seasonMoved = Seasons(counts, positions, season, ref logLevel, trend, options);
            if (Math.Abs(logLevel - before.logLevel) + 100 * Math.Abs(trend - before.trend) + seasonMoved < 1e-10) break;
        }
        return new ArrivalRate(Math.Exp(logLevel), trend, options.TrendDamping, [.. season]);
    }

    private static double Weight(int t, int length, ArrivalRateOptions options) => Math.Pow(2, -(length - 1 - t) / options.HalfLife);

    private static (double LogLevel, double Trend) LevelAndTrend(ReadOnlySpan<double> counts, ReadOnlySpan<int> positions, double[] season,
        double logLevel, double trend, ArrivalRateOptions options)
    {
        var prior = options.LevelCells * Math.Exp(logLevel);
        var (gradLevel, gradTrend, hLevel, hBoth, hTrend) = (options.LevelCells * options.LevelPrior - prior, 0.0, prior, 0.0, 0.0);
        for (var t = 0; t < counts.Length; t++)
        {
            var (weight, age) = (Weight(t, counts.Length, options), t - (counts.Length - 1.0));
            var mean = Math.Exp(logLevel + trend * age) * season[positions[t]];
            gradLevel += weight * (counts[t] - mean);
            gradTrend += weight * (counts[t] - mean) * age;
            hLevel += weight * mean;
            hBoth += weight * mean * age;
            hTrend += weight * mean * age * age;
        }
        if (options.TrendDeviation == 0) return (logLevel + Math.Clamp(gradLevel / hLevel, -1, 1), 0);
        var precision = 1 / (options.TrendDeviation * options.TrendDeviation);
        gradTrend -= precision * trend;
        hTrend += precision;
        var determinant = hLevel * hTrend - hBoth * hBoth;
        var stepLevel = (gradLevel * hTrend - gradTrend * hBoth) / determinant;
        var stepTrend = (gradTrend * hLevel - gradLevel * hBoth) / determinant;
        var brake = Math.Min(1, 1 / Math.Max(Math.Abs(stepLevel), 1e-300));
        return (logLevel + brake * stepLevel, trend + brake * stepTrend);
    }

    /// <summary>One round of season factors, scaled to mean 1 with the level taking up the scale; returns the largest change.</summary>
    private static double Seasons(ReadOnlySpan<double> counts, ReadOnlySpan<int> positions, double[] season, ref double logLevel, double trend, ArrivalRateOptions options)
    {
        if (season.Length == 1) return 0;
        var (came, expected) = (new double[season.Length], new double[season.Length]);
        for (var t = 0; t < counts.Length; t++)
        {
            var weight = Weight(t, counts.Length, options);
            came[positions[t]] += weight * counts[t];
            expected[positions[t]] += weight * Math.Exp(logLevel + trend * (t - (counts.Length - 1.0)));
        }
        var (old, sum, moved) = ((double[])season.Clone(), 0.0, 0.0);
        for (var s = 0; s < season.Length; s++)
            sum += season[s] = came[s] + expected[s] == 0 ? 1 : (came[s] + options.SeasonStrength) / (expected[s] + options.SeasonStrength);
        var mean = sum / season.Length;
        for (var s = 0; s < season.Length; s++) moved = Math.Max(moved, Math.Abs((season[s] /= mean) - old[s]));
        logLevel += Math.Log(mean);
        return moved;
    }

    private static void Check(ReadOnlySpan<double> counts, ReadOnlySpan<int> positions, int seasonLength, ArrivalRateOptions options)
    {
        const string where = nameof(ArrivalRate);
        Require.SameLength(where, positions.Length, counts.Length, "season positions");
        Require.Positive(where, seasonLength, "season length");
        Require.Positive(where, options.HalfLife, "half-life");
        Require.NotNegative(where, options.TrendDeviation, "trend deviation");
        Require.Probability(where, options.TrendDamping);
        Require.NotNegative(where, options.SeasonStrength, "season strength");
        Require.NotNegative(where, options.LevelPrior, "level prior");
        Require.NotNegative(where, options.LevelCells, "level weight");
        for (var t = 0; t < counts.Length; t++)
        {
            Require.NotNegative(where, counts[t], "count");
            if (positions[t] < 0 || positions[t] >= seasonLength) throw new ArgumentException($"{where}: found season position {positions[t]} at cell {t}; expected 0 to {seasonLength - 1}.");
        }
    }
}
