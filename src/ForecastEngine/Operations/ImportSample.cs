using ForecastEngine.Crm.Import;

namespace ForecastEngine.Operations;

/// <summary>Imports the sample and remembers that it is one: the first export of the user's own takes its place.</summary>
public static class ImportSample
{
    /// <summary>Runs the import; a workspace with other data refuses it.</summary>
    /// <param name="workspace">Where to.</param>
    /// <param name="folder">Where the sample is.</param>
    /// <param name="map">How to read it.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; nothing is changed then.</param>
    public static ImportCrmResult Run(Workspace workspace, string folder, ImportMap map, ImportOptions? options = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default) =>
        ImportCrm.Run(workspace, folder, map, isSample: true, options, progress, cancellation);
}
