using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Webhooks;

/// <summary>
/// Signatures after the Standard Webhooks specification: <c>v1,</c> and the base64 of HMAC-SHA256 over
/// <c>id.timestamp.body</c>, keyed with the bytes behind <c>whsec_</c>.
/// </summary>
public static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int SecretBytes = 32;

    /// <summary>A new secret.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The value of the header <c>webhook-signature</c>: one signature, and a second one with the secret before while that still counts.</summary>
    /// <param name="endpoint">Whose secrets.</param>
    /// <param name="messageId">Id of the message.</param>
    /// <param name="sentAt">When this attempt is made.</param>
    /// <param name="body">The body as it is sent.</param>
    public static string Of(WebhookEndpoint endpoint, string messageId, DateTimeOffset sentAt, ReadOnlySpan<byte> body)
    {
        var own = Of(endpoint.Secret, messageId, sentAt, body);
        return endpoint.PreviousSecret is { } previous && endpoint.PreviousSecretUntil > sentAt ? $"{own} {Of(previous, messageId, sentAt, body)}" : own;
    }

    /// <summary>The signature with one secret.</summary>
    public static string Of(string secret, string messageId, DateTimeOffset sentAt, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Convert.FromBase64String(secret[Prefix.Length..]));
        mac.AppendData(Encoding.UTF8.GetBytes($"{messageId}.{TimestampOf(sentAt)}."));
        mac.AppendData(body);
        return "v1," + Convert.ToBase64String(mac.GetHashAndReset());
    }

    /// <summary>The value of the header <c>webhook-timestamp</c>: seconds since 1970-01-01 UTC.</summary>
    public static string TimestampOf(DateTimeOffset sentAt) => sentAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
