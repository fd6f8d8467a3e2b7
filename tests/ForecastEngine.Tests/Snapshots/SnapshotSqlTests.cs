using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Storage;
using Microsoft.Data.Sqlite;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>The features computed a second time, in SQL on the stored history, by nothing that the engine shares but the data.</summary>
public sealed class SnapshotSqlTests : IAsyncLifetime
{
    private static readonly SimulationOptions Options = new() { Seed = 77, Weeks = 60, OpportunitiesPerWeek = 7, Reps = 5, Teams = 2, RecordingLagShare = 0.3, RecordingLagDays = 6, ActivityDensity = 0.5, ZombieShare = 0.05 };

    private readonly TestDatabase _database = TestDatabase.Sqlite();
    private CrmHistory _history = null!;
    private SqliteConnection _connection = null!;

    public ValueTask InitializeAsync()
    {
        var facts = WithHandMadeChanges(TrainingWorld.Simulated(Options).Facts);
        _database.History.Append(facts, new ImportRun { At = facts.ExportedAt!.Value, MapName = "test", SourceHash = "1" });
        _history = new CrmHistory(facts);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _database.Options.Path }.ConnectionString);
        _connection.Open();
        _connection.CreateFunction("natural_log", (double x) => Math.Log(x), isDeterministic: true);
        _connection.CreateFunction("exponential", (double x) => Math.Exp(x), isDeterministic: true);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public void Features_agree_with_SQL_on_the_stored_history()
    {
        var grid = TimeGrid.From(_history);
        var schema = FeatureSchema.From(_history, grid.DecayDays) with { HasSeasons = true };
        var features = new FeatureSet(schema);
        var columns = features.Features.Select((f, i) => (f.Name, i)).ToDictionary(f => f.Name, f => f.i);
        var taker = new SnapshotTaker(_history, features, GroupRates.From(_history, []));
        var seen = new Dictionary<string, HashSet<float>>();
        var (deals, faults) = (0, new List<string>());
        foreach (var week in new[] { 9, 17, 26, 38, 47, 59 })
        {
            var asOf = AsOf.EndOf(Options.FirstWeek.AddDays(7 * week - 1));
            Prepare(asOf);
            foreach (var snapshot in taker.OpenPipeline(asOf))
            {
                deals++;
                foreach (var (name, expected) in FromSql(snapshot.OpportunityId, asOf, schema))
                {
                    var found = snapshot.Features[columns[name]];
                    (seen.TryGetValue(name, out var values) ? values : seen[name] = []).Add(found);
                    if (Math.Abs(found - expected) > 1e-5 * Math.Max(1, Math.Abs(expected))) faults.Add($"{snapshot.OpportunityId} {asOf.Date:yyyy-MM-dd} {name}: found {found:R}; SQL {expected:R}");
                }
            }
        }
        Assert.True(deals > 300, $"only {deals} deals compared");
        Assert.True(faults.Count == 0, $"{faults.Count} differences: {string.Join("; ", faults.Take(12))}");
        Assert.All(seen, s => Assert.True(s.Value.Count > 1, $"{s.Key} is {s.Value.First()} throughout: the comparison would prove nothing"));
        Assert.True(seen.Count >= 34, $"only {seen.Count} columns compared");
    }

    // Owners and stages change oftener than in the simulation, and the clock that records them runs late.
    private static CrmFacts WithHandMadeChanges(CrmFacts facts)
    {
        var random = new Random(3);
        var changes = facts.Changes.ToList();
        foreach (var deal in facts.Opportunities)
        {
            if (random.NextDouble() > 0.3) continue;
            var at = deal.RecordedAt.AddDays(5 + 40 * random.NextDouble());
            changes.Add(Change(deal.Id, OpportunityField.OwnerId, deal.OwnerId, facts.SalesReps[random.Next(facts.SalesReps.Count)].Id, at));
            changes.Add(Change(deal.Id, OpportunityField.PlannedCloseOn, null, "2022-11-15", at.AddDays(3)));
            changes.Add(Change(deal.Id, OpportunityField.Amount, null, (1000 + random.Next(100_000)).ToString(CultureInfo.InvariantCulture), at.AddDays(4)));
        }
        return facts with { Changes = changes };

        OpportunityChange Change(string id, string field, string? before, string? after, DateTimeOffset at) =>
            new() { OpportunityId = id, Field = field, OldValue = before, NewValue = after, At = at.AddDays(-1), RecordedAt = at };
    }

    // The closings known at the date, with the owner at the close.
    private void Prepare(AsOf asOf) => Execute("""
        DROP TABLE IF EXISTS temp.known_closings;
        CREATE TEMP TABLE known_closings AS
        SELECT o.id, o.source, o.account_id, c.recorded_at, s.kind = 'Won' AS won,
          coalesce((SELECT w.new_value FROM opportunity_changes w WHERE w.opportunity_id = o.id AND w.field = 'OwnerId' AND w.recorded_at <= c.recorded_at
            ORDER BY w.recorded_at DESC LIMIT 1), o.owner_id) AS owner_id
        FROM opportunities o
        JOIN opportunity_changes c ON c.opportunity_id = o.id AND c.field = 'Stage'
        JOIN stages s ON s.name = c.new_value AND s.kind <> 'Open'
        WHERE c.recorded_at <= @t;
        """, asOf);

    private Dictionary<string, double> FromSql(string id, AsOf asOf, FeatureSchema schema)
    {
        var decays = schema.DecayDays.Select(d => string.Create(CultureInfo.InvariantCulture,
            $"(SELECT coalesce(sum(exponential((a.happened - @t) / 86400e6 / {d}.0)), 0) FROM acts a) AS activity_decay_{d:0}d"));
        var kinds = schema.ActivityKinds.SelectMany(k => new[]
        {
            $"(SELECT count(*) FROM acts a WHERE a.kind = '{k}') AS activity_{k.ToLowerInvariant()}",
            string.Create(CultureInfo.InvariantCulture, $"(SELECT coalesce(sum(exponential((a.happened - @t) / 86400e6 / {schema.DecayDays[1]}.0)), 0) FROM acts a WHERE a.kind = '{k}') AS activity_{k.ToLowerInvariant()}_decay"),
        });
        var sql = $"""
            WITH deal AS (SELECT * FROM opportunities WHERE id = @id),
            known AS (SELECT * FROM opportunity_changes WHERE opportunity_id = @id AND recorded_at <= @t),
            moves AS (
              SELECT k.new_value AS stage, k.at, k.recorded_at, coalesce(lag(k.new_value) OVER (ORDER BY k.recorded_at, k.at), (SELECT stage FROM deal)) AS before
              FROM known k WHERE k.field = 'Stage'),
            amounts AS (
              SELECT CAST(k.new_value AS REAL) AS amount, k.recorded_at, k.at, coalesce(CAST(lag(k.new_value) OVER (ORDER BY k.recorded_at, k.at) AS REAL), (SELECT CAST(amount AS REAL) FROM deal)) AS before
              FROM known k WHERE k.field = 'Amount'),
            plans AS (
              SELECT julianday(k.new_value) AS plan, k.recorded_at, k.at, coalesce(julianday(lag(k.new_value) OVER (ORDER BY k.recorded_at, k.at)), (SELECT julianday(planned_close_on) FROM deal)) AS before
              FROM known k WHERE k.field = 'PlannedCloseOn'),
            acts AS (SELECT kind, min(at, recorded_at) AS happened FROM activities WHERE opportunity_id = @id AND recorded_at <= @t),
            now AS (
              SELECT coalesce((SELECT m.stage FROM moves m ORDER BY m.recorded_at DESC, m.at DESC LIMIT 1), d.stage) AS stage,
                coalesce((SELECT m.at FROM moves m WHERE m.stage <> m.before ORDER BY m.recorded_at DESC, m.at DESC LIMIT 1), d.created_at) AS entered,
                coalesce((SELECT a.amount FROM amounts a ORDER BY a.recorded_at DESC, a.at DESC LIMIT 1), CAST(d.amount AS REAL)) AS amount,
                coalesce((SELECT p.plan FROM plans p ORDER BY p.recorded_at DESC, p.at DESC LIMIT 1), julianday(d.planned_close_on)) AS plan,
                coalesce((SELECT k.new_value FROM known k WHERE k.field = 'OwnerId' ORDER BY k.recorded_at DESC, k.at DESC LIMIT 1), d.owner_id) AS owner,
                d.* FROM deal d),
            overall AS (SELECT (coalesce(sum(won), 0) + 0.5) / (count(*) + 1.0) AS rate FROM known_closings),
            groups AS (
              SELECT 'owner' AS grouping, count(*) AS n, coalesce(sum(won), 0) AS w FROM known_closings WHERE owner_id = (SELECT owner FROM now)
              UNION ALL SELECT 'source', count(*), coalesce(sum(won), 0) FROM known_closings WHERE source = (SELECT source FROM now)
              UNION ALL SELECT 'stage', count(*), coalesce(sum(won), 0) FROM known_closings c WHERE EXISTS (
                SELECT 1 FROM opportunity_changes k WHERE k.opportunity_id = c.id AND k.field = 'Stage' AND k.new_value = (SELECT stage FROM now) AND k.recorded_at <= c.recorded_at)
                OR (SELECT o.stage FROM opportunities o WHERE o.id = c.id) = (SELECT stage FROM now)),
            rated AS (SELECT grouping, n, CASE WHEN n = 0 THEN 0 ELSE natural_log(((w + 12 * rate) / (n + 12)) / (1 - (w + 12 * rate) / (n + 12))) - natural_log(rate / (1 - rate)) END AS odds FROM groups, overall),
            day AS (SELECT date(@t / 1000000, 'unixepoch') AS today)
            SELECT (@t - created_at) / 86400e6 AS age_days,
              (SELECT position FROM stages WHERE name = now.stage) AS stage_order,
              (@t - entered) / 86400e6 AS days_in_stage,
              (entered - created_at) / 86400e6 AS days_to_stage,
              (SELECT count(*) FROM moves m JOIN stages a ON a.name = m.stage JOIN stages b ON b.name = m.before WHERE a.position > b.position) AS stage_moves_forward,
              (SELECT count(*) FROM moves m JOIN stages a ON a.name = m.stage JOIN stages b ON b.name = m.before WHERE a.position < b.position) AS stage_moves_back,
              (SELECT count(*) FROM (SELECT stage FROM moves UNION SELECT stage FROM deal)) AS stages_visited,
              natural_log(1 + amount) AS amount_log,
              natural_log(1 + now.amount) - natural_log(1 + (SELECT CAST(amount AS REAL) FROM deal)) AS amount_change_log,
              (SELECT count(*) FROM amounts a WHERE a.amount <> a.before) AS amount_changes,
              (SELECT count(*) FROM plans p WHERE p.plan > p.before) AS close_pushes,
              (SELECT count(*) FROM plans p WHERE p.plan < p.before) AS close_pulls,
              plan - julianday(planned_close_on) AS days_pushed,
              plan - julianday(today) AS days_to_planned_close,
              (SELECT count(*) FROM acts) AS activities,
              (@t - coalesce((SELECT max(happened) FROM acts), created_at)) / 86400e6 AS days_since_activity,
              {string.Join(",\n  ", decays.Concat(kinds))},
              (SELECT odds FROM rated WHERE grouping = 'stage') AS stage_log_odds,
              (SELECT odds FROM rated WHERE grouping = 'owner') AS owner_log_odds,
              (SELECT odds FROM rated WHERE grouping = 'source') AS source_log_odds,
              (SELECT count(*) FROM known_closings c WHERE c.account_id = now.account_id AND c.won) AS account_won,
              (SELECT count(*) FROM known_closings c WHERE c.account_id = now.account_id AND NOT c.won) AS account_lost,
              CAST(strftime('%m', today) AS INTEGER) AS month,
              julianday(date(today, 'start of month', '+' || (2 - (CAST(strftime('%m', today) AS INTEGER) - 1) % 3) || ' months', '+1 month', '-1 day')) - julianday(today) AS days_to_quarter_end,
              (CAST(strftime('%w', created_at / 1000000, 'unixepoch') AS INTEGER) + 6) % 7 AS created_weekday,
              CAST(strftime('%H', created_at / 1000000, 'unixepoch') AS INTEGER) AS created_hour
            FROM now, day
            """;
        using var command = Command(sql, asOf);
        command.Parameters.AddWithValue("@id", id);
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        return Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, reader.GetDouble);
    }

    private void Execute(string sql, AsOf asOf)
    {
        using var command = Command(sql, asOf);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, AsOf asOf)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("@t", (asOf.Instant.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond);
        return command;
    }
}
