namespace ForecastEngine.Server.Settings;

/// <summary>What one caller may ask, so that none can take the server from the others.</summary>
public sealed record LimitSettings
{
    /// <summary>Requests of one key that are answered at once before the rate counts.</summary>
    public int Burst { get; init; } = 2000;
    /// <summary>Requests of one key per second in the long run.</summary>
    public int RequestsPerSecond { get; init; } = 1000;
    /// <summary>Requests without a valid key, or with one that was made a moment ago, from one address per minute.</summary>
    public int UnknownPerMinute { get; init; } = 120;
    /// <summary>Largest body of a request, bytes; an import has a limit of its own.</summary>
    public long BodyBytes { get; init; } = 8 << 20;
    /// <summary>Opportunities in one score query.</summary>
    public int QueryIds { get; init; } = 10_000;
    /// <summary>Rows on one page.</summary>
    public int PageRows { get; init; } = 1000;
    /// <summary>How long events and quotas wait for an import that is being written, before they are told to come later.</summary>
    public TimeSpan WriteWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Requests of one key that come in a tenth of a second at the rate, at least one.</summary>
    internal int PerTenth => Math.Max(1, RequestsPerSecond / 10);

    /// <summary>Reads them.</summary>
    public static LimitSettings Read(SettingsSection section)
    {
        var defaults = new LimitSettings();
        var limits = new LimitSettings
        {
            Burst = section.Number(nameof(Burst), defaults.Burst, 1, 1_000_000),
            RequestsPerSecond = section.Number(nameof(RequestsPerSecond), defaults.RequestsPerSecond, 1, 1_000_000),
            UnknownPerMinute = section.Number(nameof(UnknownPerMinute), defaults.UnknownPerMinute, 1, 1_000_000),
            BodyBytes = section.Number(nameof(BodyBytes), defaults.BodyBytes, 1024, 1L << 32),
            QueryIds = section.Number(nameof(QueryIds), defaults.QueryIds, 1, 100_000),
            PageRows = section.Number(nameof(PageRows), defaults.PageRows, 1, 100_000),
            WriteWait = section.Duration(nameof(WriteWait), defaults.WriteWait, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
        };
        if (limits.Burst < limits.PerTenth)
            section.Fault(nameof(Burst), $"{limits.Burst}", $"at least {limits.PerTenth}, what comes in a tenth of a second at {limits.RequestsPerSecond} {nameof(RequestsPerSecond)}, or that rate could never be reached");
        return limits;
    }
}
