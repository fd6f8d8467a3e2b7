using ForecastEngine.Backtesting.Report;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Import;
using ForecastEngine.Tests.Leakage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Operations;

/// <summary>The life of model versions: trainings on record, comparisons, shadow, refusals that leave the champion, retention, and making one again; on both databases.</summary>
public abstract class ModelLifeContract(OperationsWorld world, OperationsSites sites)
{
    [Fact]
    public async Task Trainings_are_on_record_two_compare_and_a_version_is_made_again_to_the_bit()
    {
        await using var site = await sites.Imported();
        var workspace = site.Workspace;
        Assert.Throws<TrainingException>(() => Train(site, new DateOnly(2022, 1, 20), LeakWorld.Quick));
        var first = Train(site, OperationsWorld.EarlyDay, LeakWorld.Quick);
        // Another recipe on the same data: registered, never promoted for being newer.
        var worse = Train(site, OperationsWorld.EarlyDay, LeakWorld.ByHeart);
        Assert.False(worse.Decision.Promote);
        Assert.Equal((first.Card.Version, worse.Card.Version), (workspace.Models.State.Champion, workspace.Models.State.Challenger));

        var runs = workspace.Trainings.List();
        Assert.Equal([TrainingOutcomeKind.Registered, TrainingOutcomeKind.Promoted, TrainingOutcomeKind.Refused], runs.Select(r => r.Outcome));
        Assert.Equal((worse.Card.Version, first.Card.Version, worse.Decision.Reason), (runs[0].Version, runs[0].Champion, runs[0].Reason));
        Assert.StartsWith("Training: found ", runs[2].Reason, StringComparison.Ordinal);

        var compared = CompareModels.Run(workspace, runs[1].Id.ToString(System.Globalization.CultureInfo.InvariantCulture), worse.Card.Version, 2);
        Assert.Equal([("learning rate", "0.05", "1"), ("leaves", "15", "31"), ("rows per leaf", "40", "1"), ("trees", "12", "100")], compared.OtherSettings.Select(s => (s.Setting, s.A, s.B)));
        Assert.Equal(compared.A.DataHash, compared.B.DataHash);
        // The late export brings four weeks that neither had seen.
        Assert.True(compared.Unseen is { Deals: > 30 }, compared.UnseenWindow);
        Assert.NotEqual(0, compared.Unseen!.Difference);

        var again = ReproduceModel.Run(workspace, first.Card.Version, threads: 1);
        Assert.True(again.IsSame, string.Join(", ", again.Different));
        Assert.Empty(again.OtherPackages);
        // A release that trained otherwise, before recipes were told apart, wrote no recipe on the card.
        var older = first.Card with { Version = "2022-12-01-older", Options = first.Card.Options.Where(o => o.Key != "recipe").ToDictionary() };
        workspace.Models.Add(workspace.Models.Get(first.Card.Version).Files, older);
        var refused = Assert.Throws<ModelRegistryException>(() => ReproduceModel.Run(workspace, older.Version)).Message;
        Assert.Contains("found a model trained by recipe 1; expected recipe", refused, StringComparison.Ordinal);
        Assert.Contains("the release that trained it", refused, StringComparison.Ordinal);
        workspace.Models.Remove([older.Version]);

        // With weeks of its own to be judged on, a worse challenger meets the gate and is kept out with its figures.
        var late = Train(site, null, LeakWorld.ByHeart);
        Assert.False(late.Decision.Promote, late.Decision.Reason);
        Assert.StartsWith("Kept the champion: ", late.Decision.Reason, StringComparison.Ordinal);
        Assert.Equal((first.Card.Version, late.Decision.Reason), (workspace.Models.State.Champion, workspace.Trainings.Of(late.Card.Version)!.Reason));
        workspace.Models.Remove([late.Card.Version]);
        workspace.Models.Add(workspace.Models.Get(worse.Card.Version).Files, worse.Card);

        // Shadow: both said what would be won within four weeks; the late export knows.
        await RescorePipeline.Run(workspace, OperationsWorld.EarlyDay, new ScoringOptions { ExplainTop = 5, Threads = 2 });
        var shadow = Assert.Single(workspace.Shadows.Of(first.Card.Version, worse.Card.Version));
        Assert.True(shadow.Deals > 30);
        var judged = ShadowScoring.Judge(workspace, first.Card.Version, worse.Card.Version)!;
        Assert.Equal((shadow.Deals, shadow.Deals), (judged.Deals, judged.Windows));
        Assert.NotEqual(0, judged.Difference);
        Assert.Equal(judged, CompareModels.Run(workspace, first.Card.Version, worse.Card.Version, 1).Shadow);
    }

