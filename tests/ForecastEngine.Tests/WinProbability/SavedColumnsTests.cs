using System.Text.Json.Nodes;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>A saved model is bound to its columns by their names.</summary>
public sealed class SavedColumnsTests
{
    private static readonly Lazy<(TrainingWorld World, TrainedWinProbability Trained)> Shared = new(() =>
    {
        var simulated = TrainingWorld.Simulated(
            new SimulationOptions
            {
                Seed = 17,
                Weeks = 70,
                OpportunitiesPerWeek = 10,
                ActivityDensity = 0.3,
            }
        );
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 70));
        return (world, world.Train(new WinProbabilityOptions { Trees = 10 }));
    });

    [Fact]
    public void Its_scores_keep_their_bits_where_a_release_has_other_columns_beside_them()
    {
        // A release of before knew all but one of today's columns, and had them in another order.
        var (world, trained) = Shared.Value;
        var names = trained.Model.Features.Features.Select(f => f.Name).ToList();
        string[] then = [.. names.Where(n => n != "weekday").OrderDescending(StringComparer.Ordinal)];
        var features = new FeatureSet(world.Schema, then);
        Assert.Equal(then, features.Features.Select(f => f.Name));
        var deals = new SnapshotTaker(world.Known, features, world.Rates).OpenPipeline(world.Cutoff);
        var today = new SnapshotTaker(world.Known, world.Features, world.Rates).OpenPipeline(world.Cutoff);
        Assert.NotEmpty(deals);
        for (var d = 0; d < deals.Count; d++)
        for (var f = 0; f < then.Length; f++)
            Assert.Equal(today[d].Features[names.IndexOf(then[f])], deals[d].Features[f]);
        var loaded = WinProbabilityFiles.Load(Edited(columns => { }));
        Assert.Equal(
            today.Select(d => trained.Model.Evaluate(d).WinProbability),
            today.Select(d => loaded.Evaluate(d).WinProbability)
        );
    }

    [Fact]
    public void A_column_that_this_release_does_not_compute_is_refused_by_its_name()
    {
        var fault = Assert.Throws<InvalidDataException>(() =>
            WinProbabilityFiles.Load(Edited(columns => columns[3] = "phase_of_the_moon"))
        );
        Assert.Contains("\"phase_of_the_moon\"", fault.Message, StringComparison.Ordinal);
        Assert.Contains("train again", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_before_names_were_saved_still_loads()
    {
        var files = Edited(_ => { });
        var state = JsonNode.Parse(files["win.json"])!.AsObject();
        Assert.True(state.Remove("Columns"));
        files["win.json"] = System.Text.Encoding.UTF8.GetBytes(state.ToJsonString());
        Assert.Equal(Shared.Value.Trained.Model.Features.Count, WinProbabilityFiles.Load(files).Features.Count);
    }

    private static Dictionary<string, byte[]> Edited(Action<JsonArray> edit)
    {
        var files = WinProbabilityFiles.Save(Shared.Value.Trained);
        var state = JsonNode.Parse(files["win.json"])!;
        edit(state["Columns"]!.AsArray());
        files["win.json"] = System.Text.Encoding.UTF8.GetBytes(state.ToJsonString());
        return files;
    }
}
