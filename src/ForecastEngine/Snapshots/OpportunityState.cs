using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// One opportunity as it was known at a date, rebuilt by replaying its facts in the order in which they were recorded.
/// Moves forward in time only. Asking at more dates on the way changes no later answer by a bit.
/// </summary>
public sealed class OpportunityState
{
    private readonly CrmHistory _history;
    private readonly FeatureSchema _schema;
    private readonly GroupRates _rates;
    private readonly double[] _decayed;
    private readonly int[] _counts;
    private readonly Dictionary<string, int> _kindIndex;
    private readonly Dictionary<string, string?> _tracked = new(StringComparer.Ordinal);
    private int _change;
    private int _activity;
    private long _decayedAt;
    private ulong _visited;
    private decimal? _typed, _firstTyped;
    private string? _currency, _firstCurrency;
    private DateTimeOffset? _firstTypedAt;

    /// <summary>A replayer over <paramref name="history"/>; use <see cref="Start"/> for each opportunity.</summary>
    public OpportunityState(CrmHistory history, FeatureSchema schema, GroupRates rates)
    {
        (_history, _schema, _rates) = (history, schema, rates);
        _decayed = new double[schema.DecayDays.Count * (1 + schema.ActivityKinds.Count)];
        _counts = new int[1 + schema.ActivityKinds.Count];
        _kindIndex = new(StringComparer.Ordinal);
        for (var k = 0; k < schema.ActivityKinds.Count; k++) _kindIndex.Add(schema.ActivityKinds[k], k + 1);
    }

    /// <summary>The deal as it was born.</summary>
    public Opportunity Opportunity { get; private set; } = null!;
    /// <summary>Position in the history.</summary>
    public int Index { get; private set; }
    /// <summary>The date of the state.</summary>
    public AsOf AsOf { get; private set; }
    /// <summary>Group rates, to be asked at <see cref="AsOf"/>.</summary>
    public GroupRates Rates => _rates;
    /// <summary>Current stage; null when the export does not tell.</summary>
    public Stage? Stage { get; private set; }
    /// <summary>When the current stage was entered.</summary>
    public DateTimeOffset StageEnteredAt { get; private set; }
    /// <summary>Moves to a later open stage of the same pipeline.</summary>
    public int MovesForward { get; private set; }
    /// <summary>Moves to an earlier open stage of the same pipeline, reopening included.</summary>
    public int MovesBack { get; private set; }
    /// <summary>Distinct open stages visited of the present pipeline.</summary>
    public int StagesVisited => System.Numerics.BitOperations.PopCount(_visited);
    /// <summary>Current amount in the history's currency, by the rate of <see cref="AsOf"/>; null when unknown or
    /// without a rate.</summary>
    public decimal? Amount => Converted(_typed, _currency);
    /// <summary>First known amount by the rate of <see cref="AsOf"/> too, so that a move of the rate alone is no
    /// change.</summary>
    public decimal? FirstAmount => Converted(_firstTyped, _firstCurrency);
    /// <summary>Current amount in its own currency, where no rate of that currency is known; else null.</summary>
    public Money? WithoutRate => _typed is { } typed && Amount is null ? new Money(typed, _currency) : null;
    /// <summary>How often the amount as typed was changed.</summary>
    public int AmountChanges { get; private set; }
    /// <summary>Current planned close date.</summary>
    public DateOnly? PlannedCloseOn { get; private set; }
    /// <summary>How often the planned close date was moved to a later day.</summary>
    public int Pushes { get; private set; }
    /// <summary>How often it was moved to an earlier day.</summary>
    public int Pulls { get; private set; }
    /// <summary>Days it moved in all, later positive.</summary>
    public int DaysPushed { get; private set; }
    /// <summary>Current owner.</summary>
    public string? OwnerId { get; private set; }
    /// <summary>How often the owner changed.</summary>
    public int OwnerChanges { get; private set; }
    /// <summary>Current main product.</summary>
    public string? ProductId { get; private set; }
    /// <summary>The CRM's own win probability, 0–1; for baselines.</summary>
    public double? CrmProbability { get; private set; }
    /// <summary>The rep's category; for baselines.</summary>
    public string? ForecastCategory { get; private set; }
    /// <summary>Moment of creation.</summary>
    public DateTimeOffset CreatedAt { get; private set; }
    /// <summary>Customer.</summary>
    public string? AccountId { get; private set; }
    /// <summary>Where it came from.</summary>
    public string? Source { get; private set; }
    /// <summary>Sales region.</summary>
    public string? Region { get; private set; }
    /// <summary>Customer segment.</summary>
    public string? Segment { get; private set; }
    /// <summary>True when the CRM no longer has it: deleted, merged into another, or missing from an export that is all
    /// there is.</summary>
    public bool IsGone { get; private set; }
    /// <summary>Last activity known.</summary>
    public DateTimeOffset? LastActivityAt { get; private set; }
    /// <summary>Rates of the deal's groups, in the order of <see cref="FeatureSchema.RateColumns"/>.</summary>
    public GroupTimeline?[] Groups { get; private set; } = [];
    /// <summary>Rate of the current stage.</summary>
    public GroupTimeline? StageGroup { get; private set; }
    /// <summary>Earlier closings of the same account.</summary>
    public GroupTimeline? AccountGroup { get; private set; }

