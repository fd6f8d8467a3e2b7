using System.Runtime.InteropServices;

namespace ForecastEngine.Cli;

/// <summary>
/// Ctrl-C and a request to end cancel the work. What cannot be stopped within the patience is left: databases and models
/// are only ever changed whole, so nothing is half done.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    // As it is now: a cell of a notebook has the console's streams for itself while it runs.
    private readonly TextWriter _error = Console.Error;
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _end;
    private Timer? _patience;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        _end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    /// <summary>Cancelled when somebody interrupts.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _end.Dispose();
        _patience?.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (_source.IsCancellationRequested) Environment.Exit(ExitCode.Interrupted);
        _error.WriteLine("Stopping ...");
        _patience = new Timer(_ => Environment.Exit(ExitCode.Interrupted), null, Patience, Timeout.InfiniteTimeSpan);
        _source.Cancel();
    }
}
