namespace ForecastEngine.Storage;

/// <summary>The database cannot do what was asked. The message tells where, what was found, what was expected and what to do; it never holds a password.</summary>
public class StorageException : Exception
{
    /// <summary>A fault in words.</summary>
    public StorageException(string message) : base(message) { }

    /// <summary>A fault in words, and what caused it.</summary>
    public StorageException(string message, Exception? cause) : base(message, cause) { }
}

/// <summary>Another writer, an import most likely, held the database longer than the caller would wait. Nothing was changed; the same may be asked again later.</summary>
public sealed class StorageBusyException(string where, TimeSpan waited, Exception? cause = null)
    : StorageException($"{where}: found another writer at work for more than {waited.TotalSeconds:0} seconds, an import most likely; expected it to end. Nothing was changed; try again later.", cause);