    /// <summary>True when the deal exists at <see cref="AsOf"/>, is not gone and has not been closed.</summary>
    public bool IsOpen => AsOf.Knows(Opportunity.RecordedAt) && !IsGone && Stage is not { Kind: StageKind.Won or StageKind.Lost };

    /// <summary>Days since creation.</summary>
    public double AgeDays => (AsOf.Instant - CreatedAt).TotalDays;

    /// <summary>Days in the current stage.</summary>
    public double DaysInStage => Math.Max(0, (AsOf.Instant - StageEnteredAt).TotalDays);

    /// <summary>Activities known; <paramref name="kind"/> 0 for all, 1 … for the schema's kinds.</summary>
    public int Activities(int kind) => _counts[kind];

    /// <summary>Σ e^{−(asOf − at)/τ} over the known activities of a kind, τ the schema's decay number <paramref name="decay"/> in days.</summary>
    public double DecayedActivities(int kind, int decay) =>
        _decayed[kind * _schema.DecayDays.Count + decay] * Math.Exp(-(AsOf.Instant.UtcTicks - _decayedAt) / (double)TimeSpan.TicksPerDay / _schema.DecayDays[decay]);

    /// <summary>Value of a custom column: its latest known change, else its value at birth.</summary>
    public string? Attribute(string name) => _tracked.TryGetValue(name, out var value) ? value : Opportunity.Attributes.GetValueOrDefault(name);

    /// <summary>How many activities are known.</summary>
    public int KnownActivities => _activity;

    /// <summary>Turns to the opportunity at <paramref name="index"/>, at its birth.</summary>
    public void Start(int index)
    {
        Index = index;
        Opportunity = _history.Opportunities[index];
        AsOf = AsOf.At(DateTimeOffset.MinValue);
        _activity = 0;
        StartChanges();
        Array.Clear(_decayed);
        Array.Clear(_counts);
        _decayedAt = 0;
        LastActivityAt = null;
    }

