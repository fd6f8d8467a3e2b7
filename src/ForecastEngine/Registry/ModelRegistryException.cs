namespace ForecastEngine.Registry;

/// <summary>A model version or the registry itself is not what it should be. Nothing of it was loaded.</summary>
public sealed class ModelRegistryException : Exception
{
    /// <summary><c>where: found …; expected …. what to do.</c></summary>
    public ModelRegistryException(string where, string found, string expected, string action, Exception? inner = null)
        : base($"{where}: found {found}; expected {expected}. {action}", inner) { }
}
