namespace ForecastEngine.Registry;

/// <summary>One trained model: its card and its files, every byte of them checked.</summary>
/// <param name="Card">What it is.</param>
/// <param name="Files">The bundle by file name, without the card and the checksums.</param>
public sealed record ModelVersion(ModelCard Card, IReadOnlyDictionary<string, byte[]> Files)
{
    /// <summary>The version's id.</summary>
    public string Id => Card.Version;
}
