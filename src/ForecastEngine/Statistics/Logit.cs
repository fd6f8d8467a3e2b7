namespace ForecastEngine.Statistics;

/// <summary>The logit and its inverse, without overflow.</summary>
public static class Logit
{
    /// <summary>ln(p / (1 − p)) with p cut to [clamp, 1 − clamp], so that 0 and 1 stay finite.</summary>
    public static double Of(double probability, double clamp = 1e-12)
    {
        var p = Math.Clamp(probability, clamp, 1 - clamp);
        return Math.Log(p / (1 - p));
    }

    /// <summary>1 / (1 + e^−z), a probability.</summary>
    public static double Inverse(double logit)
    {
        if (logit >= 0) return 1 / (1 + Math.Exp(-logit));
        var e = Math.Exp(logit);
        return e / (1 + e);
    }

    /// <summary>ln(1 + e^z), exact for large |z|.</summary>
    internal static double LogOnePlusExp(double z) => z > 0 ? z + Math.Log(1 + Math.Exp(-z)) : Math.Log(1 + Math.Exp(z));
}
