using ForecastEngine.Operations;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Tests.Jobs;

/// <summary>A reader that looks at the newest run all the time: what it sees must be whole, every time.</summary>
public sealed class RunReader : IAsyncDisposable
{
    private readonly Workspace _workspace;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    public RunReader(string connectionString)
    {
        _workspace = SharedCompany.Open(connectionString);
        _reading = Task.Run(Read);
    }

    /// <summary>How often it looked.</summary>
    public int Looks { get; private set; }
    /// <summary>What it saw that was not whole.</summary>
    public List<string> Faults { get; } = [];
    /// <summary>The runs that it saw.</summary>
    public HashSet<long> Runs { get; } = [];

    /// <summary>Stops reading.</summary>
    public async Task Stop()
    {
        await _stop.CancelAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _workspace.Dispose();
        _stop.Dispose();
    }

    private async Task Read()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (await _workspace.Scores.LatestRunAsync() is not { } run) Faults.Add("no published run");
                else
                {
                    var scores = (await _workspace.Scores.ScoresAsync(run.Id, new ScoreFilter { Take = 1 })).Total;
                    var forecasts = (await _workspace.Scores.ForecastsAsync(run.Id)).Count;
                    if (scores != run.ScoreCount || forecasts != run.ForecastCount) Faults.Add($"run {run.Id}: {scores} of {run.ScoreCount} scores, {forecasts} of {run.ForecastCount} forecasts");
                    Runs.Add(run.Id);
                }
                Looks++;
            }
            catch (Exception fault) when (fault is System.Data.Common.DbException or IOException)
            {
                // The database is being restarted.
            }
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
