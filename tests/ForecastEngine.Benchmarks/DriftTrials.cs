using System.Globalization;

namespace ForecastEngine.Benchmarks;

/// <summary><c>drift [years]</c>: false alarms in simulated years without change, and how soon a shift is found, by size of the company.</summary>
internal static class DriftTrials
{
    public static void Run(string[] args)
    {
        var years = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 200;
        Console.WriteLine($"{"wins a quarter",-15} {"what happens",-34} {"years",6} {"alarms",7} {"within 8 weeks",15} {"median week",12}");
        foreach (var wins in (double[])[25, 100, 250, 500])
        {
            Tell(new DriftTrial { WinsPerQuarter = wins }, "nothing", years);
            foreach (var logOdds in (double[])[-0.5, -1.0, 0.5])
                Tell(new DriftTrial { WinsPerQuarter = wins, ShiftAt = 20, LogOdds = logOdds }, $"odds of winning {logOdds.ToString("+0.0;-0.0", CultureInfo.InvariantCulture)} from week 20", years / 4);
            foreach (var column in (double[])[0.5, 1.0])
                Tell(new DriftTrial { WinsPerQuarter = wins, ShiftAt = 20, Column = column }, $"a column +{column.ToString("0.0", CultureInfo.InvariantCulture)} s.d. from week 20", years / 4);
        }
    }

    private static void Tell(DriftTrial trial, string what, int years)
    {
        var found = new int?[years];
        Parallel.For(0, years, y => found[y] = trial.FirstAlarm(10_000 + y));
        // An alarm before the shift is a false one and finds nothing.
        int[] after = [.. found.OfType<int>().Where(w => w >= 0).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{trial.WinsPerQuarter,-15:0} {what,-34} {years,6} {found.Count(f => f is not null),7} {(trial.ShiftAt is null ? "" : $"{after.Count(w => w < 8)} of {years}"),15} {(after.Length == 0 || trial.ShiftAt is null ? "" : (after[after.Length / 2] + 1).ToString(CultureInfo.InvariantCulture)),12}"));
    }
}
