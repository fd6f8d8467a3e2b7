using ForecastEngine.Server.Security;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>Clients of a running server with keys of their own.</summary>
internal static class ApiKeys
{
    public static HttpClient ClientWith(this RunningServer server, params string[] scopes)
    {
        var key = NewKeys.Compose("test", scopes, null, null, "test", server.Workspace.Clock.GetUtcNow());
        server.Workspace.Keys.Add(key.Key);
        return server.Client(key.Text);
    }
}
