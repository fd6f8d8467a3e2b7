namespace ForecastEngine.Crm.Import;

/// <summary>Leads, with their custom columns known at birth.</summary>
internal sealed class LeadRows
{
    public List<Lead> Leads { get; } = [];
    public List<string?[]> Created { get; } = [];
    /// <summary>Where each stood.</summary>
    public List<(string File, int Line)> Places { get; } = [];
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
                if (rows.Flag(f["deleted"]))
                {
                    run.GoneLeads.Add(id);
                    rows.Skip("deleted in the CRM");
                    rows.Accept();
                    continue;
                }
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
                foreach (var at in (DateTimeOffset?[])[born, recorded, converted, disqualified])
                {
                    if (at is not { } time) continue;
                    rows.Saw(time);
                    run.ExportTime.Created(time);
                }
                Leads.Add(lead);
                Created.Add(values);
                Places.Add((rows.File, rows.Line));
            }
        }
        if (lostLinks > 0) run.Warnings.Add($"{lostLinks} leads name an opportunity that is not among the accepted ones; the link was left out.");
    }
}
