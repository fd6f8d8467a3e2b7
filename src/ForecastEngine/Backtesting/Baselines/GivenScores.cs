using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ForecastEngine.Crm;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>A probability that somebody else's model gave a deal.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="AsOf">The day at whose end (UTC) the score was known.</param>
/// <param name="Probability">0–1: P(won by the end of <paramref name="PeriodEnd"/>), or P(won eventually) without one.</param>
/// <param name="PeriodEnd">The day by whose end the deal is won; null for a score that knows no time.</param>
public readonly record struct GivenScore(string OpportunityId, DateOnly AsOf, double Probability, DateOnly? PeriodEnd = null);

/// <summary>
/// The scores of another model, which a backtest judges as a method of its own. Each counts from the end of its day on; that it was
/// really known then is the word of whoever gave it.
/// </summary>
public sealed class GivenScores
{
    private readonly Dictionary<string, GivenScore[]> _deals;

    /// <param name="name">What the method is called.</param>
    /// <param name="scores">In any order; all with a period's end or all without.</param>
    /// <exception cref="ArgumentException">The name is empty or that of a method of the engine; there are no scores, one is out of 0–1 or there twice, or some have a period's end and some have none.</exception>
    public GivenScores(string name, IReadOnlyCollection<GivenScore> scores)
    {
        if (name.Length is 0 or > 60 || name != name.Trim() || name.Any(char.IsControl)) throw new ArgumentException($"Scores \"{name}\": found no usable name; expected 1 to 60 characters without spaces around them. Choose one.", nameof(name));
        if (Method.IsBuiltIn(name)) throw new ArgumentException($"Scores \"{name}\": found the name of a method that the backtest has already; expected another. Choose one.", nameof(name));
        if (scores.Count == 0) throw new ArgumentException($"Scores \"{name}\": found no score; expected at least one. Give some, or leave them out.", nameof(scores));
        (Name, Count, KnowsTime) = (name, scores.Count, scores.First().PeriodEnd is not null);
        foreach (var score in scores)
        {
            if (score.Probability is not (>= 0 and <= 1)) throw new ArgumentException(FormattableString.Invariant($"Scores \"{name}\", deal {score.OpportunityId}: found the probability {score.Probability}; expected 0 to 1. Give fractions, not per cents."), nameof(scores));
            if (score.PeriodEnd is not null != KnowsTime) throw new ArgumentException($"Scores \"{name}\", deal {score.OpportunityId}: found scores with a period's end and scores without; expected all alike. Give them as two methods.", nameof(scores));
        }
        _deals = scores.GroupBy(s => s.OpportunityId, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.OrderBy(s => s.AsOf).ThenBy(s => s.PeriodEnd).ToArray(), StringComparer.Ordinal);
        foreach (var deal in _deals.Values)
            for (var i = 1; i < deal.Length; i++)
                if (deal[i].AsOf == deal[i - 1].AsOf && deal[i].PeriodEnd == deal[i - 1].PeriodEnd)
                    throw new ArgumentException($"Scores \"{name}\", deal {deal[i].OpportunityId}: found two scores of {deal[i].AsOf:yyyy-MM-dd}; expected one. Keep the one that was in force at the end of that day.", nameof(scores));
    }

    /// <summary>What the method is called.</summary>
    public string Name { get; }
    /// <summary>How many scores.</summary>
    public int Count { get; }
    /// <summary>True where each score says by when the deal is won; false where it says P(won eventually).</summary>
    public bool KnowsTime { get; }
    /// <summary>The deals that have a score.</summary>
    public IReadOnlyCollection<string> OpportunityIds => _deals.Keys;

    /// <summary>SHA-256 over name and contents, in hex: what results with these scores are found again by.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Name));
        foreach (var deal in _deals.OrderBy(d => d.Key, StringComparer.Ordinal))
            foreach (var score in deal.Value)
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n{score.OpportunityId}\t{score.AsOf:O}\t{score.Probability:R}\t{score.PeriodEnd:O}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The newest probability known at a moment: that of being won by a day, or, of scores that know no time, of being won eventually. Null where there is none.</summary>
    /// <param name="opportunityId">The deal.</param>
    /// <param name="asOf">Scores of days that had ended by then count, and no others.</param>
    /// <param name="periodEnd">The day; scores that know time answer for exactly this one.</param>
    public double? Newest(string opportunityId, AsOf asOf, DateOnly periodEnd)
    {
        if (!_deals.TryGetValue(opportunityId, out var scores)) return null;
        for (var i = scores.Length - 1; i >= 0; i--)
            if ((!KnowsTime || scores[i].PeriodEnd == periodEnd) && AsOf.EndOf(scores[i].AsOf).CompareTo(asOf) <= 0) return scores[i].Probability;
        return null;
    }
}
