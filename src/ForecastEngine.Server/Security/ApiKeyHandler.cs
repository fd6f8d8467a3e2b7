using System.Security.Claims;
using System.Text.Encodings.Web;
using ForecastEngine.Server.Api;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ForecastEngine.Server.Security;

/// <summary>
/// Authenticates by an API key in <c>Authorization: Bearer fe_…</c> or <c>X-Api-Key: fe_…</c>. Never in the address, where it
/// would end in logs.
/// </summary>
public sealed class ApiKeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyRing ring, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "ApiKey";
    /// <summary>Header for those who cannot set Authorization.</summary>
    public const string Header = "X-Api-Key";
    private const string Bearer = "Bearer ";
    private const string Unknown = "The key is unknown; expected one that was made here. Ask an administrator for a key.";

    /// <summary>What the caller sends as a key; null for nothing.</summary>
    internal static string? TextOf(HttpRequest request)
    {
        string? text = request.Headers[Header];
        if (!string.IsNullOrEmpty(text)) return text;
        string? authorization = request.Headers.Authorization;
        return authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true ? authorization[Bearer.Length..].Trim() : null;
    }

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        if (TextOf(Request) is not { } text) return AuthenticateResult.NoResult();
        if (!KeySecret.TryParse(text, out var id, out var secret) || ring.Find(id) is not { } key) return AuthenticateResult.Fail(Unknown);
        var (hash, now) = (KeySecret.Hash(secret), clock.GetUtcNow());
        if (!KeySecret.Opens(key.Hash, hash) && !(key.PreviousUntil > now && KeySecret.Opens(key.PreviousHash, hash))) return AuthenticateResult.Fail(Unknown);
        if (key.RevokedAt is not null) return AuthenticateResult.Fail("The key was revoked; expected one that is in force. Ask an administrator for a key.");
        if (key.ExpiresAt <= now) return AuthenticateResult.Fail("The key has expired; expected one that is in force. Ask an administrator for a key.");
        ring.Note(id);

        var identity = new ClaimsIdentity(Scheme.Name);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, key.Id));
        identity.AddClaim(new Claim(ClaimTypes.Name, key.Name));
        foreach (var scope in key.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries)) identity.AddClaim(new Claim(Caller.ScopeClaim, scope));
        if (key.TeamId is not null) identity.AddClaim(new Claim(Caller.TeamClaim, key.TeamId));
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    /// <inheritdoc/>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var result = await HandleAuthenticateOnceSafeAsync();
        Response.Headers.WWWAuthenticate = "Bearer realm=\"forecastengine\"";
        await Problems.Of(StatusCodes.Status401Unauthorized, ProblemCode.NotAuthenticated,
            result.Failure?.Message ?? $"There is no key; expected one in Authorization: Bearer fe_… or {Header}.").ExecuteAsync(Context);
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var needed = Context.GetEndpoint()?.Metadata.GetOrderedMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>().Select(a => a.Policy).OfType<string>().ToList() ?? [];
        var missing = needed.Where(p => p != Scopes.WholeCompany && !Context.User.Has(p)).ToList();
        return Problems.NotAllowed(missing.Count > 0
            ? $"The key lacks the scope {string.Join(", ", missing)}; expected a key that has it."
            : "The key is bound to a team; expected one that is not, since this belongs to the company as a whole.").ExecuteAsync(Context);
    }
}