    private void StartChanges()
    {
        (_change, _visited, IsGone) = (0, 0, false);
        _tracked.Clear();
        Stage = _history.FindStage(Opportunity.Stage);
        StageGroup = _rates.Find("stage", Opportunity.Stage);
        Visit(Stage);
        CreatedAt = Opportunity.CreatedAt;
        (AccountId, Source, Region, Segment) = (Opportunity.AccountId, Opportunity.Source, Opportunity.Region, Opportunity.Segment);
        StageEnteredAt = CreatedAt;
        (MovesForward, MovesBack, AmountChanges, Pushes, Pulls, DaysPushed, OwnerChanges) = (0, 0, 0, 0, 0, 0, 0);
        (_typed, _firstTyped) = (Opportunity.Amount, Opportunity.Amount);
        (_currency, _firstCurrency, _firstTypedAt) = (Opportunity.Currency, Opportunity.Currency, null);
        PlannedCloseOn = Opportunity.PlannedCloseOn;
        (OwnerId, ProductId) = (Opportunity.OwnerId, Opportunity.ProductId);
        CrmProbability = Opportunity.CrmProbability;
        ForecastCategory = null;
        if (Groups.Length != _schema.RateColumns.Count) Groups = new GroupTimeline?[_schema.RateColumns.Count];
        for (var c = 0; c < Groups.Length; c++) Groups[c] = _rates.Find(_schema.RateColumns[c], GroupValue(_schema.RateColumns[c]));
        AccountGroup = _rates.Find("account", Opportunity.AccountId);
    }

    /// <summary>Learns every fact recorded until <paramref name="asOf"/>, which must not lie before the last one.</summary>
    public void AdvanceTo(AsOf asOf)
    {
        if (asOf.CompareTo(AsOf) < 0) throw new ArgumentException($"Opportunity {Opportunity.Id}: found as-of {asOf} after {AsOf}; expected dates that only move forward. Call Start first.", nameof(asOf));
        AsOf = asOf;
        if (_history.IsCorrected(Index))
        {
            // What was known of this deal does not only grow: it is told anew.
            StartChanges();
            foreach (var change in _history.KnownChanges(Index, asOf)) Apply(change);
        }
        else
        {
            var changes = _history.ChangesOf(Index);
            while (_change < changes.Length && asOf.Knows(changes[_change].RecordedAt)) Apply(changes[_change++]);
        }
        var activities = _history.ActivitiesOf(Index);
        while (_activity < activities.Length && asOf.Knows(activities[_activity].RecordedAt)) Apply(activities[_activity++]);
    }

    private void Apply(OpportunityChange change)
    {
        switch (change.Field)
        {
            case OpportunityField.Stage:
                if (_history.FindStage(change.NewValue) is { } stage) EnterStage(stage, change.At);
                break;
            case OpportunityField.Amount:
                var amount = change.NewValue is null ? (decimal?)null : decimal.Parse(change.NewValue, CultureInfo.InvariantCulture);
                if (_typed is not null && amount != _typed) AmountChanges++;
                _typed = amount;
                if (_firstTyped is null && amount is not null) (_firstTyped, _firstCurrency, _firstTypedAt) = (amount, _currency, change.RecordedAt);
                break;
            case OpportunityField.Currency:
                _currency = change.NewValue;
                if (_firstTypedAt == change.RecordedAt) _firstCurrency = _currency;
                break;
            case OpportunityField.PlannedCloseOn:
                var planned = change.NewValue is null ? (DateOnly?)null : DateOnly.ParseExact(change.NewValue, "yyyy-MM-dd", CultureInfo.InvariantCulture);
                if (planned is { } to && PlannedCloseOn is { } from && to != from)
                {
                    var days = to.DayNumber - from.DayNumber;
                    if (days > 0) Pushes++; else Pulls++;
                    DaysPushed += days;
                }
                PlannedCloseOn = planned;
                break;
            case OpportunityField.OwnerId:
                if (OwnerId is not null && change.NewValue != OwnerId) OwnerChanges++;
                OwnerId = change.NewValue;
                Regroup("owner", "team");
                break;
            case OpportunityField.ProductId:
                ProductId = change.NewValue;
                Regroup("product");
                break;
            case OpportunityField.CrmProbability:
                CrmProbability = change.NewValue is null ? null : double.Parse(change.NewValue, CultureInfo.InvariantCulture);
                break;
            case OpportunityField.ForecastCategory:
                ForecastCategory = change.NewValue;
                break;
            case OpportunityField.AccountId:
                AccountId = change.NewValue;
                AccountGroup = _rates.Find("account", AccountId);
                Regroup("industry");
                break;
            case OpportunityField.Source:
                Source = change.NewValue;
                Regroup("source");
                break;
            case OpportunityField.Region:
                Region = change.NewValue;
                Regroup("region");
                break;
            case OpportunityField.Segment:
                Segment = change.NewValue;
                Regroup("segment");
                break;
            case OpportunityField.CreatedAt:
                CreatedAt = change.NewValue is null ? Opportunity.CreatedAt : CanonicalText.Moment(change.NewValue);
                break;
            case OpportunityField.Gone:
                IsGone = change.NewValue is not null;
                break;
            case OpportunityField.LeadId or OpportunityField.LossReason:
                break;
            default:
                _tracked[change.Field] = change.NewValue;
                Regroup(GroupRates.Column(change.Field));
                break;
        }
    }

