using ForecastEngine.Server.Api;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Uploads;

namespace ForecastEngine.Server.Webhooks;

/// <summary>Puts the CRM's side together: events, uploads, fresh scores and webhooks.</summary>
public static class WebhookSetup
{
    /// <summary>Adds the parts.</summary>
    public static void AddExchange(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings.Webhooks);
        services.AddSingleton(settings.Uploads);
        services.AddSingleton<TargetGuard>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<FreshScores>();
        services.AddSingleton<RepeatedRequests>();
        services.AddSingleton<UploadIntake>();
        AddLoop<WebhookSending>(services);
        AddLoop<RunTelling>(services);
        AddLoop<EventScoring>(services);
        AddLoop<UploadWork>(services);
        AddLoop<Tidying>(services);
    }

    private static void AddLoop<T>(IServiceCollection services) where T : BackgroundLoop => services.AddSingleton<T>().AddHostedService(provider => provider.GetRequiredService<T>());
}
