using ForecastEngine.Server.Jobs;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Settings;

/// <summary>
/// All settings of the server, read once at start from the section <c>ForecastEngine</c> of appsettings.json, the
/// environment (<c>ForecastEngine__Workspace</c>) and the command line.
/// </summary>
public sealed record ServerSettings
{
    /// <summary>Name of the section.</summary>
    public const string SectionName = "ForecastEngine";

    /// <summary>Folder with the models, and with the database where that is SQLite.</summary>
    public string Workspace { get; init; } = ".forecast";
    /// <summary>Storage setting, see <see cref="StorageOptions.Parse"/>; null for SQLite in the workspace. A secret.</summary>
    public string? Database { get; init; }
    /// <summary>With an empty database, import the sample, train and score at the first start.</summary>
    public bool Sample { get; init; } = true;
    /// <summary>Folder of the sample, an export in the engine's own form.</summary>
    public string SampleFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "sample");
    /// <summary>Run the custom features of model versions, which are code. Off, a version that holds any is refused, at promotion and at scoring.</summary>
    public bool CustomFeatures { get; init; }
    /// <summary>What one caller may ask.</summary>
    public LimitSettings Limits { get; init; } = new();
    /// <summary>When background jobs run, and what this process takes of them.</summary>
    public JobSettings Jobs { get; init; } = new();
    /// <summary>How messages go out to webhooks.</summary>
    public WebhookSettings Webhooks { get; init; } = new();
    /// <summary>How large an uploaded export may be.</summary>
    public UploadSettings Uploads { get; init; } = new();

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingsException">Some are wrong; all faults at once.</exception>
    public static ServerSettings Read(IConfiguration configuration)
    {
        var section = new SettingsSection(configuration, SectionName);
        var defaults = new ServerSettings();
        var settings = new ServerSettings
        {
            Workspace = section.Text(nameof(Workspace)) ?? Environment.GetEnvironmentVariable("FORECASTENGINE_WORKSPACE") ?? defaults.Workspace,
            Database = section.Text(nameof(Database)) ?? Environment.GetEnvironmentVariable("FORECASTENGINE_DATABASE"),
            Sample = section.Flag(nameof(Sample), defaults.Sample),
            SampleFolder = section.Text(nameof(SampleFolder)) ?? defaults.SampleFolder,
            CustomFeatures = section.Flag(nameof(CustomFeatures), defaults.CustomFeatures),
            Limits = LimitSettings.Read(section.Section(nameof(Limits))),
            Jobs = JobSettings.Read(section.Section(nameof(Jobs))),
            Webhooks = WebhookSettings.Read(section.Section(nameof(Webhooks))),
            Uploads = UploadSettings.Read(section.Section(nameof(Uploads))),
        };
        try
        {
            if (settings.Database is { } database) StorageOptions.Parse(database, settings.Workspace);
        }
        catch (StorageException fault)
        {
            section.Fault(nameof(Database), "a storage setting that cannot be used", fault.Message);
        }
        section.ThrowIfFaulty();
        return settings;
    }

    /// <summary>For messages: leaves the connection string out.</summary>
    public override string ToString() => $"workspace {Workspace}";
}
