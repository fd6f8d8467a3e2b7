using ForecastEngine.Crm;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A quota to be set.</summary>
/// <param name="TeamId">The team; null for a quota of another part or the company's.</param>
/// <param name="OwnerId">The person; null for a quota of another part or the company's.</param>
/// <param name="From">First day of the period.</param>
/// <param name="Until">Last day of the period.</param>
/// <param name="Amount">In the history's currency.</param>
/// <param name="Pipeline">The sales pipeline; null for a quota of another part or the company's.</param>
public sealed record SetQuota(
    string? TeamId, string? OwnerId, DateOnly From, DateOnly Until, decimal Amount, string? Pipeline = null);

/// <summary>Sets quotas by hand, beside what the CRM exports. One of the same part and period is replaced.</summary>
public static class SetQuotas
{
    /// <summary>Name under which the import is recorded.</summary>
    public const string MapName = "quotas by hand";

    /// <summary>Sets them, all or none. They count as known on the day of the newest export, so that the next run knows them.</summary>
    /// <param name="workspace">Where to.</param>
    /// <param name="quotas">The quotas.</param>
    /// <param name="patience">How long it waits for another writer at most; null for as long as it takes.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    /// <exception cref="StorageBusyException">It waited so long.</exception>
    public static void Run(Workspace workspace, IReadOnlyList<SetQuota> quotas, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        var imports = workspace.History.Imports();
        if (imports.Count == 0) throw new OperationException("Quotas: found no imported data; expected some, since quotas belong to its teams and people. Import an export of the CRM first.");
        var latest = imports.MaxBy(i => i.ExportedAt)!;
        var now = workspace.Clock.GetUtcNow();
        var recordedAt = now < latest.ExportedAt ? now : latest.ExportedAt;
        workspace.History.Append(new CrmFacts
        {
            Currency = latest.Currency, ExportedAt = latest.ExportedAt, IsDegraded = latest.IsDegraded, Stages = [],
            Quotas =
            [
                .. quotas.GroupBy(q => (q.TeamId, q.OwnerId, q.Pipeline, q.From, q.Until)).Select(g => g.Last())
                    .Select(q => new Quota(
                        q.TeamId, q.OwnerId, q.From, q.Until, q.Amount, recordedAt, Pipeline: q.Pipeline)),
            ],
        }, new ImportRun { At = now, MapName = MapName, SourceHash = "" }, null, patience, cancellation);
    }
}