    [Fact]
    public async Task A_version_that_a_team_was_pooled_for_is_made_again_with_its_data_and_not_without()
    {
        await using var site = await sites.Imported();
        var workspace = site.Workspace;
        var folder = Directory.CreateTempSubdirectory("forecast-donor-").FullName;
        try
        {
            using (var donor = Workspace.Open(folder, TimeProvider.System)) ImportCrm.Run(donor, world.Early, TestExport.Load("forecastengine"));
            var prior = PoolTeams.Run([folder], OperationsWorld.EarlyDay, TimeProvider.System, LeakWorld.Quick.Win with { Seed = LeakWorld.Quick.Seed });
            var pooled = Train(site, OperationsWorld.EarlyDay, LeakWorld.Quick with { Prior = prior }).Card.Version;
            Assert.Contains("--donor", Assert.Throws<OperationException>(() => ReproduceModel.Run(workspace, pooled)).Message, StringComparison.Ordinal);
            Assert.Contains("the same --donor folders", Assert.Throws<OperationException>(() => ReproduceModel.Run(workspace, pooled, [folder, folder])).Message, StringComparison.Ordinal);
            // What the other team learns later changes nothing of what it knew then.
            using (var donor = Workspace.Open(folder, TimeProvider.System)) ImportCrm.Run(donor, world.Late, TestExport.Load("forecastengine"));
            var again = ReproduceModel.Run(workspace, pooled, [folder], 1);
            Assert.True(again.IsSame, string.Join(", ", again.Different));

            var alone = Train(site, OperationsWorld.EarlyDay, LeakWorld.Quick).Card.Version;
            Assert.Contains("Leave --donor out", Assert.Throws<OperationException>(() => ReproduceModel.Run(workspace, alone, [folder])).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_version_of_three_weeks_does_not_replace_a_champion_and_retention_keeps_who_serves()
    {
        await using var site = await sites.Imported();
        var workspace = site.Workspace;
        var champion = Train(site, OperationsWorld.EarlyDay, LeakWorld.Quick).Card.Version;
        var threeWeeks = Train(site, new DateOnly(2022, 2, 28), LeakWorld.Quick);
        Assert.False(threeWeeks.Decision.Promote);
        Assert.Equal("History is too short to measure it: the champion stays.", threeWeeks.Decision.Reason);
        Assert.Equal(champion, workspace.Models.State.Champion);

        string[] more = [.. Enumerable.Range(2, 3).Select(seed => Train(site, OperationsWorld.EarlyDay, LeakWorld.Quick with { Seed = seed, Win = LeakWorld.Quick.Win with { Trees = 1 }, Size = new() { Trees = 1 } }).Card.Version)];
        ChangeChampion.Promote(workspace, more[0], "a test");
        ChangeChampion.Promote(workspace, champion, "back");
        var removed = await RetireModels.Run(workspace, keep: 1);
        // Champion, challenger (the last) and the earlier champion stay.
        Assert.Equal(new[] { threeWeeks.Card.Version, more[1] }.Order(StringComparer.Ordinal), removed.Order(StringComparer.Ordinal));
        Assert.Equal((champion, more[2]), (workspace.Models.State.Champion, workspace.Models.State.Challenger));
        Assert.Equal(more[0], ChangeChampion.Rollback(workspace).Id);
        Assert.Contains(workspace.Models.State.History, e => e.Reason == "a test");
    }

    // Versions are told apart by when they were trained.
    private static TrainModelsResult Train(OperationsSite site, DateOnly? asOf, TrainingOptions options)
    {
        site.Clock.Advance(TimeSpan.FromMinutes(1));
        return TrainModels.Run(site.Workspace, asOf, options);
    }
}

public sealed class SqliteModelLifeTests(OperationsWorld world) : ModelLifeContract(world, world.OnSqlite)
{
    [Fact]
    public void The_card_is_a_page_that_says_what_the_model_knows_and_where_it_is_weak()
    {
        var trained = BundleTrainer.Train(ForecastWorld.Shared.Known, ForecastWorld.Shared.AsOf, LeakWorld.Quick);
        var card = new ModelCard
        {
            Version = "2024-02-01-abc", TrainedAt = default, DataFrom = new(2022, 1, 1), DataUntil = new(2024, 2, 1), DataHash = "hash", DataTimestamp = default, Counts = new ModelCounts(10, 4, 5, 1, 40, new Dictionary<string, int>()),
            Features = [new ModelFeature("age_days", "age", "Days <since> creation.")], TimeGrid = new ModelTimeGrid(7, [0, 7]), Rung = "OwnModel", Options = new Dictionary<string, string> { ["trees"] = "12" }, Seed = 1,
            Metrics = CardFigures.Metrics(trained), Segments = CardFigures.Segments(trained.Check), Calibration = CardFigures.Calibration(trained.Check), Limits = ["None of this is causal."],
            CustomFeatures = [new ModelCustomFeature("meetings", "meetings", "they are entered at once", "00ff", "return a < b;", 0.6)],
        };
        Assert.Equal(card.ToJson(), ModelCard.FromJson(card.ToJson()).ToJson());
        var loss = card.Metric("log loss")!;
        Assert.True(loss.Lower < loss.Value && loss.Value < loss.Upper);
        Assert.NotEmpty(card.Segments!);
        Assert.Equal(trained.Check!.Deals.Count, card.Calibration!.Sum(b => b.Deals));
        using var writer = new StringWriter();
        ModelCardPage.Write(writer, card, new RegistryState { Champion = card.Version }, null);
        var page = writer.ToString();
        foreach (var part in (string[])["the champion: it answers", "Days &lt;since&gt; creation.", "return a &lt; b;", "forecast models reproduce 2024-02-01-abc", "None of this is causal.", "By stage", "<svg", card.Segments![0].Name])
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"(src|href)=""(?!data:)", page);
    }
}

public sealed class PostgresModelLifeTests(OperationsWorld world, PostgresServer server) : ModelLifeContract(world, world.OnPostgres(server));
