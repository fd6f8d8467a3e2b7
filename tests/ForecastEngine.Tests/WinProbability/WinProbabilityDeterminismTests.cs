using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>Same data and seed, same bits.</summary>
public sealed class WinProbabilityDeterminismTests
{
    private static readonly SimulationOptions Simulation = new() { Seed = 71, Weeks = 70, OpportunitiesPerWeek = 10, ActivityDensity = 0.2 };
    private static readonly WinProbabilityOptions Options = new() { Trees = 50, MinRowsPerLeaf = 30 };

    private readonly TrainingWorld _world = new(new CrmHistory(TrainingWorld.Simulated(Simulation).Facts), TrainingWorld.Before(TrainingWorld.Simulated(Simulation), 65));

    [Fact]
    public void Training_twice_and_with_other_threads_gives_the_same_hazards_and_another_seed_does_not()
    {
        var first = Hazards(_world.Train(Options with { Threads = 1 }).Model);
        Assert.True(first.Count > 50);
        Assert.Equal(first, Hazards(_world.Train(Options with { Threads = 1 }).Model));
        Assert.Equal(first, Hazards(_world.Train(Options with { Threads = 2 }).Model));
        Assert.Equal(first, Hazards(_world.Train(Options with { Threads = 4 }).Model));
        Assert.NotEqual(first, Hazards(_world.Train(Options with { Seed = 2 }).Model));
    }

    [Theory]
    [InlineData(50)]
    [InlineData(0)]
    public void A_loaded_model_scores_as_the_saved_one(int trees)
    {
        var trained = _world.Train(trees > 0 ? Options : Options with { MinClosedPerClass = int.MaxValue });
        Assert.Equal(trees > 0 ? Rung.OwnModel : Rung.StageRate, trained.Model.RungFor("Proposal") is Rung.OwnModel ? Rung.OwnModel : Rung.StageRate);
        var model = new WinProbabilityModel(trained.Model.Features.Schema, trained.Model.Grid,
            trained.Model.Won with { Intercept = 0.1 / 3, Slope = 0.9 }, trained.Model.Lost, trained.Model.TailWinShare,
            trained.Model.Late);
        var files = WinProbabilityFiles.Save(trained with { Model = model });
        var loaded = WinProbabilityFiles.Load(files);
        Assert.Equal(Hazards(model), Hazards(loaded));
        Assert.Equal(trees > 0 ? 3 : 1, files.Count);
        Assert.Equal(model.Won.Covers?.LeafCounts.SelectMany(c => c), loaded.Won.Covers?.LeafCounts.SelectMany(c => c));
        Assert.Equal(model.Features.Features.Select(f => f.Name), loaded.Features.Features.Select(f => f.Name));
        Assert.Throws<InvalidDataException>(() => WinProbabilityFiles.Load(new Dictionary<string, byte[]>()));
    }

    private List<string> Hazards(WinProbabilityModel model) =>
        [.. new SnapshotTaker(_world.Known, model.Features, _world.Rates).OpenPipeline(_world.Cutoff).Select(s => s.OpportunityId + " " + Bits.Of(model.Evaluate(s)))];
}
