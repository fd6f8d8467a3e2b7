using BenchmarkDotNet.Attributes;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Benchmarks;

/// <summary>
/// One open deal's hazards in all cells ahead: the shared walk against a full walk per cell, and against the same cells
/// through ML.NET's own rows; then the explanation of one deal.
/// </summary>
public class GridScoringBenchmarks
{
    private WinProbabilityModel _model = null!;
    private ScoreExplainer _explainer = null!;
    private OpportunitySnapshot[] _deals = null!;
    private readonly float[] _ahead = new float[AheadFeatures.Count * GridScorer.MaxPoints];
    private float[] _row = null!;
    private double[] _scores = null!;
    private int _next;

    /// <summary>Trains on a simulated team of 50 wins a quarter.</summary>
    [GlobalSetup]
    public void Train()
    {
        var world = SimulatedWorld.Generate(new SimulationOptions { Seed = 5, Weeks = 130, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(50), LeadDensity = 0.2 });
        var history = new CrmHistory(world.Facts);
        var asOf = AsOf.At(history.ExportedAt);
        _model = BundleTrainer.Train(history, asOf, new TrainingOptions()).Bundle.Win;
        _deals = [.. new SnapshotTaker(history, _model.Features, GroupRates.From(history, [])).OpenPipeline(asOf)];
        _explainer = new ScoreExplainer(_model);
        _row = new float[_model.Features.Count + AheadFeatures.Count];
        _scores = new double[_model.Grid.Count];
    }

    private OpportunitySnapshot Next() => _deals[_next++ % _deals.Length];

    /// <summary>A walk of its own per cell.</summary>
    [Benchmark(Baseline = true)]
    public double FullWalkPerCell()
    {
        var deal = Next();
        _model.WriteAhead(deal, _ahead);
        deal.Features.CopyTo(_row, 0);
        var sum = 0.0;
        foreach (var trees in (ReadOnlySpan<TreeEnsemble>)[_model.Won.Trees!, _model.Lost.Trees!])
            for (var cell = 0; cell < _scores.Length; cell++)
            {
                for (var a = 0; a < AheadFeatures.Count; a++) _row[deal.Features.Length + a] = _ahead[a * GridScorer.MaxPoints + cell];
                sum += trees.Score(_row);
            }
        return sum;
    }

    /// <summary>One walk that splits only where the cells part.</summary>
    [Benchmark]
    public double SharedWalk()
    {
        var deal = Next();
        _model.WriteAhead(deal, _ahead);
        var sum = 0.0;
        foreach (var trees in (ReadOnlySpan<TreeEnsemble>)[_model.Won.Trees!, _model.Lost.Trees!])
        {
            GridScorer.Score(trees, deal.Features, _ahead, _scores);
            sum += _scores[0];
        }
        return sum;
    }

    /// <summary>The whole curve, from snapshot to win probability.</summary>
    [Benchmark]
    public double Curve() => _model.Evaluate(Next()).WinProbability;

    /// <summary>Base probability and drivers of one deal.</summary>
    [Benchmark]
    public double Explain() => _explainer.Explain(Next(), new double[_model.Grid.Count]).BaseProbability;
}
