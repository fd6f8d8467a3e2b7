using ForecastEngine.Operations;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>
/// Sites on one kind of database. What many tests start from is imported and trained once; every test gets a copy of its
/// own with a clock that stands at the same moment.
/// </summary>
public sealed class OperationsSites
{
    private readonly string _folder;
    private readonly Func<string?, Task<TestDatabase>> _database;
    private readonly Lazy<Task<OperationsSite>> _early, _imported, _trainedEarly, _trained;

    /// <summary>None is made yet.</summary>
    /// <param name="world">Whose exports are imported.</param>
    /// <param name="folder">Where the originals are kept; whoever owns it removes them.</param>
    /// <param name="database">Makes an empty database, in this folder where it is a file; in a new one when null.</param>
    public OperationsSites(OperationsWorld world, string folder, Func<string?, Task<TestDatabase>> database)
    {
        (_folder, _database) = (folder, database);
        _early = new(() => Original("early", null, site => site.Import(world.Early)));
        _imported = new(() => Original("imported", _early, site => site.Import(world.Late)));
        _trainedEarly = new(() => Original("trained-early", _early, Train));
        _trained = new(() => Original("trained", _imported, Train));

        static void Train(OperationsSite site) =>
            TrainModels.Run(site.Workspace, OperationsWorld.EarlyDay, LeakWorld.Quick);
    }

    /// <summary>Nothing imported.</summary>
    public async Task<OperationsSite> Empty() => new(await _database(null));

    /// <summary>The early export imported.</summary>
    public Task<OperationsSite> Early() => Copy(_early);

    /// <summary>Both exports imported.</summary>
    public Task<OperationsSite> Imported() => Copy(_imported);

    /// <summary>The early export imported, a champion trained on it.</summary>
    public Task<OperationsSite> TrainedEarly() => Copy(_trainedEarly);

    /// <summary>Both exports imported, a champion trained on the early one.</summary>
    public Task<OperationsSite> Trained() => Copy(_trained);

    private static async Task<OperationsSite> Copy(Lazy<Task<OperationsSite>> original)
    {
        var made = await original.Value;
        var folder = Directory.CreateTempSubdirectory("forecast-site-").FullName;
        return new OperationsSite(await made.Database.Copy(), FolderCopy.Make(made.Workspace.Folder, folder));
    }

    // Closed, so that its database can be copied.
    private async Task<OperationsSite> Original(string name, Lazy<Task<OperationsSite>>? start, Action<OperationsSite> work)
    {
        var files = Path.Combine(_folder, name, "database");
        var database = start is null ? await _database(files) : await (await start.Value).Database.Copy(files);
        var site = new OperationsSite(database, Path.Combine(_folder, name, "workspace"));
        work(site);
        site.Workspace.Dispose();
        return site;
    }
}
