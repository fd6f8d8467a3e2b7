using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ForecastEngine.Tests.Cli;
using NetMQ;
using NetMQ.Sockets;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>A small Jupyter: starts the kernel as a process with a connection file, and speaks protocol 5.3 with it over ZeroMQ.</summary>
public sealed class KernelClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-kernel-").FullName;
    private readonly string _key = "a3c1-of-this-test";
    private readonly DealerSocket _shell = new(), _control = new();
    private readonly RequestSocket _heartbeat = new();
    private readonly SubscriberSocket _published = new();
    private readonly Process _process;
    private int _sent;

    public KernelClient()
    {
        var ports = FreePorts(5);
        var file = Path.Combine(_folder, "connection.json");
        File.WriteAllText(file, new JsonObject
        {
            ["transport"] = "tcp", ["ip"] = "127.0.0.1", ["shell_port"] = ports[0], ["iopub_port"] = ports[1], ["stdin_port"] = ports[2], ["control_port"] = ports[3], ["hb_port"] = ports[4],
            ["signature_scheme"] = "hmac-sha256", ["key"] = _key, ["kernel_name"] = "forecast",
        }.ToJsonString());
        _process = ForecastProgram.Start(_folder, "notebook", "kernel", file);
        _published.SubscribeToAnyTopic();
        Connect(_shell, ports[0]);
        Connect(_published, ports[1]);
        Connect(_control, ports[3]);
        Connect(_heartbeat, ports[4]);
        // A subscriber that joins late misses what was said before: ask until both channels answer.
        do Send(_shell, "kernel_info_request", []);
        while (!_published.TryReceiveFrameBytes(TimeSpan.FromMilliseconds(200), out _) && !_process.HasExited);
        while (_shell.TryReceiveFrameBytes(TimeSpan.FromMilliseconds(500), out _) || _published.TryReceiveFrameBytes(TimeSpan.Zero, out _)) { }
    }

    public Process Process => _process;

    /// <summary>Sends on the shell channel and returns the reply with all that was published for it, until the kernel is idle again.</summary>
    public (JsonObject Reply, IReadOnlyList<(string Type, JsonObject Content)> Published) Ask(string type, JsonObject content)
    {
        var id = Send(_shell, type, content);
        return Answer(id);
    }

    /// <summary>Waits for the reply to an earlier request.</summary>
    public (JsonObject Reply, IReadOnlyList<(string Type, JsonObject Content)> Published) Answer(string id)
    {
        var published = new List<(string, JsonObject)>();
        while (true)
        {
            var (type, parent, content) = Receive(_published);
            if (parent != id) continue;
            published.Add((type, content));
            if (type == "status" && content["execution_state"]!.GetValue<string>() == "idle") break;
        }
        while (true)
        {
            var (_, parent, content) = Receive(_shell);
            if (parent == id) return (content, published);
        }
    }

    /// <summary>Runs a cell.</summary>
    public (JsonObject Reply, IReadOnlyList<(string Type, JsonObject Content)> Published) Execute(string code) => Ask("execute_request", Cell(code));

    /// <summary>Sends a cell without waiting for it.</summary>
    public string Begin(string code) => Send(_shell, "execute_request", Cell(code));

    /// <summary>Waits until a cell that was sent printed something.</summary>
    public void WaitForOutput(string id)
    {
        while (Receive(_published) is var (type, parent, _) && !(type == "stream" && parent == id)) { }
    }

    /// <summary>Sends on the control channel and returns the reply.</summary>
    public JsonObject Control(string type, JsonObject content)
    {
        var id = Send(_control, type, content);
        while (true)
        {
            var (_, parent, reply) = Receive(_control);
            if (parent == id) return reply;
        }
    }

    /// <summary>True when the heartbeat comes back.</summary>
    public bool Beats()
    {
        _heartbeat.SendFrame("ping");
        return _heartbeat.TryReceiveFrameString(Patience, out var answer) && answer == "ping";
    }

    /// <summary>Sends a cell whose signature was made with another key.</summary>
    public void Forge(string code) => Send(_shell, "execute_request", Cell(code), key: "another");

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        foreach (var socket in new NetMQSocket[] { _shell, _control, _heartbeat, _published }) socket.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static JsonObject Cell(string code) => new() { ["code"] = code, ["silent"] = false, ["store_history"] = true, ["user_expressions"] = new JsonObject(), ["allow_stdin"] = false, ["stop_on_error"] = true };

    private static void Connect(NetMQSocket socket, int port)
    {
        socket.Options.Linger = TimeSpan.Zero;
        socket.Connect(string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"));
    }

    private string Send(NetMQSocket socket, string type, JsonObject content, string? key = null)
    {
        var id = $"request-{++_sent}";
        var header = new JsonObject { ["msg_id"] = id, ["session"] = "test", ["username"] = "test", ["date"] = "2026-11-06T00:00:00Z", ["msg_type"] = type, ["version"] = "5.3" };
        byte[][] parts = [Bytes(header), "{}"u8.ToArray(), "{}"u8.ToArray(), Bytes(content)];
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key ?? _key));
        foreach (var part in parts) hash.AppendData(part);
        var message = new NetMQMessage();
        message.Append("<IDS|MSG>");
        message.Append(Convert.ToHexStringLower(hash.GetHashAndReset()));
        foreach (var part in parts) message.Append(part);
        socket.SendMultipartMessage(message);
        return id;
    }

    private (string Type, string Parent, JsonObject Content) Receive(NetMQSocket socket)
    {
        NetMQMessage? message = null;
        Assert.True(socket.TryReceiveMultipartMessage(Patience, ref message), "The kernel did not answer.");
        var at = Enumerable.Range(0, message!.FrameCount).First(i => message[i].ConvertToString() == "<IDS|MSG>");
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(_key));
        for (var i = at + 2; i < at + 6; i++) hash.AppendData(message[i].ToByteArray());
        Assert.Equal(Convert.ToHexStringLower(hash.GetHashAndReset()), message[at + 1].ConvertToString());
        var header = JsonNode.Parse(message[at + 2].ToByteArray())!;
        Assert.Equal("5.3", header["version"]!.GetValue<string>());
        return (header["msg_type"]!.GetValue<string>(), JsonNode.Parse(message[at + 3].ToByteArray())!["msg_id"]!.GetValue<string>(), JsonNode.Parse(message[at + 5].ToByteArray())!.AsObject());
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json);

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (var listener in listeners) listener.Start();
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
