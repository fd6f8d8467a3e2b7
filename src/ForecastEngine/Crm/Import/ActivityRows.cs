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
            var deleted = rows.Field("deleted");
            while (rows.Next())
            {
                var (deal, lead, account, owner) = (rows.Text(opportunityId), rows.Text(leadId), rows.Pooled(accountId), rows.Pooled(ownerId));
                if (rows.Flag(deleted))
                {
                    if (rows.Text(id) is { } gone) run.GoneActivities.Add(gone);
                    rows.Skip("deleted in the CRM");
                    rows.Accept();
                    continue;
                }
                if (opportunities.WhyLeftOut(deal) is { } reason) { rows.Skip(reason); rows.Accept(); continue; }
                if (deal is not null && opportunities.Gone.ContainsKey(deal)) { rows.Skip("of a deal that is gone"); rows.Accept(); continue; }
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
                var told = rows.Time(recordedAt, DayEdge.End)?.At;
                var recorded = told ?? time;
                var own = rows.Text(id);
                if (rows.IsFaulty) { rows.Accept(); continue; }
                own ??= ContentId.Of(occurrences, "activity", deal, lead, account, what, Ticks(time), Ticks(recorded), owner);
                if (!ids.Add(own)) { rows.Repeats("repeated id", own, "each activity once; the first was kept"); continue; }
                rows.Accept();
                rows.Saw(time < recorded ? time : recorded);
                if (told is { } stamp) run.ExportTime.Stamped(stamp);
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
