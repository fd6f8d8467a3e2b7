using BenchmarkDotNet.Attributes;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Benchmarks;

/// <summary>One preview of an open deal with another amount, as the server makes it once its ground is at hand: without and with drivers.</summary>
public class PreviewBenchmarks
{
    private PreviewScorer _scorer = null!;
    private string[] _ids = null!;
    private int _next;

    /// <summary>Trains on a simulated team of 50 wins a quarter, with the default settings.</summary>
    [GlobalSetup]
    public void Train()
    {
        var world = SimulatedWorld.Generate(new SimulationOptions { Seed = 5, Weeks = 130, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(50), LeadDensity = 0.2 });
        var history = new CrmHistory(world.Facts);
        var asOf = AsOf.At(history.ExportedAt);
        var ground = PipelineGround.From(BundleTrainer.Train(history, asOf, new TrainingOptions()).Bundle, history, asOf, Environment.ProcessorCount);
        var run = new RescoringRun { Id = 1, AsOf = asOf.Date, AsOfAt = asOf.Instant, ModelVersion = "benchmark", Seed = 0, DataExportedAt = history.ExportedAt, StartedAt = history.ExportedAt, Parts = 1, Metadata = "{}" };
        _scorer = new PreviewScorer(new RunGround(run, ground));
        _ids = [.. Enumerable.Range(0, history.Opportunities.Length).Where(i => SnapshotTaker.IsOpen(history, i, asOf)).Select(i => history.Opportunities[i].Id)];
    }

    private PreviewDeal Next(bool drivers) => new() { OpportunityId = _ids[_next++ % _ids.Length], Amount = 1000 + _next % 5000, Drivers = drivers };

    /// <summary>The score alone.</summary>
    [Benchmark(Baseline = true)]
    public double Score() => _scorer.Score(Next(drivers: false)).WinProbability;

    /// <summary>With base probability and drivers.</summary>
    [Benchmark]
    public double ScoreAndDrivers() => _scorer.Score(Next(drivers: true)).WinProbability;
}
