using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>A notebook that was run.</summary>
/// <param name="Notebook">The notebook with the outputs of the cells that were run.</param>
/// <param name="CellsRun">Code cells that were run.</param>
/// <param name="FailedCell">The cell that failed and its fault; null when all went well.</param>
/// <param name="Changes">With a comparison: the cells whose outputs differ from the saved ones.</param>
internal sealed record NotebookResult(NotebookFile Notebook, int CellsRun, (int Number, string Source, ErrorOutput Fault)? FailedCell, IReadOnlyList<CellChange> Changes);

/// <summary>Runs every cell of a notebook in order, in a session of its own, from the notebook's folder as Jupyter does.</summary>
internal static class NotebookRun
{
    /// <summary>Runs it; stops at the first cell that fails.</summary>
    /// <param name="path">The file.</param>
    /// <param name="compare">True to compare with the saved outputs, all cells.</param>
    /// <param name="tolerance">Relative difference at which numbers are still the same.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Interrupts the cell that runs.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static NotebookResult Run(string path, bool compare, double tolerance, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        var file = Path.GetFullPath(path);
        var notebook = NotebookFile.Read(file);
        notebook.NameKernel();
        var (name, before) = (Path.GetFileName(file), Environment.CurrentDirectory);
        using var session = new ScriptSession(Path.GetDirectoryName(file)!);
        NotebookCell[] cells = [.. notebook.Cells.Where(c => c.IsCode && c.Source.Trim().Length > 0)];
        var changes = new List<CellChange>();
        try
        {
            Environment.CurrentDirectory = Path.GetDirectoryName(file)!;
            foreach (var (cell, index) in cells.Select((c, i) => (c, i)))
            {
                cancellation.ThrowIfCancellationRequested();
                var where = $"{(name.Length > 30 ? name[..27] + "..." : name)} cell {cell.Number} of {cells[^1].Number}";
                progress?.Report(new OperationProgress(where, (double)index / cells.Length));
                var outputs = new CellOutputs();
                var isDone = session.Run(cell.Source, cell.Number, outputs.Add, progress is null ? null : new Within(progress, $"cell {cell.Number}", index, cells.Length), cancellation);
                cancellation.ThrowIfCancellationRequested();
                var saved = cell.Outputs;
                cell.Replace(outputs.All());
                if (!isDone) return new NotebookResult(notebook, index + 1, (cell.Number, cell.Source, outputs.All().OfType<ErrorOutput>().Last()), changes);
                if (compare && OutputComparison.FirstDifference(saved, cell.Outputs, tolerance) is { } difference) changes.Add(new CellChange(cell.Number, difference));
            }
            return new NotebookResult(notebook, cells.Length, null, changes);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    private sealed class Within(IProgress<OperationProgress> progress, string where, int index, int count) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => progress.Report(new OperationProgress($"{where}: {value.Step}", (index + (value.Share ?? 0)) / count));
    }
}

/// <summary>Gathers what a cell brings forth; what follows on the same stream becomes one output. Safe to share between threads.</summary>
internal sealed class CellOutputs
{
    private readonly List<CellOutput> _outputs = [];

    /// <summary>Takes an output.</summary>
    public void Add(CellOutput output)
    {
        lock (_outputs)
        {
            if (output is StreamOutput next && _outputs is [.., StreamOutput last] && last.Name == next.Name) _outputs[^1] = last with { Text = last.Text + next.Text };
            else _outputs.Add(output);
        }
    }

    /// <summary>All so far.</summary>
    public IReadOnlyList<CellOutput> All()
    {
        lock (_outputs) return [.. _outputs];
    }
}
