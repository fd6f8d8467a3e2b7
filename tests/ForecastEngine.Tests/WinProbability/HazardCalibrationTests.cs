using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

public sealed class HazardCalibrationTests
{
    private const int Rows = 30_000;

    [Fact]
    public void A_window_in_which_answers_lie_too_close_spreads_them_and_keeps_their_sum()
    {
        var (hazards, outcomes, blocks) = Window(slope: 1.5, shift: 0);
        var chosen = HazardCalibration.Choose(hazards, outcomes, blocks);
        Assert.InRange(chosen.Slope, 1.3, 1.6);
        Assert.Equal(hazards.Sum(), hazards.Sum(h => After(chosen, h)), 1e-6 * Rows);
    }

    [Fact]
    public void The_level_of_the_window_is_left_alone()
    {
        // Twice the wins that were expected: the market's, not the model's.
        var (hazards, outcomes, blocks) = Window(slope: 1, shift: 0.7);
        Assert.True(HazardCalibration.Choose(hazards, outcomes, blocks).IsIdentity);
        var (spread, more, same) = Window(slope: 1.5, shift: 0.7);
        var chosen = HazardCalibration.Choose(spread, more, same);
        Assert.Equal(spread.Sum(), spread.Sum(h => After(chosen, h)), 1e-6 * Rows);
    }

    [Fact]
    public void Without_a_window_nothing_changes() => Assert.Equal(HazardCalibration.None, HazardCalibration.Choose([], [], []));

    private static double After(HazardCalibration calibration, double hazard) =>
        Logit.Inverse((1 - calibration.Slope) * calibration.Pivot + calibration.Slope * Logit.Of(hazard, 1e-9));

    // Hazards from half a percent to a half, and outcomes whose log odds are slope × theirs, about their own middle, plus shift.
    private static (double[] Hazards, double[] Outcomes, int[] Blocks) Window(double slope, double shift)
    {
        var draw = CounterRandom.For(11, 0, 0);
        double[] logits = [.. Enumerable.Range(0, Rows).Select(r => -5.3 + 5.3 * draw.Uniform(r))];
        return ([.. logits.Select(z => Logit.Inverse(z))], [.. logits.Select((z, r) => draw.Uniform(Rows + r) < Logit.Inverse(slope * (z + 2.6) - 2.6 + shift) ? 1.0 : 0)], [.. Enumerable.Range(0, Rows).Select(r => 5 * r / Rows)]);
    }
}
