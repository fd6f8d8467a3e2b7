using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ForecastEngine.Server.Tests.Webhooks;

/// <summary>A message as the receiver got it.</summary>
public sealed record ReceivedMessage(string Path, string Id, string Timestamp, string Signature, string ContentType, string Body);

/// <summary>The other side: a real HTTP server on loopback that keeps what it gets and answers as it is told.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private WebhookReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<ReceivedMessage> Received { get; } = new();
    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;
    public string Url { get; private set; } = "";

    public static async Task<WebhookReceiver> Start()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.MapPost("/{**path}", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            receiver.Received.Enqueue(new ReceivedMessage(context.Request.Path, headers["webhook-id"]!, headers["webhook-timestamp"]!, headers["webhook-signature"]!, context.Request.ContentType!, await reader.ReadToEndAsync()));
            await receiver.Answer(context);
        });
        await app.StartAsync();
        receiver.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook";
        return receiver;
    }

    /// <summary>Answers with a status.</summary>
    public void Say(HttpStatusCode status, string? location = null) => Answer = context =>
    {
        context.Response.StatusCode = (int)status;
        if (location is not null) context.Response.Headers.Location = location;
        return Task.CompletedTask;
    };

    public async Task<ReceivedMessage> Next(Func<ReceivedMessage, bool> wanted)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            if (Received.FirstOrDefault(wanted) is { } found) return found;
            await Task.Delay(50);
        }
        throw new TimeoutException($"No such message came within 30 seconds; {Received.Count} others did.");
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
