using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>
/// Two published runs side by side, scored again so that their difference can be told apart: the facts, then the market, then
/// the model. Loading scores the pipeline up to four times; bridges of single periods and parts are then quick. Safe to share between threads.
/// </summary>
public sealed class CompareRuns
{
    private readonly Scored _earlier;
    private readonly Scored _facts;
    private readonly Scored _market;
    private readonly Scored _later;

    private CompareRuns(RescoringRun from, RescoringRun to, Scored earlier, Scored facts, Scored market, Scored later) =>
        (From, To, _earlier, _facts, _market, _later) = (from, to, earlier, facts, market, later);

    /// <summary>The earlier run.</summary>
    public RescoringRun From { get; }
    /// <summary>The later run.</summary>
    public RescoringRun To { get; }

    /// <summary>Scores both runs again.</summary>
    public static CompareRuns Load(Workspace workspace, RescoringRun from, RescoringRun to, int threads = 1, CancellationToken cancellation = default)
    {
        if (from.AsOf >= to.AsOf) throw new OperationException($"Runs: found {from.AsOf:yyyy-MM-dd} and {to.AsOf:yyyy-MM-dd}; expected the earlier one first. Choose two dates in order.");
        var options = new ScoringOptions { ExplainTop = 0, Threads = threads };
        var (oldBundle, newBundle) = (Bundle(from), from.ModelVersion == to.ModelVersion ? null : Bundle(to));
        var (before, oldDate) = (HistoryAt.Load(workspace, from.AsOf, cancellation, out var o), o);
        var (after, newDate) = (HistoryAt.Load(workspace, to.AsOf, cancellation, out var n), n);
        var earlier = Scored.Of(oldBundle, before, oldDate, null, options, cancellation);
        var facts = Scored.Of(oldBundle, after, newDate, earlier.Factor, options, cancellation);
        var market = Scored.Of(oldBundle, after, newDate, null, options, cancellation);
        return new CompareRuns(from, to, earlier, facts, market, newBundle is null ? market : Scored.Of(newBundle, after, newDate, null, options, cancellation));

        ModelBundle Bundle(RescoringRun run) => workspace.BundleOf(workspace.Models.Get(run.ModelVersion));
    }

    /// <summary>Why a period's expected revenue moved.</summary>
    /// <param name="period">The period; not over at the later date.</param>
    /// <param name="dimension">By what revenue is told apart.</param>
    /// <param name="key">The part; empty for the company.</param>
    /// <param name="before">What the earlier run published; null where it published none, then it is scored again.</param>
    /// <param name="after">What the later run published; null where it published none.</param>
    public ForecastBridge Bridge(Period period, Dimension dimension, string key, RevenueForecast? before, RevenueForecast? after)
    {
        if (period.Until < To.AsOf) throw new OperationException($"period: found {period.Label}, which ended before {To.AsOf:yyyy-MM-dd}; expected one that was not over in the later run.");
        RevenueParts[] parts = [.. new[] { _earlier, _facts, _market, _later }.Select(s => s.Parts(period, dimension, key))];
        return ForecastBridge.Between(before?.Mean ?? parts[0].Mean, after?.Mean ?? parts[3].Mean, parts[0], parts[1], parts[2], parts[3], (after?.Leaning ?? 0) - (before?.Leaning ?? 0),
            id => _facts.Known.IndexOf(id) is >= 0 and var index && Closing.Final(_facts.Known, index) is { Won: true });
    }

    private sealed record Scored(CrmHistory Known, AsOf AsOf, IReadOnlyList<ScoredOpportunity> Deals, CommonFactor Factor, NewbornCurves? Newborns)
    {
        public static Scored Of(ModelBundle bundle, CrmHistory known, AsOf asOf, CommonFactor? factor, ScoringOptions options, CancellationToken cancellation)
        {
            var rates = GroupRates.From(known, bundle.Win.Features.Schema.CategoricalAttributes);
            var market = factor ?? bundle.Market.AdvanceTo(asOf, bundle.Win, known, rates, options.Threads, cancellation).Factor;
            var open = new SnapshotTaker(known, bundle.Win.Features, rates).OpenPipeline(asOf);
            var deals = new PipelineScorer(bundle.Win, bundle.Size, market).Score(open, [], null, options, cancellation);
            return new Scored(known, asOf, deals, market, NewbornCurves.From(known, asOf, bundle.Win, rates, market));
        }

        public RevenueParts Parts(Period period, Dimension dimension, string key) => RevenueParts.Of(Known, AsOf, Deals, Factor, Newborns, period, dimension, key);
    }
}
