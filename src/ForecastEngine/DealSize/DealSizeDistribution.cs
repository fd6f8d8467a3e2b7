namespace ForecastEngine.DealSize;

/// <summary>One value that a deal may bring, and its probability.</summary>
/// <param name="Value">Amount, at least 0.</param>
/// <param name="Mass">Probability, 0–1.</param>
public readonly record struct SizeAtom(double Value, double Mass);

/// <summary>
/// The amount a deal brings if it is won: equally likely values around the expected one, and where deals often close at
/// exactly the typed amount, an atom there.
/// </summary>
public sealed class DealSizeDistribution
{
    private readonly double[] _spread;
    private readonly double[] _levels;
    private readonly double[] _quantiles;
    private readonly double _exact;
    private readonly double _exactMass;

    /// <param name="spread">Equally likely values, rising, at least 0; none only when the exact mass is 1.</param>
    /// <param name="levels">Levels at which quantiles of the spread are known, 0–1, rising.</param>
    /// <param name="quantiles">Those quantiles, rising.</param>
    /// <param name="exact">The typed amount.</param>
    /// <param name="exactMass">Probability of closing at exactly it, 0–1.</param>
    /// <param name="rung">Which rung answered.</param>
    public DealSizeDistribution(double[] spread, double[] levels, double[] quantiles, double exact, double exactMass, SizeRung rung)
    {
        (_spread, _levels, _quantiles, _exact, _exactMass, Rung) = (spread, levels, quantiles, exact, exactMass, rung);
        var sum = 0.0;
        foreach (var value in spread) sum += value;
        Mean = (exactMass > 0 ? exactMass * exact : 0) + (spread.Length > 0 ? (1 - exactMass) * sum / spread.Length : 0);
    }

    /// <summary>All mass on the typed amount.</summary>
    public static DealSizeDistribution Fixed(double typed) => new([], [], [], typed, 1, SizeRung.Typed);

    /// <summary>Which rung of the ladder answered.</summary>
    public SizeRung Rung { get; }
    /// <summary>Expected amount.</summary>
    public double Mean { get; }
    /// <summary>The middle amount.</summary>
    public double Median => Quantile(0.5);
    /// <summary>Probability of closing at exactly the typed amount; 0 where no atom is kept.</summary>
    public double ExactMass => _exactMass;

    /// <summary>All values, rising, with masses that sum to 1; at most 22. Their mean is <see cref="Mean"/>.</summary>
    public IReadOnlyList<SizeAtom> Atoms
    {
        get
        {
            var atoms = new List<SizeAtom>(_spread.Length + 1);
            var pending = _exactMass > 0;
            foreach (var value in _spread)
            {
                if (pending && _exact <= value) { atoms.Add(new SizeAtom(_exact, _exactMass)); pending = false; }
                if (_exactMass < 1) atoms.Add(new SizeAtom(value, (1 - _exactMass) / _spread.Length));
            }
            if (pending) atoms.Add(new SizeAtom(_exact, _exactMass));
            return atoms;
        }
    }

    /// <summary>
    /// The amount that is not exceeded with probability <paramref name="q"/>. Between the known quantiles of the
    /// spread it runs straight, beyond them it stays; the atom is a step.
    /// </summary>
    /// <param name="q">0–1.</param>
    public double Quantile(double q)
    {
        if (!(q >= 0 && q <= 1)) throw new ArgumentOutOfRangeException(nameof(q), q, "expected a probability from 0 to 1");
        if (_exactMass <= 0) return Spread(q);
        if (_exactMass >= 1) return _exact;
        var below = (1 - _exactMass) * LevelOf(_exact);
        return q < below ? Math.Min(_exact, Spread(q / (1 - _exactMass)))
            : q <= below + _exactMass ? _exact
            : Math.Max(_exact, Spread((q - _exactMass) / (1 - _exactMass)));
    }

    /// <summary>The middle band: from quantile (1 − level)/2 to (1 + level)/2.</summary>
    /// <param name="level">Nominal coverage, 0–1.</param>
    public (double Lower, double Upper) Band(double level) => (Quantile((1 - level) / 2), Quantile((1 + level) / 2));

    private double Spread(double level)
    {
        if (level <= _levels[0]) return _quantiles[0];
        if (level >= _levels[^1]) return _quantiles[^1];
        var k = 0;
        while (_levels[k + 1] < level) k++;
        return _quantiles[k] + (level - _levels[k]) / (_levels[k + 1] - _levels[k]) * (_quantiles[k + 1] - _quantiles[k]);
    }

    // The inverse of Spread.
    private double LevelOf(double value)
    {
        if (value <= _quantiles[0]) return value < _quantiles[0] ? 0 : _levels[0];
        if (value >= _quantiles[^1]) return value > _quantiles[^1] ? 1 : _levels[^1];
        var k = 0;
        while (_quantiles[k + 1] < value) k++;
        return _levels[k] + (value - _quantiles[k]) / (_quantiles[k + 1] - _quantiles[k]) * (_levels[k + 1] - _levels[k]);
    }
}
