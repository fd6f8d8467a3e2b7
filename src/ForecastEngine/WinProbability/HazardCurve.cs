using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// When and how one open opportunity may end: the hazards of winning and losing in each cell ahead. Win probability,
/// probability of winning by a date and the close date all come from it, so they never contradict each other.
/// </summary>
/// <remarks>
/// S_k = Π_{j&lt;k}(1 − h_w(j) − h_l(j)); won by the end of cell K−1: Σ_k S_k h_w(k). What is still open at the horizon
/// closes as <see cref="LateClosing"/> says: t days past it
/// S_K × tail share × the share that has closed by then was won too; P(won eventually) is where that ends, so every
/// probability and every date of a win speak of the same wins.
/// Inside a cell the hazards are constant in paced time (<see cref="CalendarPace"/>): after a share f of it, survival is S_k (1 − h)^f with h = h_w + h_l and
/// S_k (h_w / h)(1 − (1 − h)^f) has been won. With h at 1 all would close in the cell's first instant, so its pace, not its total,
/// is that of h = 0.99.
/// </remarks>
public sealed class HazardCurve
{
    private const double LeastLeft = 0.01;
    private readonly double[] _aloneWon;
    private readonly double[] _aloneLost;
    private readonly double[] _survival;
    private readonly double[] _won;
    private readonly PaceClock _clock;
    private readonly LateClosing _late;

    /// <param name="grid">Cells.</param>
    /// <param name="won">Hazard of winning per cell as its own model tells it, 0–1.</param>
    /// <param name="lost">Hazard of losing per cell as its own model tells it, 0–1. Where the two exceed 1 together they are scaled to 1.</param>
    /// <param name="tailWinShare">Share won of deals that close past the horizon, 0–1.</param>
    /// <param name="clock">How time runs inside a cell.</param>
    /// <param name="late">When and whether deals still open at the horizon close; null for all at the horizon
    /// itself.</param>
    public HazardCurve(TimeGrid grid, double[] won, double[] lost, double tailWinShare, PaceClock clock = default,
        LateClosing? late = null)
    {
        (Grid, TailWinShare, _aloneWon, _aloneLost, _clock, _late) =
            (grid, tailWinShare, won, lost, clock, late ?? LateClosing.AtOnce);
        (Won, Lost) = Together(won, lost);
        _survival = new double[grid.Count + 1];
        _won = new double[grid.Count + 1];
        _survival[0] = 1;
        for (var k = 0; k < grid.Count; k++)
        {
            _won[k + 1] = _won[k] + _survival[k] * Won[k];
            _survival[k + 1] = _survival[k] * Math.Max(0, 1 - Won[k] - Lost[k]);
        }
    }

    /// <summary>Cells.</summary>
    public TimeGrid Grid { get; }
    /// <summary>Hazard of winning per cell.</summary>
    public double[] Won { get; }
    /// <summary>Hazard of losing per cell.</summary>
    public double[] Lost { get; }
    /// <summary>Share won of those that close past the horizon.</summary>
    public double TailWinShare { get; }
    /// <summary>Probability of being open at the start of each cell, and at the horizon.</summary>
    public IReadOnlyList<double> Survival => _survival;
    /// <summary>P(won eventually), 0–1.</summary>
    public double WinProbability => _won[^1] + _survival[^1] * (TailWinShare * _late.Share);

    /// <summary>P(won within that many days), 0–1; never falls, and ends at <see cref="WinProbability"/>.</summary>
    public double WonWithin(double days)
    {
        if (days <= 0) return 0;
        var k = Grid.CellOf(days);
        return k < 0 ? _won[^1] + _survival[^1] * (TailWinShare * _late.ShareWithin(days - Grid.HorizonDays))
            : _won[k] + Partial(k, days);
    }

    /// <summary>
    /// Days within which the deal is won with a share <paramref name="q"/> of <see cref="WinProbability"/>: the
    /// quantile of the time of its win, given that it is won; null when a win is impossible.
    /// </summary>
    public double? WinTimeQuantile(double q)
    {
        var goal = q * WinProbability;
        if (!(WinProbability > 0)) return null;
        if (goal > _won[^1]) return Grid.HorizonDays + _late.DaysOf((goal - _won[^1]) / (_survival[^1] * TailWinShare));
        var k = 0;
        while (k < Grid.Count - 1 && _won[k + 1] < goal) k++;
        var (low, high) = (Grid.Edges[k], Grid.Edges[k + 1]);
        for (var i = 0; i < 50 && high - low > 1e-6; i++)
        {
            var middle = (low + high) / 2;
            if (_won[k] + Partial(k, middle) < goal) low = middle; else high = middle;
        }
        return (low + high) / 2;
    }

    /// <summary>The curve after the log odds of winning move by <paramref name="shift"/>[k] in each cell: h e^d / (1 + h(e^d − 1)).</summary>
    public HazardCurve Shifted(ReadOnlySpan<double> shift)
    {
        var won = new double[_aloneWon.Length];
        for (var k = 0; k < won.Length; k++) won[k] = HazardShift.Apply(_aloneWon[k], shift[k]);
        return new HazardCurve(Grid, won, _aloneLost, TailWinShare, _clock, _late);
    }

    private static (double[] Won, double[] Lost) Together(double[] won, double[] lost)
    {
        var isCopied = false;
        for (var k = 0; k < won.Length; k++)
        {
            var sum = won[k] + lost[k];
            if (sum <= 1) continue;
            if (!isCopied) (won, lost, isCopied) = ([.. won], [.. lost], true);
            (won[k], lost[k]) = (won[k] / sum, lost[k] / sum);
        }
        return (won, lost);
    }

    private double Partial(int k, double days)
    {
        var hazard = Won[k] + Lost[k];
        if (hazard <= 0) return 0;
        var share = _clock.Share(Grid.Edges[k], days, Grid.Edges[k + 1]);
        var left = Math.Max(1 - hazard, LeastLeft);
        return _survival[k] * Won[k] * (1 - Math.Pow(left, share)) / (1 - left);
    }
}
