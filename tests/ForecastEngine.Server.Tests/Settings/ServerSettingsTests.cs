using ForecastEngine.Server.Security;
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

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(19)]
    [InlineData(25)]
    [InlineData(1000)]
    [InlineData(123_457)]
    public void A_rate_is_kept_to_the_request_however_small(int perSecond)
    {
        var limits = Read(("Limits:RequestsPerSecond", $"{perSecond}"), ("Limits:Burst", $"{Math.Max(1, perSecond / 10)}")).Limits;
        var bucket = RequestLimits.BucketOf(limits);
        Assert.Equal(perSecond, bucket.TokensPerPeriod / bucket.ReplenishmentPeriod.TotalSeconds, 0.001 * perSecond);
        Assert.True(bucket.TokensPerPeriod <= bucket.TokenLimit);
    }

    [Fact]
    public void A_burst_in_which_the_rate_has_no_place_is_refused()
    {
        var faults = Assert.Throws<SettingsException>(() => Read(("Limits:Burst", "20"))).Faults;
        Assert.StartsWith("ForecastEngine:Limits:Burst: found 20; expected at least 100, what comes in a tenth of a second at 1000 RequestsPerSecond", Assert.Single(faults), StringComparison.Ordinal);
    }

    private static ServerSettings Read(params (string Name, string Value)[] settings) =>
        ServerSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("ForecastEngine:" + s.Name, (string?)s.Value))).Build());
}
