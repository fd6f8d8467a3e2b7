namespace ForecastEngine.Server.Security;

/// <summary>Endpoint metadata: the Content-Security-Policy of a page. Without it an answer may load nothing at all.</summary>
/// <param name="ContentSecurityPolicy">The header's value.</param>
public sealed record PagePolicy(string ContentSecurityPolicy);
