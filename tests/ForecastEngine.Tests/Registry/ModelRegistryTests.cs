using System.Text;
using System.Text.Json;
using ForecastEngine.DealSize;
using ForecastEngine.Registry;
using ForecastEngine.Tests.DealSize;

namespace ForecastEngine.Tests.Registry;

public sealed class ModelRegistryTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 6, 2, 0, 0, TimeSpan.Zero);
    private readonly string _models = Path.Combine(AppContext.BaseDirectory, "registry-" + Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(_models)) Directory.Delete(_models, recursive: true);
    }

    [Fact]
    public void What_was_added_comes_back()
    {
        var registry = new ModelRegistry(_models);
        Assert.Null(registry.Champion());
        Assert.True(registry.Add(Bundle(), Card("v1")));
        Assert.Equal(["v1"], registry.List());
        Assert.Equal("v1", registry.State.Challenger);
        var version = new ModelRegistry(_models).Get("v1");
        Assert.Equal("v1", version.Id);
        Assert.Equal(Card("v1").ToJson(), version.Card.ToJson());
        Assert.Equal(Bundle().Keys.Order(), version.Files.Keys.Order());
        foreach (var (name, content) in Bundle()) Assert.Equal(content, version.Files[name]);
    }

    [Fact]
    public void The_same_version_twice_changes_nothing_another_under_its_id_is_refused()
    {
        var registry = new ModelRegistry(_models);
        registry.Add(Bundle(), Card("v1"));
        Assert.False(registry.Add(Bundle(), Card("v1")));
        Assert.False(registry.Add(Bundle(), Card("v1") with { TrainedAt = At.AddDays(1) }));
        var other = Bundle();
        other["size.json"] = "{\"a\":2}"u8.ToArray();
        Refused(() => registry.Add(other, Card("v1")), "another size.json");
        Refused(() => registry.Add(Bundle(), Card("v1") with { Seed = 2 }), "another card.json");
        var more = Bundle();
        more["more.json"] = [1];
        Refused(() => registry.Add(more, Card("v1")), "another more.json");
        Assert.Equal(Bundle()["size.json"], registry.Get("v1").Files["size.json"]);
    }

    [Theory]
    [InlineData("size.json")]
    [InlineData("size.zip")]
    [InlineData("card.json")]
    [InlineData("checksums.json")]
    public void A_changed_file_of_any_kind_is_refused(string name)
    {
        var registry = new ModelRegistry(_models);
        registry.Add(Bundle(), Card("v1"));
        var path = Path.Combine(_models, "v1", name);
        var original = File.ReadAllBytes(path);

        for (var at = 0; at < original.Length; at += Math.Max(1, original.Length / 9))
        {
            var altered = original.ToArray();
            altered[at] ^= 1;
            File.WriteAllBytes(path, altered);
            Refused(() => registry.Get("v1"), "v1/");
        }
        File.WriteAllBytes(path, original[..^1]);
        Refused(() => registry.Get("v1"), "v1/");
        File.WriteAllBytes(path, []);
        Refused(() => registry.Get("v1"), "v1/");
        File.Delete(path);
        Refused(() => registry.Get("v1"), $"v1/{name}: found no such file");
        Refused(() => registry.Promote("v1", "test", At), "v1/");
        Assert.Null(registry.State.Champion);

        File.WriteAllBytes(path, original);
        Assert.Equal("v1", registry.Get("v1").Id);
    }

    [Fact]
    public void Added_files_folders_and_links_are_refused()
    {
        var registry = new ModelRegistry(_models);
        registry.Add(Bundle(), Card("v1"));
        var extra = Path.Combine(_models, "v1", "extra.zip");
        File.WriteAllBytes(extra, [1]);
        Refused(() => registry.Get("v1"), "v1/extra.zip: found a file that checksums.json does not list");
        File.Delete(extra);
        Directory.CreateDirectory(Path.Combine(_models, "v1", "sub"));
        Refused(() => registry.Get("v1"), "v1/sub: found a folder or a link");
        Directory.Delete(Path.Combine(_models, "v1", "sub"));
        var (file, elsewhere) = (Path.Combine(_models, "v1", "size.zip"), Path.Combine(_models, "elsewhere"));
        File.Move(file, elsewhere);
        File.CreateSymbolicLink(file, elsewhere);
        Refused(() => registry.Get("v1"), "v1/size.zip: found a folder or a link");
    }

    [Theory]
    [InlineData("../v1")]
    [InlineData("..")]
    [InlineData("v1/../v1")]
    [InlineData("v1\\x")]
    [InlineData("/etc")]
    [InlineData("C:")]
    [InlineData(".lock")]
    [InlineData("")]
    [InlineData("V1")]
    [InlineData("v1\n")]
    [InlineData("con")]
    public void An_id_that_could_leave_the_folder_is_refused(string id)
    {
        var registry = new ModelRegistry(_models);
        registry.Add(Bundle(), Card("v1"));
        Refused(() => registry.Get(id), "Model version");
        Refused(() => registry.Promote(id, "test", At), "Model version");
        Refused(() => registry.Add(Bundle(), Card(id)), "Model version");
    }

    [Theory]
    [InlineData("../size.json")]
    [InlineData("sub/size.json")]
    [InlineData("sub\\size.json")]
    [InlineData("/size.json")]
    [InlineData("a..b")]
    [InlineData("NUL.json")]
    [InlineData(".hidden")]
    public void A_file_name_that_could_leave_the_folder_is_refused(string name)
    {
        var registry = new ModelRegistry(_models);
        Refused(() => registry.Add(new Dictionary<string, byte[]> { [name] = [1] }, Card("v1")), "a file named");
        Assert.Empty(registry.List());

        registry.Add(Bundle(), Card("v1"));
        var checksums = Path.Combine(_models, "v1", "checksums.json");
        var listed = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(checksums))!;
        listed[name] = new string('0', 64);
        File.WriteAllBytes(checksums, JsonSerializer.SerializeToUtf8Bytes(listed));
        Refused(() => registry.Get("v1"), "a file named");
    }

    [Fact]
    public void A_bundle_cannot_bring_its_own_card_or_checksums()
    {
        var registry = new ModelRegistry(_models);
        Refused(() => registry.Add(new Dictionary<string, byte[]> { ["Card.json"] = [1] }, Card("v1")), "a second file named Card.json");
        Refused(() => registry.Add(new Dictionary<string, byte[]> { ["checksums.json"] = [1] }, Card("v1")), "a second file named checksums.json");
    }

    [Fact]
    public void A_crash_before_the_move_leaves_no_version_and_no_hindrance()
    {
        var crashing = new ModelRegistry(new ModelsFolder(_models) { BeforeMove = () => throw new InvalidOperationException("power cut") });
        Assert.Throws<InvalidOperationException>(() => crashing.Add(Bundle(), Card("v1")));
        Assert.NotEmpty(Directory.EnumerateDirectories(_models));
        var registry = new ModelRegistry(_models);
        Assert.Empty(registry.List());
        Assert.Null(registry.State.Challenger);
        Refused(() => registry.Get("v1"), "no such folder");
        Assert.True(registry.Add(Bundle(), Card("v1")));
        Assert.Equal("v1", registry.Get("v1").Id);
        Assert.Single(Directory.EnumerateDirectories(_models));
    }

    [Fact]
    public void A_version_whose_name_never_reached_the_state_becomes_challenger_when_added_again()
    {
        var registry = new ModelRegistry(_models);
        registry.Add(Bundle(), Card("v1"));
        File.Delete(Path.Combine(_models, "registry.json"));
        Assert.False(registry.Add(Bundle(), Card("v1")));
        Assert.Equal("v1", registry.State.Challenger);
    }

    [Fact]
    public void Promotions_and_rollbacks_make_a_chain()
    {
        var registry = new ModelRegistry(_models);
        foreach (var id in new[] { "v1", "v2", "v3" })
        {
            registry.Add(Bundle(), Card(id));
            registry.Promote(id, $"{id} is better", At);
            Assert.Null(registry.State.Challenger);
        }
        registry.Promote("v3", "again", At);
        Assert.Equal(3, registry.State.History.Count);
        Assert.Equal("v3", registry.Champion()!.Id);
        Assert.Equal("v2", registry.Rollback(At.AddDays(1)).Id);
        Assert.Equal("v3", registry.State.Challenger);
        Assert.Equal("v1", registry.Rollback(At.AddDays(2)).Id);
        Refused(() => registry.Rollback(At.AddDays(3)), "no earlier champion");
        Assert.Equal("v1", registry.Champion()!.Id);
        Assert.Equal(
            [(RegistryEventKind.Promotion, null, "v1"), (RegistryEventKind.Promotion, "v1", "v2"), (RegistryEventKind.Promotion, "v2", "v3"), (RegistryEventKind.Rollback, "v3", "v2"), (RegistryEventKind.Rollback, "v2", "v1")],
            registry.State.History.Select(e => (e.Kind, e.From, e.To)));
        Assert.Equal("v2 is better", registry.State.History[1].Reason);
    }

    [Fact]
    public void A_rollback_to_a_spoilt_version_changes_nothing()
    {
        var registry = new ModelRegistry(_models);
        foreach (var id in new[] { "v1", "v2" })
        {
            registry.Add(Bundle(), Card(id));
            registry.Promote(id, "better", At);
        }
        File.AppendAllText(Path.Combine(_models, "v1", "size.json"), " ");
        Refused(() => registry.Rollback(At), "v1/size.json");
        Assert.Equal("v2", registry.State.Champion);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"earlier\":null}")]
    [InlineData("{\"champion\":\"../x\"}")]
    public void A_spoilt_registry_file_is_refused(string json)
    {
        var registry = new ModelRegistry(_models);
        File.WriteAllText(Path.Combine(_models, "registry.json"), json);
        Assert.Throws<ModelRegistryException>(() => registry.Champion());
    }

    [Fact]
    public void Writers_take_turns()
    {
        var registries = Enumerable.Range(0, 4).Select(_ => new ModelRegistry(_models)).ToArray();
        registries[0].Add(Bundle(), Card("v0"));
        Parallel.For(1, 13, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            registries[i % 4].Add(Bundle(), Card("v" + i));
            registries[i % 4].Promote("v" + i, "better", At);
        });
        Assert.Equal(13, registries[0].List().Count);
        Assert.Equal(12, registries[0].State.History.Count);
        Assert.Equal(11, registries[0].State.Earlier.Count);
    }

    [Fact]
    public void A_writer_that_waits_too_long_says_so()
    {
        var registry = new ModelRegistry(_models, TimeSpan.FromMilliseconds(60));
        using var other = new FileStream(Path.Combine(_models, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Refused(() => registry.Add(Bundle(), Card("v1")), "another writer");
    }

    [Fact]
    public void A_model_of_ml_net_saved_twice_counts_as_the_same()
    {
        var registry = new ModelRegistry(_models);
        registry.Add(new Dictionary<string, byte[]> { ["size.zip"] = Zip("model", "abc", 2001) }, Card("v1"));
        Assert.False(registry.Add(new Dictionary<string, byte[]> { ["size.zip"] = Zip("model", "abc", 2002) }, Card("v1")));
        Refused(() => registry.Add(new Dictionary<string, byte[]> { ["size.zip"] = Zip("model", "abd", 2001) }, Card("v1")), "another size.zip");
        Refused(() => registry.Add(new Dictionary<string, byte[]> { ["size.zip"] = [1, 2] }, Card("v1")), "another size.zip");
    }

    [Fact]
    public void A_real_model_comes_back_with_the_same_answers_and_trained_again_is_the_same_version()
    {
        var world = SizeWorld.Create(300, 17, (typed, draw) => typed * (draw.Below(2, 6) == 0 ? 0.5 : 1) * Math.Exp(0.05 * draw.Normal(52)));
        var options = new DealSizeOptions { Threads = 1, MinRowsPerLeaf = 10 };
        var (first, second) = (DealSizeTrainer.Train(world.Table, world.Features, options), DealSizeTrainer.Train(world.Table, world.Features, options));
        Assert.Contains(DealSizeFiles.KnownTrees, first.Files.Keys);
        var registry = new ModelRegistry(_models);
        registry.Add(first.Files, Card("v1"));
        Assert.False(registry.Add(second.Files, Card("v1")));
        var model = DealSizeFiles.Load(registry.Get("v1").Files);
        Assert.Equal(first.Model.Evaluate(5000, "Offer", world.Row(1))!.Atoms, model.Evaluate(5000, "Offer", world.Row(1))!.Atoms);
    }

    [Fact]
    public void Ids_follow_from_data_options_and_seed()
    {
        var options = new Dictionary<string, string> { ["trees"] = "150", ["leaves"] = "15" };
        var reordered = new Dictionary<string, string> { ["leaves"] = "15", ["trees"] = "150" };
        var id = ModelVersionId.From(new DateOnly(2026, 11, 6), "hash", options, 1);
        Assert.Matches(@"\A2026-11-06-[0-9a-f]{8}\z", id);
        ModelVersionId.Require(id);
        Assert.Equal(id, ModelVersionId.From(new DateOnly(2026, 11, 6), "hash", reordered, 1));
        Assert.NotEqual(id, ModelVersionId.From(new DateOnly(2026, 11, 6), "hash", options, 2));
        Assert.NotEqual(id, ModelVersionId.From(new DateOnly(2026, 11, 6), "hash2", options, 1));
        Assert.NotEqual(id, ModelVersionId.From(new DateOnly(2026, 11, 6), "hash", new Dictionary<string, string> { ["trees"] = "15", ["leaves"] = "015" }, 1));
    }

    [Fact]
    public void A_card_names_the_learner_and_the_runtime()
    {
        var card = ModelCard.FromJson(Card("v1").ToJson());
        Assert.StartsWith("5.", card.Packages["Microsoft.ML.FastTree"], StringComparison.Ordinal);
        Assert.StartsWith(".NET 10", card.Packages[".NET"], StringComparison.Ordinal);
        Assert.Equal(0.5, card.Metric("win_log_loss")!.Value);
        Assert.Null(card.Metric("win_auc")!.Value);
        Assert.Null(card.Metric("none"));
        Assert.Contains("\n  \"version\": \"v1\"", Encoding.UTF8.GetString(card.ToJson()), StringComparison.Ordinal);
    }

    private static void Refused(Action action, string part)
    {
        var message = Assert.Throws<ModelRegistryException>(action).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Matches(@"(?s)\A.+: found .+; expected .+\. [A-Z].+\.\z", message);
    }

    internal static Dictionary<string, byte[]> Bundle() => new() { ["size.json"] = "{\"a\":1}"u8.ToArray(), ["size.zip"] = Zip("model", "abc", 2001) };

    private static byte[] Zip(string name, string text, int year)
    {
        using var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry(name);
            entry.LastWriteTime = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var content = entry.Open();
            content.Write(Encoding.UTF8.GetBytes(text));
        }
        return stream.ToArray();
    }

    internal static ModelCard Card(string version) => new()
    {
        Version = version,
        TrainedAt = At,
        DataFrom = new DateOnly(2023, 1, 1),
        DataUntil = new DateOnly(2026, 11, 5),
        DataHash = "d41d8cd9",
        DataTimestamp = At.AddHours(-3),
        Counts = new ModelCounts(1000, 300, 500, 200, 8000, new Dictionary<string, int> { ["won"] = 4000, ["lost"] = 6000 }),
        Exclusions = [new("column Forecast", "suspicion of leakage"), new("wins at zero", "no size", 3)],
        Features = [new("age_days", "age", "Days since creation.")],
        TimeGrid = new ModelTimeGrid(7, [0, 7, 14]),
        Rung = "OwnModel",
        Options = new Dictionary<string, string> { ["trees"] = "150" },
        Seed = 1,
        Metrics = [new("win_log_loss", 0.5, 400), new("win_auc", null, 0, "one class only")],
        Limits = ["Knows nothing of deals under a day old."],
        Warnings = [],
    };
}
