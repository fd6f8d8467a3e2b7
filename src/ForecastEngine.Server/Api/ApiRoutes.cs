namespace ForecastEngine.Server.Api;

/// <summary>Every resource of the API, one line each.</summary>
public static class ApiRoutes
{
    /// <summary>Maps what is under /api/v1, and health.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.MapHealth();
        app.MapOpenApiPages();
        var v1 = app.MapGroup("/api/v1");
        v1.MapRuns();
        v1.MapOpportunities();
        v1.MapScores();
        v1.MapPreviews();
        v1.MapPipeline();
        v1.MapForecasts();
        v1.MapForecastChanges();
        v1.MapAdjustments();
        v1.MapQuotas();
        v1.MapRates();
        v1.MapCalendar();
        v1.MapModels();
        v1.MapKeys();
        v1.MapAudit();
        v1.MapEvents();
        v1.MapImports();
        v1.MapWebhooks();
    }
}
