using System.CommandLine;
using System.Text;
using ForecastEngine.Cli.Notebooks;
using ForecastEngine.Cli.Notebooks.Kernel;
using ForecastEngine.Cli.Output;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast notebook</c>: runs notebooks, and is the kernel that Jupyter and VS Code run them with.</summary>
internal static class NotebookCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("file") { Description = "Notebooks (.ipynb), in order; each in a session of its own, from its own folder", Arity = ArgumentArity.OneOrMore };
        var to = new Option<string?>("--out") { Description = "Write the notebook with its outputs here, that of a failed cell too. Default: into the file itself, unless a cell fails", HelpName = "file" };
        var check = new Option<bool>("--check") { Description = "Write nothing; fail when a cell's outputs differ from the saved ones. Numbers may differ by the tolerance or by one in the last decimal shown; of pictures the size and the words are compared" };
        var tolerance = GlobalOptions.Checked(new Option<double>("--tolerance") { Description = "Relative difference at which two numbers are the same", HelpName = "share", DefaultValueFactory = _ => 1e-6 }, t => t is >= 0 and < 1, "0 or more, below 1");
        var run = new Command("run", "Runs every cell in order and writes the outputs back; stops at the first cell that fails.") { files, to, check, tolerance };
        run.Validators.Add(result =>
        {
            if (result.GetValue(to) is not null && (result.GetValue(check) || result.GetValue(files) is { Length: > 1 }))
                result.AddError("--out: found it with --check or with several notebooks; expected one notebook to write. Leave --out away.");
            foreach (var option in new Option[] { GlobalOptions.Workspace, GlobalOptions.Database, GlobalOptions.Threads })
                if (result.GetResult(option) is { Implicit: false }) result.AddError($"{option.Name}: found it on a notebook's run; expected it in the notebook, which opens its workspace itself: Workbench.Open(folder, database, seed, threads).");
        });
        run.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(files), parse.GetValue(to), parse.GetValue(check), parse.GetValue(tolerance)));

        var connection = new Argument<string>("connection-file") { Description = "The file that Jupyter writes for a kernel that it starts" };
        var kernel = new Command("kernel", "Serves Jupyter as a kernel until it is shut down. Jupyter starts it; people need not.") { connection };
        kernel.SetAction((parse, cancellation) => Task.Run(() => Serve(parse.GetRequiredValue(connection), cancellation), CancellationToken.None));

        var user = new Option<bool>("--user") { Description = "For this user; the default" };
        var prefix = new Option<string?>("--prefix") { Description = "Into <folder>/share/jupyter/kernels instead, for a virtual environment say", HelpName = "folder" };
        var install = new Command("install", "Tells Jupyter and VS Code of the kernel: writes a kernelspec that starts this program.") { user, prefix };
        install.Validators.Add(result =>
        {
            if (result.GetValue(user) && result.GetValue(prefix) is not null) result.AddError("--user, --prefix: found both; expected one place. Leave one away.");
        });
        install.SetAction((parse, cancellation) => Task.FromResult(Install(new CommandContext(parse, cancellation), parse.GetValue(prefix))));

        return HelpWithExamples.With(new Command("notebook", "Notebooks with C# and SQL cells: run them here, or in Jupyter and VS Code with this program as their kernel.")
        {
            HelpWithExamples.With(run, "forecast notebook run notebooks/*.ipynb", "forecast notebook run notebooks/*.ipynb --check", "forecast notebook run mine.ipynb --out done.ipynb"),
            HelpWithExamples.With(kernel, "forecast notebook kernel connection.json"), HelpWithExamples.With(install, "forecast notebook install", "forecast notebook install --prefix .venv"),
        }, "forecast notebook run notebooks/*.ipynb", "forecast notebook install");
    }

    private static async Task<int> Run(CommandContext context, string[] files, string? to, bool check, double tolerance)
    {
        var (code, told) = (ExitCode.Done, new List<object>());
        foreach (var file in files)
        {
            var result = await context.Run(progress => Task.Run(() => NotebookRun.Run(file, check, tolerance, progress, context.Cancellation), context.Cancellation));
            if (!check && (result.FailedCell is null || to is not null)) Write(to ?? file, result.Notebook);
            told.Add(new { file, cells = result.CellsRun, failed = result.FailedCell is { } f ? new { cell = f.Number, error = f.Fault.Name, message = f.Fault.Value } : null, changed = check ? result.Changes : null });
            if (!context.Json) Tell(context.Screen, file, to ?? file, check, result);
            if (result.FailedCell is { } failed)
            {
                TellFault(file, failed.Number, failed.Source, failed.Fault);
                code = ExitCode.Failed;
                break;
            }
            foreach (var change in result.Changes) Console.Error.WriteLine($"error: {file} cell {change.Cell}: {change.Difference}");
            if (result.Changes.Count > 0) code = ExitCode.Failed;
        }
        if (context.Json) JsonOutput.Write(told);
        return code;
    }

    private static void Tell(Screen screen, string file, string to, bool check, NotebookResult result)
    {
        if (result.FailedCell is not null) return;
        var outcome = !check ? to == file ? "outputs written" : $"outputs written to {to}" : result.Changes.Count == 0 ? "as saved" : $"{result.Changes.Count} of them not as saved";
        screen.Line($"{file}: {result.CellsRun} cells, {outcome}.", 2);
    }

    private static void TellFault(string file, int number, string source, ErrorOutput fault)
    {
        var first = CellText.FirstLine(source);
        Console.Error.WriteLine($"error: {file} cell {number} failed; it begins: {first}");
        foreach (var line in fault.Trace) Console.Error.WriteLine($"  {line}");
        Console.Error.WriteLine("Mend the cell and run the notebook again; its file is as it was.");
    }

    private static void Write(string path, NotebookFile notebook)
    {
        // Beside it first: an interruption leaves the old file or the new one.
        var fresh = path + ".new";
        File.WriteAllText(fresh, notebook.ToJson(), new UTF8Encoding(false));
        File.Move(fresh, path, overwrite: true);
    }

    private static int Serve(string connectionFile, CancellationToken cancellation)
    {
        new JupyterKernel(KernelConnection.Read(connectionFile)).Serve(cancellation);
        return ExitCode.Done;
    }

    private static int Install(CommandContext context, string? prefix)
    {
        var folder = KernelSpec.Install(prefix);
        if (context.Json) JsonOutput.Write(new { name = KernelNames.Name, folder });
        else
        {
            context.Screen.Line($"Kernel \"{KernelNames.Display}\" is in {folder}.", 2);
            context.Screen.Line("Choose it in Jupyter or VS Code. Install again when the program moves.", 2);
        }
        return ExitCode.Done;
    }
}
