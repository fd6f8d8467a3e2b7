using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetMQ;

namespace ForecastEngine.Cli.Notebooks.Kernel;

/// <summary>A message of Jupyter's protocol 5.3: routing frames, a delimiter, a signature, then header, parent's header, metadata and content as JSON.</summary>
/// <param name="Routing">Frames that a router put before it; an answer repeats them.</param>
/// <param name="Header">Its header.</param>
/// <param name="Content">Its content.</param>
internal sealed record JupyterMessage(IReadOnlyList<byte[]> Routing, JsonObject Header, JsonObject Content)
{
    private const string Delimiter = "<IDS|MSG>";

    /// <summary>Its type, such as execute_request.</summary>
    public string Type => Header["msg_type"]?.GetValue<string>() ?? "";

    /// <summary>Takes a message apart; null where it is none, or not signed with the key.</summary>
    public static JupyterMessage? Read(NetMQMessage frames, byte[] key)
    {
        var at = -1;
        for (var i = 0; i < frames.FrameCount && at < 0; i++)
            if (frames[i].ConvertToString(Encoding.UTF8) == Delimiter) at = i;
        if (at < 0 || frames.FrameCount < at + 6) return null;
        byte[][] parts = [.. Enumerable.Range(at + 2, 4).Select(i => frames[i].ToByteArray())];
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Sign(key, parts)), frames[at + 1].ToByteArray())) return null;
        try
        {
            return JsonNode.Parse(parts[0]) is JsonObject header && JsonNode.Parse(parts[3]) is JsonObject content
                ? new JupyterMessage([.. Enumerable.Range(0, at).Select(i => frames[i].ToByteArray())], header, content) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Puts a message together.</summary>
    public static NetMQMessage Write(IReadOnlyList<byte[]> routing, JsonObject header, JsonObject? parent, JsonObject content, byte[] key)
    {
        byte[][] parts = [Bytes(header), Bytes(parent ?? []), Bytes([]), Bytes(content)];
        var message = new NetMQMessage();
        foreach (var frame in routing) message.Append(frame);
        message.Append(Delimiter, Encoding.UTF8);
        message.Append(Sign(key, parts), Encoding.UTF8);
        foreach (var part in parts) message.Append(part);
        return message;
    }

    /// <summary>A header of one's own.</summary>
    public static JsonObject NewHeader(string type, string session, long number, DateTimeOffset at) => new()
    {
        ["msg_id"] = string.Create(CultureInfo.InvariantCulture, $"{session}_{number}"), ["session"] = session, ["username"] = "kernel",
        ["date"] = at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), ["msg_type"] = type, ["version"] = "5.3",
    };

    private static string Sign(byte[] key, byte[][] parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var part in parts) hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);
}
