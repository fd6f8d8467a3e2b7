using ForecastEngine.Server.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace ForecastEngine.Server.Security;

/// <summary>Puts authentication and authorisation together. Another way to sign in is another ASP.NET Core scheme beside the keys; the policies ask for claims only.</summary>
public static class SecuritySetup
{
    /// <summary>Adds the key handler, a policy per scope, and the limits. What states no policy needs a valid key at least.</summary>
    public static void AddSecurity(this WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyRing>());
        builder.Services.AddAuthentication(ApiKeyHandler.SchemeName).AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null);
        var authorization = builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Scopes.WholeCompany, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.TeamId() is null));
        foreach (var scope in Scopes.All)
            authorization.AddPolicy(scope, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.Has(scope)));
        builder.Services.AddRequestLimits(settings.Limits);
        builder.Services.AddSingleton<TeamScopes>();
        builder.Services.AddSingleton<AuditTrail>();
    }

    /// <summary>Who asks, how often, and whether they may.</summary>
    public static void UseSecurity(this WebApplication app)
    {
        app.UseAddressLimit();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
    }
}
