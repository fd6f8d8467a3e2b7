using ForecastEngine.Server.Settings;
using Microsoft.Extensions.Configuration;

namespace ForecastEngine.Server.Tests.Settings;

/// <summary>Settings are read once, and every fault is told at once.</summary>
public sealed class ServerSettingsTests
{
    [Fact]
    public void All_faults_are_told_together_and_no_secret_is_among_them()
    {
        var faults = Assert.Throws<SettingsException>(() => Read(("Sample", "maybe"), ("Limits:Burst", "0"), ("Limits:PageRows", "many"), ("Databse", "x"),
            ("Limits:Bust", "5"), ("Database", "Host=;Password=very secret"))).Faults;
        Assert.Equal(6, faults.Count);
        Assert.Contains(faults, f => f.StartsWith("ForecastEngine:Sample: found \"maybe\"; expected true or false", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("ForecastEngine:Limits:Burst: found \"0\"", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("ForecastEngine:Databse: found a setting of this name", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.StartsWith("ForecastEngine:Limits:Bust: found a setting of this name", StringComparison.Ordinal));
        Assert.DoesNotContain(faults, f => f.Contains("very secret", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_not_set_has_its_default() => Assert.Equal(1000, Read(("Sample", "false")).Limits.PageRows);

    private static ServerSettings Read(params (string Name, string Value)[] settings) =>
        ServerSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("ForecastEngine:" + s.Name, (string?)s.Value))).Build());
}
