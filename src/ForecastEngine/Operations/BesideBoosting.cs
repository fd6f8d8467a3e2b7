using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>What a method is asked about a deal.</summary>
public enum BesideTarget
{
    /// <summary>Won eventually: judged on the deals that are closed by now.</summary>
    WonEventually,
    /// <summary>Won within <see cref="BesideRow.WithinDays"/> days: judged on the deals that were watched so long.</summary>
    WonWithin,
}

/// <summary>The engine beside plain boosting, the stage rate and a constant, on the same deals.</summary>
/// <param name="Target">What was asked.</param>
/// <param name="AgeDays">Age at which the deals were judged.</param>
/// <param name="WithinDays">The date asked about, in days from then; null for eventually.</param>
/// <param name="TrainedOn">Deals that boosting learned from.</param>
/// <param name="Deals">Deals judged.</param>
/// <param name="Won">Of them won.</param>
/// <param name="Auc">The engine's area under the ROC curve; NaN where only one outcome came, like those below.</param>
/// <param name="BoostingAuc">Plain boosting's.</param>
/// <param name="AucStandardError">Standard error of their difference (<see cref="RocComparison"/>).</param>
/// <param name="LogLoss">The engine's log loss, nats.</param>
/// <param name="BoostingLogLoss">Plain boosting's.</param>
/// <param name="StageRateLogLoss">The stage rate's.</param>
/// <param name="ConstantLogLoss">That of the share of boosting's training deals for which it came true.</param>
/// <param name="LessBoosting">The engine's log loss less boosting's, with a bootstrap interval; below 0 throughout is
/// better beyond chance.</param>
/// <param name="LessStageRate">The same against the stage rate.</param>
/// <param name="LessConstant">The same against the constant.</param>
public sealed record BesideResult(
    BesideTarget Target, int AgeDays, double? WithinDays, int TrainedOn, int Deals, int Won, double Auc, double BoostingAuc,
    double AucStandardError, double LogLoss, double BoostingLogLoss, double StageRateLogLoss, double ConstantLogLoss,
    BootstrapInterval LessBoosting, BootstrapInterval LessStageRate, BootstrapInterval LessConstant);

/// <summary>What every method said of one deal.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="AgeDays">Age at which it was judged.</param>
/// <param name="Target">What was asked.</param>
/// <param name="WithinDays">The date asked about, in days from then; null for eventually.</param>
/// <param name="Group">Its group; null without groups.</param>
/// <param name="IsWon">Whether it came true.</param>
/// <param name="Engine">The engine's probability, 0–1.</param>
/// <param name="Boosting">Plain boosting's.</param>
/// <param name="StageRate">The stage rate's.</param>
/// <param name="Constant">The constant.</param>
public sealed record BesideRow(
    string OpportunityId, int AgeDays, BesideTarget Target, double? WithinDays, string? Group, bool IsWon,
    double Engine, double Boosting, double StageRate, double Constant);

/// <summary>
/// Trains plain boosting on the deals that the engine learned from, and judges both on the same newest deals: what came
/// of them eventually and by a date, beside the stage rate and a constant.
/// </summary>
internal sealed class BesideBoosting
{
    private readonly CrmHistory _history;
    private readonly WinProbabilityModel _model;
    private readonly AsOf _cutoff;
    private readonly int _first;
    private readonly LandmarkRequest _request;
    private readonly SnapshotTaker _taker;
    private readonly Func<int, string?> _groupOf;
    private readonly HashSet<string> _groupsBefore = new(StringComparer.Ordinal);

    /// <param name="history">The whole history.</param>
    /// <param name="model">The engine's, trained at the cutoff.</param>
    /// <param name="rates">Group rates of the whole history; each look is as-of.</param>
    /// <param name="cutoff">Nothing after it is learned from.</param>
    /// <param name="first">Position of the first judged deal.</param>
    /// <param name="request">Ages, groups, seed.</param>
    public BesideBoosting(CrmHistory history, WinProbabilityModel model, GroupRates rates, AsOf cutoff, int first, LandmarkRequest request)
    {
        (_history, _model, _cutoff, _first, _request) = (history, model, cutoff, first, request);
        _taker = new SnapshotTaker(history, model.Features, rates);
        _groupOf = request.Group is null ? _ => null : GroupOf(history, request.Group);
        for (var i = 0; i < first && request.Group is not null; i++)
            if (_groupOf(i) is { } group) _groupsBefore.Add(group);
    }

    /// <summary>The rows of all ages and targets; ages and targets without enough deals are left out.</summary>
    public List<BesideRow> Rows()
    {
        var within = _request.WithinDays ?? MedianDaysToWin();
        var rows = new List<BesideRow>();
        foreach (var age in _request.Ages)
        {
            rows.AddRange(Rows(age, null));
            if (within is { } days) rows.AddRange(Rows(age, days));
        }
        return rows;
    }

    /// <summary>What the rows amount to, by target and age.</summary>
    public IReadOnlyList<BesideResult> Judge(IReadOnlyList<BesideRow> rows) =>
        [.. rows.GroupBy(r => (r.Target, r.AgeDays, r.WithinDays)).OrderBy(g => g.Key.Target).ThenBy(g => g.Key.AgeDays)
            .Select(g => Judge([.. g], _trainedOn[(g.Key.AgeDays, g.Key.WithinDays)]))];

