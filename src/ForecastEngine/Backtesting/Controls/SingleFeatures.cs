using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>How a feature that stands alone is looked upon.</summary>
public enum FeatureStanding
{
    /// <summary>Nothing to be said against it.</summary>
    Clear,
    /// <summary>Too good at creation to have been known then.</summary>
    Suspicious,
    /// <summary>So good that it must know the outcome: not to be used.</summary>
    Quarantined,
}

/// <summary>What one feature alone tells of won and lost, out of time.</summary>
/// <param name="Feature">Column name.</param>
/// <param name="Driver">The business factor it belongs to; <c>attribute:name</c> for a custom column.</param>
/// <param name="AgeDays">Age at which it was read; 0 is the creation.</param>
/// <param name="Auc">Area under the ROC curve among deals created next to each other, of its value as it is: below 0.5 where low values win.</param>
/// <param name="StandardError">Its standard error when it tells nothing.</param>
/// <param name="Cases">Deals judged.</param>
/// <param name="Standing">What that makes of it.</param>
public sealed record FeatureStrength(string Feature, string Driver, double AgeDays, double Auc, double StandardError, int Cases, FeatureStanding Standing)
{
    /// <summary>The larger of AUC and 1 − AUC, 0.5–1.</summary>
    public double Strength => Math.Max(Auc, 1 - Auc);
}

/// <summary>
/// Every feature alone: how well its value as-of tells won from lost, with no model between. One that tells almost everything was written
/// with the outcome in hand; the others show what the team's data are good for.
/// </summary>
public static class SingleFeatures
{
    /// <summary>The control's name.</summary>
    public const string Name = "every feature alone";

    /// <summary>All features of what was known at the cutoff, custom columns that training would refuse included, strongest first. One of which no two peers differ is left out.</summary>
    /// <param name="history">The whole history.</param>
    /// <param name="cutoff">Only deals that reach an age after it are looked at.</param>
    /// <param name="agesDays">Ages in days.</param>
    /// <param name="options">The bounds.</param>
    public static IReadOnlyList<FeatureStrength> Of(CrmHistory history, AsOf cutoff, IReadOnlyList<double> agesDays, ControlOptions options)
    {
        var known = history.KnownAt(cutoff);
        var features = new FeatureSet(FeatureSchema.From(known, TimeGrid.From(known).DecayDays));
        var rates = GroupRates.From(history, features.Schema.CategoricalAttributes);
        var strengths = new List<FeatureStrength>();
        foreach (var age in agesDays)
        {
            var deals = HeldOutDeals.At(history, features, rates, cutoff, age);
            double[] won = [.. deals.Select(d => d.Won ? 1.0 : 0.0)];
            for (var f = 0; f < features.Count; f++)
            {
                double[] values = [.. deals.Select(d => (double)d.Snapshot.Features[f])];
                if (values.Distinct().Take(2).Count() < 2) continue;
                var (auc, error) = PeerAuc.Of(values, won);
                if (double.IsNaN(auc)) continue;
                strengths.Add(new FeatureStrength(features.Features[f].Name, features.Features[f].Driver, age, auc, error, deals.Count, Standing(Math.Max(auc, 1 - auc), age, options)));
            }
        }
        return [.. strengths.OrderByDescending(s => s.Strength).ThenBy(s => s.AgeDays).ThenBy(s => s.Feature, StringComparer.Ordinal)];
    }

    /// <summary>The control: none is suspicious or in quarantine.</summary>
    public static ControlResult Judge(IReadOnlyList<FeatureStrength> strengths, ControlOptions options)
    {
        var flagged = strengths.Where(s => s.Standing != FeatureStanding.Clear).ToList();
        var top = strengths.Count == 0 ? null : strengths[0];
        return new ControlResult(Name, flagged.Count == 0, top?.Strength ?? double.NaN, top?.StandardError ?? double.NaN,
            FormattableString.Invariant($"none beyond {options.AlarmAtCreation:0.00} at creation or {options.Quarantine:0.00} later"),
            flagged.Count > 0 ? string.Join("; ", flagged.Select(Words)) : top is null ? "no feature tells two deals apart" : $"none; the strongest is {Words(top)}")
        {
            Meaning = "No single column may tell almost by itself how a deal will end. One that does was most likely filled in afterwards: map it as ignored, or tell when it is known.",
        };
    }

    private static string Words(FeatureStrength s) => FormattableString.Invariant($"{s.Feature} at {s.AgeDays:0} days, {s.Strength:0.000} ± {s.StandardError:0.000}");

    private static FeatureStanding Standing(double strength, double age, ControlOptions options) =>
        strength > options.Quarantine ? FeatureStanding.Quarantined : age == 0 && strength > options.AlarmAtCreation ? FeatureStanding.Suspicious : FeatureStanding.Clear;
}
