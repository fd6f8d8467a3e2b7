using System.Diagnostics;
using System.Globalization;

namespace ForecastEngine.Benchmarks;

/// <summary>Something to be measured.</summary>
/// <param name="Name">What is printed and what <c>--only</c> names.</param>
/// <param name="Run">Prepares data of about so many rows and measures the step on so many threads.</param>
public sealed record Work(string Name, Action<Stopclock, int, int> Run);

/// <summary>Runs each step and size in a process of its own, so that its peak memory is its own.</summary>
public static class OwnProcess
{
    /// <summary>First argument of a process that runs one step.</summary>
    public const string Child = "one";

    /// <summary><c>--rows 10k,100k,1M --only training,scoring --threads 1 --repeat 3</c>: prints a table.</summary>
    public static void RunAll(IReadOnlyList<Work> all, string[] args)
    {
        var rows = Option(args, "--rows", "10k,100k").Split(',');
        var only = Option(args, "--only", "");
        Console.WriteLine("| step | rows | seconds | rows/s | before MB | peak MB | bytes/row |\n|---|---:|---:|---:|---:|---:|---:|");
        foreach (var work in all.Where(w => only.Length == 0 || only.Split(',').Any(o => w.Name.StartsWith(o, StringComparison.Ordinal))))
            foreach (var size in rows)
            {
                using var process = Start(Child, work.Name, size, Option(args, "--threads", "1"), Option(args, "--repeat", "3"));
                process.WaitForExit();
                if (process.ExitCode != 0) Console.WriteLine($"| {work.Name} | {size} | failed with code {process.ExitCode} |");
            }
    }

    /// <summary>This program once more, with other arguments.</summary>
    internal static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(OwnProcess).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>The child: <c>one &lt;name&gt; &lt;rows&gt; &lt;threads&gt; &lt;repeat&gt;</c>.</summary>
    public static void RunOne(string[] args)
    {
        var work = Steps.All.Concat(Comparisons.All).Single(w => w.Name == args[1]);
        work.Run(new Stopclock(work.Name, int.Parse(args[4], CultureInfo.InvariantCulture)), Size(args[2]), int.Parse(args[3], CultureInfo.InvariantCulture));
    }

    internal static int Size(string text) => text[^1] switch
    {
        'k' => 1_000 * int.Parse(text[..^1], CultureInfo.InvariantCulture),
        'M' => 1_000_000 * int.Parse(text[..^1], CultureInfo.InvariantCulture),
        _ => int.Parse(text, CultureInfo.InvariantCulture),
    };

    internal static string Option(string[] args, string name, string otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
}
