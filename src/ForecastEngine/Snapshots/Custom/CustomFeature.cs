using System.Text.RegularExpressions;

namespace ForecastEngine.Snapshots.Custom;

/// <summary>
/// A column that a data scientist defined: a pure function of a snapshot, compiled into an assembly that travels with every
/// model version trained on it, so that nightly scoring, the API and another machine compute it the same way.
/// </summary>
public sealed partial class CustomFeature
{
    private readonly Func<OpportunitySnapshot, double?> _value;

    internal CustomFeature(string name, string unit, string knownBecause, Func<OpportunitySnapshot, double?> value, CustomFeatureCode? code)
    {
        var where = code is null ? $"Custom feature {name}" : $"Custom feature {name} in {code.Origin}";
        if (!Pattern().IsMatch(name)) throw new CustomFeatureException(where, $"the name \"{name}\"", "small letters, digits and underscores, a letter first, 40 at most", "Rename it.");
        if (string.IsNullOrWhiteSpace(unit)) throw new CustomFeatureException(where, "no unit", "what a value counts or measures, such as days", "State it in the attribute.");
        if (string.IsNullOrWhiteSpace(knownBecause)) throw new CustomFeatureException(where, "no reason", "why the value is known at the as-of date", "State it in the attribute.");
        (Name, Unit, KnownBecause, Code, _value) = (name, unit.Trim(), knownBecause.Trim(), code, value);
    }

    /// <summary>Column name, snake case.</summary>
    public string Name { get; }
    /// <summary>What a value counts or measures.</summary>
    public string Unit { get; }
    /// <summary>Why it is known at the as-of date.</summary>
    public string KnownBecause { get; }
    /// <summary>The assembly that it is in.</summary>
    public CustomFeatureCode? Code { get; }
    /// <summary>Name and code: two features with the same one give the same values.</summary>
    public string Identity => $"{Name}@{Code?.Sha256[..16]}";
    /// <summary>The business factor under which a score is explained.</summary>
    public string Driver => DriverPrefix + Name;

    /// <summary>How <see cref="Driver"/> begins.</summary>
    public const string DriverPrefix = "feature:";

    /// <summary>Its value at a snapshot; null when missing.</summary>
    /// <exception cref="CustomFeatureException">It threw, or gave a value that no column can hold.</exception>
    public double? Compute(OpportunitySnapshot deal)
    {
        double? value;
        try
        {
            value = _value(deal);
        }
        catch (Exception fault)
        {
            throw new CustomFeatureException(this, deal, $"{fault.GetType().Name}: {fault.Message}", "a number, or null where the value is missing", "Mend the feature; return null where it cannot tell.", fault);
        }
        return value is not { } number || float.IsFinite((float)number) ? value
            : throw new CustomFeatureException(this, deal, FormattableString.Invariant($"{number}"), "a finite number, or null where the value is missing", "Return null where it cannot tell.");
    }

    /// <summary>The features in C# source: public static methods with <see cref="CustomFeatureAttribute"/>. The engine's Snapshots and Crm are in scope.</summary>
    /// <exception cref="CustomFeatureException">It does not compile, is not pure, or defines none.</exception>
    public static IReadOnlyList<CustomFeature> Compile(string source, string origin = "the source") => CustomFeatureCode.Compile(source, origin).Features;

    /// <summary>One feature from an expression, such as <c>deal => deal.Activities.Count(a => a.Kind == "Meeting")</c>.</summary>
    /// <exception cref="CustomFeatureException">It does not compile or is not pure.</exception>
    public static CustomFeature Compile(string name, string unit, string knownBecause, string expression) => Compile(
        $$"""
        public static class Feature
        {
            private static readonly System.Func<OpportunitySnapshot, double?> Value = {{expression.Trim().TrimEnd(';')}};

            [CustomFeature({{Quoted(name)}}, {{Quoted(unit)}}, {{Quoted(knownBecause)}})]
            public static double? Of(OpportunitySnapshot deal) => Value(deal);
        }
        """, $"feature {name}").Single();

    /// <summary>The features in a file: C# source (<c>.cs</c>) or an assembly (<c>.dll</c>).</summary>
    public static IReadOnlyList<CustomFeature> FromFile(string path) => CustomFeatureCode.FromFile(path).Features;

    private static string Quoted(string text) => Microsoft.CodeAnalysis.CSharp.SymbolDisplay.FormatLiteral(text, quote: true);

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,39}\z")]
    private static partial Regex Pattern();
}
