namespace ForecastEngine.Server.Api;

/// <summary>JSON that is serialised already.</summary>
/// <param name="Body">UTF-8.</param>
public sealed record JsonBytes(byte[] Body) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = Body.Length;
        return context.Response.Body.WriteAsync(Body, context.RequestAborted).AsTask();
    }
}
