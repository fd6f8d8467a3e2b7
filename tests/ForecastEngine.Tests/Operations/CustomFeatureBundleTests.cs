using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Leakage;

namespace ForecastEngine.Tests.Operations;

/// <summary>A custom feature on its way: trained with, in the bundle, loaded from it elsewhere, and refused where it is not whole; the champion stays each time.</summary>
public sealed class CustomFeatureBundleTests : IClassFixture<CustomFeatureBundleTests.Site>
{
    private const string Expression = "deal => deal.Amount is { } amount ? (double)amount * (1 + deal.StageOrder) * (1 + deal.Activities.Count / 100.0) : null";
    private readonly Site _site;

    public CustomFeatureBundleTests(Site site) => _site = site;

    [Fact]
    public void The_feature_is_in_card_columns_and_bundle_and_the_same_source_gives_the_same_version()
    {
        var (workspace, first) = (_site.Workspace, _site.Trained);
        var named = Assert.Single(first.Card.CustomFeatures!);
        Assert.Equal(("warmth", "points", Feature().Code!.Sha256), (named.Name, named.Unit, named.Sha256));
        Assert.Contains("(1 + deal.StageOrder)", named.Source, StringComparison.Ordinal);
        Assert.Equal(["warmth", "warmth_missing"], first.Card.Features.TakeLast(2).Select(f => f.Name));
        Assert.Contains($"warmth@{named.Sha256[..16]}", first.Card.Options["custom features"], StringComparison.Ordinal);
        Assert.Equal([$"features-{named.Sha256[..16]}.cs", $"features-{named.Sha256[..16]}.dll"], workspace.Models.Get(first.Card.Version).Files.Keys.Where(f => f.StartsWith("features-", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var again = TrainModels.Run(workspace, OperationsWorld.EarlyDay, LeakWorld.Quick);
        Assert.Equal(first.Card.Version, again.Card.Version); // the champion's features stay by default
        var without = TrainModels.Run(workspace, OperationsWorld.EarlyDay, LeakWorld.Quick with { CustomFeatures = [] });
        Assert.NotEqual(first.Card.Version, without.Card.Version);
        Assert.False(without.Decision.Promote, without.Decision.Reason); // another recipe on the same data does not win by being newer
    }

    [Fact]
    public async Task Another_process_scores_with_it_from_the_bundle_to_the_bit_and_one_that_may_not_run_code_refuses()
    {
        var version = _site.Trained.Card.Version;
        var token = TestContext.Current.CancellationToken;
        var here = await RescorePipeline.Run(_site.Workspace, OperationsWorld.EarlyDay, new ScoringOptions { ExplainTop = 20, Threads = 2 }, null, token);
        Assert.Contains(here.Pipeline.Deals, d => d.Score.Drivers.Any(driver => driver.Name == "feature:warmth"));
        // A process of its own: nothing of the feature is loaded there but what the bundle brings.
        var there = Cli.ForecastProgram.Run(_site.Workspace.Folder, "score", "--as-of", OperationsWorld.EarlyDay.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), "--json").Expect(0).Json;
        Assert.Equal(version, there.GetProperty("provenance").GetProperty("modelVersion").GetString());
        var told = there.GetProperty("scores").EnumerateArray().ToDictionary(s => s.GetProperty("opportunityId").GetString()!, s => s.GetProperty("winProbability").GetDouble());
        Assert.Equal(here.Pipeline.Deals.Count, told.Count);
        Assert.All(here.Pipeline.Deals, d => Assert.Equal(d.Score.WinProbability, told[d.Score.OpportunityId]));

        using var server = Workspace.Open(_site.Workspace.Folder, TimeProvider.System, allowCustomFeatures: false);
        var fault = Assert.Throws<ModelRegistryException>(() => server.BundleOf(server.Models.Get(version)));
        Assert.Equal($"Model version {version}: found custom features, which are code (warmth); expected none, since this server was not told to run any. Set ForecastEngine:CustomFeatures to true where you trust whoever trains and promotes, or promote another version.", fault.Message);
        Assert.Throws<ModelRegistryException>(() => ChangeChampion.Promote(server, version, "again"));
    }

    [Fact]
    public void A_version_without_its_feature_with_another_one_or_with_a_broken_checksum_is_refused()
    {
        var (models, trained) = (_site.Workspace.Models, _site.Trained);
        var champion = models.State.Champion;
        var whole = models.Get(trained.Card.Version).Files;
        var dll = whole.Keys.Single(f => f.EndsWith(".dll", StringComparison.Ordinal));

        Refused("lacking", whole.Where(f => f.Key != dll), $"found models that cannot be loaded (Custom feature warmth: found no {dll} in the bundle; expected the assembly that defines it.");
        Refused("other", whole.Select(f => f.Key == dll ? KeyValuePair.Create(f.Key, CustomFeature.Compile("warmth", "points", "a test", "deal => 1").Code!.Bytes) : f), $"Custom feature warmth, {dll}: found SHA-256 ");
        models.Add(whole, trained.Card with { Version = "broken" });
        var file = Path.Combine(_site.Workspace.Folder, "models", "broken", dll);
        File.WriteAllBytes(file, [.. File.ReadAllBytes(file).Append((byte)0)]);
        Assert.StartsWith($"broken/{dll}: found SHA-256 ", Assert.Throws<ModelRegistryException>(() => ChangeChampion.Promote(_site.Workspace, "broken", "a test")).Message, StringComparison.Ordinal);
        Assert.Equal(champion, models.State.Champion);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        void Refused(string version, IEnumerable<KeyValuePair<string, byte[]>> files, string reason)
        {
            models.Add(files.ToDictionary(), trained.Card with { Version = version });
            var fault = Assert.Throws<ModelRegistryException>(() => ChangeChampion.Promote(_site.Workspace, version, "a test"));
            Assert.StartsWith($"Model version {version}: found ", fault.Message, StringComparison.Ordinal);
            Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
            Assert.Equal(champion, models.State.Champion);
            models.Remove([version]);
        }
    }

    [Fact]
    public void A_leaking_challenger_is_refused_by_name_and_the_champion_stays()
    {
        var champion = _site.Workspace.Models.State.Champion;
        var versions = _site.Workspace.Models.List();
        var outcomes = string.Join(',', ForecastWorld.Shared.Known.Opportunities.Select((o, i) => (o.Id, Won: IsWon(i))).Where(d => d.Won).Select(d => $"\"{d.Id}\""));
        var leak = CustomFeature.Compile("leak", "1 or 0", "it is not", $"deal => new HashSet<string> {{ {outcomes} }}.Contains(deal.OpportunityId) ? 1 : 0");
        var fault = Assert.Throws<CustomFeatureException>(() => TrainModels.Run(_site.Workspace, OperationsWorld.EarlyDay, LeakWorld.Quick with { CustomFeatures = [leak] }));
        Assert.Contains("Custom feature leak, ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("by itself; expected at most 0.95", fault.Message, StringComparison.Ordinal);
        Assert.Equal((champion, versions.Count), (_site.Workspace.Models.State.Champion, _site.Workspace.Models.List().Count));
    }

    private static bool IsWon(int index) => ForecastEngine.Snapshots.Closing.Final(ForecastWorld.Shared.Known, index) is { Won: true };

    private static CustomFeature Feature() => CustomFeature.Compile("warmth", "points", "activities are entered when they happen", Expression);

    /// <summary>A workspace whose champion was trained with a custom feature.</summary>
    public sealed class Site : IDisposable
    {
        public Site(OperationsWorld world)
        {
            Workspace = Workspace.Open(Directory.CreateTempSubdirectory("forecast-features-").FullName, TimeProvider.System);
            ImportCrm.Run(Workspace, world.Early, TestExport.Load("forecastengine"));
            Trained = TrainModels.Run(Workspace, OperationsWorld.EarlyDay, LeakWorld.Quick with { CustomFeatures = [Feature()] });
            Assert.Equal(Trained.Card.Version, Workspace.Models.State.Champion);
        }

        public Workspace Workspace { get; }
        public TrainModelsResult Trained { get; }

        public void Dispose()
        {
            Workspace.Dispose();
            Directory.Delete(Workspace.Folder, recursive: true);
        }
    }
}
