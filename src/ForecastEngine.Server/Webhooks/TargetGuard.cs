using System.Net;
using System.Net.Sockets;
using ForecastEngine.Server.Settings;

namespace ForecastEngine.Server.Webhooks;

/// <summary>
/// Keeps webhooks from reaching into the house: an address of this machine, of a private network or of no single machine is
/// refused. A name is judged by the very address that is then connected to, so a name that changes its mind in between gains nothing.
/// </summary>
public sealed class TargetGuard(WebhookSettings settings)
{
    private static readonly IPNetwork[] Closed =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ]).Select(IPNetwork.Parse),
    ];

    /// <summary>Why a URL cannot be an endpoint; null when it can.</summary>
    public string? FaultOf(string? url)
    {
        if (url is not { Length: <= 2000 } || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.Host.Length == 0)
            return "url: found no address that can be called; expected https://host/path of at most 2000 characters.";
        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0) return "url: found a user or a fragment in it; expected neither.";
        if (uri.Scheme == "http" && !settings.AllowPrivate) return "url: found http; expected https.";
        return IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out var address) && !IsOpen(address)
            ? "url: found an address of this machine or of a private network; expected a public one, or the setting Webhooks:AllowPrivate." : null;
    }

    /// <summary>True when the address may be connected to.</summary>
    public bool IsOpen(IPAddress address)
    {
        if (settings.AllowPrivate) return true;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        // The deprecated ::a.b.c.d reaches the same machine as a.b.c.d.
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.GetAddressBytes() is var bytes && bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0) address = new IPAddress(bytes.AsSpan(12));
        return !Closed.Any(n => n.BaseAddress.AddressFamily == address.AddressFamily && n.Contains(address));
    }

    /// <summary>A handler that connects to open addresses only, follows no redirection, keeps no cookies and uses no proxy.</summary>
    public SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ConnectTimeout = settings.Timeout, MaxResponseHeadersLength = 16,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2), ConnectCallback = Connect,
    };

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellation);
        var open = addresses.Where(IsOpen).ToArray();
        if (open.Length == 0) throw new HttpRequestException("the name stands for no address that may be called");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
