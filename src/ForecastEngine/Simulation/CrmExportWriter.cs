using System.Globalization;
using System.Text;
using ForecastEngine.Crm;

namespace ForecastEngine.Simulation;

/// <summary>
/// Writes facts in the engine's own CSV format: UTF-8 without a mark, LF, comma, invariant numbers, ISO 8601 times in UTC
/// to the second. The same facts give the same bytes. Each row of <see cref="CrmFacts"/> becomes one row.
/// opportunities.csv shows current values; the value at birth is the old value of a field's first change, or the
/// current value when the field never changed. The first Stage stands as a change without old value at the creation.
/// </summary>
public static class CrmExportWriter
{
    /// <summary>Writes all files into <paramref name="folder"/>, which is made when it is missing; files of the same names are replaced.</summary>
    public static void Write(CrmFacts facts, string folder)
    {
        Directory.CreateDirectory(folder);
        WriteOpportunities(facts, folder);
        Write(folder, "opportunity_changes.csv", "opportunity_id,field,old_value,new_value,changed_at,recorded_at,changed_by", facts.Changes,
            (row, c) => row.Add(c.OpportunityId).Add(c.Field).Add(c.OldValue).Add(c.NewValue).Add(c.At).Add(c.RecordedAt).Add(c.ChangedBy));
        Write(folder, "activities.csv", "id,opportunity_id,lead_id,account_id,kind,at,recorded_at,owner_id", facts.Activities,
            (row, a) => row.Add(a.Id).Add(a.OpportunityId).Add(a.LeadId).Add(a.AccountId).Add(a.Kind).Add(a.At).Add(a.RecordedAt).Add(a.OwnerId));
        Write(folder, "leads.csv", "id,created_at,recorded_at,source,region,segment,account_id,owner_id,converted_at,opportunity_id,disqualified_at", facts.Leads,
            (row, l) => row.Add(l.Id).Add(l.CreatedAt).Add(l.RecordedAt).Add(l.Source).Add(l.Region).Add(l.Segment).Add(l.AccountId).Add(l.OwnerId)
                .Add(l.ConvertedAt).Add(l.OpportunityId).Add(l.DisqualifiedAt));
        Write(folder, "accounts.csv", "id,name,industry,region,segment,recorded_at", facts.Accounts,
            (row, a) => row.Add(a.Id).Add(a.Name).Add(a.Industry).Add(a.Region).Add(a.Segment).Add(a.RecordedAt));
        Write(folder, "products.csv", "id,name,family,list_price,recorded_at", facts.Products,
            (row, p) => row.Add(p.Id).Add(p.Name).Add(p.Family).Add(p.ListPrice).Add(p.RecordedAt));
        Write(folder, "line_items.csv", "id,opportunity_id,product_id,quantity,amount,recorded_at", facts.LineItems,
            (row, l) => row.Add(l.Id).Add(l.OpportunityId).Add(l.ProductId).Add(l.Quantity).Add(l.Amount).Add(l.RecordedAt));
        Write(folder, "sales_reps.csv", "id,name,team_id", facts.SalesReps, (row, r) => row.Add(r.Id).Add(r.Name).Add(r.TeamId));
        Write(folder, "teams.csv", "id,name,parent_team_id", facts.Teams, (row, t) => row.Add(t.Id).Add(t.Name).Add(t.ParentTeamId));
        Write(folder, "quotas.csv", "team_id,owner_id,from,until,amount,recorded_at", facts.Quotas,
            (row, q) => row.Add(q.TeamId).Add(q.OwnerId).Add(q.From).Add(q.Until).Add(q.Amount).Add(q.RecordedAt));
        Write(folder, "stages.csv", "name,order,kind,crm_probability", facts.Stages,
            (row, s) => row.Add(s.Name).Add(s.Order).Add(s.Kind switch { StageKind.Won => "won", StageKind.Lost => "lost", _ => "open" }).Add(s.CrmProbability));
    }

    private static void WriteOpportunities(CrmFacts facts, string folder)
    {
        var current = CurrentValues(facts);
        var attributes = facts.Opportunities.SelectMany(o => o.Attributes.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var header = "id,name,created_at,recorded_at,account_id,lead_id,owner_id,product_id,source,region,segment,stage,amount,currency,"
            + "planned_close_on,crm_probability,forecast_category,closed_at" + string.Concat(attributes.Select(a => "," + CsvRow.Quoted(a)));
        Write(folder, "opportunities.csv", header, facts.Opportunities, (row, o) =>
        {
            var now = current.GetValueOrDefault(o.Id) ?? Current.Unchanged;
            row.Add(o.Id).Add(o.Name).Add(o.CreatedAt).Add(o.RecordedAt).Add(o.AccountId).Add(o.LeadId)
                .AddEither(now, OpportunityField.OwnerId, o.OwnerId).AddEither(now, OpportunityField.ProductId, o.ProductId)
                .Add(o.Source).Add(o.Region).Add(o.Segment)
                .AddEither(now, OpportunityField.Stage, o.Stage).AddEither(now, OpportunityField.Amount, CsvRow.Text(o.Amount))
                .Add(facts.Currency)
                .AddEither(now, OpportunityField.PlannedCloseOn, CsvRow.Text(o.PlannedCloseOn))
                .AddEither(now, OpportunityField.CrmProbability, CsvRow.Text(o.CrmProbability))
                .AddEither(now, OpportunityField.ForecastCategory, null)
                .Add(now.ClosedAt);
            foreach (var attribute in attributes) row.Add(o.Attributes.GetValueOrDefault(attribute));
        });
    }

    // The last value of every field that changed, in the order in which changes were recorded; equal times keep the order of the facts.
    private static Dictionary<string, Current> CurrentValues(CrmFacts facts)
    {
        var closing = facts.Stages.Where(s => s.Kind != StageKind.Open).Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        var current = new Dictionary<string, Current>(StringComparer.Ordinal);
        foreach (var change in facts.Changes)
        {
            if (!current.TryGetValue(change.OpportunityId, out var now)) current.Add(change.OpportunityId, now = new Current());
            if (now.Fields.TryGetValue(change.Field, out var last) && (last.RecordedAt, last.At).CompareTo((change.RecordedAt, change.At)) > 0) continue;
            now.Fields[change.Field] = change;
            if (change.Field == OpportunityField.Stage) now.ClosedAt = change.NewValue is { } stage && closing.Contains(stage) ? change.At : null;
        }
        return current;
    }

    private static void Write<T>(string folder, string file, string header, IReadOnlyList<T> items, Action<CsvRow, T> write)
    {
        using var writer = new StreamWriter(Path.Combine(folder, file), append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
        writer.NewLine = "\n";
        writer.WriteLine(header);
        var row = new CsvRow(writer);
        foreach (var item in items)
        {
            write(row, item);
            row.End();
        }
    }

    private sealed class Current
    {
        public static readonly Current Unchanged = new();
        public Dictionary<string, OpportunityChange> Fields { get; } = new(4, StringComparer.Ordinal);
        public DateTimeOffset? ClosedAt { get; set; }
    }

    private static CsvRow AddEither(this CsvRow row, Current now, string field, string? birth) =>
        row.Add(now.Fields.TryGetValue(field, out var change) ? change.NewValue : birth);
}
