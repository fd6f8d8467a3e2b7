namespace ForecastEngine.Storage;

/// <summary>The database cannot do what was asked. The message tells where, what was found, what was expected and what to do; it never holds a password.</summary>
public sealed class StorageException : Exception
{
    /// <summary>A fault in words.</summary>
    public StorageException(string message) : base(message) { }

    /// <summary>A fault in words, and what caused it.</summary>
    public StorageException(string message, Exception cause) : base(message, cause) { }
}