    private readonly Dictionary<(int Age, double? Within), int> _trainedOn = [];

    private BesideResult Judge(BesideRow[] rows, int trainedOn)
    {
        double[] outcomes = [.. rows.Select(r => r.IsWon ? 1.0 : 0)];
        var roc = RocComparison.Of([.. rows.Select(r => r.Engine)], [.. rows.Select(r => r.Boosting)], outcomes);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var row in rows) if (row.Group is { } group) numbers.TryAdd(group, numbers.Count);
        int[] clusters = _request.Group is null ? [] : [.. rows.Select((r, i) => r.Group is { } group ? numbers[group] : -1 - i)];
        var (engine, boosting, rate, constant) = (Losses(r => r.Engine), Losses(r => r.Boosting), Losses(r => r.StageRate), Losses(r => r.Constant));
        var seed = _request.Training.Seed;
        BootstrapInterval Less(double[] other) => Bootstrap.PairedDifference(engine, other, clusters, EvaluateLandmarks.Level, seed);
        return new BesideResult(rows[0].Target, rows[0].AgeDays, rows[0].WithinDays, trainedOn, rows.Length, rows.Count(r => r.IsWon),
            roc.Auc, roc.OtherAuc, roc.StandardError, engine.Average(), boosting.Average(), rate.Average(), constant.Average(),
            Less(boosting), Less(rate), Less(constant));

        double[] Losses(Func<BesideRow, double> said) => [.. rows.Select((r, i) => ProbabilityScores.LogLoss(said(r), outcomes[i]))];
    }

    private IEnumerable<BesideRow> Rows(int age, double? within)
    {
        var (known, knownOutcomes) = (new List<OpportunitySnapshot>(), new List<bool>());
        for (var i = 0; i < _first; i++)
            if (OutcomeOf(i, age, within, _cutoff) is { } told) { known.Add(told.Deal); knownOutcomes.Add(told.IsWon); }
        var (judged, places, outcomes) = (new List<OpportunitySnapshot>(), new List<int>(), new List<bool>());
        for (var i = _first; i < _history.Opportunities.Length; i++)
        {
            if (_groupOf(i) is { } group && _groupsBefore.Contains(group)) continue;
            if (OutcomeOf(i, age, within, AsOf.At(_history.ExportedAt)) is { } told) { judged.Add(told.Deal); places.Add(i); outcomes.Add(told.IsWon); }
        }
        if (judged.Count == 0 || PlainBoosting.Train(known, knownOutcomes, _model.Features, _request.Training.Seed, _request.Training.Threads) is not { } boosting) yield break;
        _trainedOn[(age, within)] = known.Count;
        var said = boosting.Predict(judged);
        var constant = knownOutcomes.Average(o => o ? 1.0 : 0);
        for (var r = 0; r < judged.Count; r++)
        {
            var (curve, rate) = (_model.Evaluate(judged[r]), _model.StageRateCurve(judged[r]));
            yield return new BesideRow(judged[r].OpportunityId, age, within is null ? BesideTarget.WonEventually : BesideTarget.WonWithin, within, _groupOf(places[r]), outcomes[r],
                within is { } days ? curve.WonWithin(days) : curve.WinProbability, said[r],
                within is { } until ? rate.WonWithin(until) : rate.WinProbability, constant);
        }
    }

    // A deal at that age and whether it came true, as far as it was known at a time; null where the deal was not open or it was too early to tell.
    private (OpportunitySnapshot Deal, bool IsWon)? OutcomeOf(int index, int age, double? within, AsOf until)
    {
        var asOf = AsOf.At(_history.Opportunities[index].CreatedAt.AddDays(age));
        if (asOf.CompareTo(until) > 0) return null;
        var closing = Closing.FirstAfter(_history, index, asOf);
        if (closing is { } later && later.RecordedAt > until.Instant) closing = null;
        var end = within is { } days ? asOf.Instant.AddDays(days) : until.Instant;
        if (within is null ? closing is null : closing is not { HasTime: true } && (closing is not null || end > until.Instant)) return null;
        return _taker.Take(index, asOf) is { } deal ? (deal, closing is { Won: true } won && (within is null || won.At <= end)) : null;
    }

    private double? MedianDaysToWin()
    {
        var days = new List<double>();
        for (var i = 0; i < _first; i++)
            if (Closing.Final(_history, i) is { Won: true, HasTime: true } closing && closing.RecordedAt <= _cutoff.Instant
                && closing.At > _history.Opportunities[i].CreatedAt)
                days.Add((closing.At - _history.Opportunities[i].CreatedAt).TotalDays);
        days.Sort();
        return days.Count == 0 ? null : Math.Ceiling(Ordering.Quantile([.. days], 0.5) / 7) * 7;
    }

    private static Func<int, string?> GroupOf(CrmHistory history, string column)
    {
        var deals = history.Opportunities;
        Func<Opportunity, string?> of = column switch
        {
            "account" => d => d.AccountId, "owner" => d => d.OwnerId, "product" => d => d.ProductId, "source" => d => d.Source,
            "region" => d => d.Region, "segment" => d => d.Segment, _ => d => d.Attributes.GetValueOrDefault(column),
        };
        if (!deals.Any(d => of(d) is not null))
            throw new OperationException($"Evaluation: found no deal with a value of \"{column}\"; expected account, owner, product, source, region, segment or a custom column that deals have.");
        return i => of(deals[i]);
    }
}
