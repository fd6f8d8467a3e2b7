namespace ForecastEngine.Statistics;

/// <summary>Moves a probability by a number of logits.</summary>
public static class HazardShift
{
    /// <summary>
    /// The hazard whose logit is larger by d.
    /// <para>h e^d / (1 + h (e^d − 1)), 0–1; rises with d, stays 0 at 0 and 1 at 1.</para>
    /// </summary>
    public static double Apply(double hazard, double shift)
    {
        Require.Probability(nameof(HazardShift), hazard);
        if (double.IsNaN(shift)) throw new ArgumentException($"{nameof(HazardShift)}: found shift NaN; expected a number of logits.");
        if (shift > 0)
        {
            var down = Math.Exp(-shift);
            return hazard / (hazard + (1 - hazard) * down);
        }
        var up = Math.Exp(shift);
        return hazard == 1 ? 1 : hazard * up / (1 - hazard + hazard * up);
    }
}
