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
    private const int FewestOfLevel = 20, MostLevels = 60;

    /// <summary>Time constants of the decayed activity counts, in days, short to long.</summary>
    public required IReadOnlyList<double> DecayDays { get; init; }
    /// <summary>The most frequent activity kinds, each with counts of its own.</summary>
    public required IReadOnlyList<string> ActivityKinds { get; init; }
    /// <summary>Columns with group rates: pipeline, owner, team, product, source, region, segment, industry and <c>attribute:…</c>; none that is filled in only on the way to the close.</summary>
    public required IReadOnlyList<string> RateColumns { get; init; }
    /// <summary>Custom columns that are numbers.</summary>
    public required IReadOnlyList<string> NumericAttributes { get; init; }
    /// <summary>Custom columns that are days: they count from the deal's creation.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> DateAttributes { get; init; } = [];
    /// <summary>Those of <see cref="RateColumns"/> of which a blank is a level of its own.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> BlankLevels { get; init; } = [];
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

    // Saved where there are any, so that models from before there were stay as they are.
    [JsonInclude, JsonPropertyName("DateAttributes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private IReadOnlyList<string>? SavedDates
    {
        get => DateAttributes.Count == 0 ? null : DateAttributes;
        init => DateAttributes = value ?? [];
    }

    [JsonInclude, JsonPropertyName("BlankLevels"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private IReadOnlyList<string>? SavedBlankLevels
    {
        get => BlankLevels.Count == 0 ? null : BlankLevels;
        init => BlankLevels = value ?? [];
    }

    /// <summary>Frequent levels of categories, the most frequent first, by column of <see cref="RateColumns"/>: of exports that
    /// tell no way through stages, where a category may matter in company of others only, its rate alone says nothing.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Levels { get; init; } = NoLevels;

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> NoLevels = new Dictionary<string, IReadOnlyList<string>>();

    [JsonInclude, JsonPropertyName("Levels"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    private IReadOnlyDictionary<string, IReadOnlyList<string>>? SavedLevels
    {
        get => Levels.Count == 0 ? null : Levels;
        init => Levels = value ?? NoLevels;
    }

    /// <summary>Features that a data scientist defined; saved beside the schema, as code.</summary>
    [JsonIgnore]
    public IReadOnlyList<CustomFeature> Custom { get; init; } = [];

    /// <summary>Custom columns that are categories: they have group rates.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> CategoricalAttributes =>
        [.. RateColumns.Where(c => c.StartsWith(GroupRates.Column(""), StringComparison.Ordinal)).Select(c => c[GroupRates.Column("").Length..])];

    /// <summary>The same without some columns, by the names under which their rates would be kept.</summary>
    internal FeatureSchema Without(IReadOnlySet<string> rates) =>
        this with
        {
            NumericAttributes = [.. NumericAttributes.Where(a => !rates.Contains(GroupRates.Column(a)))],
            DateAttributes = [.. DateAttributes.Where(a => !rates.Contains(GroupRates.Column(a)))],
            RateColumns = [.. RateColumns.Where(c => !rates.Contains(c))],
            BlankLevels = [.. BlankLevels.Where(c => !rates.Contains(c))],
            Levels = Levels.Where(l => !rates.Contains(l.Key)).ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal),
        };

    /// <summary>Learns the schema.</summary>
    /// <param name="history">What was known at the training cutoff.</param>
    /// <param name="decayDays">Time constants that fit the team's cycle, see <see cref="TimeGrid"/>.</param>
    public static FeatureSchema From(CrmHistory history, IReadOnlyList<double> decayDays) =>
        From(history, DealColumns.Of(history), decayDays);

    /// <summary>The same, from what was decided of the deals' columns.</summary>
    internal static FeatureSchema From(
        CrmHistory history, IReadOnlyList<DealColumn> columns, IReadOnlyList<double> decayDays)
    {
        var deals = history.Opportunities;
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < deals.Length; i++)
            foreach (var activity in history.ActivitiesOf(i))
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(kinds, activity.Kind, out _)++;
        List<DealColumn> used = [.. columns.Where(c => c.Use == ColumnUse.Used)];
        var activities = kinds.Values.Sum();
        return new FeatureSchema
        {
            Calendar = history.Calendar.AsLearnt,
            DecayDays = decayDays,
            ActivityKinds = [.. kinds.Where(k => k.Value >= 0.01 * activities).OrderByDescending(k => k.Value).ThenBy(k => k.Key, StringComparer.Ordinal).Take(8).Select(k => k.Key)],
            RateColumns = [.. history is { HasPipelines: true, IsDegraded: false } ? (string[])["pipeline"] : [], .. used.Where(HasRates).Select(ColumnOf)],
            NumericAttributes = [.. used.Where(c => c.IsCustom && c.Kind == ValueKind.Number).Select(c => c.Name)],
            DateAttributes = [.. used.Where(c => c.IsCustom && c.Kind == ValueKind.Date).Select(c => c.Name)],
            BlankLevels = [.. used.Where(c => c.BlankIsLevel).Select(ColumnOf)],
            Levels = history.IsDegraded
                ? used.Where(HasRates).Select(c => (Column: ColumnOf(c), Levels: DealColumns.LevelsOf(history, c, FewestOfLevel, MostLevels)))
                    .Where(c => c.Levels.Count > 1).ToDictionary(c => c.Column, c => c.Levels, StringComparer.Ordinal)
                : NoLevels,
            HasStages = !history.IsDegraded,
            HasAmounts = Has(DealColumns.Amount),
            HasPlannedClose = Has(DealColumns.PlannedClose),
            HasActivities = activities > 0,
            HasAccounts = Has(DealColumns.Account),
            HasSeasons = deals.Length > 0 && (history.ExportedAt - deals[0].CreatedAt).TotalDays >= DaysForSeasons,
            HasTimeOfDay = deals.Count(d => d.CreatedAt.TimeOfDay != TimeSpan.Zero) > 0.5 * deals.Length,
        };

        bool Has(string field) => used.Any(c => !c.IsCustom && c.Name == field);

        // Accounts are too many for rates: their earlier deals are counted.
        static bool HasRates(DealColumn column) =>
            column.Kind == ValueKind.Category && (column.IsCustom || column.Name != DealColumns.Account);

        static string ColumnOf(DealColumn column) => column.IsCustom ? GroupRates.Column(column.Name) : column.Name;
    }

    /// <summary>What all of several teams can feed.</summary>
    internal static FeatureSchema Common(IReadOnlyList<FeatureSchema> teams)
    {
        var first = teams[0];
        return first with
        {
            Custom = [], Levels = NoLevels,
            Calendar = teams.All(t => t.Calendar == first.Calendar) ? first.Calendar : first.Calendar with { TimeZone = "UTC", Holidays = [] },
            ActivityKinds = [.. first.ActivityKinds.Where(k => teams.All(t => t.ActivityKinds.Contains(k)))],
            RateColumns = [.. first.RateColumns.Where(c => teams.All(t => t.RateColumns.Contains(c)))],
            NumericAttributes = [.. first.NumericAttributes.Where(a => teams.All(t => t.NumericAttributes.Contains(a)))],
            DateAttributes = [.. first.DateAttributes.Where(a => teams.All(t => t.DateAttributes.Contains(a)))],
            BlankLevels = [.. first.BlankLevels.Where(c => teams.All(t => t.BlankLevels.Contains(c)))],
            HasStages = teams.All(t => t.HasStages), HasAmounts = teams.All(t => t.HasAmounts), HasPlannedClose = teams.All(t => t.HasPlannedClose),
            HasActivities = teams.All(t => t.HasActivities), HasAccounts = teams.All(t => t.HasAccounts), HasTimeOfDay = teams.All(t => t.HasTimeOfDay), HasSeasons = teams.All(t => t.HasSeasons),
        };
    }

    /// <summary>What this schema needs and <paramref name="own"/> lacks, in words. A column with group rates may be absent: an unseen group says nothing.</summary>
    internal IReadOnlyList<string> LackingIn(FeatureSchema own)
    {
        List<string> missing =
        [
            .. NumericAttributes.Except(own.NumericAttributes), .. DateAttributes.Except(own.DateAttributes),
            .. ActivityKinds.Except(own.ActivityKinds).Select(k => $"activities of kind {k}"),
        ];
        if (HasStages && !own.HasStages) missing.Add("a stage history");
        if (HasAmounts && !own.HasAmounts) missing.Add("amounts");
        if (HasPlannedClose && !own.HasPlannedClose) missing.Add("planned close dates");
        if (HasActivities && !own.HasActivities) missing.Add("activities");
        return missing;
    }
}
