namespace ForecastEngine.Crm;

/// <summary>
/// The order of a deal's changes: by recording, moment, field and sequence; what these leave open, by what follows from
/// what.
/// </summary>
internal static class ChangeOrder
{
    private const int MostInserted = 64;

    /// <summary>
    /// Sorts the changes of one deal. Equals keep the order in which they came, but for a change that continues
    /// another's value.
    /// </summary>
    public static void Sort(Span<OpportunityChange> changes)
    {
        SortStably(changes, Compare);
        Chain(changes);
    }

    /// <summary>
    /// History rows of one deal in order, each with its place among those of one field, moment and recording.
    /// </summary>
    public static List<OpportunityChange> Numbered(List<OpportunityChange> changes)
    {
        Sort(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(changes));
        for (var i = 1; i < changes.Count; i++)
        {
            var sequence = 0;
            for (var j = i - 1; j >= 0 && changes[j].RecordedAt == changes[i].RecordedAt; j--)
                if (changes[j].At == changes[i].At && changes[j].Field == changes[i].Field) sequence++;
            if (sequence > 0) changes[i] = changes[i] with { Sequence = sequence };
        }
        return changes;
    }

    /// <summary>
    /// Sorts so that equals keep the order in which they came; made for short lists that are nearly in order.
    /// </summary>
    public static void SortStably<T>(Span<T> items, Comparison<T> order)
    {
        if (items.Length > MostInserted)
        {
            items.ToArray().Order(Comparer<T>.Create(order)).ToArray().CopyTo(items);
            return;
        }
        for (var i = 1; i < items.Length; i++)
        {
            var item = items[i];
            var at = i;
            for (; at > 0 && order(items[at - 1], item) > 0; at--) items[at] = items[at - 1];
            items[at] = item;
        }
    }

    private static int Compare(OpportunityChange a, OpportunityChange b)
    {
        var order = a.RecordedAt.CompareTo(b.RecordedAt);
        if (order == 0) order = a.At.CompareTo(b.At);
        if (order == 0) order = string.CompareOrdinal(a.Field, b.Field);
        return order == 0 ? a.Sequence.CompareTo(b.Sequence) : order;
    }

    // Changes that nothing puts in order: each follows the one that wrote its old value.
    private static void Chain(Span<OpportunityChange> changes)
    {
        for (var i = 0; i + 1 < changes.Length; i++)
        {
            if (Compare(changes[i], changes[i + 1]) != 0) continue;
            var end = i + 1;
            while (end < changes.Length && Compare(changes[i], changes[end]) == 0) end++;
            for (var position = i; position + 1 < end; position++)
            {
                var before = LastValue(changes[..position], changes[i].Field);
                for (var candidate = position; candidate < end; candidate++)
                {
                    if (changes[candidate].OldValue != before) continue;
                    (changes[position], changes[candidate]) = (changes[candidate], changes[position]);
                    break;
                }
            }
            i = end - 1;
        }
    }

    private static string? LastValue(ReadOnlySpan<OpportunityChange> changes, string field)
    {
        for (var i = changes.Length - 1; i >= 0; i--)
            if (changes[i].Field == field) return changes[i].NewValue;
        return null;
    }
}
