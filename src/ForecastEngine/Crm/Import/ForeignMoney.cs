namespace ForecastEngine.Crm.Import;

/// <summary>Tells which amounts of an import are in other currencies, and which of them no rate is known for.</summary>
internal static class ForeignMoney
{
    public static IReadOnlyList<ForeignAmounts> Of(ImportRun run, OpportunityRows deals, CrmFacts facts)
    {
        List<ForeignAmounts> found =
        [
            .. Sums(run, EntityFields.Opportunities, deals.Rows.Select(r => Typed(r.Amount, r.Currency) ?? r.Actual)),
            .. Sums(run, EntityFields.LineItems, facts.LineItems.Select(l => Typed(l.Amount, l.Currency))),
            .. Sums(run, EntityFields.Products, facts.Products.Select(p => Typed(p.ListPrice, p.Currency))),
            .. Sums(run, EntityFields.Quotas, facts.Quotas.Select(q => Typed(q.Amount, q.Currency))),
        ];
        foreach (var one in found.Where(f => f.Rate is null))
            run.Warnings.Add($"{one.Amounts} amounts of {one.Entity} are in a currency without a rate, "
                + $"{Money.Sums([new Money(one.Sum, one.Currency)])} in all: they are kept, and count as unknown until a rate is "
                + "imported (rates of the map, rates.csv, or forecast rates import).");
        return found;
    }

    private static Money? Typed(decimal? amount, string? currency) =>
        amount is { } known ? new Money(known, currency) : null;

    private static IEnumerable<ForeignAmounts> Sums(ImportRun run, string entity, IEnumerable<Money?> amounts) => amounts
        .Where(m => m is { Currency: not null }).Select(m => m!.Value)
        .GroupBy(m => m.Currency!, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => new ForeignAmounts(entity, g.Key, g.Count(), g.Sum(m => m.Amount),
            run.KnownRates.Newest(g.Key)?.Rate));
}
