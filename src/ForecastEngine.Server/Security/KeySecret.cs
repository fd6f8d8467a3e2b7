using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ForecastEngine.Server.Security;

/// <summary>
/// The text of an API key: <c>fe_&lt;id&gt;_&lt;secret&gt;</c>. The id is public and finds the key; the secret has 256 random bits,
/// so its plain SHA-256 is a safe thing to keep, and a fast one to compare.
/// </summary>
public static class KeySecret
{
    private const string Prefix = "fe_";
    private const int IdLength = 12;
    private const string IdLetters = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>A fresh id.</summary>
    public static string NewId() => RandomNumberGenerator.GetString(IdLetters, IdLength);

    /// <summary>A fresh secret.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>The text that a caller sends.</summary>
    public static string Text(string id, string secret) => $"{Prefix}{id}_{secret}";

    /// <summary>What is kept of a secret.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Takes a text apart; false when it has not the shape of a key.</summary>
    public static bool TryParse(string text, out string id, out string secret)
    {
        (id, secret) = ("", "");
        var end = Prefix.Length + IdLength;
        if (text.Length is < 40 or > 100 || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[end] != '_') return false;
        (id, secret) = (text[Prefix.Length..end], text[(end + 1)..]);
        return true;
    }

    /// <summary>True when the secret is the one that was hashed; takes as long whether it is or not.</summary>
    public static bool Opens(byte[]? hash, byte[] secretHash) => hash is not null && CryptographicOperations.FixedTimeEquals(hash, secretHash);
}
