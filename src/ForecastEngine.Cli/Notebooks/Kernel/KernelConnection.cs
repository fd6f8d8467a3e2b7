using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Notebooks.Kernel;

/// <summary>Where and how Jupyter talks to a kernel: its connection file. Holds a secret, the key.</summary>
internal sealed record KernelConnection
{
    [JsonPropertyName("transport")]
    public string Transport { get; init; } = "tcp";
    [JsonPropertyName("ip")]
    public required string Ip { get; init; }
    [JsonPropertyName("shell_port")]
    public required int ShellPort { get; init; }
    [JsonPropertyName("iopub_port")]
    public required int IoPubPort { get; init; }
    [JsonPropertyName("stdin_port")]
    public required int StdinPort { get; init; }
    [JsonPropertyName("control_port")]
    public required int ControlPort { get; init; }
    [JsonPropertyName("hb_port")]
    public required int HeartbeatPort { get; init; }
    [JsonPropertyName("signature_scheme")]
    public string SignatureScheme { get; init; } = "hmac-sha256";
    [JsonPropertyName("key")]
    public required string Key { get; init; }

    /// <summary>Reads a connection file.</summary>
    /// <exception cref="OperationException">It cannot be read, or asks for what this kernel does not do.</exception>
    public static KernelConnection Read(string path)
    {
        KernelConnection? connection;
        try
        {
            connection = JsonSerializer.Deserialize<KernelConnection>(File.ReadAllText(path));
        }
        catch (JsonException)
        {
            throw new OperationException($"{path}: found no connection file of Jupyter; expected JSON with ip, ports and key. Jupyter writes one when it starts a kernel: forecast notebook install.");
        }
        if (connection is not { Transport: "tcp", SignatureScheme: "hmac-sha256" })
            throw new OperationException($"{path}: found transport {connection?.Transport} and signatures {connection?.SignatureScheme}; expected tcp and hmac-sha256. Leave Jupyter's defaults.");
        if (connection.Key.Length == 0)
            throw new OperationException($"{path}: found no key; expected one, or anybody on this machine could run code here. Leave Jupyter's default.");
        return connection;
    }
}
