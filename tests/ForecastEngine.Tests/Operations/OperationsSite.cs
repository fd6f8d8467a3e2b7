using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>A workspace of its own on a test database, with a clock that is turned by hand.</summary>
public sealed class OperationsSite : IAsyncDisposable
{
    /// <summary>Opens it.</summary>
    /// <param name="database">Its database, which goes with it.</param>
    /// <param name="folder">Its folder, which goes with it; a new one when null.</param>
    public OperationsSite(TestDatabase database, string? folder = null)
    {
        Database = database;
        Workspace = Workspace.Open(folder ?? Directory.CreateTempSubdirectory("forecast-site-").FullName, Clock, database.Options.Location);
    }

    public TestDatabase Database { get; }

    public TurnedClock Clock { get; } = new();

    public Workspace Workspace { get; }

    /// <summary>The same workspace as another process sees it.</summary>
    public Workspace Another() => Workspace.Open(Workspace.Folder, Clock, Database.Options.Location);

    public ImportCrmResult Import(string folder) => ImportCrm.Run(Workspace, folder, TestExport.Load("forecastengine"));

    public async ValueTask DisposeAsync()
    {
        Workspace.Dispose();
        Directory.Delete(Workspace.Folder, recursive: true);
        await Database.DisposeAsync();
    }
}

/// <summary>Cancels when an operation reports a step.</summary>
internal sealed class StopAt(Func<string, bool> step) : IProgress<OperationProgress>, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    public void Dispose() => _source.Dispose();

    public void Report(OperationProgress value)
    {
        if (step(value.Step)) _source.Cancel();
    }
}
