using ForecastEngine.Operations;

namespace ForecastEngine.Exploration;

/// <summary>Who follows what a <see cref="Workbench"/> does: hears how far it is, and may stop it.</summary>
/// <param name="Progress">Told how far it is; null when nobody listens.</param>
/// <param name="Cancellation">Stops it.</param>
public sealed record Watch(IProgress<OperationProgress>? Progress, CancellationToken Cancellation)
{
    private static readonly AsyncLocal<Watch?> Ambient = new();
    private static readonly Watch Nobody = new(null, CancellationToken.None);

    /// <summary>The one in force for the calling code and what it awaits. Whatever runs a cell sets it, so that no cell has to pass a token on.</summary>
    public static Watch Current
    {
        get => Ambient.Value ?? Nobody;
        set => Ambient.Value = value;
    }
}
