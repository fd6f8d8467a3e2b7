using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ForecastEngine.Crm.Import;

/// <summary>Activities. Those without an id get one from their content, so that a second import finds the same ones.</summary>
internal static class ActivityRows
{
    public static List<Activity> Read(ImportRun run, OpportunityRows opportunities)
    {
        var activities = new List<Activity>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var occurrences = new Dictionary<string, int>(StringComparer.Ordinal);
        var ofSetAside = 0;
        foreach (var rows in run.Open(EntityFields.Activities))
        {
            var (id, opportunityId, leadId, accountId) = (rows.Field("id"), rows.Field("opportunityId"), rows.Field("leadId"), rows.Field("accountId"));
            var (kind, at, recordedAt, ownerId) = (rows.Field("kind"), rows.Field("at"), rows.Field("recordedAt"), rows.Field("ownerId"));
            while (rows.Next())
            {
                var (deal, lead, account, owner) = (rows.Text(opportunityId), rows.Text(leadId), rows.Pooled(accountId), rows.Pooled(ownerId));
                if (deal is not null && opportunities.IndexOf(deal) is var index)
                {
                    if (index >= 0) deal = opportunities.Rows[index].Id;
                    else
                    {
                        if (opportunities.SetAside.Contains(deal)) ofSetAside++;
                        rows.Reject("orphan", opportunityId!.Column, deal, "the id of an opportunity of this export");
                    }
                }
                if (!rows.IsFaulty && deal is null && lead is null && account is null) { rows.Skip("about no opportunity, lead or account"); rows.Accept(); continue; }
                var what = run.Pooled(rows.Needed(kind))!;
                if (!rows.IsFaulty && rows.Text(at) is null) { rows.Skip("no time: not done yet"); rows.Accept(); continue; }
                var time = rows.Time(at, DayEdge.End)?.At ?? default;
                var recorded = rows.Time(recordedAt, DayEdge.End)?.At ?? time;
                var own = rows.Text(id);
                if (rows.IsFaulty) { rows.Accept(); continue; }
                own ??= ContentId.Of(occurrences, "activity", deal, lead, account, what, Ticks(time), Ticks(recorded), owner);
                if (!ids.Add(own)) { rows.Repeats("repeated id", own, "each activity once; the first was kept"); continue; }
                rows.Accept();
                rows.Saw(recorded);
                if (time <= recorded) rows.Saw(time);
                activities.Add(new Activity { Id = own, OpportunityId = deal, LeadId = lead, AccountId = account, Kind = what, At = time, RecordedAt = recorded, OwnerId = owner });
            }
        }
        if (ofSetAside > 0) run.Warnings.Add($"{ofSetAside} activities were set aside because their opportunity had been set aside.");
        return activities;
    }

    private static string Ticks(DateTimeOffset at) => at.UtcTicks.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An id for a row that has none: 16 hexadecimal digits of the SHA-256 of its content and of how many alike came before it.</summary>
internal static class ContentId
{
    public static string Of(Dictionary<string, int> occurrences, params ReadOnlySpan<string?> parts)
    {
        var content = string.Join('\u001F', parts);
        var key = Hash(content);
        var occurrence = occurrences.GetValueOrDefault(key);
        occurrences[key] = occurrence + 1;
        return occurrence == 0 ? key : Hash(string.Create(CultureInfo.InvariantCulture, $"{content}\u001F{occurrence}"));
    }

    private static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 8));
}

/// <summary>Leads, with their custom columns known at birth.</summary>
internal sealed class LeadRows
{
    public List<Lead> Leads { get; } = [];
    public List<string?[]> Created { get; } = [];
    public string[] CreatedColumns { get; }

    public LeadRows(ImportRun run, OpportunityRows opportunities)
    {
        CreatedColumns = run.Map.Entities.TryGetValue(EntityFields.Leads, out var maps)
            ? [.. maps.SelectMany(m => m.Columns).Where(c => c.Value == ColumnKind.Created).Select(c => c.Key).Distinct(StringComparer.Ordinal)] : [];
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var lostLinks = 0;
        foreach (var rows in run.Open(EntityFields.Leads))
        {
            var f = EntityFields.Of(EntityFields.Leads).ToDictionary(name => name, rows.Field, StringComparer.Ordinal);
            var created = CreatedColumns.Select(rows.IndexOf).ToArray();
            while (rows.Next())
            {
                var id = rows.Needed(f["id"]);
                var born = rows.Time(f["createdAt"], DayEdge.Start)?.At;
                if (born is null) rows.Reject("no createdAt", f["createdAt"]!.Column, "", "the time of creation");
                var (converted, disqualified) = (rows.Time(f["convertedAt"], DayEdge.End)?.At, rows.Time(f["disqualifiedAt"], DayEdge.End)?.At);
                var opportunity = rows.Text(f["opportunityId"]);
                var recorded = rows.Time(f["recordedAt"], DayEdge.End)?.At ?? born;
                var lead = new Lead
                {
                    Id = id, CreatedAt = born ?? default, RecordedAt = recorded ?? default, Source = rows.Pooled(f["source"]), Region = rows.Pooled(f["region"]), Segment = rows.Pooled(f["segment"]),
                    AccountId = rows.Pooled(f["accountId"]), OwnerId = rows.Pooled(f["ownerId"]), ConvertedAt = converted, OpportunityId = opportunity, DisqualifiedAt = disqualified,
                };
                var values = Array.ConvertAll(created, i => i < 0 ? null : run.Pooled(rows.Raw(i)));
                if (converted < born) rows.Reject("converted before created", f["convertedAt"]!.Column, $"{converted:u}", $"a time at or after the creation, {born:u}");
                if (disqualified < born) rows.Reject("disqualified before created", f["disqualifiedAt"]!.Column, $"{disqualified:u}", $"a time at or after the creation, {born:u}");
                if (!rows.IsFaulty && !ids.Add(id)) rows.Reject("duplicate id", f["id"]!.Column, id, "an id that no other row has; the first row was kept");
                if (!rows.Accept()) continue;
                if (opportunity is not null && opportunities.IndexOf(opportunity) < 0) { lostLinks++; lead = lead with { OpportunityId = null }; }
                foreach (var at in (DateTimeOffset?[])[born, recorded, converted, disqualified]) if (at is { } time) rows.Saw(time);
                Leads.Add(lead);
                Created.Add(values);
            }
        }
        if (lostLinks > 0) run.Warnings.Add($"{lostLinks} leads name an opportunity that is not among the accepted ones; the link was left out.");
    }
}
