using ForecastEngine.Crm;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>What the history promises, on both databases.</summary>
public abstract class HistoryContract
{
    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task What_was_appended_is_loaded_to_the_last_field()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create();
        var result = test.History.Append(facts, SampleFacts.Run);
        Assert.Equal(new EntityCounts(facts.Opportunities.Count, 0, 0, 0), result.Opportunities);
        Assert.Equal(facts.Changes.Count, result.Changes.Added);
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts)), SampleFacts.Lines(test.History.Load()));
        var run = Assert.Single(test.History.Imports());
        Assert.Equal((SampleFacts.ExportedAt, "EUR", "own", "abc", "{\"rejected\":0}"), (run.ExportedAt, run.Currency, run.MapName, run.SourceHash, run.Report));
        Assert.Equal(result.RunId, run.Id);
    }

    [Fact]
    public async Task Of_a_custom_column_what_the_last_import_said_counts()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(2);
        CustomColumn[] first = [new("code", ValueKind.Category, true), new("Ž column", ValueKind.Date, false)];
        test.History.Append(facts with { CustomColumns = first }, SampleFacts.Run);
        test.History.Append(facts with { CustomColumns = first }, SampleFacts.Run);
        Assert.Equal(first, test.History.Load().CustomColumns.Values.OrderBy(c => c.Name, StringComparer.Ordinal));
        Assert.Equal(2, test.Count("custom_columns"));
        test.History.Append(facts with { CustomColumns = [new("code", ValueKind.Number, false)] }, SampleFacts.Run);
        Assert.Equal([new("code", ValueKind.Number, false), first[1]], test.History.CustomColumns());
    }

    [Fact]
    public async Task The_same_facts_twice_change_nothing()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(), SampleFacts.Run);
        var before = SampleFacts.Lines(test.History.Load());
        var again = test.History.Append(SampleFacts.Create(), SampleFacts.Run);
        Assert.Equal((0, 0, 0), (again.Total().Added, again.Total().Updated, again.Total().Replaced));
        Assert.True(again.Total().Unchanged > 0);
        Assert.Equal(before, SampleFacts.Lines(test.History.Load()));
        Assert.Equal(2, test.History.Imports().Count);
    }

    [Fact]
    public async Task A_row_that_comes_twice_in_one_export_is_stored_once()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(10);
        var result = test.History.Append(facts with { Changes = [.. facts.Changes, .. facts.Changes], Activities = [.. facts.Activities, .. facts.Activities], Teams = [.. facts.Teams, .. facts.Teams] }, SampleFacts.Run);
        Assert.Equal(new EntityCounts(facts.Changes.Count, 0, facts.Changes.Count, 0), result.Changes);
        Assert.Equal(new EntityCounts(facts.Teams.Count, 0, facts.Teams.Count, 0), result.Teams);
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts)), SampleFacts.Lines(test.History.Load()));
    }

    [Fact]
    public async Task A_newer_export_adds_what_is_new()
    {
        await using var test = await Fresh();
        var whole = SampleFacts.Create(60);
        var early = SampleFacts.Create(40) with { ExportedAt = SampleFacts.ExportedAt.AddDays(-7) };
        test.History.Append(early, SampleFacts.Run);
        var result = test.History.Append(whole, SampleFacts.Run);
        Assert.Equal(new EntityCounts(20, 0, 40, 0), result.Opportunities);
        Assert.Equal(whole.Changes.Count - early.Changes.Count, result.Changes.Added);
        Assert.Equal(SampleFacts.Lines(new CrmHistory(whole)), SampleFacts.Lines(test.History.Load()));
    }

    [Fact]
    public async Task A_deal_that_is_given_whole_keeps_its_birth_and_takes_its_newest_name()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(10);
        test.History.Append(facts, SampleFacts.Run);
        var altered = facts.Opportunities.Select((o, i) => i switch { 5 => o with { Amount = 1m }, 6 => o with { Region = null }, 7 => o with { Name = "Renamed" }, _ => o });
        var result = test.History.Append(facts with { Opportunities = [.. altered] }, SampleFacts.Run);
        Assert.Equal(new EntityCounts(0, 0, 10, 0), result.Opportunities);
        var loaded = test.History.Load();
        Assert.Equal(facts.Opportunities[5].Amount, loaded.Opportunities.Single(o => o.Id == facts.Opportunities[5].Id).Amount);
        Assert.Equal("Renamed", loaded.Opportunities.Single(o => o.Id == facts.Opportunities[7].Id).Name);
    }

    [Fact]
    public async Task A_lead_is_converted_or_given_up_later_once()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(12);
        var open = facts.Leads.Select(l => l with { ConvertedAt = null, OpportunityId = null, DisqualifiedAt = null }).ToArray();
        test.History.Append(facts with { Leads = open }, SampleFacts.Run);
        var closed = facts.Leads.Count(l => l.ConvertedAt is not null || l.DisqualifiedAt is not null);
        Assert.Equal(new EntityCounts(0, closed, facts.Leads.Count - closed, 0), test.History.Append(facts, SampleFacts.Run).Leads);
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts)), SampleFacts.Lines(test.History.Load()));
        var moved = facts.Leads.Select(l => l with { ConvertedAt = l.ConvertedAt?.AddDays(1) }).ToArray();
        Assert.Equal(new EntityCounts(0, 0, 4, 2), test.History.Append(facts with { Leads = moved, ExportedAt = SampleFacts.ExportedAt.AddDays(1) }, SampleFacts.Run).Leads);
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts).KnownAt(AsOf.At(SampleFacts.ExportedAt))), SampleFacts.Lines(test.History.Load(AsOf.At(SampleFacts.ExportedAt))));
        Assert.Equal(moved[0].ConvertedAt, test.History.Load().Leads.Single(l => l.Id == moved[0].Id).ConvertedAt);
        Assert.Equal(new EntityCounts(0, 0, 6, 0), test.History.Append(facts with { Leads = open, ExportedAt = SampleFacts.ExportedAt.AddDays(2) }, SampleFacts.Run).Leads);
    }

    [Fact]
    public async Task Reference_data_follow_the_newest_export_in_any_order_of_import()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(4);
        Account Named(string name, int day) => new("A1", name, "Food", "EU", null, SampleFacts.Start.AddDays(day));
        test.History.Append(facts with { Accounts = [Named("first", 50)] }, SampleFacts.Run);
        var newer = test.History.Append(facts with { Accounts = [Named("second", 60)], ExportedAt = SampleFacts.ExportedAt.AddDays(2), SalesReps = [new("R1", "Ana Žagar", "T0")] }, SampleFacts.Run);
        Assert.Equal((new EntityCounts(0, 1, 0, 0), new EntityCounts(0, 1, 0, 0)), (newer.Accounts, newer.SalesReps));
        var older = test.History.Append(facts with { Accounts = [Named("older", 40), Named("third", 40) with { Id = "A2" }], ExportedAt = SampleFacts.ExportedAt.AddDays(1) }, SampleFacts.Run);
        Assert.Equal((1, 0), (older.Accounts.Added, older.SalesReps.Updated));
        var loaded = test.History.Load();
        Assert.Equal(Named("second", 40), loaded.Accounts["A1"]);
        Assert.Equal("T0", loaded.SalesReps["R1"].TeamId);
        Assert.Equal(SampleFacts.ExportedAt.AddDays(2), loaded.ExportedAt);
    }

    [Fact]
    public async Task An_as_of_load_equals_the_whole_as_known_then()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(), SampleFacts.Run);
        var whole = test.History.Load();
        var exact = AsOf.At(whole.Opportunities[20].RecordedAt);
        foreach (var asOf in (AsOf[])[AsOf.EndOf(new(2024, 1, 1)), AsOf.EndOf(new(2025, 1, 25)), exact, AsOf.At(exact.Instant.AddMicroseconds(-1)), AsOf.EndOf(new(2025, 3, 1)), AsOf.EndOf(new(2030, 1, 1))])
            Assert.Equal(SampleFacts.Lines(whole.KnownAt(asOf)), SampleFacts.Lines(test.History.Load(asOf)));
        Assert.Equal(1, test.History.Load(exact).Opportunities.Length - test.History.Load(AsOf.At(exact.Instant.AddMicroseconds(-1))).Opportunities.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1024)]
    public async Task Partitions_are_disjoint_and_complete(int partitions)
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(), SampleFacts.Run);
        var whole = test.History.Load();
        var used = whole.Opportunities.Select(o => FactKeys.BucketOf(o.Id)).ToHashSet();
        var parts = Enumerable.Range(0, partitions).Where(p => { var (first, last) = FactKeys.BucketsOf(p, partitions); return used.Any(b => b >= first && b <= last); })
            .Select(p => test.History.LoadPartition(p, partitions)).ToArray();
        Assert.Equal(whole.Opportunities.Select(o => o.Id).Order(StringComparer.Ordinal), parts.SelectMany(p => p.Opportunities).Select(o => o.Id).Order(StringComparer.Ordinal));
        Assert.Equal((whole.ChangeCount, whole.ActivityCount, whole.LineItems.Length, whole.Splits.Length), (parts.Sum(p => p.ChangeCount), parts.Sum(p => p.ActivityCount), parts.Sum(p => p.LineItems.Length), parts.Sum(p => p.Splits.Length)));
        Assert.All(parts, p => Assert.Equal((whole.Accounts.Count, whole.Leads.Length, whole.Quotas.Count), (p.Accounts.Count, p.Leads.Length, p.Quotas.Count)));
    }

    [Fact]
    public async Task Cancelled_midway_an_import_leaves_everything_as_it_was()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(5), SampleFacts.Run);
        var before = SampleFacts.Lines(test.History.Load());
        using var stop = new CancellationTokenSource();
        var progress = new Stopper("activities", stop);
        Assert.Throws<OperationCanceledException>(() => test.History.Append(SampleFacts.Create(), SampleFacts.Run, progress, null, stop.Token));
        Assert.Contains("opportunity_changes", progress.Seen);
        Assert.Equal(before, SampleFacts.Lines(test.History.Load()));
        Assert.Single(test.History.Imports());
        Assert.Equal(55, test.History.Append(SampleFacts.Create(), SampleFacts.Run).Opportunities.Added);
    }

    [Fact]
    public async Task A_fault_midway_leaves_everything_as_it_was()
    {
        await using var test = await Fresh();
        var facts = SampleFacts.Create(5);
        var broken = facts with { LineItems = [.. facts.LineItems, new("I\0", "x", "P1", 1, 1, SampleFacts.Start)] };
        var fault = Assert.Throws<StorageException>(() => test.History.Append(broken, SampleFacts.Run));
        Assert.Contains("line_items, column id: found a NUL", fault.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), (test.Count("opportunities"), test.Count("opportunity_changes"), test.Count("import_runs")));
        Assert.Throws<StorageException>(() => test.History.Load());
    }

    [Fact]
    public async Task Another_currency_is_refused()
    {
        await using var test = await Fresh();
        test.History.Append(SampleFacts.Create(2), SampleFacts.Run);
        Assert.Contains("found facts in USD; expected EUR", Assert.Throws<StorageException>(() => test.History.Append(SampleFacts.Create(2) with { Currency = "USD" }, SampleFacts.Run)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_imports_of_the_same_export_at_once_store_it_once()
    {
        await using var test = await Fresh();
        var (facts, history) = (SampleFacts.Create(), test.History);
        var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => history.Append(facts, SampleFacts.Run))));
        Assert.Equal(facts.Changes.Count, results.Sum(r => r.Changes.Added));
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts)), SampleFacts.Lines(history.Load()));
    }

    [Fact]
    public async Task A_history_read_during_an_import_is_the_one_before_or_the_one_after()
    {
        await using var test = await Fresh();
        var history = test.History;
        history.Append(SampleFacts.Create(20), SampleFacts.Run);
        var import = Task.Run(() => history.Append(SampleFacts.Create(2000), SampleFacts.Run));
        var seen = new HashSet<(int, int)>();
        do
        {
            var loaded = history.Load();
            seen.Add((loaded.Opportunities.Length, loaded.ChangeCount));
        }
        while (!import.IsCompleted);
        await import;
        Assert.Subset(new HashSet<(int, int)> { (20, 80), (2000, 8000) }, seen);
    }

    private sealed class Stopper(string at, CancellationTokenSource stop) : IProgress<StorageProgress>
    {
        public HashSet<string> Seen { get; } = [];

        public void Report(StorageProgress value)
        {
            Seen.Add(value.Step);
            if (value.Step == at) stop.Cancel();
        }
    }
}

public sealed class SqliteHistoryTests : HistoryContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresHistoryTests(PostgresServer server) : HistoryContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
