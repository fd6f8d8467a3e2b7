namespace ForecastEngine.Crm.Import;

/// <summary>The small lists: stages, accounts, products, line items, sales reps, teams, quotas.</summary>
internal static class MasterRows
{
    public static (IReadOnlyList<Stage> Stages, IReadOnlyList<SalesPipeline> Pipelines) Stages(ImportRun run)
    {
        var stages = new List<(string Label, int Order, StageKind Kind, double? Probability, string? Pipeline)>();
        var pipelines = new List<SalesPipeline>();
        foreach (var rows in run.Open(EntityFields.Stages))
        {
            var (name, order, kind, probability) = (rows.Field("name")!, rows.Field("order")!, rows.Field("kind")!, rows.Field("crmProbability"));
            var (pipeline, pipelineKind) = (rows.Field("pipeline"), rows.Field("pipelineKind"));
            while (rows.Next())
            {
                var (text, position, fraction) = (rows.Needed(name), rows.Number(order), rows.Probability(probability));
                var kindText = rows.Needed(kind);
                if (!Enum.TryParse<StageKind>(kindText, ignoreCase: true, out var meant) || !Enum.IsDefined(meant)) rows.Reject("unknown kind", kind.Column, kindText, "open, won or lost");
                if (position is null || decimal.Truncate(position.Value) != position || Math.Abs(position.Value) > 10_000) rows.Reject("unreadable number", order.Column, $"{position}", "a whole number");
                var process = rows.Text(pipeline);
                if (stages.Any(s => s.Label == text && s.Pipeline == process)) rows.Reject("duplicate name", name.Column, text, "each stage once");
                if (process is not null && pipelines.All(p => p.Name != process)) Add(rows, process, rows.Text(pipelineKind), pipelineKind?.Column ?? "");
                if (rows.Accept()) stages.Add((text, (int)position!.Value, meant, fraction, process));
            }
        }
        if (stages.Count == 0) return run.Map.Stages.Count > 0 ? (run.Map.Stages, run.Map.Pipelines) : throw new ImportException(run.Folder, "no stages", "the stages in order", "Add a stages file, or list them under stages in the import map.");
        var found = new StageList();
        foreach (var (label, order, kind, probability, process) in stages
            .OrderBy(s => pipelines.FindIndex(p => p.Name == s.Pipeline)).ThenBy(s => s.Order))
        {
            var place = process is null ? order : found.Stages.Count(s => s.Pipeline == process);
            found.Add(label, place, kind, probability, process);
        }
        return (found.Stages, pipelines);

        void Add(RowReader rows, string process, string? kind, string column)
        {
            if (Enum.TryParse<PipelineKind>(kind, ignoreCase: true, out var meant) && Enum.IsDefined(meant)) pipelines.Add(new SalesPipeline(process, meant));
            else rows.Reject("unknown kind of pipeline", column, kind ?? "", "newBusiness, renewal, expansion or notRevenue");
        }
    }

