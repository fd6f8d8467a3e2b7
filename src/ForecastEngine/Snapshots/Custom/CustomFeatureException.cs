namespace ForecastEngine.Snapshots.Custom;

/// <summary>A custom feature cannot be used. Nothing was trained or scored with it.</summary>
public sealed class CustomFeatureException : Exception
{
    /// <summary><c>where: found …; expected …. what to do.</c></summary>
    public CustomFeatureException(string where, string found, string expected, string action, Exception? inner = null)
        : base($"{where}: found {found}; expected {expected}. {action}", inner) { }

    /// <summary>The same about one value of a feature.</summary>
    internal CustomFeatureException(CustomFeature feature, OpportunitySnapshot deal, string found, string expected, string action, Exception? inner = null)
        : this($"Custom feature {feature.Name}, opportunity {deal.OpportunityId}, as of {deal.AsOf}", found, expected, action, inner) { }
}
