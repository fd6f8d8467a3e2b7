using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// Win rates of groups (an owner, a product, a source …) as they were known at any date, shrunk toward the overall rate.
/// A closed opportunity counts from the instant at which its outcome was recorded, so a rate never knows the future, and
/// an open opportunity never counts itself. Small next to the history: partitions share one copy.
/// </summary>
/// <remarks>
/// r̂_g(t) = (w_g(t) + m r̂(t)) / (n_g(t) + m), with r̂(t) the rate of all closed opportunities (Jeffreys). Served as
/// logit r̂_g − logit r̂, which stays comparable when the overall rate drifts.
/// </remarks>
public sealed class GroupRates
{
    /// <summary>How many closed opportunities the overall rate weighs like: m.</summary>
    public const double PriorWeight = 12;

    private readonly Timeline _all = new();
    private readonly Dictionary<string, Dictionary<string, Timeline>> _columns = new(StringComparer.Ordinal);

    private GroupRates() { }

    /// <summary>Collects the closings of all opportunities of <paramref name="history"/>.</summary>
    /// <param name="history">What is known.</param>
    /// <param name="attributes">Categorical custom columns to keep rates for.</param>
    public static GroupRates From(CrmHistory history, IReadOnlyList<string> attributes)
    {
        var rates = new GroupRates();
        var closings = new List<(long At, bool Won, int Index)>();
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (OutcomeOf(history, i) is { } outcome) closings.Add((outcome.RecordedAt.UtcTicks, outcome.Won, i));
        closings.Sort();
        foreach (var (at, won, index) in closings)
        {
            var opportunity = history.Opportunities[index];
            rates._all.Add(at, won);
            var (owner, product, stages) = AtClose(history, index);
            rates.Add("owner", owner, at, won);
            rates.Add("product", product, at, won);
            rates.Add("team", owner is not null ? history.SalesReps.GetValueOrDefault(owner)?.TeamId : null, at, won);
            rates.Add("source", opportunity.Source, at, won);
            rates.Add("region", opportunity.Region, at, won);
            rates.Add("segment", opportunity.Segment, at, won);
            rates.Add("account", opportunity.AccountId, at, won);
            rates.Add("industry", IndustryAtBirth(history, opportunity), at, won);
            foreach (var stage in stages) rates.Add("stage", stage, at, won);
            foreach (var attribute in attributes) rates.Add(Column(attribute), opportunity.Attributes.GetValueOrDefault(attribute), at, won);
        }
        return rates;
    }

    /// <summary>The name under which a custom column's rates are kept.</summary>
    public static string Column(string attribute) => "attribute:" + attribute;

    /// <summary>How many values a column has among closed opportunities.</summary>
    public int Levels(string column) => _columns.TryGetValue(column, out var values) ? values.Count : 0;

    /// <summary>Closed and won opportunities overall, as known then.</summary>
    public (int Closed, int Won) Overall(AsOf asOf) => _all.Until(asOf.Instant.UtcTicks);

    /// <summary>The group's timeline, to be asked at many dates; null when no closed opportunity had this value.</summary>
    public GroupTimeline? Find(string column, string? value) =>
        value is not null && _columns.TryGetValue(column, out var values) && values.TryGetValue(value, out var timeline) ? new GroupTimeline(timeline) : null;

    /// <summary>Overall win rate as known then (Jeffreys: (w + ½)/(n + 1)).</summary>
    public double OverallRate(AsOf asOf)
    {
        var (closed, won) = Overall(asOf);
        return (won + 0.5) / (closed + 1);
    }

    /// <summary>Log odds of the group's shrunken rate less those of the overall rate; 0 for an unseen group.</summary>
    public double LogOdds(GroupTimeline? group, AsOf asOf)
    {
        if (group is null) return 0;
        var (closed, won) = group.Value.Until(asOf);
        if (closed == 0) return 0;
        var overall = OverallRate(asOf);
        var rate = (won + PriorWeight * overall) / (closed + PriorWeight);
        return Math.Log(rate / (1 - rate)) - Math.Log(overall / (1 - overall));
    }

    private void Add(string column, string? value, long at, bool won)
    {
        if (value is null) return;
        if (!_columns.TryGetValue(column, out var values)) _columns.Add(column, values = new(StringComparer.Ordinal));
        if (!values.TryGetValue(value, out var timeline)) values.Add(value, timeline = new());
        timeline.Add(at, won);
    }

    /// <summary>The account's line of business, where the account was known when the deal was.</summary>
    internal static string? IndustryAtBirth(CrmHistory history, Opportunity opportunity) =>
        opportunity.AccountId is { } id && history.Accounts.GetValueOrDefault(id) is { } account && account.RecordedAt <= opportunity.RecordedAt ? account.Industry : null;

    private static (DateTimeOffset RecordedAt, bool Won)? OutcomeOf(CrmHistory history, int index)
    {
        foreach (var change in history.ChangesOf(index))
            if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { Kind: not StageKind.Open } stage)
                return (change.RecordedAt, stage.Kind == StageKind.Won);
        return null;
    }

    private static (string? Owner, string? Product, HashSet<string> Stages) AtClose(CrmHistory history, int index)
    {
        var opportunity = history.Opportunities[index];
        var (owner, product) = (opportunity.OwnerId, opportunity.ProductId);
        var stages = new HashSet<string>(StringComparer.Ordinal);
        if (history.FindStage(opportunity.Stage) is { Kind: StageKind.Open } born) stages.Add(born.Name);
        foreach (var change in history.ChangesOf(index))
        {
            if (change.Field == OpportunityField.OwnerId) owner = change.NewValue;
            else if (change.Field == OpportunityField.ProductId) product = change.NewValue;
            else if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { } stage)
            {
                if (stage.Kind != StageKind.Open) break;
                stages.Add(stage.Name);
            }
        }
        return (owner, product, stages);
    }

    internal sealed class Timeline
    {
        private readonly List<long> _at = [];
        private readonly List<int> _won = [];

        public void Add(long at, bool won)
        {
            _won.Add((_won.Count == 0 ? 0 : _won[^1]) + (won ? 1 : 0));
            _at.Add(at);
        }

        public (int Closed, int Won) Until(long instant)
        {
            int low = 0, high = _at.Count;
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if (_at[middle] <= instant) low = middle + 1; else high = middle;
            }
            return (low, low == 0 ? 0 : _won[low - 1]);
        }
    }
}

/// <summary>The closings of one group, in the order in which they became known.</summary>
public readonly struct GroupTimeline
{
    private readonly GroupRates.Timeline _timeline;
    internal GroupTimeline(GroupRates.Timeline timeline) => _timeline = timeline;

    /// <summary>Closed and won opportunities of the group, as known then.</summary>
    public (int Closed, int Won) Until(AsOf asOf) => _timeline.Until(asOf.Instant.UtcTicks);
}
