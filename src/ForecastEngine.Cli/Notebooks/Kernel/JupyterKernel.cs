using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace ForecastEngine.Cli.Notebooks.Kernel;

/// <summary>
/// A kernel of Jupyter's protocol 5.3. One thread owns the sockets; another runs requests one after the other, so that an interrupt or
/// a shutdown on the control channel comes through while a cell runs. What is not signed with the connection's key is ignored.
/// </summary>
/// <remarks>Jupyter's messaging specification 5.3, https://jupyter-client.readthedocs.io/en/stable/messaging.html.</remarks>
internal sealed class JupyterKernel : IDisposable
{
    private readonly KernelConnection _connection;
    private readonly byte[] _key;
    private readonly string _session;
    private readonly RouterSocket _shell = new(), _control = new(), _stdin = new();
    private readonly ResponseSocket _heartbeat = new();
    private readonly PublisherSocket _published = new();
    private readonly NetMQQueue<(NetMQSocket Socket, NetMQMessage Message)> _outgoing = new();
    private readonly NetMQPoller _poller;
    private readonly BlockingCollection<JupyterMessage> _requests = [];
    private readonly ScriptSession _script = new(Environment.CurrentDirectory);
    private readonly Lock _cell = new();
    private CancellationTokenSource? _running;
    private long _sent;
    private int _executed;

    /// <summary>A kernel that does not serve yet.</summary>
    public JupyterKernel(KernelConnection connection)
    {
        (_connection, _key) = (connection, Encoding.UTF8.GetBytes(connection.Key));
        _session = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{connection.Key} {Environment.ProcessId}")))[..32];
        _poller = [_shell, _control, _stdin, _heartbeat, _outgoing];
    }

    /// <summary>Serves until it is shut down or stopped.</summary>
    public void Serve(CancellationToken cancellation)
    {
        Bind(_shell, _connection.ShellPort);
        Bind(_control, _connection.ControlPort);
        Bind(_stdin, _connection.StdinPort);
        Bind(_heartbeat, _connection.HeartbeatPort);
        Bind(_published, _connection.IoPubPort);
        _shell.ReceiveReady += (_, e) => Receive(e.Socket, message => _requests.Add(message, CancellationToken.None));
        _control.ReceiveReady += (_, e) => Receive(e.Socket, Control);
        _stdin.ReceiveReady += (_, e) => e.Socket.ReceiveMultipartMessage();
        _heartbeat.ReceiveReady += (_, e) => e.Socket.SendMultipartMessage(e.Socket.ReceiveMultipartMessage());
        _outgoing.ReceiveReady += (_, e) =>
        {
            while (e.Queue.TryDequeue(out var next, TimeSpan.Zero)) next.Socket.SendMultipartMessage(next.Message);
        };
        using var stop = cancellation.Register(Stop);
        var worker = new Thread(() =>
        {
            foreach (var request in _requests.GetConsumingEnumerable(CancellationToken.None)) Answer(request);
        }) { IsBackground = true, Name = "requests" };
        worker.Start();
        _poller.Run();
        _requests.CompleteAdding();
        Interrupt();
        worker.Join(TimeSpan.FromSeconds(5));
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _script.Dispose();
        _poller.Dispose();
        foreach (var socket in new NetMQSocket[] { _shell, _control, _stdin, _heartbeat, _published }) socket.Dispose();
        _outgoing.Dispose();
    }

    private void Bind(NetMQSocket socket, int port) => socket.Bind(FormattableString.Invariant($"tcp://{_connection.Ip}:{port}"));

    private void Stop()
    {
        if (_poller.IsRunning) _poller.StopAsync();
    }

    private void Receive(NetMQSocket socket, Action<JupyterMessage> take)
    {
        if (JupyterMessage.Read(socket.ReceiveMultipartMessage(), _key) is { } message) take(message);
        else Console.Error.WriteLine("Ignored a message that is not signed with this kernel's key.");
    }

    // On the sockets' thread: it must not wait for a cell.
    private void Control(JupyterMessage request)
    {
        switch (request.Type)
        {
            case "interrupt_request":
                Interrupt();
                Reply(_control, request, "interrupt_reply", new JsonObject { ["status"] = "ok" });
                break;
            case "shutdown_request":
                Reply(_control, request, "shutdown_reply", new JsonObject { ["status"] = "ok", ["restart"] = request.Content["restart"]?.GetValue<bool>() ?? false });
                while (_outgoing.TryDequeue(out var next, TimeSpan.Zero)) next.Socket.SendMultipartMessage(next.Message);
                Stop();
                break;
            case "kernel_info_request":
                Reply(_control, request, "kernel_info_reply", Information());
                break;
        }
    }

