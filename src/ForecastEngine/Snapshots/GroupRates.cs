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
        var closings = new List<(long At, int Index, int Closed, int Won)>();
        for (var i = 0; i < history.Opportunities.Length; i++)
            foreach (var (at, closed, won) in OutcomesOf(history, i)) closings.Add((at.UtcTicks, i, closed, won));
        closings.Sort();
        var first = new Dictionary<int, long>(closings.Count);
        foreach (var (at, index, closed, won) in closings)
        {
            // A later correction takes away what was counted, where it was counted.
            var (known, stages) = AtClose(history, index, first.TryGetValue(index, out var close) ? close : first[index] = at);
            rates._all.Add(at, closed, won);
            Add("pipeline", known.Pipeline);
            Add("owner", known.Owner);
            Add("product", known.Product);
            Add("team", known.Owner is { } owner ? history.SalesReps.GetValueOrDefault(owner)?.TeamId : null);
            Add("source", known.Source);
            Add("region", known.Region);
            Add("segment", known.Segment);
            Add("account", known.Account);
            Add("industry", Industry(history, known.Account, history.Opportunities[index].RecordedAt));
            foreach (var stage in stages) Add("stage", stage);
            foreach (var attribute in attributes)
                Add(Column(attribute), history.Opportunities[index].Attributes.GetValueOrDefault(attribute) ?? Blank);

            void Add(string column, string? value) => rates.Add(column, value, at, closed, won);
        }
        return rates;
    }

    /// <summary>The level of deals without a value in a custom column; asked for where blanks are a level.</summary>
    public const string Blank = "";

    /// <summary>The name under which a custom column's rates are kept.</summary>
    public static string Column(string attribute) => "attribute:" + attribute;

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

    private void Add(string column, string? value, long at, int closed, int won)
    {
        if (value is null) return;
        if (!_columns.TryGetValue(column, out var values)) _columns.Add(column, values = new(StringComparer.Ordinal));
        if (!values.TryGetValue(value, out var timeline)) values.Add(value, timeline = new());
        timeline.Add(at, closed, won);
    }

    /// <summary>The account's line of business, where the account was known when the deal was.</summary>
    internal static string? Industry(CrmHistory history, string? accountId, DateTimeOffset recordedAt) =>
        accountId is not null && history.Accounts.GetValueOrDefault(accountId) is { } account && account.RecordedAt <= recordedAt ? account.Industry : null;

    // The first closing counts from when it was recorded; an outcome that is corrected, and a deal that goes, from when
    // that is known.
    private static List<(DateTimeOffset At, int Closed, int Won)> OutcomesOf(CrmHistory history, int index)
    {
        var outcomes = new List<(DateTimeOffset, int, int)>(1);
        bool? stands = null;
        foreach (var at in history.IsCorrected(index) ? MomentsOf(history.ChangesOf(index)) : [DateTimeOffset.MaxValue])
        {
            bool? won = null;
            var isGone = false;
            foreach (var change in history.KnownChanges(index, AsOf.At(at)))
            {
                if (change.Field == OpportunityField.Gone)
                {
                    isGone = change.NewValue is not null;
                    if (at == DateTimeOffset.MaxValue) Tell(isGone ? null : won, change.RecordedAt);
                }
                if (change.Field != OpportunityField.Stage || history.FindStage(change.NewValue) is not { } stage) continue;
                if (stage.Kind == StageKind.Open && won is not null) break;
                if (stage.Kind == StageKind.Open) continue;
                won = stage.Kind == StageKind.Won;
                if (at == DateTimeOffset.MaxValue && !isGone) Tell(won, change.RecordedAt);
            }
            if (at != DateTimeOffset.MaxValue) Tell(isGone ? null : won, at);
        }
        return outcomes;

        void Tell(bool? now, DateTimeOffset at)
        {
            if (now == stands) return;
            outcomes.Add((at, (now is null ? 0 : 1) - (stands is null ? 0 : 1), (now == true ? 1 : 0) - (stands == true ? 1 : 0)));
            stands = now;
        }
    }

    // When something became known of a deal whose facts were corrected.
    private static List<DateTimeOffset> MomentsOf(ReadOnlySpan<OpportunityChange> changes)
    {
        var moments = new SortedSet<DateTimeOffset>();
        foreach (var change in changes)
        {
            moments.Add(change.LearnedAt ?? change.RecordedAt);
            if (change.SupersededAt is { } until) moments.Add(until);
        }
        return [.. moments];
    }

    private static ((string? Pipeline, string? Owner, string? Product, string? Source, string? Region, string? Segment, string? Account) Known, HashSet<string> Stages) AtClose(CrmHistory history, int index, long at)
    {
        var o = history.Opportunities[index];
        var (owner, product, source, region, segment, account) = (o.OwnerId, o.ProductId, o.Source, o.Region, o.Segment, o.AccountId);
        var stages = new HashSet<string>(StringComparer.Ordinal);
        var pipeline = history.PipelineOf(o.Stage);
        if (history.FindStage(o.Stage) is { Kind: StageKind.Open } born) stages.Add(born.Name);
        foreach (var change in history.KnownChanges(index, AsOf.At(new DateTimeOffset(at, TimeSpan.Zero))))
        {
            if (change.Field == OpportunityField.OwnerId) owner = change.NewValue;
            else if (change.Field == OpportunityField.ProductId) product = change.NewValue;
            else if (change.Field == OpportunityField.Source) source = change.NewValue;
            else if (change.Field == OpportunityField.Region) region = change.NewValue;
            else if (change.Field == OpportunityField.Segment) segment = change.NewValue;
            else if (change.Field == OpportunityField.AccountId) account = change.NewValue;
            else if (change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { } stage)
            {
                pipeline = stage.Pipeline;
                if (stage.Kind != StageKind.Open) break;
                stages.Add(stage.Name);
            }
        }
        return ((pipeline, owner, product, source, region, segment, account), stages);
    }

    internal sealed class Timeline
    {
        private readonly List<long> _at = [];
        private readonly List<(int Closed, int Won)> _counts = [];

        public void Add(long at, int closed, int won)
        {
            var before = _counts.Count == 0 ? default : _counts[^1];
            _counts.Add((before.Closed + closed, before.Won + won));
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
            return low == 0 ? default : _counts[low - 1];
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
