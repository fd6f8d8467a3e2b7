using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>How well won deals are told from lost ones.</summary>
/// <param name="Auc">Area under the ROC curve among deals created next to each other, 0–1; 0.5 is a coin. See <see cref="PeerAuc"/>.</param>
/// <param name="StandardError">Its standard error when nothing tells them apart.</param>
/// <param name="Cases">Deals judged.</param>
public readonly record struct Skill(double Auc, double StandardError, int Cases);

/// <summary>The engine's whole recipe in short: features, rates and training table of what was known at a cutoff, a model, and its skill on deals after it.</summary>
public static class OutOfTimeSkill
{
    /// <summary>Learns before the cutoff and judges after it.</summary>
    /// <param name="history">The whole history.</param>
    /// <param name="cutoff">End of what may be learnt from.</param>
    /// <param name="ageDays">Age at which deals are judged; 0 is the creation.</param>
    /// <param name="options">Settings.</param>
    /// <param name="ratesOf">Collects group rates from a history and custom columns; null for <see cref="GroupRates.From"/>. Another one may leak, and a control must see it.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static Skill Of(CrmHistory history, AsOf cutoff, double ageDays, ControlOptions options, Func<CrmHistory, IReadOnlyList<string>, GroupRates>? ratesOf = null, CancellationToken cancellation = default)
    {
        ratesOf ??= GroupRates.From;
        var known = history.KnownAt(cutoff);
        var grid = TimeGrid.From(known);
        var schema = FeatureSchema.From(known, grid.DecayDays);
        var features = new FeatureSet(schema);
        var table = TrainingTable.Build(known, features, ratesOf(known, schema.CategoricalAttributes), grid, cutoff, null, options.Threads, cancellation);
        var model = WinProbabilityTrainer.Train(table, schema, grid, options.Win with { Seed = options.Seed, Threads = options.Threads }, cancellation).Model;
        var deals = HeldOutDeals.At(history, features, ratesOf(history, schema.CategoricalAttributes), cutoff, ageDays);
        var (auc, error) = PeerAuc.Of([.. deals.Select(d => model.Evaluate(d.Snapshot).WinProbability)], [.. deals.Select(d => d.Won ? 1.0 : 0.0)]);
        return new Skill(auc, error, deals.Count);
    }
}
