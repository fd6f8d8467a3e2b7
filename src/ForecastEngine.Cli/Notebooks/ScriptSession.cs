using System.Runtime;
using System.Text;
using ForecastEngine.Exploration;
using ForecastEngine.Operations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Cli.Notebooks;

/// <summary>
/// C# cells that share their variables, and SQL cells on the database of the workbench that they opened. One cell at a time.
/// What a cell writes to the console and shows goes to its sink, in order.
/// </summary>
internal sealed class ScriptSession : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly string[] Imports =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading.Tasks", "Microsoft.Data.Analysis",
        "ForecastEngine.Exploration", "ForecastEngine.Operations", "ForecastEngine.Registry", "ForecastEngine.Crm", "ForecastEngine.Snapshots", "ForecastEngine.Snapshots.Custom", "ForecastEngine.Statistics",
        "ForecastEngine.WinProbability", "ForecastEngine.DealSize", "ForecastEngine.Scoring", "ForecastEngine.Forecasting", "ForecastEngine.Backtesting", "ForecastEngine.Cli.Notebooks.Charts",
        "ForecastEngine.Cli.Notebooks.Display",
    ];

    private readonly NotebookGlobals _globals = new();
    private readonly ScriptOptions _options;
    private readonly PackageReferences _packages = new();
    private ScriptState<object>? _state;

    /// <summary>A session without variables.</summary>
    /// <param name="folder">What relative paths of <c>#r</c> and <c>#load</c> start from.</param>
    public ScriptSession(string folder) => _options = ScriptOptions.Default
        .AddReferences(typeof(Workbench).Assembly, typeof(NotebookGlobals).Assembly, typeof(DataFrame).Assembly, typeof(Microsoft.ML.IDataView).Assembly, typeof(ScottPlot.Plot).Assembly)
        .AddImports(Imports).WithMetadataResolver(ScriptMetadataResolver.Default.WithBaseDirectory(folder)).WithSourceResolver(ScriptSourceResolver.Default.WithBaseDirectory(folder))
        .WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8).WithLanguageVersion(Microsoft.CodeAnalysis.CSharp.LanguageVersion.Latest);

    /// <summary>Runs a cell; false when it failed, which its last output tells. A failed cell keeps the variables that it had set.</summary>
    /// <param name="source">The cell.</param>
    /// <param name="number">What faults call it.</param>
    /// <param name="sink">Takes the outputs as they come, from any thread.</param>
    /// <param name="progress">Told how far an operation of the workbench is.</param>
    /// <param name="cancellation">
    /// Interrupts the cell: the workbench's operations stop at once; what still runs after a short patience is aborted where managed code can be.
    /// </param>
    public bool Run(string source, int number, Action<CellOutput> sink, IProgress<OperationProgress>? progress, CancellationToken cancellation)
    {
        ErrorOutput? fault = null;
        using var abort = new CancellationTokenSource();
        using var patience = cancellation.Register(() => abort.CancelAfter(Patience));
        var worker = new Thread(() => fault = Guarded(source, number, sink, progress, cancellation, abort.Token), 16 << 20) { IsBackground = true, Name = $"cell {number}" };
        worker.Start();
        worker.Join();
        if (fault is not null) sink(fault);
        return fault is null;
    }

    /// <summary>Closes the workbenches that cells opened.</summary>
    public void Dispose()
    {
        foreach (var bench in _state?.Variables.Select(v => v.Value).OfType<Workbench>().Distinct() ?? []) bench.Dispose();
    }

    /// <summary>Names that may stand at a place of a cell; see <see cref="Completion.At"/>. None in a query.</summary>
    public (int Start, IReadOnlyList<string> Names) Complete(string source, int cursor)
    {
        if (source.TrimStart().StartsWith("#!", StringComparison.Ordinal)) return (cursor, []);
        return Completion.At(_state is null ? CSharpScript.Create<object>(source, _options, typeof(NotebookGlobals)) : _state.Script.ContinueWith<object>(source, _options), cursor);
    }

    /// <summary>True when the text is a whole cell rather than the beginning of one.</summary>
    public static bool IsComplete(string source) =>
        source.TrimStart().StartsWith("#!", StringComparison.Ordinal) || SyntaxFactory.IsCompleteSubmission(CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(kind: SourceCodeKind.Script)));

    // Aborting is meant for programs that run what a person types, and for nothing else; hence the compiler's warning.
#pragma warning disable SYSLIB0046
    private ErrorOutput? Guarded(string source, int number, Action<CellOutput> sink, IProgress<OperationProgress>? progress, CancellationToken cancellation, CancellationToken abort)
    {
        var (input, output, error) = (Console.In, Console.Out, Console.Error);
        using var captured = new CellWriter("stdout", sink);
        using var capturedError = new CellWriter("stderr", sink);
        try
        {
            Watch.Current = new Watch(progress, cancellation);
            Console.SetIn(new NoInput());
            Console.SetOut(captured);
            Console.SetError(capturedError);
            _globals.Cancellation = cancellation;
            _globals.Show = value => Show(value, isResult: false);
            ControlledExecution.Run(() => Execute(source, number, value => Show(value, isResult: true), cancellation), abort);
            return null;
        }
        catch (Exception fault)
        {
            captured.Flush();
            capturedError.Flush();
            return CellFault.Of(fault, cancellation.IsCancellationRequested);
        }
        finally
        {
            Console.SetIn(input);
            Console.SetOut(output);
            Console.SetError(error);
            captured.Flush();
            capturedError.Flush();
        }

        void Show(object? value, bool isResult)
        {
            captured.Flush();
            capturedError.Flush();
            if (value is not null) sink(new DisplayOutput(Display.Forms.Of(value), isResult));
        }
    }
#pragma warning restore SYSLIB0046

    private void Execute(string source, int number, Action<object?> result, CancellationToken cancellation)
    {
        var cell = CellText.Of(source);
        if (!cell.IsSql)
        {
            result(Continue(_packages.Resolve(cell.Code, $"cell {number}", cancellation), $"cell {number}", cancellation));
            return;
        }
        var bench = _state?.Variables.Select(v => v.Value).OfType<Workbench>().LastOrDefault()
            ?? throw new OperationException("SQL: found no workbench; expected one that an earlier C# cell opened. Run first: var bench = Workbench.Open(\"<folder of the workspace>\");");
        var table = bench.Sql(cell.Code);
        _globals.Table = table;
        if (cell.KeepAs is { } name) Continue($"var {name} = Table;", $"cell {number}", cancellation);
        result(table);
    }

    private object? Continue(string code, string name, CancellationToken cancellation)
    {
        var options = _options.WithFilePath(name);
        var script = _state is null ? CSharpScript.Create<object>(code, options, typeof(NotebookGlobals)) : _state.Script.ContinueWith<object>(code, options);
        var faults = script.Compile(cancellation).Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (faults.Count > 0) throw new CompilationErrorException(faults[0].ToString(), [.. faults]);
        var state = (_state is null ? script.RunAsync(_globals, _ => true, cancellation) : script.RunFromAsync(_state, _ => true, cancellation)).GetAwaiter().GetResult();
        _state = state;
        if (state.Exception is { } fault) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        return state.ReturnValue;
    }
}
