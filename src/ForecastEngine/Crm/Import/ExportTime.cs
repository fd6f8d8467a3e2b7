namespace ForecastEngine.Crm.Import;

/// <summary>How the time of an export is known.</summary>
public enum ExportTimeSource
{
    /// <summary>The user or the map states it.</summary>
    Stated,
    /// <summary>The newest time in the files that a machine stamped when something changed.</summary>
    Stamped,
    /// <summary>
    /// The newest creation or sale in the files, and not before the newest export so far: the files do not say more.
    /// </summary>
    Inferred,
    /// <summary>The clock at the import: the files have no time at all.</summary>
    Clock,
}

/// <summary>
/// When the files were taken from the CRM, by what they say: from times that a machine stamps (history rows, times of
/// modification), else from creations and sales. Never from dates that people plan: meetings to come, close dates of
/// open and lost deals. What is dated after the present tells nothing.
/// </summary>
internal sealed class ExportTime(DateTimeOffset? now)
{
    // A sale this long after all else in the files has a mistyped date, unless several agree.
    private static readonly TimeSpan Isolated = TimeSpan.FromDays(180);
    private const int Several = 3;
    private readonly DateTimeOffset _latestPossible = now?.AddDays(1) ?? DateTimeOffset.MaxValue;
    private readonly PriorityQueue<DateTimeOffset, DateTimeOffset> _sales = new();
    private DateTimeOffset? _stamped, _created;
    private bool _tellsSales, _tellsAll;

    /// <summary>A time that a machine wrote when something happened.</summary>
    public void Stamped(DateTimeOffset at) => _stamped = Later(_stamped, at);

    /// <summary>
    /// True when the stamps cover sales too, so that a sale dated after all of them is mistyped or planned.
    /// </summary>
    public void TellsSales() => _tellsSales = true;

    /// <summary>That every row is stamped, so that whatever is dated after all stamps is mistyped.</summary>
    public void TellsAll() => _tellsSales = _tellsAll = true;

    /// <summary>When something was created.</summary>
    public void Created(DateTimeOffset at) => _created = Later(_created, at);

    /// <summary>When something was sold, as typed.</summary>
    public void Sold(DateTimeOffset at)
    {
        if (at > _latestPossible) return;
        if (_sales.Count == Several) _sales.EnqueueDequeue(at, at);
        else _sales.Enqueue(at, at);
    }

    /// <summary>The time, and how it is known.</summary>
    /// <param name="stated">As stated.</param>
    /// <param name="newest">That of the newest export so far.</param>
    /// <param name="hasDeals">False when nothing could be read: then the files are no news of any time.</param>
    public (DateTimeOffset At, ExportTimeSource Source) Decide(
        DateTimeOffset? stated, DateTimeOffset? newest, bool hasDeals)
    {
        if (stated is { } said) return (said, ExportTimeSource.Stated);
        var known = _tellsAll ? _stamped : Later(_created, _stamped);
        var sold = _sales.UnorderedItems.Select(s => s.Element).OrderDescending().ToList();
        while (sold.Count > 1 && sold[0] - sold[1] > Isolated) sold.RemoveAt(0);
        if (sold.Count == 1 && sold[0] - known > Isolated) sold.Clear();
        var latest = sold.Count == 0 || _tellsSales ? known : Later(known, sold[0]);
        if (latest is { } time)
            return _stamped is null
                ? (Later(time, newest), ExportTimeSource.Inferred)
                : (time, ExportTimeSource.Stamped);
        if (!hasDeals && newest is { } before) return (before, ExportTimeSource.Inferred);
        return (now ?? newest ?? DateTimeOffset.UnixEpoch, ExportTimeSource.Clock);
    }

    private DateTimeOffset? Later(DateTimeOffset? known, DateTimeOffset? at) =>
        at is null || at > _latestPossible || at <= known ? known : at;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other > one ? other.Value : one;
}
