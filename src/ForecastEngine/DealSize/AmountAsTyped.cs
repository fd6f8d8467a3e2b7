namespace ForecastEngine.DealSize;

/// <summary>The baseline: a deal brings what the CRM says now, without a spread. What a weighted pipeline assumes.</summary>
public static class AmountAsTyped
{
    /// <summary>All mass on the typed amount; null where there is none above 0.</summary>
    public static DealSizeDistribution? Evaluate(double? amount) =>
        amount is { } a && a > 0 && double.IsFinite(a) ? DealSizeDistribution.Fixed(a) : null;
}
