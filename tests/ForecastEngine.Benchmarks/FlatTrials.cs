using System.Globalization;
using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;

namespace ForecastEngine.Benchmarks;

/// <summary>
/// <c>flat [worlds] [first seed] [most deals]</c>, or <c>flat size DEALS COLUMNS [worlds]</c> for sound ones of one size: companies that export one table, drawn at random; the engine beside
/// plain boosting, the stage rate, a constant and the truth on the newest fifth of each, won eventually.
/// <c>flat forecast [worlds] [first seed] [most deals]</c>: revenue of four quarters of each, beside the baselines.
/// </summary>
internal static class FlatTrials
{
    private const int MinJudged = 20;

    // FLAT_WIN=trees,leaves,rows per leaf,step: other settings than the engine's own.
    private static readonly WinProbability.WinProbabilityOptions Win = Environment.GetEnvironmentVariable("FLAT_WIN")?.Split(',') is { Length: 4 } given
        ? new() { Trees = int.Parse(given[0], CultureInfo.InvariantCulture), Leaves = int.Parse(given[1], CultureInfo.InvariantCulture), MinRowsPerLeaf = int.Parse(given[2], CultureInfo.InvariantCulture), LearningRate = double.Parse(given[3], CultureInfo.InvariantCulture) }
        : new();

    public static void Run(string[] args)
    {
        int Argument(int place, int otherwise) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : otherwise;
        if (args.ElementAtOrDefault(1) == "size")
        {
            Trial([.. Enumerable.Range(1, Argument(4, 4)).Select(seed => new FlatCompanyOptions
            {
                Seed = 7000 + seed + Argument(5, 0), Deals = Argument(2, 3000), Columns = Argument(3, 20), Telling = Argument(3, 20) / 2, Signal = 1.2, WinRate = 0.35,
                MedianDays = (seed + Argument(5, 0)) % 2 == 0 ? 5 : 60, Interacts = (seed + Argument(5, 0)) % 4 < 2,
            })]);
            return;
        }
        if (args.ElementAtOrDefault(1) == "forecast")
        {
            Forecasts([.. Enumerable.Range(Argument(3, 1), Argument(2, 40)).Select(seed => FlatCompanyOptions.Any(seed, Argument(4, 2000)))]);
            return;
        }
        var (worlds, first, most) = (Argument(1, 40), Argument(2, 1), Argument(3, 10_000));
        Trial([.. Enumerable.Range(first, worlds).Select(seed => FlatCompanyOptions.Any(seed, most))]);
    }

    private static void Trial(IReadOnlyList<FlatCompanyOptions> companies)
    {
        var results = new List<(FlatCompanyOptions World, BesideResult Result, double TrueLoss)>();
        Console.WriteLine("seed,deals,columns,telling,signal,winRate,days,slow,blank,interacts,closedOnly,closings,judged,won,auc,boosting,se,loss,boosting,stage,constant,truth,rung");
        foreach (var world in companies)
        {
            try
            {
                if (Judge(world) is { } judged) results.Add((world, judged.Result, judged.Truth));
                else Console.WriteLine(Text($"{world.Seed},{world.Deals},,,,,,,,,{world.IsClosedOnly},{world.Closings},too few"));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Console.WriteLine($"{world.Seed},{world.Deals},{world.Closings}: {e.GetType().Name}: {e.Message}");
            }
        }
        Summary(results);
    }

    // One training at the end of 2024, and the quarters of 2025 from their starts.
    private static void Forecasts(IReadOnlyList<FlatCompanyOptions> companies)
    {
        var options = new BacktestOptions { From = new DateOnly(2025, 1, 1), StrideDays = 91, RetrainDays = 400, Threads = 1, Training = new TrainingOptions { Threads = 1 } };
        var (windows, notFinite, absurd, refused) = (new List<WindowResult>(), 0, 0, 0);
        Console.WriteLine("seed,deals,closings,quarter,actual,mean,median,lower,upper,like least,like most,baselines");
        Parallel.ForEach(companies, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, world =>
        {
            var folder = Directory.CreateTempSubdirectory("flat").FullName;
            try
            {
                FlatCompany.Write(folder, world);
                var history = new CrmHistory(CrmImport.Read(folder, ImportMap.Parse(FlatCompany.Map(world)), new ImportOptions { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }).Facts);
                var rounds = BacktestPlan.For(history, options);
                var results = Backtester.Run(new Lazy<BacktestSubject>(() => new BacktestSubject(history)), rounds, options);
                var past = Enumerable.Range(0, 8).Select(q => new BacktestSubject(history).Actual(history.Calendar.Quarter(new DateOnly(2023, 1, 1).AddMonths(3 * q)))).ToArray();
                lock (windows)
                    foreach (var window in results)
                    {
                        windows.Add(window);
                        var engine = window.Forecasts[0];
                        var band = engine.Bands[1];
                        if (!double.IsFinite(engine.Mean + engine.Median + band.Lower + band.Upper)) notFinite++;
                        if (engine.Mean > 3 * past.Max() || past.Min() > 0 && engine.Mean < past.Min() / 5) absurd++;
                        Console.WriteLine(Text($"{world.Seed},{world.Deals},{world.Closings},{window.Window.Period.Label},{window.Actual:0},{engine.Mean:0},{engine.Median:0},{band.Lower:0},{band.Upper:0},{past.Min():0},{past.Max():0},{string.Join(' ', window.Forecasts.Skip(1).Select(f => Text($"{f.Method}={f.Median:0}")))}"));
                    }
            }
            catch (Exception e) when (e is TrainingException or ArgumentException)
            {
                lock (windows) { refused++; Console.WriteLine(Text($"{world.Seed},{world.Deals},{world.Closings},{e.GetType().Name}: {e.Message}")); }
            }
            finally { Directory.Delete(folder, recursive: true); }
        });
        Console.WriteLine(Text($"{companies.Count} worlds, {refused} refused, {windows.Count} forecasts, {notFinite} not finite, {absurd} of more than three times the most or less than a fifth of the least quarter of two years"));
        foreach (var group in windows.GroupBy(_ => "all"))
            foreach (var level in new[] { 0, 1, 2 })
                Console.WriteLine(Text($"{group.Key}: band {group.First().Forecasts[0].Bands[level].Level:0.00} held {group.Count(w => w.Actual >= w.Forecasts[0].Bands[level].Lower && w.Actual <= w.Forecasts[0].Bands[level].Upper)} of {group.Count()}"));
        // Every world weighs alike: errors over the world's mean quarter.
        foreach (var method in windows.SelectMany(w => w.Forecasts.Select(f => f.Method)).Distinct())
        {
            var both = windows.Where(w => w.Actual > 0 && w.Forecasts.Any(f => f.Method == method)).ToList();
            Console.WriteLine(Text($"{method}: {both.Count} windows, mean of |median - actual| / actual, at most 3: {both.Average(w => Math.Min(3, Math.Abs(w.Forecasts.First(f => f.Method == method).Median - w.Actual) / w.Actual)):0.000}; the engine's there {both.Average(w => Math.Min(3, Math.Abs(w.Forecasts[0].Median - w.Actual) / w.Actual)):0.000}"));
        }
    }

