namespace ForecastEngine.Crm.Import;

/// <summary>The import cannot go on: a missing file or column, a faulty map, or too many rows set aside. Single bad rows never throw.</summary>
public sealed class ImportException : Exception
{
    /// <summary>A message of the form <c>where: found; expected. advice.</c></summary>
    public ImportException(string where, string found, string expected, string advice)
        : base($"{where}: {found}; expected {expected}. {advice}") { }

    /// <summary>Several faults at once, one a line.</summary>
    public ImportException(IReadOnlyList<string> faults) : base(string.Join(Environment.NewLine, faults)) => Faults = faults;

    /// <summary>The single faults, where several were found together.</summary>
    public IReadOnlyList<string> Faults { get; } = [];
}
