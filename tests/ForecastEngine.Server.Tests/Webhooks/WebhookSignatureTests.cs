using System.Text;
using ForecastEngine.Server.Webhooks;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Tests.Webhooks;

public sealed class WebhookSignatureTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    // The example that the reference libraries of the Standard Webhooks specification are tested with.
    [Fact]
    public void A_message_is_signed_as_the_specification_shows() => Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", At, Encoding.UTF8.GetBytes("{\"test\": 2432232314}")));

    [Fact]
    public void After_a_rotation_both_secrets_sign_until_the_old_one_lapses()
    {
        var endpoint = new WebhookEndpoint { Id = "a", Url = "https://example.com", Types = "score.moved", Secret = WebhookSignature.NewSecret(), CreatedAt = At, PreviousSecret = WebhookSignature.NewSecret(), PreviousSecretUntil = At.AddHours(1) };
        var (own, old) = (WebhookSignature.Of(endpoint.Secret, "m", At, "x"u8), WebhookSignature.Of(endpoint.PreviousSecret!, "m", At, "x"u8));
        Assert.NotEqual(own, old);
        Assert.Equal($"{own} {old}", WebhookSignature.Of(endpoint, "m", At, "x"u8));
        Assert.Equal(WebhookSignature.Of(endpoint.Secret, "m", At.AddHours(1), "x"u8), WebhookSignature.Of(endpoint, "m", At.AddHours(1), "x"u8));
        Assert.Equal(32, Convert.FromBase64String(endpoint.Secret["whsec_".Length..]).Length);
    }
}
