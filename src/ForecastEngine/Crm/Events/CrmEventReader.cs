using System.Text.Json;

namespace ForecastEngine.Crm.Events;

/// <summary>Reads what a <see cref="CloudEvent"/> tells of an opportunity. A property that it does not know is refused, not passed over.</summary>
public static class CrmEventReader
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);
    private static readonly Dictionary<string, CrmEventKind> Kinds = new(StringComparer.Ordinal)
    {
        ["opportunity.created"] = CrmEventKind.Created, ["opportunity.changed"] = CrmEventKind.Changed,
        ["opportunity.closed"] = CrmEventKind.Closed, ["opportunity.activity"] = CrmEventKind.Activity,
        ["opportunity.deleted"] = CrmEventKind.Deleted, ["opportunity.merged"] = CrmEventKind.Merged,
    };

    /// <summary>The types that are understood.</summary>
    public static IReadOnlyCollection<string> Types => Kinds.Keys;

    /// <summary>Reads an event.</summary>
    /// <param name="source">Its envelope and data.</param>
    /// <param name="now">An event from after this, but for a few minutes of clock skew, is refused.</param>
    /// <exception cref="EventException">It cannot be taken.</exception>
    public static CrmEvent Read(CloudEvent source, DateTimeOffset now)
    {
        if (!Kinds.TryGetValue(source.Type, out var kind)) throw new EventException("unknown-type", $"event, type: found \"{source.Type}\"; expected one of {string.Join(", ", Kinds.Keys)}.");
        if (source.Time > now + ClockSkew) throw new EventException("time-in-future", $"event, time: found {source.Time:O}; expected a time that has passed. Set the clock of the sender.");
        var data = new Properties(source.Data);
        var named = data.Text("opportunityId", CloudEvent.MostLetters);
        if (named is not null && source.Subject is not null && named != source.Subject) throw EventValues.Fault("data.opportunityId", $"\"{named}\"", "the same id as in subject");
        var deal = named ?? source.Subject ?? throw new EventException("invalid-event", "event, subject: found none; expected the id of the opportunity, there or as data.opportunityId.");
        var at = data.Time(kind == CrmEventKind.Created ? "createdAt" : "at") ?? source.Time;
        if (at > source.Time + ClockSkew && kind != CrmEventKind.Activity) throw EventValues.Fault("data." + (kind == CrmEventKind.Created ? "createdAt" : "at"), at.ToString("O"), "a time at or before that of the event");
        var read = new CrmEvent { Source = source.Source, Id = source.Id, Kind = kind, OpportunityId = deal, At = at, RecordedAt = source.Time, ChangedBy = data.Text("changedBy", CloudEvent.MostLetters) };
        read = kind switch
        {
            CrmEventKind.Created => read with { Born = Born(data, deal, at, source.Time) },
            CrmEventKind.Activity => read with { Activity = ActivityOf(data, source, deal, at) },
            CrmEventKind.Deleted => read,
            CrmEventKind.Merged => read with { MergedInto = Into(data, deal) },
            CrmEventKind.Closed => read with { Won = Outcome(data), Fields = Fields(data), Name = data.Text("name") },
            _ => read with { Fields = Fields(data), Name = data.Text("name") },
        };
        data.RefuseOthers(source.Type);
        if (kind == CrmEventKind.Changed && read.Fields.Count == 0 && read.Name is null) throw new EventException("invalid-event", "event, data: found no change; expected at least one field with its new value.");
        return read;
    }

    private static Opportunity Born(Properties data, string id, DateTimeOffset createdAt, DateTimeOffset recordedAt) => new()
    {
        Id = id, Name = data.Text("name"), CreatedAt = createdAt, RecordedAt = recordedAt,
        AccountId = data.Id("accountId"), LeadId = data.Id("leadId"), OwnerId = data.Id("ownerId"), ProductId = data.Id("productId"),
        Source = data.Id("source"), Region = data.Id("region"), Segment = data.Id("segment"), Stage = data.Id("stage"),
        Amount = data.Take("amount") is { } amount ? EventValues.Amount(amount, "data.amount") : null,
        Currency = data.Take("currency") is { } currency ? EventValues.Currency(currency, "data.currency") : null,
        PlannedCloseOn = data.Take("plannedCloseOn") is { } day ? EventValues.Day(day, "data.plannedCloseOn") : null,
        CrmProbability = data.Take("crmProbability") is { } probability ? EventValues.Probability(probability, "data.crmProbability") : null,
        Attributes = data.Attributes().Where(a => a.Value is not null).ToDictionary(a => a.Key, a => a.Value!, StringComparer.Ordinal) is { Count: > 0 } own ? own : Opportunity.NoAttributes,
    };

    private static Dictionary<string, string?> Fields(Properties data)
    {
        var fields = new Dictionary<string, string?>(data.Attributes(), StringComparer.Ordinal);
        if (data.Take("stage") is { } stage) fields[OpportunityField.Stage] = EventValues.Text(stage, "data.stage", CloudEvent.MostLetters) ?? throw EventValues.Fault("data.stage", "none", "the name of a stage");
        if (data.Take("amount") is { } amount) fields[OpportunityField.Amount] = EventValues.Canonical(EventValues.Amount(amount, "data.amount"));
        if (data.Take("currency") is { } currency) fields[OpportunityField.Currency] = EventValues.Currency(currency, "data.currency");
        if (data.Take("plannedCloseOn") is { } day) fields[OpportunityField.PlannedCloseOn] = EventValues.Canonical(EventValues.Day(day, "data.plannedCloseOn"));
        if (data.Take("crmProbability") is { } probability) fields[OpportunityField.CrmProbability] = EventValues.Canonical(EventValues.Probability(probability, "data.crmProbability"));
        foreach (var (property, field) in ((string, string)[])[("ownerId", OpportunityField.OwnerId), ("productId", OpportunityField.ProductId), ("forecastCategory", OpportunityField.ForecastCategory), ("lossReason", OpportunityField.LossReason)])
            if (data.Take(property) is { } text) fields[field] = EventValues.Text(text, "data." + property, CloudEvent.MostLetters);
        return fields;
    }

    private static string Into(Properties data, string deal)
    {
        var into = data.Id("mergedInto") ?? throw EventValues.Fault("data.mergedInto", "none", "the id of the deal that it was merged into");
        return into != deal ? into : throw EventValues.Fault("data.mergedInto", $"\"{into}\"", "another deal than the one that was merged");
    }

    private static bool Outcome(Properties data) => data.Text("outcome") switch
    {
        "won" => true,
        "lost" => false,
        var other => throw EventValues.Fault("data.outcome", other is null ? "none" : $"\"{other}\"", "won or lost"),
    };

    private static Activity ActivityOf(Properties data, CloudEvent source, string deal, DateTimeOffset at) => new()
    {
        Id = data.Id("activityId") ?? $"{source.Source}#{source.Id}", OpportunityId = deal, At = at, RecordedAt = source.Time, OwnerId = data.Id("ownerId"),
        Kind = data.Id("kind") ?? throw EventValues.Fault("data.kind", "none", "what was done, such as Call, Email or Meeting"),
    };

    /// <summary>The data of an event; remembers what was asked for, so that the rest can be refused.</summary>
    private sealed class Properties(JsonElement data)
    {
        private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
        private readonly Dictionary<string, JsonElement> _data = EventValues.Properties(data, "data");

        public JsonElement? Take(string name)
        {
            _taken.Add(name);
            return _data.TryGetValue(name, out var value) ? value : null;
        }

        public string? Text(string name, int most = 2000) => Take(name) is { } value ? EventValues.Text(value, "data." + name, most) : null;

        public string? Id(string name) => Text(name, CloudEvent.MostLetters);

        public DateTimeOffset? Time(string name) => Take(name) is { } value ? EventValues.Time(value, "data." + name) : null;

        /// <summary>Custom columns by name.</summary>
        public Dictionary<string, string?> Attributes()
        {
            var found = new Dictionary<string, string?>(StringComparer.Ordinal);
            if (Take("attributes") is not { } attributes || attributes.ValueKind == JsonValueKind.Null) return found;
            if (attributes.ValueKind != JsonValueKind.Object) throw EventValues.Fault("data.attributes", attributes.ValueKind.ToString(), "an object of texts by column name");
            foreach (var (name, value) in EventValues.Properties(attributes, "data.attributes"))
            {
                if (name.Length == 0 || found.Count == 100) throw EventValues.Fault("data.attributes", name.Length == 0 ? "a column without a name" : "more than 100 columns", "at most 100 columns, each with a name");
                if (Reserved.Contains(name)) throw EventValues.Fault("data.attributes", $"\"{name}\"", "the property of that name, not a custom column");
                found[EventValues.Checked(name, "data.attributes", CloudEvent.MostLetters)] = EventValues.Text(value, $"data.attributes.{name}");
            }
            return found;
        }

        public void RefuseOthers(string type)
        {
            var others = _data.Keys.Where(n => !_taken.Contains(n)).Take(5).ToList();
            if (others.Count > 0) throw new EventException("unknown-field", $"event, data: found {string.Join(", ", others)}; expected only {string.Join(", ", _taken)} in {type}. Custom columns belong in attributes.");
        }

        private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
        {
            OpportunityField.Stage, OpportunityField.Amount, OpportunityField.Currency, OpportunityField.PlannedCloseOn, OpportunityField.OwnerId, OpportunityField.ProductId,
            OpportunityField.CrmProbability, OpportunityField.ForecastCategory, OpportunityField.LossReason,
        };
    }
}
