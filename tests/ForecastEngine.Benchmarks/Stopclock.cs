using System.Diagnostics;
using System.Globalization;

namespace ForecastEngine.Benchmarks;

/// <summary>Measures a step several times and prints the median, its memory and what it allocates.</summary>
public sealed class Stopclock(string name, int repeat)
{
    /// <summary>Runs <paramref name="step"/>, which tells how many rows it did.</summary>
    public void Measure(Func<long> step)
    {
        var (seconds, rows, allocated) = (new List<double>(), 0L, 0L);
        GC.Collect();
        var before = Megabytes("VmRSS");
        for (var run = 0; run < repeat; run++)
        {
            GC.Collect();
            var (bytes, start) = (GC.GetTotalAllocatedBytes(true), Stopwatch.GetTimestamp());
            rows = step();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            allocated = GC.GetTotalAllocatedBytes(true) - bytes;
        }
        seconds.Sort();
        var median = seconds[seconds.Count / 2];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {rows:N0} | {median:0.000} | {rows / median:N0} | {before:N0} | {Megabytes("VmHWM"):N0} | {(double)allocated / rows:N0} |"));
    }

    // Peak of the whole process, the making of the data included.
    internal static double Megabytes(string key) =>
        double.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
