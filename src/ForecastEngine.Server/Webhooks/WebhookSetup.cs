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
        services.AddSingleton<CrmExchange>();
        services.AddSingleton<UploadWork>();
        services.AddHostedService(provider => provider.GetRequiredService<CrmExchange>());
        services.AddHostedService(provider => provider.GetRequiredService<UploadWork>());
    }
}
