using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>Splits and teams that change from export to export, on both databases.</summary>
public abstract class WhoseRevenueContract
{
    protected static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task A_split_told_otherwise_later_keeps_what_stood_before()
    {
        await using var test = await Fresh();
        Append(test, 1, Facts() with { Splits = [Split("S1", "R2", 0.4m, 1), Split("S2", "R3", 0.1m, 1, SplitKind.Overlay)] });
        var corrected = Append(test, 5, Facts() with { Splits = [Split("S1", "R2", 0.7m, 1)], GoneSplits = ["S2"] });
        Assert.Equal(2, corrected.Corrections.Single(c => c.Kind == CorrectionKind.Split).Count);
        Assert.Equal([("R1", 600), ("R2", 400)], WonBy(test.History.Load(Day(4)), Dimension.Owner));
        Assert.Equal([("R1", 300), ("R2", 700)], WonBy(test.History.Load(), Dimension.Owner));
        Assert.Equal(2, test.History.Load(Day(4)).Splits.Length);
        Assert.Single(test.History.Load().Splits);
    }

    [Fact]
    public async Task A_rep_seen_in_another_team_keeps_the_one_before_for_the_time_before()
    {
        await using var test = await Fresh();
        Append(test, 1, Facts("T1"));
        Append(test, 2, Facts("T1"));
        Assert.Equal(0, test.Count("team_memberships"));
        Append(test, 5, Facts("T2"));
        Append(test, 5, Facts("T2"));
        Append(test, 9, Facts(null));
        var history = test.History.Load();
        Assert.Equal(["T1", "T1", "T2", "T2", null], TeamsOn(test, -900, 4, 5, 8, 9));
        Assert.Equal("T9", history.TeamOf("R2", Day(5).Date));
        Assert.Null(history.SalesReps["R1"].TeamId);
        // Won on the second day: of the team of that day, whenever it is asked.
        Assert.Equal([("T1", 1000)], WonBy(history, Dimension.Team));
        Assert.Equal(3, test.Count("team_memberships"));
    }

    [Fact]
    public async Task A_team_told_for_the_first_time_holds_for_all_time_before()
    {
        await using var test = await Fresh();
        Append(test, 5, Facts(null));
        Append(test, 9, Facts("T1"));
        Append(test, 2, Facts(null));
        Assert.Equal("T1", test.History.Load().TeamOf("R1", Day(-900).Date));
        Assert.Equal(0, test.Count("team_memberships"));
    }

    [Fact]
    public async Task An_older_export_that_comes_later_tells_the_team_of_its_day()
    {
        await using var test = await Fresh();
        Append(test, 9, Facts("T2"));
        Append(test, 5, Facts("T1"));
        Assert.Equal(["T1", "T1", "T2"], TeamsOn(test, 4, 8, 9));
        Append(test, 7, Facts("T3"));
        Assert.Equal(["T1", "T3", "T2"], TeamsOn(test, 4, 8, 9));
    }

    [Fact]
    public async Task A_team_told_with_its_day_is_kept_as_told()
    {
        await using var test = await Fresh();
        Append(test, 1, Facts("T1"));
        Append(test, 9, Facts("T2") with { Memberships = [new("R1", "T1", null), new("R1", "T2", Day(2).Date)] });
        Append(test, 9, Facts("T2") with { Memberships = [new("R1", "T1", null), new("R1", "T2", Day(3).Date)] });
        Append(test, 10, Facts("T2"));
        Assert.Equal(["T1", "T2", "T2"], TeamsOn(test, 1, 2, 3));
    }

