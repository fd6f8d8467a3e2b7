namespace ForecastEngine.Crm;

/// <summary>Everything a CRM told us, as flat lists in any order: what an import, a generator or a database hands over.</summary>
public sealed record CrmFacts
{
    /// <summary>The currency that forecasts are told in (ISO 4217); every amount without a currency of its own is in
    /// it.</summary>
    public required string Currency { get; init; }
    /// <summary>The business calendar. Every instant here is in its business time (see
    /// <see cref="BusinessCalendar.ToBusiness"/>); the default's is UTC.</summary>
    public BusinessCalendar Calendar { get; init; } = BusinessCalendar.Default;
    /// <summary>When the data was taken from the CRM; null to use the latest recorded fact.</summary>
    public DateTimeOffset? ExportedAt { get; init; }
    /// <summary>The stages in order.</summary>
    public required IReadOnlyList<Stage> Stages { get; init; }
    /// <summary>The sales pipelines that stages name; empty where there is one process only.</summary>
    public IReadOnlyList<SalesPipeline> Pipelines { get; init; } = [];
    /// <summary>Deals as they were born.</summary>
    public IReadOnlyList<Opportunity> Opportunities { get; init; } = [];
    /// <summary>What happened to them.</summary>
    public IReadOnlyList<OpportunityChange> Changes { get; init; } = [];
    /// <summary>
    /// What the source said of each deal, of which <see cref="Opportunities"/> and <see cref="Changes"/> were made;
    /// empty where facts come
    /// from no telling, as those of a simulation.
    /// </summary>
    public IReadOnlyList<DealTelling> Tellings { get; init; } = [];
    /// <summary>Ids of deals that the source has, though nothing could be read of them.</summary>
    public IReadOnlyCollection<string> SetAside { get; init; } = [];
    /// <summary>Ids of activities that the source says are deleted.</summary>
    public IReadOnlyList<string> GoneActivities { get; init; } = [];
    /// <summary>Ids of leads that the source says are deleted.</summary>
    public IReadOnlyList<string> GoneLeads { get; init; } = [];
    /// <summary>Ids of line items that the source says are deleted.</summary>
    public IReadOnlyList<string> GoneLineItems { get; init; } = [];
    /// <summary>Ids of splits that the source says are deleted.</summary>
    public IReadOnlyList<string> GoneSplits { get; init; } = [];
    /// <summary>Other spellings of values, by field of <see cref="OpportunityField"/>: found → meant.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Aliases { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();
    /// <summary>Custom columns of the deals, and how each is read; of others their values tell.</summary>
    public IReadOnlyList<CustomColumn> CustomColumns { get; init; } = [];
    /// <summary>What people did.</summary>
    public IReadOnlyList<Activity> Activities { get; init; } = [];
    /// <summary>Leads.</summary>
    public IReadOnlyList<Lead> Leads { get; init; } = [];
    /// <summary>Accounts.</summary>
    public IReadOnlyList<Account> Accounts { get; init; } = [];
    /// <summary>Products.</summary>
    public IReadOnlyList<Product> Products { get; init; } = [];
    /// <summary>Products on opportunities.</summary>
    public IReadOnlyList<LineItem> LineItems { get; init; } = [];
    /// <summary>Shares of people in opportunities.</summary>
    public IReadOnlyList<OpportunitySplit> Splits { get; init; } = [];
    /// <summary>Sales reps.</summary>
    public IReadOnlyList<SalesRep> SalesReps { get; init; } = [];
    /// <summary>Since when who of them is in which team, where it is told or was learned of successive exports.</summary>
    public IReadOnlyList<TeamMembership> Memberships { get; init; } = [];
    /// <summary>Teams.</summary>
    public IReadOnlyList<Team> Teams { get; init; } = [];
    /// <summary>Quotas.</summary>
    public IReadOnlyList<Quota> Quotas { get; init; } = [];
    /// <summary>Exchange rates into <see cref="Currency"/>.</summary>
    public IReadOnlyList<ExchangeRate> Rates { get; init; } = [];
    /// <summary>True when the export had no stage history: the engine then runs in degraded mode and says so.</summary>
    public bool IsDegraded { get; init; }
}
