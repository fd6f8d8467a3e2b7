using System.Globalization;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Snapshots;

/// <summary>
/// Which features this team's data can feed, learnt once from the history a model is trained on and saved with the model,
/// so that training, scoring, a notebook and a backtest compute the same columns.
/// </summary>
public sealed record FeatureSchema
{
    private const double DaysForSeasons = 5 * 365;

    /// <summary>Time constants of the decayed activity counts, in days, short to long.</summary>
    public required IReadOnlyList<double> DecayDays { get; init; }
    /// <summary>The most frequent activity kinds, each with counts of its own.</summary>
    public required IReadOnlyList<string> ActivityKinds { get; init; }
    /// <summary>Columns with group rates: pipeline, owner, team, product, source, region, segment, industry and <c>attribute:…</c>; none that is filled in only on the way to the close.</summary>
    public required IReadOnlyList<string> RateColumns { get; init; }
    /// <summary>Custom columns that are numbers.</summary>
    public required IReadOnlyList<string> NumericAttributes { get; init; }
    /// <summary>True when stages have history.</summary>
    public required bool HasStages { get; init; }
    /// <summary>True when amounts are known before the close.</summary>
    public required bool HasAmounts { get; init; }
    /// <summary>True when planned close dates are known before the close.</summary>
    public required bool HasPlannedClose { get; init; }
    /// <summary>True when there are activities.</summary>
    public required bool HasActivities { get; init; }
    /// <summary>True when deals carry accounts that return.</summary>
    public required bool HasAccounts { get; init; }
    /// <summary>True when most creation times carry the hour.</summary>
    public required bool HasTimeOfDay { get; init; }

    /// <summary>
    /// True when history spans five years: a month seen a few times is a few dates, and what the market did on them would pass for a season.
    /// With σ the market's deviation (about 0.25 log odds, most of it lasting a quarter), n years tell a month's effect to within σ/√n.
    /// </summary>
    public required bool HasSeasons { get; init; }

    /// <summary>The calendar whose days, months and quarters the features are told in.</summary>
    [JsonIgnore]
    public BusinessCalendar Calendar { get; init; } = BusinessCalendar.Default;

