namespace ForecastEngine.Snapshots.Custom;

/// <summary>
/// Marks a custom feature: a public static method that takes an <see cref="OpportunitySnapshot"/> and returns a number, or null
/// where the value is missing. It may use the snapshot and nothing else.
/// </summary>
/// <param name="name">Column name: small letters, digits and underscores, a letter first, such as <c>meetings_30d</c>.</param>
/// <param name="unit">What a value counts or measures, such as <c>meetings</c> or <c>days</c>.</param>
/// <param name="knownBecause">Why the value is known at the as-of date, in words.</param>
/// <example><code>
/// public static class MyFeatures
/// {
///     [CustomFeature("meetings_30d", "meetings", "activities are entered on the day they happen")]
///     public static double? Meetings(OpportunitySnapshot deal) =>
///         deal.Activities.Count(a => a.Kind == "Meeting" &amp;&amp; a.At > deal.AsOf.Instant.AddDays(-30));
/// }
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CustomFeatureAttribute(string name, string unit, string knownBecause) : Attribute
{
    /// <summary>Column name.</summary>
    public string Name => name;
    /// <summary>Unit.</summary>
    public string Unit => unit;
    /// <summary>Why it is known at the as-of date.</summary>
    public string KnownBecause => knownBecause;
}
