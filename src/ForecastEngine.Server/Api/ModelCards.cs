using System.Collections.Concurrent;
using ForecastEngine.Operations;
using ForecastEngine.Registry;

namespace ForecastEngine.Server.Api;

/// <summary>Cards of model versions. A version never changes once written, so each is read and checked once.</summary>
public sealed class ModelCards(Workspace workspace)
{
    private readonly ConcurrentDictionary<string, ModelCard> _cards = new(StringComparer.Ordinal);

    /// <summary>The card of a version that is listed.</summary>
    /// <exception cref="ModelRegistryException">Its files are not what they were.</exception>
    public ModelCard Of(string version) => _cards.GetOrAdd(version, v => workspace.Models.Get(v).Card);
}