    private void Answer(JupyterMessage request)
    {
        Publish(request, "status", new JsonObject { ["execution_state"] = "busy" });
        switch (request.Type)
        {
            case "kernel_info_request": Reply(_shell, request, "kernel_info_reply", Information()); break;
            case "execute_request": Execute(request); break;
            case "complete_request": Reply(_shell, request, "complete_reply", Complete(request)); break;
            case "is_complete_request":
                Reply(_shell, request, "is_complete_reply", new JsonObject { ["status"] = ScriptSession.IsComplete(Text(request, "code")) ? "complete" : "incomplete", ["indent"] = "" });
                break;
            case "inspect_request": Reply(_shell, request, "inspect_reply", new JsonObject { ["status"] = "ok", ["found"] = false, ["data"] = new JsonObject(), ["metadata"] = new JsonObject() }); break;
            case "history_request": Reply(_shell, request, "history_reply", new JsonObject { ["status"] = "ok", ["history"] = new JsonArray() }); break;
            case "comm_info_request": Reply(_shell, request, "comm_info_reply", new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() }); break;
            case "shutdown_request":
                Reply(_shell, request, "shutdown_reply", new JsonObject { ["status"] = "ok", ["restart"] = request.Content["restart"]?.GetValue<bool>() ?? false });
                Stop();
                break;
        }
        Publish(request, "status", new JsonObject { ["execution_state"] = "idle" });
    }

    private void Execute(JupyterMessage request)
    {
        var code = Text(request, "code");
        var silent = request.Content["silent"]?.GetValue<bool>() ?? false;
        var number = silent ? _executed : ++_executed;
        if (!silent) Publish(request, "execute_input", new JsonObject { ["code"] = code, ["execution_count"] = number });
        ErrorOutput? fault = null;
        using var cell = new CancellationTokenSource();
        lock (_cell) _running = cell;
        try
        {
            if (code.Trim().Length > 0)
                _script.Run(code, number, output =>
                {
                    if (output is ErrorOutput error) fault = error;
                    if (!silent) Publish(request, output, number);
                }, null, cell.Token);
        }
        finally
        {
            lock (_cell) _running = null;
        }
        if (fault is null)
        {
            Reply(_shell, request, "execute_reply", new JsonObject { ["status"] = "ok", ["execution_count"] = number, ["payload"] = new JsonArray(), ["user_expressions"] = new JsonObject() });
            return;
        }
        var reply = FaultOf(fault);
        (reply["status"], reply["execution_count"]) = ("error", number);
        Reply(_shell, request, "execute_reply", reply);
        if (request.Content["stop_on_error"]?.GetValue<bool>() ?? true) AbortWaiting();
    }

    // Cells that were sent together with one that failed are not run.
    private void AbortWaiting()
    {
        for (var waiting = _requests.Count; waiting > 0 && _requests.TryTake(out var next); waiting--)
        {
            if (next.Type == "execute_request")
            {
                Publish(next, "status", new JsonObject { ["execution_state"] = "busy" });
                Reply(_shell, next, "execute_reply", new JsonObject { ["status"] = "aborted", ["execution_count"] = _executed });
                Publish(next, "status", new JsonObject { ["execution_state"] = "idle" });
            }
            else
            {
                Answer(next);
            }
        }
    }

    private void Interrupt()
    {
        lock (_cell) _running?.Cancel();
    }

    private JsonObject Complete(JupyterMessage request)
    {
        var code = Text(request, "code");
        var cursor = Math.Clamp(request.Content["cursor_pos"]?.GetValue<int>() ?? code.Length, 0, code.Length);
        var (start, names) = _script.Complete(code, cursor);
        return new JsonObject { ["status"] = "ok", ["matches"] = new JsonArray([.. names.Select(n => (JsonNode)n)]), ["cursor_start"] = start, ["cursor_end"] = cursor, ["metadata"] = new JsonObject() };
    }

    private void Publish(JupyterMessage request, CellOutput output, int number)
    {
        switch (output)
        {
            case StreamOutput s: Publish(request, "stream", new JsonObject { ["name"] = s.Name, ["text"] = s.Text }); break;
            case DisplayOutput { IsResult: true } d: Publish(request, "execute_result", new JsonObject { ["execution_count"] = number, ["data"] = d.Bundle(asLines: false), ["metadata"] = new JsonObject() }); break;
            case DisplayOutput d: Publish(request, "display_data", new JsonObject { ["data"] = d.Bundle(asLines: false), ["metadata"] = new JsonObject() }); break;
            case ErrorOutput e: Publish(request, "error", FaultOf(e)); break;
        }
    }

    private static JsonObject FaultOf(ErrorOutput fault) =>
        new() { ["ename"] = fault.Name, ["evalue"] = fault.Value, ["traceback"] = new JsonArray([.. fault.Trace.Select(t => (JsonNode)t)]) };

    private static JsonObject Information() => new()
    {
        ["status"] = "ok", ["protocol_version"] = "5.3", ["implementation"] = "ForecastEngine", ["implementation_version"] = Version, ["language_info"] = LanguageInfo(),
        ["banner"] = $"ForecastEngine {Version}: C# cells, and SQL cells that begin with #!sql", ["help_links"] = new JsonArray(),
    };

    private static JsonObject LanguageInfo()
    {
        var language = KernelNames.LanguageInfo();
        language["version"] = Environment.Version.ToString();
        return language;
    }

    private static string Version => typeof(JupyterKernel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private static string Text(JupyterMessage request, string name) => request.Content[name]?.GetValue<string>() ?? "";

    private void Publish(JupyterMessage request, string type, JsonObject content) => Send(_published, [Encoding.UTF8.GetBytes(type)], type, request, content);

    private void Reply(NetMQSocket socket, JupyterMessage request, string type, JsonObject content) => Send(socket, request.Routing, type, request, content);

    private void Send(NetMQSocket socket, IReadOnlyList<byte[]> routing, string type, JupyterMessage request, JsonObject content) =>
        _outgoing.Enqueue((socket, JupyterMessage.Write(routing, JupyterMessage.NewHeader(type, _session, Interlocked.Increment(ref _sent), TimeProvider.System.GetUtcNow()), request.Header, content, _key)));
}
