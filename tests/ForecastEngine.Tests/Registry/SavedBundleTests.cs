using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Tests.Registry;

/// <summary>
/// Bundles that earlier releases wrote: they load and say what they said, or are refused in words. Each folder holds a bundle of
/// <see cref="FixtureWorld"/> and the predictions of the release that wrote it.
/// </summary>
public sealed class SavedBundleTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "ForecastEngine.Tests", "Registry", "Bundles");

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Theory]
    [InlineData("custom-feature")]
    [InlineData("before-line")]
    [InlineData("plain")]
    public void A_bundle_says_what_it_said_when_it_was_written(string name)
    {
        var (files, written) = Saved(name);
        Same(written, Predictions(ModelBundle.Load(files)));
    }

    // From before the calendar paced hazards: its trees know two columns less, which stand last, so that win probability is the same.
    // Within a cell time ran evenly then and does so for it now.
    [Fact]
    public void A_bundle_from_before_the_calendars_pace_still_answers()
    {
        var (files, written) = Saved("before-pace");
        var bundle = ModelBundle.Load(files);
        Assert.Null(bundle.Win.Won.Pace);
        Same(written, Predictions(bundle));
    }

    [Fact]
    public void A_bundle_whose_parts_do_not_fit_together_is_refused_in_words()
    {
        var (files, _) = Saved("plain");
        foreach (var name in files.Keys.Where(n => n is not ("win-won.zip" or "win-lost.zip")))
            Assert.Contains(name, Assert.Throws<InvalidDataException>(() => ModelBundle.Load(files.Where(f => f.Key != name).ToDictionary())).Message, StringComparison.Ordinal);
        var state = JsonNode.Parse(files["win.json"])!;
        state["Custom"] = new JsonArray(JsonNode.Parse("""{"Name":"mine","Unit":"days","KnownBecause":"a test","Sha256":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}"""));
        Assert.Equal("Custom feature mine: found no features-0011223344556677.dll in the bundle; expected the assembly that defines it. Restore the bundle, or train again.",
            Assert.Throws<InvalidDataException>(() => ModelBundle.Load(new Dictionary<string, byte[]>(files) { ["win.json"] = Encoding.UTF8.GetBytes(state.ToJsonString()) })).Message);
    }

    /// <summary>Writes the bundles of this release; run by hand when the format changes, under a new folder's name: <c>-explicit only -method '*Write_the*'</c>.</summary>
    [Fact(Explicit = true)]
    public void Write_the_bundles_of_this_release()
    {
        Write("plain", []);
        Write("custom-feature", [CustomFeature.Compile("weeks_in_stage", "weeks", "stages are entered when they are reached", "deal => deal.Value(\"days_in_stage\") / 7")]);

        static void Write(string name, IReadOnlyList<CustomFeature> custom)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
            var trained = BundleTrainer.Train(FixtureWorld.History(), FixtureWorld.Cutoff, FixtureWorld.Options with { CustomFeatures = custom });
            foreach (var (file, content) in trained.Files) File.WriteAllBytes(Path.Combine(folder, file), content);
            File.WriteAllText(Path.Combine(folder, "predictions.json"), JsonSerializer.Serialize(Predictions(ModelBundle.Load(trained.Files)), Indented));
        }
    }

    private static (Dictionary<string, byte[]> Files, SortedDictionary<string, double[]> Written) Saved(string name)
    {
        var files = Directory.EnumerateFiles(Path.Combine(Folder, name)).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes, StringComparer.Ordinal);
        files.Remove("predictions.json", out var written);
        return (files, JsonSerializer.Deserialize<SortedDictionary<string, double[]>>(written)!);
    }

    // Win probability, P(won within 30 days) and expected amount of every open deal.
    private static SortedDictionary<string, double[]> Predictions(ModelBundle bundle)
    {
        var (history, told) = (FixtureWorld.History(), new SortedDictionary<string, double[]>(StringComparer.Ordinal));
        foreach (var deal in new SnapshotTaker(history, bundle.Win.Features, GroupRates.From(history, bundle.Win.Features.Schema.CategoricalAttributes)).OpenPipeline(FixtureWorld.Cutoff))
            told[deal.OpportunityId] = [bundle.Win.Evaluate(deal).WinProbability, bundle.Win.Evaluate(deal).WonWithin(30), bundle.Size.Evaluate(deal)?.Mean ?? 0];
        return told;
    }

    private static void Same(SortedDictionary<string, double[]> written, SortedDictionary<string, double[]> now)
    {
        Assert.True(written.Count > 10);
        Assert.Equal(written.Keys, now.Keys);
        foreach (var (deal, values) in written)
            for (var i = 0; i < values.Length; i++) Assert.True(Math.Abs(values[i] - now[deal][i]) <= 1e-9 * Math.Max(1, values[i]), $"{deal}, value {i}: found {now[deal][i]:R}; expected {values[i]:R}.");
    }
}
