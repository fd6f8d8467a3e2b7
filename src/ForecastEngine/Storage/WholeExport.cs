using System.Globalization;

namespace ForecastEngine.Storage;

/// <summary>Guards an export that is said to be all there is: one that lacks too much is probably not whole.</summary>
internal static class WholeExport
{
    /// <summary>Refuses when more than a share would go.</summary>
    /// <param name="what">What kind of record.</param>
    /// <param name="missing">How many are missing.</param>
    /// <param name="all">How many there are.</param>
    /// <param name="most">Largest share that may go, 0–1.</param>
    /// <param name="examples">Ids of some of them.</param>
    public static void Check(string what, int missing, int all, double most, IEnumerable<string> examples)
    {
        if (missing <= most * all || missing == 1 && most > 0 && all > 1) return;
        throw new StorageException(string.Create(CultureInfo.InvariantCulture,
            $"Whole export: {missing} of {all} {what} ({(double)missing / all:0.#%}) are not in it, "
                + $"among them {string.Join(", ", examples.Take(5))}; "
                + $"expected at most {most:0.#%} to be gone. "
                + $"If they really are, allow it with --max-removed "
                + $"{Math.Min(1, Math.Ceiling(100.0 * missing / all) / 100):0.##} (API: maxRemoved); "
                + $"otherwise import without --whole."));
    }
}
