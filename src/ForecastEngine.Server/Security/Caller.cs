using System.Security.Claims;

namespace ForecastEngine.Server.Security;

/// <summary>Who asks, as authentication found out.</summary>
public static class Caller
{
    /// <summary>Claim with a scope.</summary>
    public const string ScopeClaim = "scope";
    /// <summary>Claim with the team that the caller is bound to.</summary>
    public const string TeamClaim = "team";

    /// <summary>The team whose subtree the caller may see; null when the caller sees all.</summary>
    public static string? TeamId(this ClaimsPrincipal user) => user.FindFirstValue(TeamClaim);

    /// <summary>Id of the key, for limits and the audit log; null without one.</summary>
    public static string? KeyId(this ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier);

    /// <summary>True when the caller has the scope or is an administrator.</summary>
    public static bool Has(this ClaimsPrincipal user, string scope) => user.HasClaim(ScopeClaim, scope) || user.HasClaim(ScopeClaim, Scopes.Admin);
}
