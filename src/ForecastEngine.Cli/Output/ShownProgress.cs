using ForecastEngine.Operations;
using Spectre.Console;

namespace ForecastEngine.Cli.Output;

/// <summary>Progress on stderr: a bar on a terminal, a line a step elsewhere, nothing when it is quiet.</summary>
internal static class ShownProgress
{
    /// <summary>Runs the work while showing how far it is.</summary>
    public static async Task<T> Run<T>(Func<IProgress<OperationProgress>?, Task<T>> work, bool quiet)
    {
        if (quiet) return await work(null);
        if (Console.IsErrorRedirected) return await work(new Lines());
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new SpinnerColumn(Spinner.Known.Line), new ProgressBarColumn { Width = 24 }, new ElapsedTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context => await work(new Bar(context.AddTask("Starting", maxValue: 1))));
    }

    private sealed class Lines : IProgress<OperationProgress>
    {
        // As it is now: a cell of a notebook has the console's streams for itself while it runs.
        private readonly TextWriter _error = Console.Error;
        private string _last = "";

        // Counts within a step are left out: a line per step.
        public void Report(OperationProgress value)
        {
            var step = value.Step.Split(" (")[0];
            if (step == _last || step == "Done") return;
            _last = step;
            _error.WriteLine($"{step} ...");
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value)
        {
            task.Description = Markup.Escape(value.Step);
            task.IsIndeterminate = value.Share is null;
            if (value.Share is { } share) task.Value = Math.Min(share, 0.999);
        }
    }
}