    [Fact]
    public async Task Scores_of_an_owner_are_those_of_deals_owned_and_shared()
    {
        await using var test = await Fresh();
        Append(test, 1, Facts() with { Splits = [Split("S1", "R2", 0.4m, 1), Split("S2", "R3", 1, 1, SplitKind.Overlay)] });
        var run = test.Scores.Publish(new RescoringRun { AsOf = Day(3).Date, AsOfAt = Start, ModelVersion = "v1", Seed = 1, DataExportedAt = Start, StartedAt = Start }, [Score("W", "R1"), Score("X", "R2")], [], Start);
        Assert.Equal(["W", "X"], await Owned("R2"));
        Assert.Equal(["W"], await Owned("R1"));
        Assert.Empty(await Owned("R3"));

        static ScoreRow Score(string id, string owner) => new() { OpportunityId = id, OwnerId = owner, Rung = "own model", WinProbability = 0.5, ExpectedAmount = 1, AmountLow = 1, AmountHigh = 1, ExpectedRevenue = 1, Details = "{}" };

        async Task<string[]> Owned(string owner) => [.. (await test.Scores.PageAsync(run.Id, new() { OwnerIds = [owner] }, TestContext.Current.CancellationToken)).Select(s => s.OpportunityId)];
    }

    private static string?[] TeamsOn(TestDatabase test, params int[] days)
    {
        var history = test.History.Load();
        return [.. days.Select(d => history.TeamOf("R1", Day(d).Date))];
    }

    protected static AsOf Day(int day) => AsOf.EndOf(DateOnly.FromDateTime(Start.AddDays(day).UtcDateTime));

    protected static OpportunitySplit Split(string id, string owner, decimal share, int day, SplitKind kind = SplitKind.Revenue) => new(id, "W", owner, share, kind, Start.AddDays(day));

    protected static CrmFacts Facts(string? team = "T1") => new()
    {
        Currency = "EUR", Stages = [new("New", 0, StageKind.Open, 0.1), new("Won", 1, StageKind.Won, 1)],
        Opportunities = [new Opportunity { Id = "W", CreatedAt = Start, RecordedAt = Start, Stage = "New", OwnerId = "R1", Amount = 1000 }],
        Changes = [new OpportunityChange { OpportunityId = "W", Field = OpportunityField.Stage, OldValue = "New", NewValue = "Won", At = Start.AddDays(2), RecordedAt = Start.AddDays(2) }],
        SalesReps = [new("R1", "Ana", team), new("R2", "Bo", "T9")],
    };

    protected static AppendResult Append(TestDatabase test, int day, CrmFacts facts) =>
        test.History.Append(facts with { ExportedAt = Start.AddDays(day) }, SampleFacts.Run with { ExportedAt = Start.AddDays(day) });

    protected static (string, double)[] WonBy(CrmHistory history, Dimension dimension)
    {
        var shares = new DealShares(history, AsOf.EndOfTime);
        return [.. WonDeal.KnownAt(history, AsOf.EndOfTime).SelectMany(w => shares.Divide(dimension, w)).Select(p => (p.Key, p.Part.Amount!.Value)).OrderBy(p => p.Key, StringComparer.Ordinal)];
    }
}

public sealed class SqliteWhoseRevenueTests : WhoseRevenueContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());

    [Fact]
    public async Task A_database_of_an_earlier_release_takes_splits_and_moves()
    {
        await using var old = await Fresh();
        Directory.CreateDirectory(Path.GetDirectoryName(old.Options.Path)!);
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={old.Options.Path};Pooling=False"))
        using (var command = connection.CreateCommand())
        {
            connection.Open();
            command.CommandText = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Storage", "Fixtures", "schema-11.sql"));
            command.ExecuteNonQuery();
        }
        var before = old.History.Load();
        Assert.Empty(before.Splits);
        var rep = before.SalesReps.Values.First(r => r.TeamId is not null);
        old.History.Append(Facts() with { ExportedAt = Start.AddDays(3), SalesReps = [rep with { TeamId = "T8" }], Splits = [Split("S1", "R2", 0.4m, 1)] }, SampleFacts.Run);
        var history = old.History.Load();
        Assert.Equal(0.4m, Assert.Single(history.Splits).Share);
        Assert.Equal((rep.TeamId, "T8"), (history.TeamOf(rep.Id, Day(0).Date), history.TeamOf(rep.Id, Day(3).Date)));
    }
}

public sealed class PostgresWhoseRevenueTests(PostgresServer server) : WhoseRevenueContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
