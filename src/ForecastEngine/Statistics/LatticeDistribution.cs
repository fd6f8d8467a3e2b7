namespace ForecastEngine.Statistics;

/// <summary>A central interval and the coverage it claims.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
/// <param name="Level">Nominal coverage, a fraction.</param>
public readonly record struct Band(double Lower, double Upper, double Level)
{
    /// <summary>The band of a level among several; null where there is none.</summary>
    public static Band? At(IReadOnlyList<Band> bands, double level)
    {
        foreach (var band in bands)
            if (Math.Abs(band.Level - level) < 1e-9) return band;
        return null;
    }
}

/// <summary>
/// A distribution on the equally spaced values start + j·step, j = 0, 1, …
/// <para>Between the points the mass of a point counts as spread evenly over its cell, half a step to either side, except the first
/// point, which is an atom (for a sum of amounts it is "nothing came"). Quantiles and the CDF are therefore continuous above the start.</para>
/// </summary>
public sealed class LatticeDistribution
{
    private readonly double[] _masses;
    private readonly double[] _cumulative;

    /// <summary>Takes masses ≥ 0 that sum to 1 within 1e-9; they are scaled to sum to 1 exactly.</summary>
    public LatticeDistribution(double start, double step, ReadOnlySpan<double> masses)
    {
        const string where = nameof(LatticeDistribution);
        Require.NotEmpty(where, masses.Length);
        Require.Positive(where, step, "step");
        if (!double.IsFinite(start)) throw new ArgumentException($"{where}: found start {start:R}; expected a finite number.");
        var sum = 0.0;
        foreach (var mass in masses)
        {
            Require.NotNegative(where, mass, "mass");
            sum += mass;
        }
        if (!(Math.Abs(sum - 1) <= 1e-9)) throw new ArgumentException($"{where}: found masses that sum to {sum:R}; expected 1 within 1e-9.");

        (Start, Step, _masses, _cumulative) = (start, step, new double[masses.Length], new double[masses.Length]);
        double below = 0, offset = 0, square = 0;
        for (var j = 0; j < masses.Length; j++)
        {
            _masses[j] = masses[j] / sum;
            _cumulative[j] = below += _masses[j];
            offset += _masses[j] * j;
        }
        for (var j = 0; j < masses.Length; j++) square += _masses[j] * (j - offset) * (j - offset);
        (Mean, Variance) = (start + step * offset, step * step * square);
    }

    private LatticeDistribution(LatticeDistribution other, double start) =>
        (Start, Step, _masses, _cumulative, Mean, Variance) = (start, other.Step, other._masses, other._cumulative, other.Mean + (start - other.Start), other.Variance);

    /// <summary>The first value.</summary>
    public double Start { get; }

    /// <summary>The distance of neighbouring values, above 0.</summary>
    public double Step { get; }

    /// <summary>The mass at start + j·step.</summary>
    public ReadOnlySpan<double> Masses => _masses;

    /// <summary>Σ m x.</summary>
    public double Mean { get; }

    /// <summary>Σ m (x − mean)².</summary>
    public double Variance { get; }

    /// <summary>√Variance.</summary>
    public double StandardDeviation => Math.Sqrt(Variance);

    /// <summary>All mass at one value.</summary>
    public static LatticeDistribution Point(double value) => new(value, 1, [1]);

    /// <summary>P(X ≤ x), 0–1, linear inside a cell. As a probability integral transform of an observed x it should be uniform.</summary>
    public double Cdf(double x)
    {
        if (double.IsNaN(x)) throw new ArgumentException($"{nameof(Cdf)}: found NaN; expected a number.");
        if (x < Start) return 0;
        var position = (x - Start) / Step + 0.5;
        if (position >= _masses.Length) return 1;
        var j = (int)position;
        return j == 0 ? _cumulative[0] : _cumulative[j - 1] + _masses[j] * (position - j);
    }

    /// <summary>
    /// P(X ≥ x), 0–1. Mass on the lattice point x itself counts as reaching it, so that a goal of exactly one deal's amount is met by that deal.
    /// The atom at the start reaches nothing beyond the start; a millionth of a step is rounding.
    /// </summary>
    public double ProbabilityAtLeast(double x) => x <= Start + 1e-6 * Step ? 1 : 1 - Math.Max(_cumulative[0], Cdf(x - Step / 2));

    /// <summary>The value below which the share <paramref name="level"/> (0–1) lies: the inverse of <see cref="Cdf"/>.</summary>
    public double Quantile(double level)
    {
        Require.Probability(nameof(Quantile), level);
        var found = Array.BinarySearch(_cumulative, level);
        var j = found >= 0 ? found : ~found;
        while (j > 0 && _cumulative[j - 1] >= level) j--;
        if (j >= _masses.Length) j = _masses.Length - 1;
        while (j > 0 && _masses[j] == 0) j--;
        if (j == 0) return Start;
        var share = Math.Clamp((level - _cumulative[j - 1]) / _masses[j], 0, 1);
        return Start + Step * (j - 0.5 + share);
    }

    /// <summary>The central interval of a level: its ends are the quantiles (1 − level)/2 and (1 + level)/2.</summary>
    public Band Band(double level)
    {
        Require.Level(nameof(Band), level);
        return new Band(Quantile((1 - level) / 2), Quantile((1 + level) / 2), level);
    }

    /// <summary>
    /// CRPS against the value that came, in the unit of the value; lower is better.
    /// <para>∫ (F(r) − 1{y ≤ r})² dr = Σ_j (F_j − 1{y ≤ x_j})² h, with F the step function on the lattice, exact where y falls inside a cell or outside the range.</para>
    /// </summary>
    public double Crps(double observed)
    {
        if (!double.IsFinite(observed)) throw new ArgumentException($"{nameof(Crps)}: found {observed:R}; expected a finite number.");
        var end = Start + Step * (_masses.Length - 1);
        var sum = Math.Max(0, Start - observed) + Math.Max(0, observed - end);
        for (var j = 0; j + 1 < _masses.Length; j++)
        {
            var below = Math.Clamp(observed - (Start + j * Step), 0, Step); // the part of the cell before the value
            var f = _cumulative[j];
            sum += below * f * f + (Step - below) * (1 - f) * (1 - f);
        }
        return sum;
    }

    /// <summary>The distribution of about + factor × (X − about).</summary>
    /// <param name="about">The point that stays.</param>
    /// <param name="factor">Above 0.</param>
    public LatticeDistribution Scaled(double about, double factor)
    {
        Require.Positive(nameof(Scaled), factor, "factor");
        return new LatticeDistribution(about + factor * (Start - about), factor * Step, _masses);
    }

    /// <summary>The distribution of X + constant, for instance what is already closed.</summary>
    public LatticeDistribution Shift(double constant)
    {
        if (!double.IsFinite(constant)) throw new ArgumentException($"{nameof(Shift)}: found {constant:R}; expected a finite number.");
        return new LatticeDistribution(this, Start + constant);
    }
}
