using System.Data.Common;
using ForecastEngine.Backtesting;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace ForecastEngine.Server.Api;

/// <summary>Exceptions as problem details. What the engine says in words is passed on; what it did not expect is logged and told without its inside.</summary>
public sealed class FaultAnswers(IProblemDetailsService problems, ILogger<FaultAnswers> log) : IExceptionHandler
{
    private const string RetryAfterSeconds = "10";

    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception fault, CancellationToken cancellation)
    {
        if (fault is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var (status, code, detail) = Told(fault);
        if (fault is StorageBusyException) context.Response.Headers.RetryAfter = RetryAfterSeconds;
        else if (status >= 500) log.LogError(fault, "{Method} {Route}: {Code}", context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText, code);
        context.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context, ProblemDetails = new ProblemDetails { Status = status, Detail = detail, Extensions = { ["code"] = code } },
        });
    }

    private static (int Status, string Code, string Detail) Told(Exception fault) => fault switch
    {
        ProblemException problem => (problem.Status, problem.Code, problem.Message),
        BadHttpRequestException bad => (bad.StatusCode, ProblemCode.Of(bad.StatusCode), bad.InnerException is System.Text.Json.JsonException json ? $"body: found JSON that cannot be read at {json.Path}; expected the documented shape." : bad.Message),
        ImportException import => (StatusCodes.Status400BadRequest, ProblemCode.InvalidRequest, import.Message),
        OperationException or TrainingException or CustomFeatureException or ModelRegistryException or ForecastContradictionException => (StatusCodes.Status409Conflict, ProblemCode.Conflict, fault.Message),
        StorageException => (StatusCodes.Status503ServiceUnavailable, ProblemCode.Unavailable, fault.Message),
        DbException { SqlState: "22021" or "22P05" } or System.Text.EncoderFallbackException =>
            (StatusCodes.Status400BadRequest, ProblemCode.InvalidRequest, "Text: found a character that cannot be stored; expected none such as U+0000 or half a surrogate pair."),
        DbException or TimeoutException => (StatusCodes.Status503ServiceUnavailable, ProblemCode.Unavailable, "The database does not answer; expected it to. Try again later."),
        _ => (StatusCodes.Status500InternalServerError, ProblemCode.Defect, "This is a defect in ForecastEngine; the log has it under the request's trace id."),
    };
}
