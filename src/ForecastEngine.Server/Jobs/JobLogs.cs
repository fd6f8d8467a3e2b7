using Hangfire.Logging;

namespace ForecastEngine.Server.Jobs;

/// <summary>
/// Hangfire's log, passed on to the host's. Hangfire keeps one log for the whole process, so with several hosts in one process,
/// as tests have them, it outlives the host that set it: what it says to one that has ended goes nowhere.
/// </summary>
public sealed class JobLogs(ILoggerFactory factory) : ILogProvider
{
    /// <inheritdoc/>
    public ILog GetLogger(string name)
    {
        try
        {
            return new Log(factory.CreateLogger(name));
        }
        catch (ObjectDisposedException)
        {
            return new Log(null);
        }
    }

    private sealed class Log(ILogger? log) : ILog
    {
        bool ILog.Log(Hangfire.Logging.LogLevel logLevel, Func<string>? messageFunc, Exception? exception)
        {
            var level = logLevel switch
            {
                Hangfire.Logging.LogLevel.Trace => Microsoft.Extensions.Logging.LogLevel.Trace,
                Hangfire.Logging.LogLevel.Debug => Microsoft.Extensions.Logging.LogLevel.Debug,
                Hangfire.Logging.LogLevel.Info => Microsoft.Extensions.Logging.LogLevel.Information,
                Hangfire.Logging.LogLevel.Warn => Microsoft.Extensions.Logging.LogLevel.Warning,
                Hangfire.Logging.LogLevel.Error => Microsoft.Extensions.Logging.LogLevel.Error,
                _ => Microsoft.Extensions.Logging.LogLevel.Critical,
            };
            if (log is null || !log.IsEnabled(level)) return false;
            if (messageFunc is not null) log.Log(level, default, messageFunc(), exception, static (message, _) => message);
            return true;
        }
    }
}
