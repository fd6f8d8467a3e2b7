using System.Text.Json.Serialization;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>The immutable state of one opportunity as of a date: what was known then, and nothing later.</summary>
public sealed record OpportunitySnapshot
{
    /// <summary>The opportunity.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>What people call it.</summary>
    public string? Name { get; init; }
    /// <summary>The date.</summary>
    public required AsOf AsOf { get; init; }
    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Stage; null when the export does not tell.</summary>
    public string? Stage { get; init; }
    /// <summary>Order of the stage, −1 when unknown.</summary>
    public int StageOrder { get; init; } = -1;
    /// <summary>The stage's sales pipeline; null where there is one only.</summary>
    public string? Pipeline { get; init; }
    /// <summary>Current amount in the history's currency, by the rate of the date; null when unknown or without a
    /// rate.</summary>
    public decimal? Amount { get; init; }
    /// <summary>The amount in its own currency, where no rate of that currency is known; else null.</summary>
    public Money? WithoutRate { get; init; }
    /// <summary>Planned close date.</summary>
    public DateOnly? PlannedCloseOn { get; init; }
    /// <summary>Owner.</summary>
    public string? OwnerId { get; init; }
    /// <summary>The owner's team.</summary>
    public string? TeamId { get; init; }
    /// <summary>Main product.</summary>
    public string? ProductId { get; init; }
    /// <summary>Region.</summary>
    public string? Region { get; init; }
    /// <summary>The CRM's own win probability, 0–1: the deal's figure, else its stage's default.</summary>
    public double? CrmProbability { get; init; }
    /// <summary>The rep's category.</summary>
    public string? ForecastCategory { get; init; }
    /// <summary>Where the deal came from.</summary>
    public string? Source { get; init; }
    /// <summary>Segment.</summary>
    public string? Segment { get; init; }
    /// <summary>Customer.</summary>
    public string? AccountId { get; init; }
    /// <summary>Features in the order of the <see cref="FeatureSet"/>.</summary>
    public required float[] Features { get; init; }

    /// <summary>Custom columns of the CRM as known then: the latest known change, else the value at birth.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Attributes => Facts?.Attributes() ?? Opportunity.NoAttributes;
    /// <summary>Activities on the deal that were known then, in the order in which they were recorded.</summary>
    [JsonIgnore]
    public IReadOnlyList<Activity> Activities => Facts is { } facts ? facts.History.ActivitiesOf(facts.Index)[..facts.Activities].ToArray() : [];
    /// <summary>Changes of the deal that were known then, in the order in which they were recorded.</summary>
    [JsonIgnore]
    public IReadOnlyList<OpportunityChange> Changes => Facts is { } facts ? facts.History.KnownChanges(facts.Index, facts.AsOf).ToArray() : [];

    /// <summary>A column of the engine by its name, such as <c>days_in_stage</c>; null when this team's data cannot feed it.</summary>
    public double? Value(string column) => Facts?.Columns.IndexOf(column) is { } index and >= 0 ? Features[index] : null;

    /// <summary>Where the rest is looked up.</summary>
    [JsonIgnore]
    internal KnownFacts? Facts { get; init; }

    /// <summary>How much of a deal's history was known at a snapshot.</summary>
    internal sealed record KnownFacts(CrmHistory History, int Index, AsOf AsOf, int Activities, FeatureSet Columns)
    {
        public IReadOnlyDictionary<string, string> Attributes()
        {
            var known = new Dictionary<string, string>(History.Opportunities[Index].Attributes, StringComparer.Ordinal);
            foreach (var change in History.KnownChanges(Index, AsOf))
                if (OpportunityField.IsCustom(change.Field))
                {
                    if (change.NewValue is null) known.Remove(change.Field);
                    else known[change.Field] = change.NewValue;
                }
            return known;
        }
    }
}
