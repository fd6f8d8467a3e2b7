namespace ForecastEngine.Server.Settings;

/// <summary>The server's settings are wrong; the message tells every fault.</summary>
public sealed class SettingsException(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    /// <summary>Each fault: setting, what was found, what was expected. Never the value of a secret.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
