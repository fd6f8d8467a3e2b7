using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A rescoring run and what its deals have in common as it knew them: all that scoring a deal beside the run takes. Safe to share between threads.</summary>
/// <param name="Run">The run.</param>
/// <param name="Ground">Models, history, rates of groups and market.</param>
public sealed record RunGround(RescoringRun Run, PipelineGround Ground)
{
    /// <summary>Learns it from the facts that the run went by, without those that came in since. The same run gives the same on every machine.</summary>
    internal static RunGround Load(Workspace workspace, RescoringRun run, ModelVersion version, int threads, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var bundle = workspace.BundleOf(version);
        progress?.Report(new OperationProgress("Loading the history", 0.1));
        var history = HistoryAt.Load(workspace, RescoringPlan.Of(run).CutOf(run), cancellation);
        progress?.Report(new OperationProgress("Learning what the deals have in common", 0.3));
        return new RunGround(run, PipelineGround.From(bundle, history, AsOf.EndOf(run.AsOf), threads, cancellation));
    }
}

/// <summary>
/// Keeps the ground of the newest published run, and with it the one copy of the history in this process, for all who score deals
/// beside the run. A run that is published here leaves its own; elsewhere it is loaded when it is first asked for, while others wait.
/// </summary>
public sealed class RunGroundCache(RescoringCache rescoring) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private (RescoringRun Run, Task<RunGround> Ground)? _kept;

    /// <summary>The ground of a published run, or of a newer one where that is known here already: see its <see cref="RunGround.Run"/>.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops the waiting; a load goes on for the others.</param>
    public Task<RunGround> OfAsync(Workspace workspace, RescoringRun run, CancellationToken cancellation = default)
    {
        Task<RunGround> ground;
        lock (_gate)
        {
            if (_kept is not { } kept || IsNewer(run, kept.Run) || kept.Ground.IsFaulted || kept.Ground.IsCanceled)
                _kept = (run, rescoring.Find(run.Id) is { } known ? Task.FromResult(new RunGround(run, known)) : Task.Run(() => Load(workspace, run), _end.Token));
            ground = _kept.Value.Ground;
        }
        return ground.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        lock (_gate) _kept = null;
    }

    /// <summary>Keeps the ground of a run that was published here.</summary>
    internal void Keep(RunGround ground)
    {
        lock (_gate)
            if (_kept is not { } kept || IsNewer(ground.Run, kept.Run)) _kept = (ground.Run, Task.FromResult(ground));
    }

    // Half the processors: answers go on while it loads.
    private RunGround Load(Workspace workspace, RescoringRun run) =>
        RunGround.Load(workspace, run, workspace.Models.Get(run.ModelVersion), Math.Max(1, Environment.ProcessorCount / 2), null, _end.Token);

    // As readers choose among published runs: the latest date, and of one date the later run.
    private static bool IsNewer(RescoringRun run, RescoringRun other) => (run.AsOf, run.Id).CompareTo((other.AsOf, other.Id)) > 0;
}