    private static (BesideResult Result, double Truth)? Judge(FlatCompanyOptions world)
    {
        var folder = Directory.CreateTempSubdirectory("flat").FullName;
        try
        {
            var truth = FlatCompany.Write(folder, world);
            var facts = CrmImport.Read(folder, ImportMap.Parse(FlatCompany.Map(world)), new ImportOptions { Now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }).Facts;
            var request = new LandmarkRequest { Cut = 0.8, Ages = [0], BesideBoosting = true, Training = new TrainingOptions { Threads = 2, Win = Win } };
            EvaluateLandmarksResult result;
            try { result = EvaluateLandmarks.Run(new CrmHistory(facts), request); }
            catch (TrainingException) { return null; }
            if (result.Beside.FirstOrDefault(b => b.Target == BesideTarget.WonEventually) is not { } beside || beside.Deals < MinJudged) return null;
            var rows = result.Rows.Where(r => r.Target == BesideTarget.WonEventually).ToList();
            var trueLoss = rows.Average(r => -Math.Log(r.IsWon ? truth[r.OpportunityId] : 1 - truth[r.OpportunityId]));
            Console.WriteLine(Text($"{world.Seed},{world.Deals},{world.Columns},{world.Telling},{world.Signal},{world.WinRate:0.00},{world.MedianDays:0},{world.SlowWins},{world.Blank},{world.Interacts},{world.IsClosedOnly},{world.Closings},{beside.Deals},{beside.Won},{beside.Auc:0.000},{beside.BoostingAuc:0.000},{beside.AucStandardError:0.000},{beside.LogLoss:0.0000},{beside.BoostingLogLoss:0.0000},{beside.StageRateLogLoss:0.0000},{beside.ConstantLogLoss:0.0000},{trueLoss:0.0000},{rows.Average(r => r.Engine):0.000},{rows.Average(r => r.StageRate):0.000},{rows.Average(r => r.IsWon ? 1.0 : 0):0.000},{rows.Average(r => r.Constant):0.000}"));
            if (rows.Any(r => !double.IsFinite(r.Engine))) Console.WriteLine(Text($"  NOT A NUMBER in {world.Seed}"));
            return (beside, trueLoss);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static void Summary(List<(FlatCompanyOptions World, BesideResult Result, double TrueLoss)> results)
    {
        foreach (var group in results.GroupBy(r => r.World.Deals < 500 ? "under 500" : r.World.Deals < 2000 ? "500 to 2000" : "2000 and more").Concat(results.GroupBy(r => "closings " + r.World.Closings)).Concat(results.GroupBy(_ => "all")))
        {
            var all = group.ToList();
            double Mean(Func<BesideResult, double> of) => all.Average(r => of(r.Result));
            int Behind(Func<BesideResult, Statistics.BootstrapInterval> less) => all.Count(r => less(r.Result) is var i && i.Estimate > (i.Upper - i.Lower) / 3.92);
            var ranked = all.Where(r => double.IsFinite(r.Result.AucStandardError)).ToList();
            Console.WriteLine(Text($"{group.Key}: {all.Count} worlds; log loss less boosting {Mean(r => r.LessBoosting.Estimate):+0.0000;-0.0000}, behind by a standard error in {Behind(r => r.LessBoosting)}; less stage rate {Mean(r => r.LessStageRate.Estimate):+0.0000;-0.0000}, behind {Behind(r => r.LessStageRate)}; less constant {Mean(r => r.LessConstant.Estimate):+0.0000;-0.0000}, behind {Behind(r => r.LessConstant)}; AUC less boosting {ranked.Average(r => r.Result.Auc - r.Result.BoostingAuc):+0.0000;-0.0000}, behind by a standard error in {ranked.Count(r => r.Result.BoostingAuc - r.Result.Auc > r.Result.AucStandardError)}; above the truth {all.Average(r => r.Result.LogLoss - r.TrueLoss):0.0000}, boosting {all.Average(r => r.Result.BoostingLogLoss - r.TrueLoss):0.0000}"));
        }
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
