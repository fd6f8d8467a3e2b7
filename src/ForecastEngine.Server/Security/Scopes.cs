namespace ForecastEngine.Server.Security;

/// <summary>What a key may do. Each is the name of the authorisation policy that asks for it too; <see cref="Admin"/> implies all others.</summary>
public static class Scopes
{
    /// <summary>Read scores, the pipeline, forecasts, quotas and the calendar.</summary>
    public const string ScoresRead = "scores:read";
    /// <summary>Send data: imports, events, quotas, adjustments, the calendar.</summary>
    public const string DataWrite = "data:write";
    /// <summary>Start runs, promote and roll back models.</summary>
    public const string ModelsManage = "models:manage";
    /// <summary>Everything, keys and the audit log included.</summary>
    public const string Admin = "admin";

    /// <summary>Policy beside a scope: the caller is not bound to a team. For what belongs to the company as a whole.</summary>
    public const string WholeCompany = "whole-company";

    /// <summary>Every scope.</summary>
    public static IReadOnlyList<string> All { get; } = [ScoresRead, DataWrite, ModelsManage, Admin];
}
