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
    private readonly double _exact;
    private readonly double _exactMass;

    /// <param name="spread">Equally likely values, rising, at least 0; at least one unless the exact mass is 1.</param>
    /// <param name="exact">The typed amount.</param>
    /// <param name="exactMass">Probability of closing at exactly it, 0–1.</param>
    /// <param name="rung">Which rung answered.</param>
    public DealSizeDistribution(double[] spread, double exact, double exactMass, SizeRung rung)
    {
        (_spread, _exact, _exactMass, Rung) = (spread, exact, exactMass, rung);
        var sum = 0.0;
        foreach (var value in spread) sum += value;
        Mean = (exactMass > 0 ? exactMass * exact : 0) + (spread.Length > 0 ? (1 - exactMass) * sum / spread.Length : 0);
    }

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
    /// The amount that is not exceeded with probability <paramref name="q"/>. Between the equally likely values, taken as
    /// the middles of their masses, it runs straight; the atom is a step.
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
        var position = level * _spread.Length - 0.5;
        if (position <= 0) return _spread[0];
        if (position >= _spread.Length - 1) return _spread[^1];
        var k = (int)position;
        return _spread[k] + (position - k) * (_spread[k + 1] - _spread[k]);
    }

    // The inverse of Spread.
    private double LevelOf(double value)
    {
        if (value <= _spread[0]) return value < _spread[0] ? 0 : 0.5 / _spread.Length;
        if (value >= _spread[^1]) return value > _spread[^1] ? 1 : (_spread.Length - 0.5) / _spread.Length;
        var k = 0;
        while (_spread[k + 1] < value) k++;
        return (k + 0.5 + (value - _spread[k]) / (_spread[k + 1] - _spread[k])) / _spread.Length;
    }
}
