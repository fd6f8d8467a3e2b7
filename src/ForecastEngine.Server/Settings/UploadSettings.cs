namespace ForecastEngine.Server.Settings;

/// <summary>How large an uploaded export may be.</summary>
public sealed record UploadSettings
{
    /// <summary>Largest upload, bytes as they come in.</summary>
    public long Bytes { get; init; } = 2L << 30;
    /// <summary>Most bytes that a compressed upload may unpack to.</summary>
    public long UnpackedBytes { get; init; } = 8L << 30;
    /// <summary>Most files in an upload, unpacked ones counted.</summary>
    public int Files { get; init; } = 64;
    /// <summary>Uploads that are received at the same time; a further one is told to come later.</summary>
    public int AtOnce { get; init; } = 2;

    /// <summary>Reads them.</summary>
    public static UploadSettings Read(SettingsSection section)
    {
        var defaults = new UploadSettings();
        return new UploadSettings
        {
            Bytes = section.Number(nameof(Bytes), defaults.Bytes, 1024, 1L << 40),
            UnpackedBytes = section.Number(nameof(UnpackedBytes), defaults.UnpackedBytes, 1024, 1L << 42),
            Files = section.Number(nameof(Files), defaults.Files, 1, 10_000),
            AtOnce = section.Number(nameof(AtOnce), defaults.AtOnce, 1, 100),
        };
    }
}
