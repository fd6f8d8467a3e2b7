using System.Net;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Webhooks;

namespace ForecastEngine.Server.Tests.Webhooks;

public sealed class TargetGuardTests
{
    private static readonly TargetGuard Guard = new(new WebhookSettings());

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.0.3")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("ff02::1")]
    public void An_address_in_the_house_is_closed(string address) => Assert.False(Guard.IsOpen(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("192.169.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    public void A_public_address_is_open(string address) => Assert.True(Guard.IsOpen(IPAddress.Parse(address)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("example.com/hook")]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://example.com/")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    public void Such_a_URL_is_no_endpoint(string? url) => Assert.NotNull(Guard.FaultOf(url));

    [Fact]
    public void A_public_URL_is_an_endpoint_and_a_private_one_where_the_setting_allows_it()
    {
        Assert.Null(Guard.FaultOf("https://example.com/hook?x=1"));
        Assert.Null(new TargetGuard(new WebhookSettings { AllowPrivate = true }).FaultOf("http://127.0.0.1:9000/hook"));
    }

    // The name is harmless to look at; only the address behind it is not.
    [Fact]
    public async Task A_name_that_stands_for_this_machine_is_not_connected_to()
    {
        Assert.Null(Guard.FaultOf("https://localhost:1/"));
        using var client = new HttpClient(Guard.Handler());
        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("https://localhost:1/", TestContext.Current.CancellationToken));
        Assert.Contains("no address that may be called", fault.ToString(), StringComparison.Ordinal);
    }
}
