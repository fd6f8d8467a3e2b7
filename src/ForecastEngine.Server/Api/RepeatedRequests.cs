using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace ForecastEngine.Server.Api;

/// <summary>
/// Requests with an <c>Idempotency-Key</c>: done once per caller and key, and answered with the first answer after that. A key that
/// comes again with another request is refused; one whose first request died is taken over after a while.
/// </summary>
public sealed class RepeatedRequests(Workspace workspace, IOptions<JsonOptions> json)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";
    private const int MostLetters = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Does a request, or answers it again.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body.</param>
    /// <param name="work">Does it. An answer of 500 or more, and an exception, is not kept.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<IResult> Once(HttpContext context, ReadOnlyMemory<byte> body, Func<IResult> work, CancellationToken cancellation)
    {
        if (!context.Request.Headers.TryGetValue(Header, out var keys)) return work();
        if (keys is not [{ Length: > 0 and <= MostLetters } name]) return Problems.Invalid($"{Header}: found none or an overlong one; expected 1 to {MostLetters} characters.");
        var now = workspace.Clock.GetUtcNow();
        var request = new KeptAnswer { Key = Hash($"{context.User.KeyId()}\n{context.Request.Path}\n{name}"), RequestHash = Hash($"{context.Request.ContentType}\n", body.Span), At = now };
        if (workspace.Requests.Begin(request, now - Patience) is { } known)
        {
            if (known.RequestHash != request.RequestHash) return Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", $"{Header}: found a key that came with another request before; expected a new key for a new request.");
            if (known.Status == 0) return Problems.Of(StatusCodes.Status409Conflict, "request-in-progress", $"{Header}: found the first request of this key still at work; expected it to be answered. Ask again later.");
            context.Response.Headers["Idempotent-Replayed"] = "true";
            return TypedResults.Text(known.Body ?? "", known.ContentType, Encoding.UTF8, known.Status);
        }
        try
        {
            var answer = work();
            var (status, value) = answer switch
            {
                IStatusCodeHttpResult { StatusCode: { } code } and IValueHttpResult { Value: { } content } => (code, content),
                _ => (500, null),
            };
            if (status >= 500) workspace.Requests.Forget(request.Key);
            else workspace.Requests.Finish(request with
            {
                Status = status, ContentType = value is ProblemDetails ? "application/problem+json" : "application/json",
                Body = JsonSerializer.Serialize(value, json.Value.SerializerOptions), At = workspace.Clock.GetUtcNow(),
            });
            return await Task.FromResult(answer);
        }
        catch
        {
            workspace.Requests.Forget(request.Key);
            throw;
        }
    }

    private static string Hash(string text, ReadOnlySpan<byte> more = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData(more);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
