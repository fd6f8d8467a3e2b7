using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// The only door to history: opportunities as they were known at a date. Needs the changes and activities of the asked
/// opportunities only; the rates of groups come ready from <see cref="GroupRates"/>, so partitions can be worked on apart.
/// One taker serves one thread.
/// </summary>
public sealed class SnapshotTaker
{
    private readonly CrmHistory _history;
    private readonly FeatureSet _features;
    private readonly OpportunityState _state;

    /// <summary>A taker over <paramref name="history"/>, which may be one partition of a larger one that <paramref name="rates"/> were collected from.</summary>
    public SnapshotTaker(CrmHistory history, FeatureSet features, GroupRates rates)
    {
        (_history, _features) = (history, features);
        _state = new OpportunityState(history, features.Schema, rates);
    }

    /// <summary>All opportunities that were open at <paramref name="asOf"/>, by creation.</summary>
    public List<OpportunitySnapshot> OpenPipeline(AsOf asOf)
    {
        var snapshots = new List<OpportunitySnapshot>();
        for (var i = 0; i < _history.Opportunities.Length; i++)
            if (Take(i, asOf) is { } snapshot) snapshots.Add(snapshot);
        return snapshots;
    }

    /// <summary>True when the opportunity at <paramref name="index"/> exists at <paramref name="asOf"/> and is not closed: what <see cref="Take(int, AsOf)"/> goes by, without the features.</summary>
    public static bool IsOpen(CrmHistory history, int index, AsOf asOf)
    {
        var opportunity = history.Opportunities[index];
        if (!asOf.Knows(opportunity.RecordedAt)) return false;
        var stage = history.FindStage(opportunity.Stage);
        string? gone = null;
        foreach (var change in history.KnownChanges(index, asOf))
        {
            if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { } entered) stage = entered;
            else if (change.Field == OpportunityField.Gone) gone = change.NewValue;
        }
        return gone is null && stage is not { Kind: StageKind.Won or StageKind.Lost };
    }

    /// <summary>The opportunity at <paramref name="index"/> as known at <paramref name="asOf"/>; null when it did not exist yet or was closed.</summary>
    public OpportunitySnapshot? Take(int index, AsOf asOf)
    {
        if (!asOf.Knows(_history.Opportunities[index].RecordedAt)) return null;
        _state.Start(index);
        _state.AdvanceTo(asOf);
        return _state.IsOpen ? Current() : null;
    }

    /// <summary>The open states of one opportunity at rising dates.</summary>
    public IEnumerable<OpportunitySnapshot> Take(int index, IEnumerable<AsOf> dates)
    {
        _state.Start(index);
        foreach (var date in dates)
        {
            _state.AdvanceTo(date);
            if (_state.IsOpen) yield return Current();
        }
    }

    private OpportunitySnapshot Current()
    {
        var columns = new float[_features.Count];
        _features.Write(_state, columns);
        var opportunity = _state.Opportunity;
        var snapshot = new OpportunitySnapshot
        {
            OpportunityId = opportunity.Id,
            Name = opportunity.Name,
            AsOf = _state.AsOf,
            CreatedAt = _state.CreatedAt,
            Stage = _state.Stage?.Name,
            StageOrder = _state.Stage?.Order ?? -1,
            Pipeline = _state.Stage?.Pipeline,
            Amount = _state.Amount,
            WithoutRate = _state.WithoutRate,
            PlannedCloseOn = _state.PlannedCloseOn,
            OwnerId = _state.OwnerId,
            TeamId = _state.OwnerId is { } owner ? _history.SalesReps.GetValueOrDefault(owner)?.TeamId : null,
            ProductId = _state.ProductId,
            Region = _state.Region,
            CrmProbability = _state.CrmProbability ?? _state.Stage?.CrmProbability,
            ForecastCategory = _state.ForecastCategory,
            Source = _state.Source,
            Segment = _state.Segment,
            AccountId = _state.AccountId,
            Features = columns,
            Facts = new OpportunitySnapshot.KnownFacts(_history, _state.Index, _state.AsOf, _state.KnownActivities, _features),
        };
        _features.WriteCustom(snapshot);
        return snapshot;
    }
}
