namespace ForecastEngine.Server.Settings;

/// <summary>How messages go out to webhooks.</summary>
public sealed record WebhookSettings
{
    /// <summary>
    /// True to allow addresses of this machine and of private networks, and plain http: for a receiver inside the house. Whoever
    /// may set webhooks up can then make the server call such addresses.
    /// </summary>
    public bool AllowPrivate { get; init; }
    /// <summary>How long an endpoint may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);
    /// <summary>How often a process looks for what is due and has not been told of.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>Days that delivered messages, answers to repeated requests and events in the inbox are kept.</summary>
    public int KeepDays { get; init; } = 30;

    /// <summary>Reads them.</summary>
    public static WebhookSettings Read(SettingsSection section)
    {
        var defaults = new WebhookSettings();
        return new WebhookSettings
        {
            AllowPrivate = section.Flag(nameof(AllowPrivate), defaults.AllowPrivate),
            Timeout = section.Duration(nameof(Timeout), defaults.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2)),
            Poll = section.Duration(nameof(Poll), defaults.Poll, TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(5)),
            KeepDays = section.Number(nameof(KeepDays), defaults.KeepDays, 1, 3650),
        };
    }
}
