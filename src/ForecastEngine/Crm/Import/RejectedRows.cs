using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace ForecastEngine.Crm.Import;

/// <summary>A row, or one value of it, that was set aside.</summary>
/// <param name="File">File name.</param>
/// <param name="Line">Line on which the row begins, from 1.</param>
/// <param name="Entity">opportunities, changes, activities …</param>
/// <param name="Column">Column at fault; empty when the row as a whole is.</param>
/// <param name="Found">What stood there, at most 200 characters.</param>
/// <param name="Expected">What should have.</param>
/// <param name="Action">What was done about it.</param>
public sealed record RejectedRow(string File, long Line, string Entity, string Column, string Found, string Expected, string Action)
{
    /// <summary>What is done about a value of a row that is kept.</summary>
    internal const string LeftEmpty = "The value was left empty";

    /// <summary>As an error message.</summary>
    public override string ToString() => $"{File} line {Line}, {(Column.Length == 0 ? "whole row" : "column " + Column)}: found \"{Found}\"; expected {Expected}. {Action}.";
}

/// <summary>Takes rejected rows as they come: each is written as CSV at once, and only the first few stay in memory.</summary>
internal sealed class RejectedRows : IDisposable
{
    private const int LongestFound = 200;
    private readonly List<RejectedRow> _kept = [];
    private readonly int _keep;
    private readonly CsvWriter? _csv;

    public RejectedRows(TextWriter? writer, int keep)
    {
        _keep = keep;
        if (writer is null) return;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n", InjectionOptions = InjectionOptions.Escape };
        _csv = new CsvWriter(writer, configuration, leaveOpen: true);
        foreach (var column in (string[])["file", "line", "entity", "column", "found", "expected", "action"]) _csv.WriteField(column);
        _csv.NextRecord();
    }

    public IReadOnlyList<RejectedRow> Kept => _kept;

    public void Add(RejectedRow row)
    {
        row = row with { Found = Shorten(row.Found) };
        if (_kept.Count < _keep) _kept.Add(row);
        if (_csv is null) return;
        _csv.WriteField(row.File);
        _csv.WriteField(row.Line);
        _csv.WriteField(row.Entity);
        _csv.WriteField(row.Column);
        _csv.WriteField(row.Found);
        _csv.WriteField(row.Expected);
        _csv.WriteField(row.Action);
        _csv.NextRecord();
    }

    public void Dispose()
    {
        _csv?.Flush();
        _csv?.Dispose();
    }

    public static string Shorten(string found)
    {
        var shown = found.Length <= LongestFound ? found : string.Concat(found.AsSpan(0, LongestFound - 1), "…");
        return shown.Contains('\0', StringComparison.Ordinal) ? shown.Replace('\0', '␀') : shown;
    }
}
