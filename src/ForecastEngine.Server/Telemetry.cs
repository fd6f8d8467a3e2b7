using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ForecastEngine.Server;

/// <summary>
/// Metrics and traces by OpenTelemetry. They leave the process when the standard variable OTEL_EXPORTER_OTLP_ENDPOINT names a
/// collector, and only then.
/// </summary>
public static class Telemetry
{
    /// <summary>Name under which the server's own meters and activities are found.</summary>
    public const string Name = "ForecastEngine";

    /// <summary>Adds them.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(Name))
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddMeter(Name, "System.Runtime", "Microsoft.AspNetCore.RateLimiting", "Npgsql"))
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(Name, "Npgsql"));
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) telemetry.UseOtlpExporter();
    }
}
