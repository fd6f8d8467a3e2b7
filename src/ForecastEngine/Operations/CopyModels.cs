using ForecastEngine.Registry;

namespace ForecastEngine.Operations;

/// <summary>What was taken over.</summary>
/// <param name="Added">Versions that were not there before.</param>
/// <param name="Kept">Versions that stood there already, the same.</param>
/// <param name="Champion">Who answers there now; null while nobody does.</param>
public sealed record CopyModelsResult(IReadOnlyList<string> Added, IReadOnlyList<string> Kept, string? Champion);

/// <summary>
/// Takes model versions from one registry to another: from a models folder into the database that several machines share, or
/// out of it. Files go over byte by byte, checked on the way; the same version twice changes nothing. Who answers goes with
/// them into a registry that never had a champion or challenger, and stays as it is in any other.
/// </summary>
public static class CopyModels
{
    /// <summary>Copies.</summary>
    /// <param name="from">The registry that has them.</param>
    /// <param name="to">The registry that gets them.</param>
    /// <param name="version">One version; null for all.</param>
    /// <param name="cancellation">Stops between two versions.</param>
    public static CopyModelsResult Run(ModelRegistry from, ModelRegistry to, string? version = null, CancellationToken cancellation = default)
    {
        var (added, kept) = (new List<string>(), new List<string>());
        foreach (var one in version is null ? from.List() : [version])
        {
            cancellation.ThrowIfCancellationRequested();
            (to.CopyFrom(from, one) ? added : kept).Add(one);
        }
        if (version is null) to.CopyStateFrom(from);
        return new CopyModelsResult(added, kept, to.State.Champion);
    }
}
