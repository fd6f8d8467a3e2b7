using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;
using Microsoft.Extensions.Options;

namespace ForecastEngine.Server.Api;

/// <summary>
/// Requests with an <c>Idempotency-Key</c>: done once per caller and key, and answered with the first answer after that. A key that
/// comes again with another request is refused; one whose first request died is taken over after a while. A problem is no answer: what
/// was not done may be asked for again with the same key.
/// </summary>
public sealed class RepeatedRequests(Workspace workspace, IOptions<JsonOptions> json, ILogger<RepeatedRequests> log)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";
    private const int MostLetters = 200;
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(2);

    /// <summary>Does a request, or answers it again.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">Its body.</param>
    /// <param name="patience">How long it waits for another writer at most.</param>
    /// <param name="work">Does it.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public IResult Once(HttpContext context, ReadOnlyMemory<byte> body, TimeSpan patience, Func<IResult> work)
    {
        if (!context.Request.Headers.TryGetValue(Header, out var keys)) return work();
        if (keys is not [{ Length: > 0 and <= MostLetters } name]) return Problems.Invalid($"{Header}: found none or an overlong one; expected 1 to {MostLetters} characters.");
        var now = workspace.Clock.GetUtcNow();
        var request = new KeptAnswer { Key = Hash($"{context.User.KeyId()}\n{context.Request.Path}\n{name}"), RequestHash = Hash($"{context.Request.ContentType}\n", body.Span), At = now };
        if (workspace.Requests.Begin(request, now - Abandoned, patience) is { } known)
        {
            if (known.RequestHash != request.RequestHash) return Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency-key-reused", $"{Header}: found a key that came with another request before; expected a new key for a new request.");
            if (known.Status == 0) return Problems.Of(StatusCodes.Status409Conflict, "request-in-progress", $"{Header}: found the first request of this key still at work; expected it to be answered. Ask again later.");
            context.Response.Headers["Idempotent-Replayed"] = "true";
            return TypedResults.Text(known.Body ?? "", known.ContentType, Encoding.UTF8, known.Status);
        }
        try
        {
            var answer = work();
            if (answer is IStatusCodeHttpResult { StatusCode: { } status and >= 200 and < 300 } and IValueHttpResult { Value: { } value })
                workspace.Requests.Finish(request with { Status = status, ContentType = "application/json", Body = JsonSerializer.Serialize(value, json.Value.SerializerOptions), At = workspace.Clock.GetUtcNow() });
            else workspace.Requests.Forget(request.Key, patience);
            return answer;
        }
        catch
        {
            Forget(request.Key, patience);
            throw;
        }
    }

    // What the request failed by is to be told, not that its key could not be let go of as well.
    private void Forget(string key, TimeSpan patience)
    {
        try
        {
            workspace.Requests.Forget(key, patience);
        }
        catch (Exception fault) when (fault is DbException or StorageException)
        {
            log.LogWarning("{Header}: a key could not be let go of ({Fault}); it is free again in {Abandoned}.", Header, fault.Message, Abandoned);
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
