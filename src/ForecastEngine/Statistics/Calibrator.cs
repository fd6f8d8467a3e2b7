using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace ForecastEngine.Statistics;

/// <summary>The shapes of a <see cref="Calibrator"/>, from the stiffest to the most flexible.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CalibratorKind>))]
public enum CalibratorKind
{
    /// <summary>p as it is. No parameters.</summary>
    Identity,

    /// <summary>logit p + a. Parameters: a.</summary>
    Intercept,

    /// <summary>a + b logit p. Parameters: a, b.</summary>
    Platt,

    /// <summary>logit = a ln p − b ln(1 − p) + c with a, b ≥ 0. Parameters: a, b, c.</summary>
    Beta,

    /// <summary>Linear between knots, flat outside. Parameters: score, value, score, value … both rising.</summary>
    Isotonic,
}

/// <summary>
/// A non-decreasing map from probability to probability, as a kind and its numbers, so that it can be saved beside a model.
/// Serialises with System.Text.Json as <c>{"Kind":"Platt","Parameters":[0.1,0.9]}</c>.
/// </summary>
public sealed record Calibrator
{
    /// <summary>Makes a calibrator from its kind and numbers; throws where they do not fit.</summary>
    [JsonConstructor]
    public Calibrator(CalibratorKind kind, ImmutableArray<double> parameters)
    {
        Parameters = parameters.IsDefault ? [] : parameters;
        Kind = kind;
        var fits = kind switch
        {
            CalibratorKind.Identity => Parameters.Length == 0,
            CalibratorKind.Intercept => Parameters.Length == 1,
            CalibratorKind.Platt => Parameters.Length == 2 && Parameters[1] >= 0,
            CalibratorKind.Beta => Parameters.Length == 3 && Parameters[0] >= 0 && Parameters[1] >= 0,
            CalibratorKind.Isotonic => KnotsRise(Parameters),
            _ => false,
        };
        if (!fits || Parameters.Any(value => !double.IsFinite(value)))
            throw new ArgumentException($"{nameof(Calibrator)}: found {kind} with parameters [{string.Join(", ", Parameters)}]; expected those named at {nameof(CalibratorKind)}.{kind}.");
    }

    /// <summary>The shape.</summary>
    public CalibratorKind Kind { get; }

    /// <summary>The numbers, in the order named at the kind.</summary>
    public ImmutableArray<double> Parameters { get; }

    /// <summary>Leaves every probability as it is.</summary>
    public static Calibrator Identity { get; } = new(CalibratorKind.Identity, []);

    /// <summary>The calibrated probability, 0–1, of a raw probability, 0–1. Never falls as <paramref name="probability"/> rises.</summary>
    public double Apply(double probability)
    {
        Require.Probability(nameof(Calibrator), probability);
        return Kind switch
        {
            CalibratorKind.Identity => probability,
            CalibratorKind.Intercept => Logit.Inverse(Logit.Of(probability) + Parameters[0]),
            CalibratorKind.Platt => Logit.Inverse(Parameters[0] + Parameters[1] * Logit.Of(probability)),
            CalibratorKind.Beta => Logit.Inverse(Parameters[0] * BetaLow(probability) + Parameters[1] * BetaHigh(probability) + Parameters[2]),
            _ => Interpolate(probability),
        };
    }

    /// <summary>ln p with p cut to at least 1e-12.</summary>
    internal static double BetaLow(double probability) => Math.Log(Math.Max(probability, 1e-12));

    /// <summary>−ln(1 − p) with p cut to at most 1 − 1e-12.</summary>
    internal static double BetaHigh(double probability) => -Math.Log(Math.Max(1 - probability, 1e-12));

    /// <summary>Equal in kind and in every number.</summary>
    public bool Equals(Calibrator? other) => other is not null && Kind == other.Kind && Parameters.AsSpan().SequenceEqual(other.Parameters.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        foreach (var value in Parameters) hash.Add(value);
        return hash.ToHashCode();
    }

    private double Interpolate(double probability)
    {
        var (low, high) = (0, Parameters.Length / 2 - 1);
        if (probability <= Parameters[0]) return Parameters[1];
        if (probability >= Parameters[2 * high]) return Parameters[2 * high + 1];
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Parameters[2 * middle] <= probability) low = middle;
            else high = middle;
        }
        var share = (probability - Parameters[2 * low]) / (Parameters[2 * high] - Parameters[2 * low]);
        return Parameters[2 * low + 1] + share * (Parameters[2 * high + 1] - Parameters[2 * low + 1]);
    }

    private static bool KnotsRise(ImmutableArray<double> knots)
    {
        if (knots.Length < 2 || knots.Length % 2 != 0) return false;
        for (var i = 0; i < knots.Length; i += 2)
        {
            if (!(knots[i + 1] >= 0 && knots[i + 1] <= 1)) return false;
            if (i > 0 && !(knots[i] > knots[i - 2] && knots[i + 1] >= knots[i - 1])) return false;
        }
        return true;
    }
}
