using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Server.Settings;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.WebUtilities;

namespace ForecastEngine.Server.Api;

/// <summary>What all endpoints have in common: JSON, problem details, size limits, compression.</summary>
public static class ApiSetup
{
    /// <summary>Adds the parts.</summary>
    public static void AddApi(this WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.Limits.BodyBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        });
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
            options.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        });
        builder.Services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/problem+json", "text/csv"];
        });
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
        {
            context.ProblemDetails.Extensions.TryAdd("code", ProblemCode.Of(context.ProblemDetails.Status ?? StatusCodes.Status500InternalServerError));
            context.ProblemDetails.Instance ??= context.HttpContext.Request.Path;
        });
        builder.Services.AddSingleton(settings.Limits);
        builder.Services.AddSingleton<HistoryGate>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<PublishedRuns>();
        builder.Services.AddSingleton<ScoreAnswers>();
        builder.Services.AddSingleton<ModelCards>();
        builder.Services.AddSingleton<RunComparisons>();
        builder.Services.AddOpenApiDescription();
        builder.Services.AddExceptionHandler<FaultAnswers>();
    }

    /// <summary>Adds the steps around every request.</summary>
    public static void UseApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        // A problem is told as one whatever the caller accepts: the framework's own text has no code.
        app.UseStatusCodePages(context =>
        {
            var status = context.HttpContext.Response.StatusCode;
            return Problems.Of(status, ProblemCode.Of(status), ReasonPhrases.GetReasonPhrase(status)).ExecuteAsync(context.HttpContext);
        });
        app.UseResponseCompression();
    }
}
