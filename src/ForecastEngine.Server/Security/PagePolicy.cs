namespace ForecastEngine.Server.Security;

/// <summary>Endpoint metadata: the Content-Security-Policy of a page. Without it an answer may load nothing at all.</summary>
/// <param name="ContentSecurityPolicy">The header's value.</param>
public sealed record PagePolicy(string ContentSecurityPolicy)
{
    /// <summary>A page of a library that draws itself with scripts and styles of its own; it may load nothing from elsewhere.</summary>
    public static PagePolicy SelfContained { get; } =
        new("default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'");
}
