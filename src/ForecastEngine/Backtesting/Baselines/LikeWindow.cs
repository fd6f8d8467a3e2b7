using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// An earlier period of the same kind, seen from an origin as far from its start: what stood there then, and what had come
/// of it by the period's end. Everything is computed once and only when asked for.
/// </summary>
public sealed class LikeWindow
{
    private readonly BaselineView _view;
    private readonly Lazy<IReadOnlyList<OpportunitySnapshot>> _pipeline;
    private readonly Lazy<Outcome> _outcome;

    internal LikeWindow(BaselineView view, Period period, AsOf origin)
    {
        (_view, Period, Origin) = (view, period, origin);
        _pipeline = new(() => view.PipelineAt(origin));
        _outcome = new(Observe);
    }

    /// <summary>The earlier period.</summary>
    public Period Period { get; }
    /// <summary>The instant as long after (or before) the period's start as the window's origin is from its own; never past the period's end.</summary>
    public AsOf Origin { get; }
    /// <summary>The deals open at that origin, as they were known then.</summary>
    public IReadOnlyList<OpportunitySnapshot> Pipeline => _pipeline.Value;
    /// <summary>Revenue of the period as it was known at that origin.</summary>
    public double WonBefore => _outcome.Value.WonBefore;
    /// <summary>Revenue of the whole period as known today.</summary>
    public double Revenue => _outcome.Value.Revenue;
    /// <summary>What the deals open at that origin brought in the period.</summary>
    public double FromOpen => _outcome.Value.FromOpen;
    /// <summary>What deals brought in the period that were neither open at that origin nor already won: those not yet created, and reopened ones.</summary>
    public double FromNew => _outcome.Value.FromNew;

    /// <summary>What a deal of <see cref="Pipeline"/> brought in the period; 0 when it was not won in it.</summary>
    public double Brought(OpportunitySnapshot deal) => _outcome.Value.Brought.GetValueOrDefault(deal.OpportunityId);

    private Outcome Observe()
    {
        var known = _view.Known;
        var open = Pipeline.Select(d => d.OpportunityId).ToHashSet(StringComparer.Ordinal);
        var wonThen = new HashSet<int>();
        var wonBefore = 0.0;
        for (var i = 0; i < known.Opportunities.Length; i++)
        {
            if (!Origin.Knows(known.Opportunities[i].RecordedAt)) continue;
            // What was closed for good by then was closed by just this closing: only its day is asked before it is read again.
            if (_view.ClosingOf(i) is { } last && Origin.Knows(last.RecordedAt) && !(last.Won && IsIn(last))) continue;
            if (Closing.InForce(known, i, Origin) is not { Won: true } closing || !IsIn(closing) || !closing.HasTime
                && closing.On > Origin.Date) continue;
            wonThen.Add(i);
            wonBefore += (double)(closing.Amount ?? 0);
        }
        var brought = new Dictionary<string, double>(StringComparer.Ordinal);
        double revenue = 0, fromOpen = 0, fromNew = 0;
        foreach (var deal in _view.WonDeals(Period.From, Period.Until))
        {
            var id = known.Opportunities[deal.Index].Id;
            revenue += deal.Amount;
            if (open.Contains(id))
            {
                brought.Add(id, deal.Amount);
                fromOpen += deal.Amount;
            }
            else if (!wonThen.Contains(deal.Index)) fromNew += deal.Amount;
        }
        return new Outcome(wonBefore, revenue, fromOpen, fromNew, brought);
    }

    private bool IsIn(Closing closing) => !closing.IsUndated && Period.Contains(closing.On);

    private sealed record Outcome(double WonBefore, double Revenue, double FromOpen, double FromNew, Dictionary<string, double> Brought);
}