    private decimal? Converted(decimal? typed, string? currency) => typed is { } amount ? new Money(amount, currency).ToHistoryCurrency(_history, AsOf.Date, AsOf) : null;

    private void EnterStage(Stage stage, DateTimeOffset at)
    {
        if (Stage is { } before && stage.Kind == StageKind.Open && stage.IsBeside(before))
        {
            if (before.Kind != StageKind.Open || stage.Order < before.Order) MovesBack++;
            else if (stage.Order > before.Order) MovesForward++;
        }
        if (Stage?.Name != stage.Name) StageEnteredAt = at;
        var isElsewhere = Stage?.Pipeline != stage.Pipeline;
        Stage = stage;
        StageGroup = _rates.Find("stage", stage.Name);
        if (isElsewhere)
        {
            _visited = 0;
            Regroup("pipeline");
        }
        Visit(stage);
    }

    private void Visit(Stage? stage)
    {
        if (stage is { Kind: StageKind.Open }) _visited |= 1UL << Math.Clamp(stage.Order, 0, 63);
    }

    private void Apply(Activity activity)
    {
        // A meeting may be planned ahead: until it has happened it counts as of the day it was entered.
        var at = Math.Min(activity.At.UtcTicks, activity.RecordedAt.UtcTicks);
        var latest = Math.Max(at, _decayedAt);
        var days = _schema.DecayDays;
        for (var i = 0; i < _decayed.Length && latest > _decayedAt; i++)
            _decayed[i] *= Math.Exp(-(latest - _decayedAt) / (double)TimeSpan.TicksPerDay / days[i % days.Count]);
        _decayedAt = latest;
        Count(0);
        if (_kindIndex.TryGetValue(activity.Kind, out var kind)) Count(kind);
        var happened = new DateTimeOffset(at, TimeSpan.Zero);
        if (LastActivityAt is null || happened > LastActivityAt) LastActivityAt = happened;

        void Count(int slot)
        {
            _counts[slot]++;
            for (var d = 0; d < days.Count; d++)
                _decayed[slot * days.Count + d] += at == latest ? 1 : Math.Exp(-(latest - at) / (double)TimeSpan.TicksPerDay / days[d]);
        }
    }

    private void Regroup(params ReadOnlySpan<string> columns)
    {
        for (var c = 0; c < Groups.Length; c++)
            if (columns.Contains(_schema.RateColumns[c])) Groups[c] = _rates.Find(_schema.RateColumns[c], GroupValue(_schema.RateColumns[c]));
    }

    /// <summary>The value of a column of group rates; null for none.</summary>
    internal string? LevelOf(string column) => GroupValue(column);

    private string? GroupValue(string column) => column switch
    {
        "pipeline" => Stage?.Pipeline,
        "owner" => OwnerId,
        "team" => OwnerId is null ? null : _history.SalesReps.GetValueOrDefault(OwnerId)?.TeamId,
        "product" => ProductId,
        "source" => Source,
        "region" => Region,
        "segment" => Segment,
        "account" => AccountId,
        "industry" => GroupRates.Industry(_history, AccountId, Opportunity.RecordedAt),
        _ => Attribute(column["attribute:".Length..]) is { Length: > 0 } value ? value
            : _schema.BlankLevels.Contains(column) ? GroupRates.Blank
            : null,
    };
}
