using ForecastEngine.Registry;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Storage;

namespace ForecastEngine.Tests.Registry;

/// <summary>What holds of a registry wherever it is kept: in a folder, in SQLite, in PostgreSQL.</summary>
public abstract class ModelHomeContract : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 11, 6, 2, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-models-").FullName;

    protected abstract Task<IModelHome> Open();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Versions_come_back_as_they_were_added_and_the_same_twice_changes_nothing()
    {
        var home = await Open();
        var registry = new ModelRegistry(home);
        Assert.Null(registry.Champion());
        Assert.Empty(registry.List());
        Assert.True(registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v2")));
        Assert.True(registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v1")));
        Assert.False(registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v1")));
        Assert.Equal(["v1", "v2"], registry.List());
        Assert.Equal("v1", registry.State.Challenger);
        var version = new ModelRegistry(home).Get("v1");
        foreach (var (name, content) in ModelRegistryTests.Bundle()) Assert.Equal(content, version.Files[name]);
        var other = ModelRegistryTests.Bundle();
        other["size.json"] = "{\"a\":2}"u8.ToArray();
        Assert.Contains("another size.json", Assert.Throws<ModelRegistryException>(() => registry.Add(other, ModelRegistryTests.Card("v1"))).Message, StringComparison.Ordinal);
        Assert.Contains("found no such", Assert.Throws<ModelRegistryException>(() => registry.Get("v3")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promotion_and_rollback_are_kept_with_their_history()
    {
        var home = await Open();
        var registry = new ModelRegistry(home);
        foreach (var version in (string[])["v1", "v2"]) registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card(version));
        registry.Promote("v1", "first", At);
        registry.Promote("v2", "better", At.AddDays(1));
        Assert.Equal("v2", new ModelRegistry(home).Champion()!.Id);
        Assert.Equal("v1", registry.Rollback(At.AddDays(2)).Id);
        var state = new ModelRegistry(home).State;
        Assert.Equal(("v1", "v2", 3), (state.Champion, state.Challenger, state.History.Count));
        Assert.Throws<ModelRegistryException>(() => registry.Rollback(At));
    }

    [Fact]
    public async Task A_version_is_removed_with_every_change_that_names_it_and_the_others_stay()
    {
        var registry = new ModelRegistry(await Open());
        foreach (var version in (string[])["v1", "v2", "v3"])
        {
            registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card(version) with { IsSample = version != "v1" });
            registry.Promote(version, "turn", At);
        }
        Assert.Equal(["v2", "v3"], registry.TrainedOnSample());
        registry.Remove(["v2", "v3", "v9"]);
        Assert.Equal(["v1"], registry.List());
        Assert.Equal(["v1"], registry.State.History.Select(e => e.To));
        Assert.Equal((null, null), (registry.State.Champion, registry.State.Challenger));
        Assert.Equal(["v1"], registry.State.Earlier);
        Assert.True(registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v3")));
        registry.Promote("v1", "again", At);
        Assert.Equal("v1", registry.Champion()!.Id);
    }

    [Fact]
    public async Task Writers_at_the_same_moment_take_turns()
    {
        var home = await Open();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => new ModelRegistry(home).Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card($"v{i}")))));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => new ModelRegistry(home).Promote($"v{i}", "turn", At))));
        var state = new ModelRegistry(home).State;
        Assert.Equal(4, state.History.Count);
        Assert.Equal(state.History.SkipLast(1).Select(e => e.To), state.History.Skip(1).Select(e => e.From));
    }

    [Fact]
    public async Task A_version_goes_to_a_folder_and_back_byte_by_byte()
    {
        var home = await Open();
        var registry = new ModelRegistry(home);
        registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v1"));
        registry.Promote("v1", "first", At);
        var folder = new ModelsFolder(Path.Combine(_folder, "out"));
        var exported = new ModelRegistry(folder);
        Assert.True(exported.CopyFrom(registry, "v1"));
        Assert.True(exported.CopyStateFrom(registry));
        Assert.False(exported.CopyFrom(registry, "v1"));
        Assert.False(exported.CopyStateFrom(registry));
        Assert.Equal("v1", exported.Champion()!.Id);
        Assert.Equal(home.FileNames("v1").Order(), folder.FileNames("v1").Order());
        foreach (var name in home.FileNames("v1")) Assert.Equal(home.Read("v1", name, long.MaxValue), File.ReadAllBytes(Path.Combine(_folder, "out", "v1", name)));

        exported.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v2"));
        Assert.True(registry.CopyFrom(exported, "v2"));
        Assert.Equal(["v1", "v2"], registry.List());
        Assert.Equal("v1", registry.State.Champion);
        Assert.Null(registry.State.Challenger);
        File.AppendAllText(Path.Combine(_folder, "out", "v2", "size.json"), " ");
        Assert.Contains("SHA-256", Assert.Throws<ModelRegistryException>(() => registry.CopyFrom(exported, "v2")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_was_altered_where_it_is_kept_is_refused()
    {
        var home = await Open();
        var registry = new ModelRegistry(home);
        registry.Add(ModelRegistryTests.Bundle(), ModelRegistryTests.Card("v1"));
        await Alter("v1", "size.json");
        Assert.Contains("v1/size.json: found SHA-256", Assert.Throws<ModelRegistryException>(() => registry.Get("v1")).Message, StringComparison.Ordinal);
        Assert.Throws<ModelRegistryException>(() => registry.Promote("v1", "altered", At));
    }

    protected abstract Task Alter(string version, string name);
}

public sealed class FolderModelHomeTests : ModelHomeContract
{
    private readonly string _models = Directory.CreateTempSubdirectory("forecast-models-").FullName;

    protected override Task<IModelHome> Open() => Task.FromResult<IModelHome>(new ModelsFolder(_models));

    protected override Task Alter(string version, string name) => File.AppendAllTextAsync(Path.Combine(_models, version, name), " ");

    public override ValueTask DisposeAsync()
    {
        Directory.Delete(_models, recursive: true);
        return base.DisposeAsync();
    }
}

public abstract class DatabaseModelHomeTests : ModelHomeContract
{
    private TestDatabase? _test;

    protected abstract Task<TestDatabase> Fresh();

    protected override async Task<IModelHome> Open() => new ModelStore((_test ??= await Fresh()).Database);

    protected override Task Alter(string version, string name)
    {
        using var session = _test!.Database.BeginWrite(WritePurpose.Models);
        session.Execute("UPDATE model_files SET content = @content WHERE version = @version AND name = @name", CancellationToken.None, ("content", new byte[] { 1, 2, 3 }), ("version", version), ("name", name));
        session.Commit();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_test is not null) await _test.DisposeAsync();
        await base.DisposeAsync();
    }
}

public sealed class SqliteModelHomeTests : DatabaseModelHomeTests
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresModelHomeTests(PostgresServer server) : DatabaseModelHomeTests
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