    /// <summary>The calendar as it is saved: null for the default, so that models from before there were others stay as
    /// they are.</summary>
    [JsonInclude, JsonPropertyName("Calendar"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private BusinessCalendar? SavedCalendar
    {
        get => Calendar == BusinessCalendar.Default ? null : Calendar;
        init => Calendar = value ?? BusinessCalendar.Default;
    }

    /// <summary>Features that a data scientist defined; saved beside the schema, as code.</summary>
    [JsonIgnore]
    public IReadOnlyList<CustomFeature> Custom { get; init; } = [];

    /// <summary>Custom columns that are categories: they have group rates.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> CategoricalAttributes =>
        [.. RateColumns.Where(c => c.StartsWith(GroupRates.Column(""), StringComparison.Ordinal)).Select(c => c[GroupRates.Column("").Length..])];

    /// <summary>Learns the schema.</summary>
    /// <param name="history">What was known at the training cutoff.</param>
    /// <param name="decayDays">Time constants that fit the team's cycle, see <see cref="TimeGrid"/>.</param>
    public static FeatureSchema From(CrmHistory history, IReadOnlyList<double> decayDays)
    {
        var deals = history.Opportunities;
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        var amounts = 0;
        var planned = 0;
        for (var i = 0; i < deals.Length; i++)
        {
            foreach (var activity in history.ActivitiesOf(i))
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(kinds, activity.Kind, out _)++;
            if (deals[i].Amount is not null || HasHistory(history, i, OpportunityField.Amount)) amounts++;
            if (deals[i].PlannedCloseOn is not null || HasHistory(history, i, OpportunityField.PlannedCloseOn)) planned++;
        }
        var isClosed = Enumerable.Range(0, deals.Length).Select(i => Closing.Final(history, i) is not null).ToArray();
        var attributes = deals.SelectMany(d => d.Attributes.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        var numeric = attributes.Where(a => IsNumeric(deals, a) && !IsFilledInLater(deals, isClosed, d => d.Attributes.GetValueOrDefault(a))).ToList();
        var columns = new List<string>();
        if (history is { HasPipelines: true, IsDegraded: false }) columns.Add("pipeline");
        Consider("owner", d => d.OwnerId);
        if (history.Teams.Count > 1) columns.Add("team");
        Consider("product", d => d.ProductId);
        Consider("source", d => d.Source);
        Consider("region", d => d.Region);
        Consider("segment", d => d.Segment);
        Consider("industry", d => GroupRates.Industry(history, d.AccountId, d.RecordedAt));
        foreach (var attribute in attributes.Where(a => !IsNumeric(deals, a))) Consider(GroupRates.Column(attribute), d => d.Attributes.GetValueOrDefault(attribute));
        var activities = kinds.Values.Sum();
        var accounts = deals.Where(d => d.AccountId is not null).Select(d => d.AccountId).ToList();
        return new FeatureSchema
        {
            Calendar = history.Calendar.AsLearnt,
            DecayDays = decayDays,
            ActivityKinds = [.. kinds.Where(k => k.Value >= 0.01 * activities).OrderByDescending(k => k.Value).ThenBy(k => k.Key, StringComparer.Ordinal).Take(8).Select(k => k.Key)],
            RateColumns = columns,
            NumericAttributes = numeric,
            HasStages = !history.IsDegraded,
            HasAmounts = amounts >= 0.2 * deals.Length && deals.Length > 0,
            HasPlannedClose = planned >= 0.2 * deals.Length && deals.Length > 0,
            HasActivities = activities > 0,
            HasAccounts = accounts.Count > 1.2 * accounts.Distinct().Count() && !IsFilledInLater(deals, isClosed, d => d.AccountId),
            HasSeasons = deals.Length > 0 && (history.ExportedAt - deals[0].CreatedAt).TotalDays >= DaysForSeasons,
            HasTimeOfDay = deals.Count(d => d.CreatedAt.TimeOfDay != TimeSpan.Zero) > 0.5 * deals.Length,
        };

        void Consider(string column, Func<Opportunity, string?> value)
        {
            if (deals.Select(value).Where(v => v is not null).Distinct().Take(2).Count() == 2 && !IsFilledInLater(deals, isClosed, value)) columns.Add(column);
        }
    }

    /// <summary>What all of several teams can feed.</summary>
    internal static FeatureSchema Common(IReadOnlyList<FeatureSchema> teams)
    {
        var first = teams[0];
        return first with
        {
            Custom = [],
            Calendar = teams.All(t => t.Calendar == first.Calendar) ? first.Calendar : first.Calendar with { TimeZone = "UTC", Holidays = [] },
            ActivityKinds = [.. first.ActivityKinds.Where(k => teams.All(t => t.ActivityKinds.Contains(k)))],
            RateColumns = [.. first.RateColumns.Where(c => teams.All(t => t.RateColumns.Contains(c)))],
            NumericAttributes = [.. first.NumericAttributes.Where(a => teams.All(t => t.NumericAttributes.Contains(a)))],
            HasStages = teams.All(t => t.HasStages), HasAmounts = teams.All(t => t.HasAmounts), HasPlannedClose = teams.All(t => t.HasPlannedClose),
            HasActivities = teams.All(t => t.HasActivities), HasAccounts = teams.All(t => t.HasAccounts), HasTimeOfDay = teams.All(t => t.HasTimeOfDay), HasSeasons = teams.All(t => t.HasSeasons),
        };
    }

    /// <summary>What this schema needs and <paramref name="own"/> lacks, in words. A column with group rates may be absent: an unseen group says nothing.</summary>
    internal IReadOnlyList<string> LackingIn(FeatureSchema own)
    {
        List<string> missing = [.. NumericAttributes.Except(own.NumericAttributes), .. ActivityKinds.Except(own.ActivityKinds).Select(k => $"activities of kind {k}")];
        if (HasStages && !own.HasStages) missing.Add("a stage history");
        if (HasAmounts && !own.HasAmounts) missing.Add("amounts");
        if (HasPlannedClose && !own.HasPlannedClose) missing.Add("planned close dates");
        if (HasActivities && !own.HasActivities) missing.Add("activities");
        return missing;
    }

    /// <summary>The number a custom column holds, or null; what no float can hold is not a number here.</summary>
    public static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && float.IsFinite((float)number) ? number : null;

    // What closed deals have and open ones lack was filled in on the way, whatever the export says of its date: an empty field
    // would tell that the deal is not about to close. At least a tenth more empty among the open ones, and five standard errors.
    private static bool IsFilledInLater(Opportunity[] deals, bool[] isClosed, Func<Opportunity, string?> value)
    {
        var (open, closed, emptyOpen, emptyClosed) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < deals.Length; i++)
        {
            var empty = string.IsNullOrEmpty(value(deals[i])) ? 1 : 0;
            if (isClosed[i]) { closed++; emptyClosed += empty; }
            else { open++; emptyOpen += empty; }
        }
        if (open == 0 || closed == 0) return false;
        var share = (emptyOpen + emptyClosed) / (open + closed);
        var excess = emptyOpen / open - emptyClosed / closed;
        return excess > 0.1 && excess > 5 * Math.Sqrt(share * (1 - share) * (1 / open + 1 / closed));
    }

    private static bool HasHistory(CrmHistory history, int index, string field)
    {
        foreach (var change in history.FinalChanges(index))
            if (change.Field == field && change.OldValue is not null) return true;
        return false;
    }

    private static bool IsNumeric(Opportunity[] deals, string attribute)
    {
        var (filled, numbers) = (0, 0);
        foreach (var deal in deals)
            if (deal.Attributes.TryGetValue(attribute, out var text) && text.Length > 0)
            {
                filled++;
                if (Number(text) is not null) numbers++;
            }
        return filled > 0 && numbers == filled;
    }
}
