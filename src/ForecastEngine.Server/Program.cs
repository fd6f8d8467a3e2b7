using ForecastEngine.Server;
using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;

try
{
    await using var app = ServerApplication.Build(args);
    await app.RunAsync();
    return 0;
}
catch (Exception fault) when (fault is SettingsException or StorageException or IOException)
{
    foreach (var line in fault is SettingsException several ? several.Faults : [fault.Message]) Console.Error.WriteLine($"error: {line}");
    return 1;
}
