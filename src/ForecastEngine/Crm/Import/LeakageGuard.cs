namespace ForecastEngine.Crm.Import;

/// <summary>Puts every column that is or could become a feature through <see cref="LeakageTest"/>, and refuses those that the map wrongly declares known at birth.</summary>
internal sealed class LeakageGuard(ImportRun run)
{
    private readonly List<string> _untested = [];

    public List<LeakageSuspicion> Suspicions { get; } = [];

    public IReadOnlyList<Opportunity> Opportunities(OpportunityRows rows, ToldDeals births)
    {
        var closed = Enumerable.Range(0, rows.Rows.Count).Where(i => births.Outcomes[i] is not null).ToArray();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        for (var c = 0; c < rows.CreatedColumns.Length; c++)
            if (IsSuspicious(EntityFields.Opportunities, rows.CreatedColumns[c], closed.Select(i => (rows.Rows[i].Created.ElementAtOrDefault(c), births.Outcomes[i]!.Value)), isRefused: true)) refused.Add(rows.CreatedColumns[c]);
        for (var c = 0; c < rows.UnknownColumns.Count; c++)
            IsSuspicious(EntityFields.Opportunities, rows.UnknownColumns[c], closed.Where(i => rows.Rows[i].Unknown.Length > 0).Select(i => (rows.Rows[i].Unknown.ElementAtOrDefault(c), births.Outcomes[i]!.Value)), isRefused: false);
        bool Field(string name, Func<Opportunity, string?> value) => rows.Mapped.Contains(name)
            && births.KnownOf(EntityFields.HistoryNames.GetValueOrDefault(name, name)) == Known.Created
            && IsSuspicious(EntityFields.Opportunities, name, closed.Select(i => (value(births.Born[i]), births.Outcomes[i]!.Value)), isRefused: true);
        var (source, region, segment) = (Field("source", o => o.Source), Field("region", o => o.Region), Field("segment", o => o.Segment));
        var (account, lead, owner, product) = (Field("accountId", o => o.AccountId), Field("leadId", o => o.LeadId), Field("ownerId", o => o.OwnerId), Field("productId", o => o.ProductId));
        var (amount, probability) = (Field("amount", o => CanonicalText.Of(o.Amount)), Field("crmProbability", o => CanonicalText.Of(o.CrmProbability)));
        var planned = Field("plannedCloseOn", o => o.PlannedCloseOn?.DayNumber.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (refused.Count == 0 && !(source || region || segment || account || lead || owner || product || amount || probability || planned)) return births.Born;
        foreach (var (isRefused, field) in ((bool, string)[])[(source, OpportunityField.Source), (region, OpportunityField.Region), (segment, OpportunityField.Segment), (account, OpportunityField.AccountId), (lead, OpportunityField.LeadId)])
            if (isRefused) refused.Add(field);
        births.Forget(refused);
        return [.. births.Born.Select(o => o with
        {
            Source = source ? null : o.Source, Region = region ? null : o.Region, Segment = segment ? null : o.Segment,
            AccountId = account ? null : o.AccountId, LeadId = lead ? null : o.LeadId, OwnerId = owner ? null : o.OwnerId, ProductId = product ? null : o.ProductId,
            Amount = amount ? null : o.Amount, CrmProbability = probability ? null : o.CrmProbability, PlannedCloseOn = planned ? null : o.PlannedCloseOn,
            Attributes = Keep(o.Attributes, refused),
        })];
    }

    /// <summary>Leads: the outcome is converted or disqualified.</summary>
    public IReadOnlyList<Lead> Leads(LeadRows rows)
    {
        var closed = Enumerable.Range(0, rows.Leads.Count).Where(i => rows.Leads[i].ConvertedAt is not null || rows.Leads[i].DisqualifiedAt is not null).ToArray();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        for (var c = 0; c < rows.CreatedColumns.Length; c++)
            if (IsSuspicious(EntityFields.Leads, rows.CreatedColumns[c], closed.Select(i => (rows.Created[i][c], rows.Leads[i].ConvertedAt is not null)), isRefused: true)) refused.Add(rows.CreatedColumns[c]);
        return rows.CreatedColumns.Length == 0 ? rows.Leads : [.. rows.Leads.Select((l, i) => l with { Attributes = Keep(RowAttributes.Of(rows.CreatedColumns, rows.Created[i]), refused) })];
    }

    /// <summary>Of custom columns of the deals, those that were not refused.</summary>
    public IReadOnlyList<CustomColumn> Kept(IReadOnlyList<CustomColumn> columns) =>
        [.. columns.DistinctBy(c => c.Name).Where(c => !Suspicions.Any(
            s => s.IsRefused && s.Entity == EntityFields.Opportunities && s.Column == c.Name))];

    public void Warn()
    {
        if (_untested.Count > 0) run.Warnings.Add($"There are too few closed records to test these columns for leakage: {string.Join(", ", _untested.Take(20))}.");
        foreach (var suspicion in Suspicions) run.Warnings.Add(suspicion.Explanation);
    }

    private static IReadOnlyDictionary<string, string> Keep(IReadOnlyDictionary<string, string> attributes, HashSet<string> refused)
    {
        var kept = attributes is RowAttributes row && refused.Count > 0 ? row.Without(refused) : attributes;
        return kept.Count == 0 ? Opportunity.NoAttributes : kept;
    }

    private bool IsSuspicious(string entity, string column, IEnumerable<(string? Value, bool IsWon)> closed, bool isRefused)
    {
        if (LeakageTest.Test([.. closed]) is not { } test) { _untested.Add(column); return false; }
        if (test.Strength < run.Options.SuspiciousStrength) return false;
        var done = isRefused ? "The map declares it known at birth; the import refuses it and leaves it out. Declare it tracked or ignored." : "It is not used. Do not declare it created.";
        Suspicions.Add(new LeakageSuspicion(entity, column, test.Strength, isRefused,
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The column \"{column}\" of {entity} tells the outcome of closed records almost by itself, {test.By} (strength {test.Strength:0.000} of 1), so it was probably filled after the outcome was known. {done}")));
        return true;
    }
}
