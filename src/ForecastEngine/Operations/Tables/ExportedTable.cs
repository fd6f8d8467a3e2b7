using Microsoft.Data.Analysis;

namespace ForecastEngine.Operations.Tables;

/// <summary>A table that was written, and where it comes from.</summary>
/// <param name="File">Full path.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="AsOf">Last day whose events were known.</param>
/// <param name="ModelVersion">The model that scored or lent its features; null where there is no single one.</param>
/// <param name="DataExportedAt">When the data was taken from the CRM.</param>
public sealed record ExportedTable(string File, long Rows, int Columns, DateOnly AsOf, string? ModelVersion, DateTimeOffset DataExportedAt)
{
    /// <summary>Writes a table to its file.</summary>
    internal static async Task<ExportedTable> WriteAsync(DataFrame table, TableFile file, DateOnly asOf, string? modelVersion, DateTimeOffset dataExportedAt,
        IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        progress?.Report(new OperationProgress("Writing the file", 0.8));
        await file.WriteAsync(table, cancellation);
        return new ExportedTable(file.FullPath, table.Rows.Count, table.Columns.Count, asOf, modelVersion, dataExportedAt);
    }
}
