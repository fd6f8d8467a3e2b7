namespace ForecastEngine.Crm.Import;

/// <summary>The kinds of record an import knows, in reading order, and their fields.</summary>
internal static class EntityFields
{
    public const string Stages = "stages", Opportunities = "opportunities", Changes = "changes", Activities = "activities", Leads = "leads",
        Accounts = "accounts", Products = "products", LineItems = "lineItems", Splits = "splits", SplitTypes = "splitTypes", PipelineNames = "pipelineNames", SalesReps = "salesReps", Teams = "teams", Quotas = "quotas", Rates = "rates";

    /// <summary>Fields of each entity; a star marks those without which a row makes no sense.</summary>
    private static readonly Dictionary<string, string> Lists = new(StringComparer.Ordinal)
    {
        [Stages] = "name* order* kind* crmProbability pipeline pipelineKind",
        [Opportunities] = "id* name createdAt recordedAt modifiedAt deleted mergedInto mergedIds accountId leadId ownerId productId source region segment pipeline stage amount actualAmount currency plannedCloseOn crmProbability forecastCategory closedAt lossReason stageSince",
        [Changes] = "id opportunityId* field* oldValue newValue* at* recordedAt changedBy currency deleted",
        [Leads] = "id* createdAt* recordedAt deleted source region segment accountId ownerId convertedAt opportunityId disqualifiedAt",
        [Activities] = "id opportunityId leadId accountId kind* at* recordedAt ownerId deleted",
        [Accounts] = "id* name industry region segment recordedAt",
        [Products] = "id* name* family listPrice currency recordedAt",
        [LineItems] = "id opportunityId* productId* quantity amount currency recordedAt deleted",
        [Splits] = "id opportunityId* ownerId* share amount kind recordedAt deleted",
        [SplitTypes] = "id* kind*",
        [PipelineNames] = "id* name*",
        [SalesReps] = "id* name teamId since",
        [Teams] = "id* name parentTeamId",
        [Quotas] = "teamId ownerId pipeline from* until* amount* currency recordedAt",
        [Rates] = "date currency* rate unitsPerReporting source",
    };

    /// <summary>Fields that most exports lack without any loss; their absence is not worth a word.</summary>
    public static readonly IReadOnlySet<string> Optional = new HashSet<string>(StringComparer.Ordinal)
    {
        "modifiedAt", "deleted", "pipeline", "pipelineKind", "mergedInto", "mergedIds", "stageSince", "since",
    };

    /// <summary>Fields that hold for life: their current value is the value at birth.</summary>
    public static readonly IReadOnlySet<string> Static = new HashSet<string>(StringComparer.Ordinal) { "name", "accountId", "leadId", "source", "region", "segment", "currency" };

    /// <summary>Fields whose changes the engine keeps, and their name in <see cref="OpportunityField"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> HistoryNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["stage"] = OpportunityField.Stage, ["amount"] = OpportunityField.Amount, ["currency"] = OpportunityField.Currency, ["plannedCloseOn"] = OpportunityField.PlannedCloseOn,
        ["ownerId"] = OpportunityField.OwnerId, ["productId"] = OpportunityField.ProductId, ["crmProbability"] = OpportunityField.CrmProbability,
        ["forecastCategory"] = OpportunityField.ForecastCategory, ["lossReason"] = OpportunityField.LossReason,
    };

    /// <summary>Fields that hold for life unless they are corrected, and the name of their correction in
    /// <see cref="OpportunityField"/>.</summary>
    public static readonly IReadOnlyDictionary<string, string> StaticNames = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["accountId"] = OpportunityField.AccountId, ["leadId"] = OpportunityField.LeadId, ["source"] = OpportunityField.Source,
        ["region"] = OpportunityField.Region, ["segment"] = OpportunityField.Segment,
    };

    /// <summary>A history field beside <see cref="HistoryNames"/>: what a won deal really brought.</summary>
    public const string ActualAmount = "ActualAmount";

    /// <summary>A history field beside <see cref="HistoryNames"/>: the pipeline that a deal moved to, by which its
    /// stages of that time are told.</summary>
    public const string Pipeline = "Pipeline";

    /// <summary>Rates that any export may bring, whatever its map says: <c>rates.csv</c> with date, currency, rate and
    /// source.</summary>
    public static EntityMap OwnRates { get; } = new()
    {
        Files = ["rates.csv"],
        Fields = ((string[])["date", "currency", "rate", "source"]).ToDictionary(f => f, f => new FieldMap { Columns = [new ColumnSource(f)] }, StringComparer.Ordinal),
    };

    public static IReadOnlyCollection<string> Names => Lists.Keys;

    public static IReadOnlyList<string> Of(string entity) => [.. Lists[entity].Split(' ').Select(f => f.TrimEnd('*'))];

    public static IReadOnlyList<string> RequiredOf(string entity) => [.. Lists[entity].Split(' ').Where(f => f.EndsWith('*')).Select(f => f.TrimEnd('*'))];
}
