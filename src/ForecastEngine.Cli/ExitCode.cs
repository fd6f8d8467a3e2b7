namespace ForecastEngine.Cli;

/// <summary>How the command line ends.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;
    /// <summary>The operation could not be done; stderr says why and what to do.</summary>
    public const int Failed = 1;
    /// <summary>The arguments are wrong.</summary>
    public const int WrongArguments = 2;
    /// <summary>Interrupted by Ctrl-C or a request to end; nothing is half done.</summary>
    public const int Interrupted = 130;
}
