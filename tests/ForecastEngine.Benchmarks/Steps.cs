using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Benchmarks;

/// <summary>Whole steps of the engine on simulated data. Rows: of files, facts, snapshots, training rows, scores or deals.</summary>
public static class Steps
{
    // Per opportunity of the simulated company, about.
    private const double FactsEach = 36, LandmarksEach = 10, TrainingRowsEach = 43;
    private const int MostDeals = 20_000;

    /// <summary>In the order of a run.</summary>
    public static IReadOnlyList<Work> All { get; } =
    [
        new("import", Import), new("history", History), new("snapshots", Snapshots), new("table", Table), new("rows", Rows), new("training", Training),
        new("scoring", Scoring), new("drivers", Explain), new("forecast", Forecast), new("backtest", Backtest),
    ];

    private static void Import(Stopclock clock, int rows, int threads)
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            CrmExportWriter.Write(new BenchmarkWorld(rows / FactsEach).Facts, folder.FullName);
            var map = ImportMap.Load(Path.Combine(AppContext.BaseDirectory, "forecastengine.json"));
            clock.Measure(() => Count(CrmImport.Read(folder.FullName, map).Facts));
        }
        finally { folder.Delete(recursive: true); }
    }

    private static void History(Stopclock clock, int rows, int threads)
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            using var database = ForecastDatabase.Open(StorageOptions.Sqlite(Path.Combine(folder.FullName, "history.db")));
            var store = new CrmHistoryStore(database);
            store.Append(new BenchmarkWorld(rows / FactsEach).Facts, new Storage.ImportRun { At = DateTimeOffset.UnixEpoch, MapName = "native", SourceHash = "", Report = "{}" });
            clock.Measure(() => Count(store.Load().ToFacts()));
        }
        finally { folder.Delete(recursive: true); }
    }

    private static void Snapshots(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(Math.Min(MostDeals, rows / LandmarksEach));
        var taker = world.Taker();
        clock.Measure(() =>
        {
            for (var count = 0L; ;)
                for (var i = 0; i < world.History.Opportunities.Length; i++)
                    foreach (var _ in taker.Take(i, TrainingTable.Landmarks(world.History.Opportunities[i], world.Grid, world.AsOf)))
                        if (++count == rows) return count;
        });
    }

    private static void Table(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(rows / LandmarksEach);
        clock.Measure(() => world.Table(threads).Rows.Count);
    }

    private static void Rows(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(rows / TrainingRowsEach);
        var table = world.Table(threads);
        string[] names = [.. world.Features.Features.Select(f => f.Name)];
        clock.Measure(() => HazardRows.From(table, names, world.Grid, Cause.Won, 4, 1).Count + HazardRows.From(table, names, world.Grid, Cause.Lost, 4, 1).Count);
    }

    private static void Training(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(rows / TrainingRowsEach);
        var table = world.Table(threads);
        clock.Measure(() =>
        {
            var trained = WinProbabilityTrainer.Train(table, world.Schema, world.Grid, new WinProbabilityOptions { Threads = threads, MaxRows = int.MaxValue });
            return trained.Rows.Won + trained.Rows.Lost;
        });
    }

    private static void Scoring(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(3_000);
        var bundle = world.Train(threads).Bundle;
        var deals = world.Snapshots(bundle.Win.Features, Math.Min(rows, 20_000));
        var (scorer, periods) = (new PipelineScorer(bundle.Win, bundle.Size, bundle.Market.Factor), RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, world.AsOf.Date));
        var options = new ScoringOptions { ExplainTop = 0, Threads = threads };
        clock.Measure(() =>
        {
            var count = 0L;
            for (; count < rows; count += deals.Count) scorer.Score(deals, periods, null, options);
            return count;
        });
    }

    private static void Explain(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(3_000);
        var bundle = world.Train(threads).Bundle;
        var deals = world.Snapshots(bundle.Win.Features, Math.Min(rows, 5_000));
        var (explainer, shift) = (new ScoreExplainer(bundle.Win), MarketTracker.Shift(bundle.Market.Factor, bundle.Win.Grid));
        clock.Measure(() =>
        {
            foreach (var deal in deals) explainer.Explain(deal, shift);
            return deals.Count;
        });
    }

    // A thousand open deals whatever is asked: what a person waits for.
    private static void Forecast(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(9_500);
        var bundle = world.Train(threads).Bundle;
        var periods = RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, world.AsOf.Date);
        var rates = GroupRates.From(world.History, bundle.Win.Features.Schema.CategoricalAttributes);
        var deals = world.Snapshots(bundle.Win.Features, 1_000);
        var scored = new PipelineScorer(bundle.Win, bundle.Size, bundle.Market.Factor).Score(deals, periods, null, new ScoringOptions { ExplainTop = 0, Threads = threads });
        clock.Measure(() =>
        {
            var newborns = NewbornCurves.From(world.History, world.AsOf, bundle.Win, rates, bundle.Market.Factor);
            new RevenueForecaster(world.History, world.AsOf, scored, bundle.Market.Factor, bundle.Market.MomentVariance, newborns).Forecast(periods[0], Dimension.Team, threads: threads);
            return scored.Count;
        });
    }

    // One round with two windows of a company with so many facts: training and its check, then scores, revenue by company and team and all baselines, twice.
    private static void Backtest(Stopclock clock, int rows, int threads)
    {
        var world = new BenchmarkWorld(rows / FactsEach);
        var options = new BacktestOptions { Training = new() { Threads = threads }, Threads = 1 };
        var round = BacktestPlan.For(world.History, options)[^1];
        clock.Measure(() =>
        {
            Backtester.Run(new BacktestSubject(world.History), round, options);
            return Count(world.Facts);
        });
    }

    private static long Count(CrmFacts facts) => (long)facts.Opportunities.Count + facts.Changes.Count + facts.Activities.Count + facts.Leads.Count + facts.LineItems.Count;
}
