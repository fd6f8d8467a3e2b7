using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>A small simulated company in the middle of a quarter, with a trained bundle and a scored pipeline.</summary>
public sealed class ForecastWorld
{
    private static readonly Lazy<ForecastWorld> Made = new(() => new ForecastWorld());

    public static readonly TrainingOptions Training = new()
    {
        Win = new() { Trees = 40, MinRowsPerLeaf = 40 }, Size = new() { Trees = 30, MinRowsPerLeaf = 20 }, Threads = 2,
    };

    private ForecastWorld()
    {
        World = TrainingWorld.Simulated(Options);
        AsOf = TrainingWorld.Before(World, 110);
        Known = new CrmHistory(World.Facts).KnownAt(AsOf);
        Trained = BundleTrainer.Train(Known, AsOf, Training);
        Pipeline = Score(Bundle, Known, AsOf, 2);
    }

    public static SimulationOptions Options { get; } = new()
    {
        Seed = 5, Weeks = 110, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(25), ActivityDensity = 0.3, LeadDensity = 0.1,
    };

    public static ForecastWorld Shared => Made.Value;

    public SimulatedWorld World { get; }
    public AsOf AsOf { get; }
    public CrmHistory Known { get; }
    public TrainedBundle Trained { get; }
    public ModelBundle Bundle => Trained.Bundle;
    public PipelineForecast Pipeline { get; }
    public MarketState Market => Pipeline.Market;
    public IReadOnlyList<ScoredOpportunity> Deals => Pipeline.Deals;
    public RevenueForecaster Forecaster => Pipeline.Forecaster;

    public static PipelineForecast Score(ModelBundle bundle, CrmHistory known, AsOf asOf, int threads, int explain = 0) =>
        PipelineForecast.From(bundle, known, asOf, RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, asOf.Date), new ScoringOptions { ExplainTop = explain, Threads = threads });

    /// <summary>A scored deal made by hand: constant weekly hazards over half a year.</summary>
    public static ScoredOpportunity Deal(string id, AsOf asOf, double? amount, double won = 0.05, double lost = 0.03, string? owner = null, double? crm = null, DateOnly? planned = null, string? name = null)
    {
        var grid = TimeGrid.Create(7, 182);
        var curve = new HazardCurve(grid, [.. Enumerable.Repeat(won, grid.Count)], [.. Enumerable.Repeat(lost, grid.Count)], 0.2);
        return new ScoredOpportunity(new OpportunityScore
        {
            OpportunityId = id, Name = name, AsOf = asOf.Date, OwnerId = owner, Amount = (decimal?)amount, CrmProbability = crm, PlannedCloseOn = planned,
            Rung = Rung.OwnModel, WinProbability = curve.WinProbability, WonBy = [],
        }, curve, amount is { } a ? AmountDistribution.FromAtoms([0.8 * a, a, 1.2 * a], [0.2, 0.6, 0.2]) : null);
    }
}
