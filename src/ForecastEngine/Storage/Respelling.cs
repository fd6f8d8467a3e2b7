using ForecastEngine.Crm;
using LinqToDB;

namespace ForecastEngine.Storage;

/// <summary>
/// Brings stored values under the spelling that an import map's aliases mean: a stage that was renamed is one stage,
/// and what was told under its old name is not another fact. Kept, so that later exports and events under the old name
/// are understood too.
/// </summary>
internal static class Respelling
{
    /// <summary>
    /// The facts in the spelling that is in force: an export from before a renaming, or a map, speaks of the same.
    /// </summary>
    public static CrmFacts Apply(DatabaseSession session, CrmFacts facts)
    {
        var aliases = session.Db.GetTable<AliasRow>().ToList().ToDictionary(a => (a.Field, a.Found), a => a.Meant);
        string[] fields = [.. aliases.Keys.Select(a => a.Field).Distinct()];
        if (fields.Length == 0) return facts;
        // An import has resolved its own map's aliases: mostly there is nothing left to do, and nothing is copied.
        if (!facts.Opportunities.Any(o => IsOld(OpportunityField.Stage, o.Stage) || IsOld(OpportunityField.OwnerId, o.OwnerId)
                || IsOld(OpportunityField.ProductId, o.ProductId))
            && !facts.Changes.Any(c => IsOld(c.Field, c.OldValue) || IsOld(c.Field, c.NewValue))
            && !facts.Tellings.Any(t => t.Values.Where((v, f) => IsOld(t.Fields.Names[f], v)).Any()))
            return facts;
        return facts with
        {
            Opportunities = [.. facts.Opportunities.Select(o => o with
            {
                Stage = Meant(OpportunityField.Stage, o.Stage), OwnerId = Meant(OpportunityField.OwnerId, o.OwnerId),
                ProductId = Meant(OpportunityField.ProductId, o.ProductId)
            })],
            Changes = [.. facts.Changes.Select(c => !fields.Contains(c.Field) ? c
                : c with { OldValue = Meant(c.Field, c.OldValue), NewValue = Meant(c.Field, c.NewValue) })],
            Tellings = [.. facts.Tellings.Select(t =>
                t with { Values = [.. t.Values.Select((v, f) => Meant(t.Fields.Names[f], v))] })]
        };

        bool IsOld(string field, string? value) => value is not null && aliases.ContainsKey((field, value));

        string? Meant(string field, string? value)
        {
            for (var steps = 0; value is not null && steps < aliases.Count; steps++)
            {
                if (!aliases.TryGetValue((field, value), out var meant)) break;
                value = meant;
            }
            return value;
        }
    }

    /// <summary>The stages of an import but those that are old names; one that is a name again counts.</summary>
    public static IReadOnlyList<Stage> Current(DatabaseSession session, CrmFacts facts)
    {
        var old = session.Db.GetTable<AliasRow>().Where(a => a.Field == OpportunityField.Stage).Select(a => a.Found).ToHashSet();
        if (facts.Aliases.TryGetValue(OpportunityField.Stage, out var spellings)) old.ExceptWith(spellings.Values);
        return old.Count == 0 ? facts.Stages : [.. facts.Stages.Where(s => !old.Contains(s.Name))];
    }

    public static void Run(
        DatabaseSession session, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> aliases,
        CorrectionTally corrections, CancellationToken cancellation)
    {
        var known = session.Db.GetTable<AliasRow>().ToList().ToDictionary(a => (a.Field, a.Found), a => a.Meant);
        foreach (var (field, spellings) in aliases)
            foreach (var (found, meant) in spellings)
            {
                if (found == meant || known.GetValueOrDefault((field, found)) == meant) continue;
                (string, object?)[] values = [("field", field), ("found", found), ("meant", meant)];
                // A name that comes back is an alias no more.
                session.Execute(
                    "DELETE FROM aliases WHERE field = @field AND (found = @found OR found = @meant)",
                    cancellation, values);
                session.Execute(
                    "INSERT INTO aliases (field, found, meant) VALUES (@field, @found, @meant)",
                    cancellation, values);
                if (field == OpportunityField.Stage
                    && session.Numbers(
                        "SELECT COUNT(*) FROM stages WHERE name = @found",
                        cancellation, values[1])[0] == 0)
                    continue;
                corrections.Add(
                    CorrectionKind.Spelling,
                    (int)Math.Min(int.MaxValue, Respell(session, field, found, meant, values, cancellation)));
            }
    }

    private static long Respell(
        DatabaseSession session, string field, string found, string meant,
        (string, object?)[] values, CancellationToken cancellation)
    {
        var changed = 0L;
        foreach (var table in (string[])["opportunity_changes", "past_opportunity_changes"])
        {
            changed += session.Execute(
                $"UPDATE {table} SET new_value = @meant WHERE field = @field AND new_value = @found",
                cancellation, values);
            session.Execute(
                $"UPDATE {table} SET old_value = @meant WHERE field = @field AND old_value = @found",
                cancellation, values);
        }
        if (ColumnOf(field) is { } column)
            foreach (var table in (string[])["opportunities", "past_opportunities"])
                changed += session.Execute(
                    $"UPDATE {table} SET {column} = @meant WHERE {column} = @found",
                    cancellation, ("found", found), ("meant", meant));
        changed += Tellings(session, field, found, meant, cancellation);
        if (field == OpportunityField.Stage)
            session.Execute(
                "DELETE FROM stages WHERE name = @found "
                    + "AND EXISTS (SELECT 1 FROM stages WHERE name = @meant)",
                cancellation, ("found", found), ("meant", meant));
        return changed;
    }

    // Tellings under the old name: their content is text, in which the value stands after the field's name and claim.
    private static long Tellings(
        DatabaseSession session, string field, string found, string meant, CancellationToken cancellation)
    {
        var changed = 0L;
        foreach (var claim in TellingRow.Letters)
        {
            var (old, now) = (TellingRow.Pair(claim, field, found), TellingRow.Pair(claim, field, meant));
            changed += session.Execute(
                "UPDATE deal_tellings SET content = REPLACE(content, @old, @now) WHERE content LIKE @like ESCAPE '!'",
                cancellation,
                ("old", old), ("now", now),
                ("like", "%" + old
                    .Replace("!", "!!", StringComparison.Ordinal)
                    .Replace("%", "!%", StringComparison.Ordinal)
                    .Replace("_", "!_", StringComparison.Ordinal) + "%"));
        }
        return changed;
    }

    private static string? ColumnOf(string field) => field switch
    {
        OpportunityField.Stage => "stage",
        OpportunityField.OwnerId => "owner_id",
        OpportunityField.ProductId => "product_id",
        _ => null,
    };
}
