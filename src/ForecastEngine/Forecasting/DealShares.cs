using System.Collections.Concurrent;
using ForecastEngine.Crm;
using ForecastEngine.Scoring;

namespace ForecastEngine.Forecasting;

/// <summary>A part of the company and its share in a deal.</summary>
/// <param name="Key">Id of the part; empty for the company, and for what belongs to no part.</param>
/// <param name="Share">Its share in the deal's revenue, 0–1; the shares of a deal sum to 1.</param>
public readonly record struct PartShare(string Key, double Share);

/// <summary>
/// Over which parts a deal's revenue is divided, as known at a date: over products in the ratio of its line items, over
/// owners and their teams by its revenue splits, where it has any. What deals are won for and what they are expected to
/// bring is divided alike, so parts add up. Safe to share between threads.
/// </summary>
/// <remarks>
/// The ratio counts, for whatever the deal's amount is: line items need not add up to it. Line items of a product count
/// by their sum; products whose sum is not positive (credits, lines without a price) have no share. What revenue splits
/// leave of a deal is its owner's; where they sum to more than 1, each counts by its ratio to the sum.
/// </remarks>
public sealed class DealShares(CrmHistory history, AsOf asOf)
{
    private readonly ConcurrentDictionary<string, PartShare[]> _undivided = new(StringComparer.Ordinal);

    /// <summary>The parts of a scored open deal; teams as of the date.</summary>
    public PartShare[] Of(Dimension dimension, OpportunityScore deal) =>
        Of(dimension, deal.OpportunityId, asOf.Date, deal.OwnerId, deal.ProductId, deal.Region, history.PipelineOf(deal.Stage));

    /// <summary>The parts of a deal as it was created, and won in <paramref name="pipeline"/>; teams as of the date.</summary>
    public PartShare[] Of(Dimension dimension, Opportunity deal, string? pipeline) =>
        Of(dimension, deal.Id, asOf.Date, deal.OwnerId, deal.ProductId, deal.Region, pipeline);

    /// <summary>A won deal, divided: its amounts to the cent, so that they add up to the deal's; teams as of the day it was
    /// won.</summary>
    public IEnumerable<(string Key, WonDeal Part)> Divide(Dimension dimension, WonDeal deal)
    {
        var parts = Of(dimension, deal.OpportunityId, deal.On, deal.OwnerId, deal.ProductId, deal.Region, deal.Pipeline);
        if (parts.Length == 1) return [(parts[0].Key, deal)];
        var amounts = deal.Amount is { } sum ? InCents((decimal)sum, parts) : null;
        var foreign = deal.WithoutRate is { } money ? InCents(money.Amount, parts) : null;
        return parts.Select((part, i) => (part.Key, deal with
        {
            Amount = (double?)amounts?[i],
            WithoutRate = foreign is null ? null : deal.WithoutRate!.Value with { Amount = foreign[i] },
        }));
    }

    private PartShare[] Of(
        Dimension dimension, string id, DateOnly on, string? ownerId, string? productId, string? region,
        string? pipeline) =>
        dimension switch
        {
            Dimension.Product when history.LineItems.Length > 0 => Products(history.IndexOf(id)),
            Dimension.Owner or Dimension.Team when history.Splits.Length > 0 =>
                Owners(dimension, history.IndexOf(id), on, ownerId),
            _ => null,
        } ?? Undivided(dimension.KeyOf(history, on, ownerId, productId, region, pipeline) ?? "");

    private PartShare[] Undivided(string key) => _undivided.GetOrAdd(key, k => [new PartShare(k, 1)]);

    private PartShare[]? Products(int index)
    {
        var lines = index < 0 ? [] : history.LineItemsOf(index);
        var (sums, currency, isMixed) = (new List<(string Key, decimal Sum)>(), (string?)null, false);
        if (lines.IsEmpty) return null;
        foreach (var line in lines)
        {
            if (!asOf.Knows(line.RecordedAt)) continue;
            isMixed |= sums.Count > 0 && line.Currency != currency;
            currency = line.Currency;
            Add(sums, line.ProductId, line.Amount);
        }
        return Ratio(isMixed ? Converted(lines) : sums);
    }

    private PartShare[]? Owners(Dimension dimension, int index, DateOnly on, string? ownerId)
    {
        var (sums, rest) = (new List<(string Key, decimal Sum)>(), 1m);
        foreach (var split in index < 0 ? [] : history.SplitsOf(index))
        {
            if (split.Kind != SplitKind.Revenue || !asOf.Knows(split.RecordedAt)) continue;
            Add(sums, dimension.KeyOf(history, on, split.OwnerId, null, null, null) ?? "", split.Share);
            rest -= split.Share;
        }
        if (sums.Count == 0) return null;
        Add(sums, dimension.KeyOf(history, on, ownerId, null, null, null) ?? "", Math.Max(0, rest));
        return Ratio(sums);
    }

    // Line items of several currencies are compared at the date's rates; null where one is missing.
    private List<(string Key, decimal Sum)>? Converted(ReadOnlySpan<LineItem> lines)
    {
        var sums = new List<(string Key, decimal Sum)>();
        foreach (var line in lines)
        {
            if (!asOf.Knows(line.RecordedAt)) continue;
            var money = new Money(line.Amount, line.Currency);
            if (money.ToHistoryCurrency(history, asOf.Date, asOf) is not { } amount) return null;
            Add(sums, line.ProductId, amount);
        }
        return sums;
    }

    private PartShare[]? Ratio(List<(string Key, decimal Sum)>? sums)
    {
        sums?.RemoveAll(s => s.Sum <= 0);
        if (sums is null or { Count: 0 }) return null;
        if (sums.Count == 1) return Undivided(sums[0].Key);
        sums.Sort((a, b) => string.CompareOrdinal(a.Key, b.Key));
        var total = (double)sums.Sum(s => s.Sum);
        return [.. sums.Select(s => new PartShare(s.Key, (double)s.Sum / total))];
    }

    // A deal has few parts: looking them through is quicker than a table.
    private static void Add(List<(string Key, decimal Sum)> sums, string key, decimal amount)
    {
        var at = sums.FindIndex(s => s.Key == key);
        if (at < 0) sums.Add((key, amount));
        else sums[at] = (key, sums[at].Sum + amount);
    }

    private static decimal[] InCents(decimal amount, PartShare[] parts)
    {
        var (amounts, given, share) = (new decimal[parts.Length], 0m, 0.0);
        for (var i = 0; i < amounts.Length; i++)
        {
            share += parts[i].Share;
            var until = i == amounts.Length - 1 ? amount : Math.Round(amount * (decimal)share, 2);
            (amounts[i], given) = (until - given, until);
        }
        return amounts;
    }
}
