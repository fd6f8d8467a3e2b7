using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Security;

/// <summary>Writes down who changed what.</summary>
public sealed class AuditTrail(Workspace workspace, TimeProvider clock)
{
    /// <summary>Adds an entry in the caller's name.</summary>
    /// <param name="context">The request.</param>
    /// <param name="action">What was done, <c>key.create</c> for instance.</param>
    /// <param name="subject">To what: an id.</param>
    /// <param name="details">What else there is to say; never a secret.</param>
    public void Add(HttpContext context, string action, string subject, object? details = null) => workspace.Audit.Add(new AuditEntry
    {
        At = clock.GetUtcNow(), Actor = context.User.KeyId() ?? "server", Action = action, Subject = subject,
        Details = details is null ? "{}" : JsonSerializer.Serialize(details, JsonSerializerOptions.Web),
    });
}
