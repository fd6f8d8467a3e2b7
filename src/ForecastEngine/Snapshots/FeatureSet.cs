using ForecastEngine.Crm;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Snapshots;

/// <summary>All features of a schema, in column order. The one definition that training, scoring, backtest, API and notebook share.</summary>
public sealed class FeatureSet
{
    private readonly Feature[] _features;
    private readonly int _own;

    /// <summary>The features that <paramref name="schema"/> allows, the engine's own first, then custom ones.</summary>
    /// <param name="schema">What the data can feed.</param>
    /// <param name="columns">The columns that a saved model was trained on, in its order, custom ones last; null for all of
    /// this release.</param>
    /// <exception cref="CustomFeatureException">Two columns of one name.</exception>
    /// <exception cref="InvalidDataException">A column that this release does not compute.</exception>
    public FeatureSet(FeatureSchema schema, IReadOnlyList<string>? columns = null)
    {
        Schema = schema;
        var own = WithDistinctNames(Define(schema));
        if (columns is not null) own = Chosen(own, [.. columns.Take(columns.Count - 2 * schema.Custom.Count)]);
        _own = own.Length;
        _features = schema.Custom.Count == 0 ? own : [.. own, .. CustomColumns(schema.Custom, own)];
    }

    /// <summary>What the data can feed.</summary>
    public FeatureSchema Schema { get; }

    /// <summary>Number of columns.</summary>
    public int Count => _features.Length;

    /// <summary>The columns.</summary>
    public IReadOnlyList<Feature> Features => _features;

    /// <summary>Writes the features of an opportunity at its as-of date.</summary>
    public void Write(OpportunityState state, Span<float> columns)
    {
        for (var f = 0; f < _own; f++) columns[f] = _features[f].Value!(state);
    }

    /// <summary>Writes the custom columns of a snapshot whose own columns are written: a value and whether it is missing, each.</summary>
    internal void WriteCustom(OpportunitySnapshot snapshot)
    {
        for (var c = 0; c < Schema.Custom.Count; c++)
        {
            var value = Schema.Custom[c].Compute(snapshot);
            snapshot.Features[_own + 2 * c] = (float)(value ?? 0);
            snapshot.Features[_own + 2 * c + 1] = value is null ? 1 : 0;
        }
    }

    /// <summary>Position of one of the engine's own columns; −1 when there is none of that name.</summary>
    internal int IndexOf(string column) => Array.FindIndex(_features, 0, _own, f => f.Name == column);

    private static Feature[] Chosen(Feature[] known, string[] columns)
    {
        var byName = known.ToDictionary(f => f.Name, StringComparer.Ordinal);
        return
        [
            .. columns.Select(c => byName.GetValueOrDefault(c) ?? throw new InvalidDataException(
                $"The model was trained on the column \"{c}\", which this release does not compute. Use the release that trained it, or train again.")),
        ];
    }

