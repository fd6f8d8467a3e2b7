using Microsoft.AspNetCore.Authorization;

namespace ForecastEngine.Server.Security;

/// <summary>Puts authentication and authorisation together.</summary>
public static class SecuritySetup
{
    /// <summary>Adds the key handler and a policy per scope. What states no policy needs a valid key at least.</summary>
    public static void AddSecurity(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication();
        var authorization = builder.Services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Scopes.WholeCompany, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.TeamId() is null));
        foreach (var scope in Scopes.All)
            authorization.AddPolicy(scope, policy => policy.RequireAuthenticatedUser().RequireAssertion(context => context.User.Has(scope)));
    }

    /// <summary>Who asks, and whether they may.</summary>
    public static void UseSecurity(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }
}
