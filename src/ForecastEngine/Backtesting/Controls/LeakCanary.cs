using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>
/// Positive control: a column that knows the outcome is planted where such columns come in, and the guard of that place must catch it. A twin
/// with the same values in random order must pass, so that a guard which refuses everything fails too.
/// </summary>
public static class LeakCanary
{
    /// <summary>The planted column that knows the outcome.</summary>
    public const string Column = "leak canary";
    /// <summary>The planted column with the same values in random order.</summary>
    public const string Twin = "leak canary twin";

    private static readonly string LeakName = GroupRates.Column(Column), TwinName = GroupRates.Column(Twin);

    /// <summary>A column written at the close, as an export shows it, before the guard of the import.</summary>
    /// <param name="history">Its closed deals are the export's.</param>
    /// <param name="options">The seed.</param>
    /// <param name="import">The import's strictness; null for the defaults.</param>
    public static ControlResult AtImport(CrmHistory history, ControlOptions options, ImportOptions? import = null)
    {
        var bound = (import ?? ImportOptions.Default).SuspiciousStrength;
        bool[] won = [.. Enumerable.Range(0, history.Opportunities.Length).Select(i => Closing.Final(history, i)).OfType<Closing>().Select(c => c.Won)];
        var order = Permutation.Of(won.Length, options.Seed);
        (double Strength, string By)? Test(Func<int, bool> value) => LeakageTest.Test([.. won.Select((w, i) => ((string?)(value(i) ? "7" : "3"), w))]);
        var (leak, twin) = (Test(i => won[i])?.Strength ?? 0.5, Test(i => won[order[i]])?.Strength ?? 0.5);
        return Result("canary at import", "the guard of the import", leak, twin, bound, leak >= bound, twin >= bound);
    }

    /// <summary>A custom column of the birth that equals the outcome, on its way into the training table: training must refuse it.</summary>
    /// <param name="history">The whole history.</param>
    /// <param name="cutoff">End of what is trained on.</param>
    /// <param name="options">Seed and threads.</param>
    /// <param name="training">How strict training is; null for the defaults. Of the models themselves as little as possible is trained.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static ControlResult InTraining(CrmHistory history, AsOf cutoff, ControlOptions options, TrainingOptions? training = null, CancellationToken cancellation = default)
    {
        var known = history.KnownAt(cutoff);
        training = (training ?? new TrainingOptions()) with { Win = options.Win with { Trees = 1 }, Size = new() { Trees = 1 }, Seed = options.Seed, Threads = options.Threads };
        var refused = BundleTrainer.Train(Plant(known, 0, isTracked: false, options.Seed), cutoff, training, null, cancellation).Refused;
        var (leak, twin) = (refused.FirstOrDefault(r => r.Column == Column), refused.FirstOrDefault(r => r.Column == Twin));
        return Result("canary in training", "the trainer", leak?.Auc ?? double.NaN, twin?.Auc ?? double.NaN, training.LeakAuc, leak is not null, twin is not null);
    }

    /// <summary>A change recorded at birth that equals the outcome but for every tenth deal: too noisy for the guards before, so every feature alone must raise the alarm.</summary>
    public static ControlResult AtBirth(CrmHistory history, AsOf cutoff, ControlOptions options)
    {
        var strengths = SingleFeatures.Of(Plant(history, 0.1, isTracked: true, options.Seed), cutoff, [0], options);
        FeatureStrength? Of(string driver) => strengths.FirstOrDefault(s => s.Driver == driver);
        var (leak, twin) = (Of(LeakName), Of(TwinName));
        return Result("canary at birth", "the look at every feature alone", leak?.Strength ?? double.NaN, twin?.Strength ?? double.NaN, options.AlarmAtCreation,
            leak is { Standing: not FeatureStanding.Clear }, twin is { Standing: not FeatureStanding.Clear });
    }

    /// <summary>The history with both columns planted.</summary>
    /// <param name="history">Where.</param>
    /// <param name="noise">Share of deals whose value is the wrong one, 0–1.</param>
    /// <param name="isTracked">True when the value comes as a change recorded at birth; false when it is a value of the birth.</param>
    /// <param name="seed">Draws the wrong values, those of open deals, and the twin.</param>
    public static CrmHistory Plant(CrmHistory history, double noise, bool isTracked, long seed)
    {
        var facts = history.ToFacts();
        var values = new string[history.Opportunities.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var draw = CounterRandom.For(seed, CounterRandom.HashOf(history.Opportunities[i].Id), 71);
            var won = Closing.Final(history, i)?.Won ?? draw.Uniform(0) < 0.5;
            values[i] = won ^ draw.Uniform(1) < noise ? "1" : "0";
        }
        var order = Permutation.Of(values.Length, seed);
        return new CrmHistory(facts with
        {
            Opportunities = [.. history.Opportunities.Select((o, i) => o with
            {
                Attributes = new Dictionary<string, string>(o.Attributes) { [Column] = isTracked ? "0" : values[i], [Twin] = isTracked ? "0" : values[order[i]] },
            })],
            Changes = isTracked ? [.. facts.Changes, .. history.Opportunities.SelectMany((o, i) => new[] { Change(o, Column, values[i]), Change(o, Twin, values[order[i]]) })] : facts.Changes,
        });
    }

    private static OpportunityChange Change(Opportunity deal, string field, string value) =>
        new() { OpportunityId = deal.Id, Field = field, OldValue = "0", NewValue = value, At = deal.CreatedAt, RecordedAt = deal.RecordedAt };

    private static ControlResult Result(string name, string guard, double leak, double twin, double bound, bool isLeakCaught, bool isTwinCaught) => new(name, isLeakCaught && !isTwinCaught, leak, double.NaN,
        FormattableString.Invariant($"caught beyond {bound:0.00}, and its shuffled twin let through"),
        (isLeakCaught ? FormattableString.Invariant($"caught at {leak:0.000}") : double.IsNaN(leak) ? "not caught" : FormattableString.Invariant($"not caught, though its strength is {leak:0.000}"))
            + (isTwinCaught ? FormattableString.Invariant($"; the twin was caught too at {twin:0.000}") : "; the twin passed"))
    {
        Meaning = $"A column that knows the outcome was planted on purpose, and {guard} must find it. Where this fails, a real one would go unseen.",
    };
}