    private static IEnumerable<Feature> CustomColumns(IReadOnlyList<CustomFeature> custom, Feature[] own)
    {
        var taken = TrainingTable.OwnColumns.Concat(own.Select(f => f.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var feature in custom)
        {
            foreach (var name in (string[])[feature.Name, feature.Name + "_missing"])
                if (!taken.Add(name)) throw new CustomFeatureException($"Custom feature {feature.Name}", $"another column named {name}", "a name of its own", "Rename the feature.");
            yield return new(feature.Name, feature.Driver, $"Custom feature, in {feature.Unit}; 0 when missing. Known at the as-of date because {feature.KnownBecause}.", null);
            yield return new(feature.Name + "_missing", feature.Driver, $"1 when {feature.Name} is missing.", null);
        }
    }

    /// <summary>Sets what only the as-of date decides to another date: how the same deal would look if it stood so then.</summary>
    internal void MoveTo(DateOnly date, Span<float> columns)
    {
        for (var f = 0; f < _features.Length; f++)
            columns[f] = _features[f].Name switch { Month => Schema.Calendar.MonthOfYear(date), ToQuarterEnd => Schema.Calendar.DaysToQuarterEnd(date), Weekday => WeekdayOf(date), _ => columns[f] };
    }

    private const string Month = "month";
    private const string ToQuarterEnd = "days_to_quarter_end";
    private const string Weekday = "weekday";

    private static int WeekdayOf(DateOnly date) => ((int)date.DayOfWeek + 6) % 7;

    private static IEnumerable<Feature> Define(FeatureSchema schema)
    {
        var calendar = schema.Calendar;
        yield return new("age_days", Drivers.Age, "Days since creation.", s => (float)s.AgeDays);
        yield return new("is_first_day", Drivers.Age, "1 within a day of creation.", s => s.AgeDays < 1 ? 1 : 0);
        if (schema.HasStages)
        {
            yield return new("stage_order", Drivers.Stage, "Position of the stage, from 0; −1 unknown.", s => s.Stage?.Order ?? -1);
            yield return new("stage_log_odds", Drivers.Stage, "Shrunken log odds of winning of deals that reached this stage, less overall.", s => (float)s.Rates.LogOdds(s.StageGroup, s.AsOf));
            yield return new("stages_visited", Drivers.Stage, "Distinct open stages visited.", s => s.StagesVisited);
            yield return new("stage_moves_forward", Drivers.Stage, "Moves to a later stage.", s => s.MovesForward);
            yield return new("stage_moves_back", Drivers.Stage, "Moves to an earlier stage.", s => s.MovesBack);
            yield return new("days_in_stage", Drivers.Age, "Days in the current stage.", s => (float)s.DaysInStage);
            yield return new("days_to_stage", Drivers.Age, "Days from creation to entering the current stage.", s => (float)(s.StageEnteredAt - s.CreatedAt).TotalDays);
        }
        if (schema.HasAmounts)
        {
            yield return new("amount_log", Drivers.Amount, "ln(1 + amount); 0 when unknown.", s => Log1(s.Amount));
            yield return new("amount_missing", Drivers.Amount, "1 when the amount is unknown.", s => s.Amount is null ? 1 : 0);
            yield return new("amount_change_log", Drivers.Amount, "ln(1 + amount) less ln(1 + first amount); 0 when unknown.", s => s.Amount is null || s.FirstAmount is null ? 0 : Log1(s.Amount) - Log1(s.FirstAmount));
            yield return new("amount_changes", Drivers.Amount, "How often the amount changed.", s => s.AmountChanges);
        }
        if (schema.HasPlannedClose)
        {
            yield return new("days_to_planned_close", Drivers.CloseDate, "Days until the planned close date, negative when past; 0 when unknown.", s => DaysToPlannedClose(s));
            yield return new("planned_close_missing", Drivers.CloseDate, "1 when no close date is planned.", s => s.PlannedCloseOn is null ? 1 : 0);
            yield return new("close_pushes", Drivers.CloseDate, "How often the planned close date moved later.", s => s.Pushes);
            yield return new("close_pulls", Drivers.CloseDate, "How often it moved earlier.", s => s.Pulls);
            yield return new("days_pushed", Drivers.CloseDate, "Days it moved in all.", s => s.DaysPushed);
        }
        if (schema.HasActivities)
        {
            yield return new("activities", Drivers.Activity, "Activities so far.", s => s.Activities(0));
            yield return new("days_since_activity", Drivers.Activity, "Days since the last activity; age when none.", s => (float)(s.AsOf.Instant - (s.LastActivityAt ?? s.CreatedAt)).TotalDays);
            for (var d = 0; d < schema.DecayDays.Count; d++)
            {
                var decay = d;
                yield return new($"activity_decay_{schema.DecayDays[d]:0}d", Drivers.Activity, "Activities, each fading with this time constant in days.", s => (float)s.DecayedActivities(0, decay));
            }
            if (schema.ActivityKinds.Count > 1)
                for (var k = 0; k < schema.ActivityKinds.Count; k++)
                {
                    var kind = k + 1;
                    var name = Snake(schema.ActivityKinds[k]);
                    yield return new($"activity_{name}", Drivers.Activity, $"Activities of kind {schema.ActivityKinds[k]} so far.", s => s.Activities(kind));
                    yield return new($"activity_{name}_decay", Drivers.Activity, $"The same, fading with {schema.DecayDays[1]:0} days.", s => (float)s.DecayedActivities(kind, 1));
                }
        }
        for (var c = 0; c < schema.RateColumns.Count; c++)
        {
            var column = c;
            var name = schema.RateColumns[c];
            yield return new(Snake(name) + "_log_odds", DriverOf(name), $"Shrunken log odds of winning of this {name}, less overall; 0 when unseen.", s => (float)s.Rates.LogOdds(s.Groups[column], s.AsOf)) { Kind = FeatureKind.Rate };
        }
        foreach (var (column, levels) in schema.Levels.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            var (name, places) = (column, levels.Select((l, i) => (l, i)).ToDictionary(l => l.l, l => l.i + 1, StringComparer.Ordinal));
            yield return new(Snake(name) + "_level", DriverOf(name), $"Which of the frequent levels of {name}, the most frequent 1; 0 for another.",
                s => s.LevelOf(name) is { } level ? places.GetValueOrDefault(level) : 0) { Kind = FeatureKind.Level };
        }
        if (schema.RateColumns.Contains("owner"))
            yield return new("owner_changes", Drivers.Owner, "How often the owner changed.", s => s.OwnerChanges);
        if (schema.HasAccounts)
        {
            yield return new("account_won", Drivers.Account, "Deals won with this account before.", s => s.AccountGroup is { } g ? g.Until(s.AsOf).Won : 0);
            yield return new("account_lost", Drivers.Account, "Deals lost with this account before.", s => s.AccountGroup is { } g ? g.Until(s.AsOf).Closed - g.Until(s.AsOf).Won : 0);
        }
        foreach (var attribute in schema.NumericAttributes)
        {
            var name = attribute;
            yield return new(Snake(name), GroupRates.Column(name), $"Custom column {name}; 0 when empty.", s => (float)(CustomColumn.Number(s.Attribute(name)) ?? 0));
            yield return new(Snake(name) + "_missing", GroupRates.Column(name), $"1 when {name} is empty.", s => CustomColumn.Number(s.Attribute(name)) is null ? 1 : 0);
        }
        foreach (var attribute in schema.DateAttributes)
        {
            var name = attribute;
            yield return new(Snake(name) + "_days", GroupRates.Column(name),
                $"Days from creation to the day in the custom column {name}, negative when before; 0 when empty.",
                s => CustomColumn.Day(s.Attribute(name)) is { } day ? CustomColumn.DaysFromCreation(day, s.CreatedAt) : 0);
            yield return new(Snake(name) + "_days_missing", GroupRates.Column(name), $"1 when {name} is empty.",
                s => CustomColumn.Day(s.Attribute(name)) is null ? 1 : 0);
        }
        if (schema.HasSeasons) yield return new(Month, Drivers.Season, "Month of the as-of date in its year, 1–12, or 1–13 where the year has thirteen periods.", s => calendar.MonthOfYear(s.AsOf.Date));
        yield return new(ToQuarterEnd, Drivers.Season, "Days from the as-of date to the end of its quarter.", s => calendar.DaysToQuarterEnd(s.AsOf.Date));
        yield return new(Weekday, Drivers.Season, "Day of the week of the as-of date, Monday 0.", s => WeekdayOf(s.AsOf.Date));
        if (schema.HasTimeOfDay)
        {
            yield return new("created_hour", Drivers.Season, "Hour of creation in business time, 0–23; no finer, or it would name the deal.", s => s.CreatedAt.UtcDateTime.Hour);
            yield return new("created_weekday", Drivers.Season, "Day of the week of creation, Monday 0.", s => ((int)s.CreatedAt.UtcDateTime.DayOfWeek + 6) % 7);
        }
    }

    private static float DaysToPlannedClose(OpportunityState s) => s.PlannedCloseOn is { } planned ? planned.DayNumber - s.AsOf.Date.DayNumber : 0;

    private static float Log1(decimal? amount) => amount is { } a ? (float)Math.Log(1 + Math.Max(0, (double)a)) : 0;

    private static string DriverOf(string column) => column switch
    {
        "pipeline" => Drivers.Pipeline,
        "owner" or "team" => Drivers.Owner,
        "product" => Drivers.Product,
        "source" or "region" or "segment" or "industry" => Drivers.Origin,
        _ => column,
    };

    // "Fit score" and "fit_score", or a custom column called Month: the later one gets a number. The table's own columns keep their names.
    private static Feature[] WithDistinctNames(IEnumerable<Feature> features)
    {
        var taken = TrainingTable.OwnColumns.ToHashSet(StringComparer.Ordinal);
        var distinct = new List<Feature>();
        foreach (var feature in features)
        {
            var name = feature.Name;
            for (var number = 2; !taken.Add(name); number++) name = $"{feature.Name}_{number}";
            distinct.Add(feature with { Name = name });
        }
        return [.. distinct];
    }

    private static string Snake(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_')).Replace("attribute_", "", StringComparison.Ordinal);
}
