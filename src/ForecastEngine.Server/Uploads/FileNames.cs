using System.Text.RegularExpressions;
using ForecastEngine.Server.Api;

namespace ForecastEngine.Server.Uploads;

/// <summary>Which names an uploaded file may have: a plain name, without a path, of a kind that an export has.</summary>
internal static partial class FileNames
{
    /// <summary>The map that came with the files.</summary>
    public const string OwnMap = "import-map.json";

    private static readonly string[] Reserved = ["con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"];

    /// <summary>Refuses any other name.</summary>
    /// <exception cref="ProblemException">It is none that is allowed.</exception>
    public static void Check(string name)
    {
        if (!Plain().IsMatch(name) || Reserved.Contains(name.Split('.')[0].Trim().ToLowerInvariant()))
            throw new ProblemException(StatusCodes.Status400BadRequest, "invalid-file-name", "files: found a file name with a path or with letters that are not allowed; expected a plain name that ends in .csv, .tsv, .txt, .xlsx, .csv.gz or .zip.");
    }

    /// <summary>True for a file that is unpacked on arrival.</summary>
    public static bool IsPacked(string name) => name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\A[\p{L}\p{N}_][\p{L}\p{N}_ .()\-]{0,119}(?<!\.)\.(csv|tsv|txt|xlsx|zip|csv\.gz|tsv\.gz|txt\.gz)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 100)]
    private static partial Regex Plain();
}