    /// <summary>Names of pipelines by their ids.</summary>
    public static Dictionary<string, string> PipelineNames(ImportRun run)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var rows in run.Open(EntityFields.PipelineNames))
        {
            var (id, name) = (rows.Field("id"), rows.Field("name"));
            while (rows.Next())
            {
                var (own, text) = (rows.Needed(id), rows.Needed(name));
                if (rows.Accept()) names[own] = text;
            }
        }
        return names;
    }

    public static List<Account> Accounts(ImportRun run, DateTimeOffset earliest) => Read<Account>(run, EntityFields.Accounts, rows =>
    {
        var (id, name, industry, region, segment, recorded) = (rows.Field("id"), rows.Field("name"), rows.Field("industry"), rows.Field("region"), rows.Field("segment"), rows.Field("recordedAt"));
        return () => new Account(rows.Needed(id), rows.Text(name), rows.Pooled(industry), rows.Pooled(region), rows.Pooled(segment), rows.Time(recorded, DayEdge.Start)?.At ?? earliest);
    }, a => a.Id);

    public static List<Product> Products(ImportRun run, DateTimeOffset earliest) => Read<Product>(run, EntityFields.Products, rows =>
    {
        var (id, name, family, price, currency, recorded) = (rows.Field("id"), rows.Field("name"), rows.Field("family"), rows.Field("listPrice"), rows.Field("currency"), rows.Field("recordedAt"));
        return () =>
        {
            var (own, label, list) = (rows.Needed(id), rows.Needed(name), rows.Amount(price, rows.Currency(currency)));
            return new Product(own, label, rows.Pooled(family), list?.Amount, rows.Time(recorded, DayEdge.Start)?.At ?? earliest, list?.Currency);
        };
    }, p => p.Id);

    /// <summary>Line items; the time of those that have none is left at its default, to become that of the export.</summary>
    public static List<LineItem> LineItems(ImportRun run, OpportunityRows opportunities)
    {
        var occurrences = new Dictionary<string, int>(StringComparer.Ordinal);
        return Read<LineItem>(run, EntityFields.LineItems, rows =>
        {
            var (id, deal, product, quantity, amount, currency, recorded) = (rows.Field("id"), rows.Field("opportunityId")!, rows.Field("productId")!, rows.Field("quantity"), rows.Field("amount"), rows.Field("currency"), rows.Field("recordedAt"));
            var deleted = rows.Field("deleted");
            return () =>
            {
                if (opportunities.WhyLeftOut(rows.Text(deal)) is { } reason)
                {
                    rows.Skip(reason);
                    return null;
                }
                if (rows.Flag(deleted) || opportunities.Gone.ContainsKey(rows.Text(deal) ?? ""))
                {
                    if (rows.Text(id) is { } gone) run.GoneLineItems.Add(gone);
                    rows.Skip("deleted in the CRM");
                    return null;
                }
                var (opportunity, item, count) = (rows.Needed(deal), run.Pooled(rows.Needed(product))!, rows.Number(quantity) ?? 1);
                var index = opportunities.IndexOf(opportunity);
                if (index < 0) rows.Reject("orphan", deal.Column, opportunity, "the id of an opportunity of this export");
                if (count < 0) rows.Reject("negative quantity", quantity!.Column, $"{count}", "a quantity of 0 or more");
                var money = rows.Text(currency) is { } stated ? rows.Foreign(stated) : index < 0 ? null : opportunities.Rows[index].Currency;
                var total = rows.Amount(amount, money) ?? new Money(0, null);
                var at = rows.Time(recorded, DayEdge.End)?.At ?? default;
                if (at != default && !rows.IsFaulty)
                {
                    rows.Saw(at);
                    run.ExportTime.Stamped(at);
                }
                var own = rows.Text(id);
                if (own is null && !rows.IsFaulty) own = ContentId.Of(occurrences, "line", opportunity, item, CanonicalText.Of(count), CanonicalText.Of(total.Amount), $"{at.UtcTicks}");
                return new LineItem(own ?? "", opportunity, item, count, total.Amount, at, total.Currency);
            };
        }, l => l.Id);
    }

    /// <summary>Reps with their present team, and since when they are in which one where the rows say so: a row per rep and day.</summary>
    public static (IReadOnlyList<SalesRep> Reps, IReadOnlyList<TeamMembership> Memberships) SalesReps(ImportRun run, DateTimeOffset exportedAt)
    {
        var told = Read<ToldRep>(run, EntityFields.SalesReps, rows =>
        {
            var (id, name, team, since) = (rows.Field("id"), rows.Field("name"), rows.Field("teamId"), rows.Field("since"));
            return () => rows.Needed(id) is var own ? new ToldRep(new SalesRep(own, rows.Text(name) ?? own, rows.Pooled(team)), rows.Day(since)) : null!;
        }, r => r.Since is { } day ? $"{r.Rep.Id}\u001F{day:O}" : r.Rep.Id);
        var (today, byRep) = (DateOnly.FromDateTime(exportedAt.UtcDateTime), told.GroupBy(r => r.Rep.Id, StringComparer.Ordinal).ToList());
        return ([.. byRep.Select(g => (g.Where(r => r.Since is null || r.Since <= today).MaxBy(r => r.Since) ?? g.MinBy(r => r.Since)!).Rep)],
            [.. byRep.Where(g => g.Any(r => r.Since is not null)).SelectMany(g => g).Select(r => new TeamMembership(r.Rep.Id, r.Rep.TeamId, r.Since))]);
    }

    private sealed record ToldRep(SalesRep Rep, DateOnly? Since);

    public static List<Team> Teams(ImportRun run) => Read<Team>(run, EntityFields.Teams, rows =>
    {
        var (id, name, parent) = (rows.Field("id"), rows.Field("name"), rows.Field("parentTeamId"));
        return () => rows.Needed(id) is var own ? new Team(own, rows.Text(name) ?? own, rows.Pooled(parent)) : null!;
    }, t => t.Id);

    public static List<Quota> Quotas(ImportRun run) => Read<Quota>(run, EntityFields.Quotas, rows =>
    {
        var pipeline = rows.Field("pipeline");
        var (team, owner, from, until, amount, currency, recorded) = (rows.Field("teamId"), rows.Field("ownerId"), rows.Field("from")!, rows.Field("until")!, rows.Field("amount")!, rows.Field("currency"), rows.Field("recordedAt"));
        return () =>
        {
            if (rows.Day(from) is not { } first) { rows.Reject("no from", from.Column, "", "the first day of the period"); first = default; }
            if (rows.Day(until) is not { } last) { rows.Reject("no until", until.Column, "", "the last day of the period"); last = default; }
            if (last < first) rows.Reject("period ends before it begins", until.Column, $"{last:yyyy-MM-dd}", $"a day at or after {first:yyyy-MM-dd}");
            if (rows.Amount(amount, rows.Currency(currency)) is not { } sum) { rows.Reject("no amount", amount.Column, "", "an amount"); sum = default; }
            var at = rows.Time(recorded, DayEdge.Start)?.At ?? new DateTimeOffset(first.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
            return new Quota(rows.Text(team), rows.Text(owner), first, last, sum.Amount, at, sum.Currency, rows.Text(pipeline));
        };
    }, q => $"{q.TeamId}\u001F{q.OwnerId}\u001F{q.Pipeline}\u001F{q.From:O}\u001F{q.Until:O}\u001F{q.RecordedAt.UtcTicks}");

    public static List<T> Read<T>(ImportRun run, string entity, Func<RowReader, Func<T?>> bind, Func<T, string> keyOf) where T : class
    {
        var items = new List<T>();
        var known = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var rows in run.Open(entity))
        {
            var read = bind(rows);
            while (rows.Next())
            {
                var item = read();
                if (rows.IsFaulty || item is null) { rows.Accept(); continue; }
                if (known.TryGetValue(keyOf(item), out var earlier))
                {
                    if (!earlier.Equals(item)) { rows.Reject("duplicate id", rows.Source.Fields.Keys.First(), keyOf(item).Replace('\u001F', ' '), "an id that no other row has; the first row was kept"); rows.Accept(); }
                    else if (rows.Source.IsRepeated) { rows.Skip("told by an earlier row"); rows.Accept(); }
                    else rows.Repeats("repeated row", keyOf(item).Replace('\u001F', ' '), "each row once");
                    continue;
                }
                rows.Accept();
                known.Add(keyOf(item), item);
                items.Add(item);
            }
        }
        return items;
    }
}
