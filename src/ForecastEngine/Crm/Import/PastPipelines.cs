using System.Runtime.InteropServices;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// In which pipeline a deal's stages of the past were. A history row names a stage without it; where the history tells
/// the deal's moves between pipelines, they say which one is meant. What happened in a pipeline that is no revenue is
/// left out: the deal stands where it stood before.
/// </summary>
internal static class PastPipelines
{
    /// <summary>Settles the stages of <paramref name="rows"/> in place.</summary>
    /// <param name="rows">History rows of all fields.</param>
    /// <param name="moves">Moves between pipelines, in any order.</param>
    /// <param name="run">Has the stages; is told what is left out.</param>
    public static void Settle(List<ChangeRow> rows, List<ChangeRow> moves, ImportRun run)
    {
        if (!run.Stages.Pipelines.Any()) return;
        var ofDeal = moves.OrderBy(m => m.At).ThenBy(m => m.RecordedAt).ThenBy(m => m.Sequence)
            .ToLookup(m => m.Opportunity);
        foreach (ref var row in CollectionsMarshal.AsSpan(rows))
        {
            if (row.Field != OpportunityField.Stage) continue;
            var at = row.At;
            if (ofDeal[row.Opportunity] is var own && own.Any())
            {
                row.NewValue = Settled(row.NewValue, PipelineAt(own, m => m.At <= at));
                row.OldValue = Settled(row.OldValue, PipelineAt(own, m => m.At < at));
            }
            if (IsRevenue(row.OldValue)) continue;
            (row.OldValue, row.IsOldUnknown) = (null, true);
        }
        var left = rows.RemoveAll(r => r.Field == OpportunityField.Stage && !IsRevenue(r.NewValue));
        if (left > 0)
            run.Warnings.Add($"{left} history rows tell of stages in pipelines that are no revenue and were left out.");

        string? Settled(string? stage, string? pipeline) =>
            stage is null || pipeline is null ? stage : run.Stages.In(run.Stages.ByName[stage], pipeline).Name;

        bool IsRevenue(string? stage) => stage is null || run.Stages.IsRevenue(run.Stages.ByName[stage]);
    }

    // Before its first move a deal was where that one came from.
    private static string? PipelineAt(IEnumerable<ChangeRow> moves, Func<ChangeRow, bool> isBefore)
    {
        var last = moves.LastOrDefault(isBefore);
        return last.NewValue ?? moves.First().OldValue;
    }
}
