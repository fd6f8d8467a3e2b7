using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations.Tables;

/// <summary>A file that a table is written to. It appears whole or not at all.</summary>
public sealed class TableFile
{
    private readonly bool _isParquet, _overwrite;

    private TableFile(string path, bool isParquet, bool overwrite) => (FullPath, _isParquet, _overwrite) = (path, isParquet, overwrite);

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>The file of a path, before anything is computed for it.</summary>
    /// <param name="path">Its ending says the format: .csv or .parquet.</param>
    /// <param name="overwrite">True to write over a file that is there.</param>
    /// <exception cref="OperationException">Another ending, no such folder, or a file there already.</exception>
    public static TableFile At(string path, bool overwrite = false)
    {
        var full = Path.GetFullPath(path);
        var ending = Path.GetExtension(full).ToLowerInvariant();
        if (ending is not (".csv" or ".parquet"))
            throw new OperationException($"{path}: found {(ending.Length == 0 ? "no ending" : $"the ending {ending}")}; expected .csv or .parquet, which says the format. Name the file so.");
        if (!Directory.Exists(Path.GetDirectoryName(full))) throw new OperationException($"{path}: found no folder {Path.GetDirectoryName(full)}; expected one. Make it, or mend the path.");
        if (Directory.Exists(full)) throw new OperationException($"{path}: found a folder; expected a file or nothing. Choose another name.");
        if (File.Exists(full) && !overwrite) throw new OperationException($"{path}: found a file there already; expected none. Choose another name, or write over it with --force.");
        return new TableFile(full, ending == ".parquet", overwrite);
    }

    /// <summary>Writes a table. Memory stays at the table's own and that of a hundred thousand values of one column.</summary>
    public async Task WriteAsync(DataFrame table, CancellationToken cancellation = default)
    {
        // Written aside and moved: a file that stands is whole.
        var part = FullPath + ".part";
        try
        {
            await using (var stream = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
                if (_isParquet) await ParquetTable.WriteAsync(table, stream, cancellation);
                else CsvTable.Write(table, stream, cancellation);
            File.Move(part, FullPath, _overwrite);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
