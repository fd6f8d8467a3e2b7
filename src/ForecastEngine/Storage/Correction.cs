namespace ForecastEngine.Storage;

/// <summary>What kind of fact was told otherwise than before.</summary>
public enum CorrectionKind
{
    /// <summary>Won before, lost now.</summary>
    WonToLost,
    /// <summary>Lost before, won now.</summary>
    LostToWon,
    /// <summary>Closed before, open again.</summary>
    Reopened,
    /// <summary>Another amount of a closed deal.</summary>
    ClosingAmount,
    /// <summary>Another close date of a closed deal.</summary>
    CloseDate,
    /// <summary>The CRM says that the deal was deleted.</summary>
    Deleted,
    /// <summary>The deal was merged into another.</summary>
    Merged,
    /// <summary>An export that is all there is no longer has the deal.</summary>
    Missing,
    /// <summary>The deal was gone, and is there again.</summary>
    Restored,
    /// <summary>A row of the CRM's history, a time of creation, or a value that was known at birth.</summary>
    Past,
    /// <summary>An activity.</summary>
    Activity,
    /// <summary>A lead.</summary>
    Lead,
    /// <summary>A line item.</summary>
    LineItem,
    /// <summary>A person's share in a deal.</summary>
    Split,
    /// <summary>A value under another spelling, as the map's aliases say.</summary>
    Spelling,
}

/// <summary>One fact that was told otherwise.</summary>
/// <param name="Id">Id of the deal, activity, lead, line item or split.</param>
/// <param name="Before">What stood before; null for nothing.</param>
/// <param name="Now">What stands from the import's time on; null for nothing.</param>
public sealed record CorrectionExample(string Id, string? Before, string? Now);

/// <summary>Facts of one kind that an import replaced, with the first few of them.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Count">How many.</param>
/// <param name="Examples">Some of them.</param>
public sealed record Correction(CorrectionKind Kind, int Count, IReadOnlyList<CorrectionExample> Examples);

/// <summary>Counts corrections while an import is written.</summary>
internal sealed class CorrectionTally
{
    private const int Most = 5;
    private readonly SortedDictionary<CorrectionKind, (int Count, List<CorrectionExample> Examples)> _kinds = [];

    public void Add(CorrectionKind kind, string id, string? before, string? now)
    {
        var (count, examples) = _kinds.GetValueOrDefault(kind, (0, []));
        if (examples.Count < Most) examples.Add(new CorrectionExample(id, before, now));
        _kinds[kind] = (count + 1, examples);
    }

    public void Add(CorrectionKind kind, int count)
    {
        if (count == 0) return;
        var known = _kinds.GetValueOrDefault(kind, (0, []));
        _kinds[kind] = (known.Count + count, known.Examples);
    }

    public IReadOnlyList<Correction> ToList() =>
        [.. _kinds.Select(k => new Correction(k.Key, k.Value.Count, k.Value.Examples))];
}
