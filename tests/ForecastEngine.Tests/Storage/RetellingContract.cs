using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using ForecastEngine.Crm.Import;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>
/// Exports, corrections, deletions and events in any order of arrival give the history of their clean retelling, at
/// every date.
/// </summary>
public abstract class RetellingContract
{
    private const int Deals = 5;
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);
    private static readonly Stage[] Stages =
    [
        new("Lead", 0, StageKind.Open), new("Offer", 1, StageKind.Open),
        new("Won", 2, StageKind.Won), new("Lost", 3, StageKind.Lost)
    ];
    private static readonly ToldFields Fields = new(
        [ToldFields.Name, OpportunityField.Stage, OpportunityField.Amount, OpportunityField.OwnerId,
         OpportunityField.Source, "tier"],
        [Claim.Birth, Claim.Now, Claim.Close, Claim.Birth, Claim.Birth, Claim.Now]);

    protected abstract Task<TestDatabase> Fresh();

    /// <summary>How many worlds to try.</summary>
    protected abstract int Worlds { get; }

    [Fact]
    public async Task Any_order_of_arrival_gives_the_history_of_the_clean_retelling()
    {
        for (var seed = 0; seed < Worlds; seed++)
        {
            var told = new World(seed).Told();
            await using var clean = await Fresh();
            foreach (var one in told) one.Bring(clean);
            await using var shuffled = await Fresh();
            foreach (var one in told.Take(1)
                .Concat(told.Skip(1).OrderBy(o => CounterRandom.For(seed, o.At.UtcTicks).Uniform(1))))
                one.Bring(shuffled);
            for (var hour = 0; hour <= 45 * 24; hour += 37)
            {
                var asOf = AsOf.At(Start.AddHours(hour));
                var (expected, actual) =
                    (SampleFacts.Lines(clean.History.Load(asOf))[1..],
                     SampleFacts.Lines(shuffled.History.Load(asOf))[1..]);
                Assert.True(expected.SequenceEqual(actual),
                    $"world {seed}, {asOf}: lacks\n{string.Join('\n', expected.Except(actual))}\n"
                        + $"has instead\n{string.Join('\n', actual.Except(expected))}");
            }
            Assert.Equal(SampleFacts.Lines(clean.History.Load()), SampleFacts.Lines(shuffled.History.Load()));
            // What is known at a date is the same whether the database or the whole history is asked.
            var whole = clean.History.Load();
            for (var day = 0; day <= 45; day += 5)
                Assert.Equal(
                    SampleFacts.Lines(whole.KnownAt(AsOf.At(Start.AddDays(day))))[1..],
                    SampleFacts.Lines(clean.History.Load(AsOf.At(Start.AddDays(day))))[1..]);
        }
    }

    [Fact]
    public async Task A_telling_that_comes_again_changes_nothing()
    {
        var told = new World(77).Told();
        await using var test = await Fresh();
        foreach (var one in told) one.Bring(test);
        var before = SampleFacts.Lines(test.History.Load());
        foreach (var one in told.OfType<Export>().Reverse()) Assert.Equal(0, one.Bring(test).Total().Added);
        Assert.Equal(before, SampleFacts.Lines(test.History.Load()));
    }

    private abstract record Saying(DateTimeOffset At)
    {
        public abstract AppendResult Bring(TestDatabase test);
    }

    private sealed record Export(DateTimeOffset At, CrmFacts Facts, bool IsWhole) : Saying(At)
    {
        public override AppendResult Bring(TestDatabase test) => test.History.Import(Facts,
            new ForecastEngine.Storage.ImportRun
            {
                At = At.AddHours(1), MapName = "own", SourceHash = At.ToString("O", CultureInfo.InvariantCulture)
            }, [],
            new ImportOptions { IsWhole = IsWhole, MaxRemovedShare = 1 });
    }

    private sealed record Event(DateTimeOffset At, CrmEvent What) : Saying(At)
    {
        public override AppendResult Bring(TestDatabase test)
        {
            Assert.Null(Assert.Single(new EventStore(test.Database).Take([What], TimeProvider.System).Outcomes).Fault);
            return null!;
        }
    }

    // A CRM whose deals change, are closed, corrected, deleted and restored, with exports of all or some of them, with
    // and without history, and events in between.
    private sealed class World(int seed)
    {
        private readonly CounterRandom _draw = CounterRandom.For(seed, 4711);
        private readonly Dictionary<string, string?>[] _now = [.. Enumerable.Range(0, Deals)
            .Select(i => new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                [ToldFields.Name] = $"Deal {i}", [OpportunityField.Stage] = "Lead",
                [OpportunityField.Amount] = "100", [OpportunityField.OwnerId] = "R1",
                [OpportunityField.Source] = "web", ["tier"] = null,
            })];
        private readonly bool[] _deleted = new bool[Deals];
        private readonly DateTimeOffset?[] _closed = new DateTimeOffset?[Deals];
        private readonly List<OpportunityChange> _history = [];
        private int _next;

        public List<Saying> Told()
        {
            var told = new List<Saying> { ExportAt(Start, everything: true) };
            for (var step = 1; step <= 40; step++)
            {
                var at = Start.AddDays(step).AddMinutes(Draw(600));
                Change(at);
                var roll = Draw(10);
                if (roll < 4) told.Add(ExportAt(at, everything: false));
                else if (roll < 6) told.Add(EventAt(at));
            }
            return told;
        }

        private int Draw(int below) => (int)(_draw.Uniform(_next++) * below);

        private void Change(DateTimeOffset at)
        {
            var i = Draw(Deals);
            var now = _now[i];
            switch (Draw(9))
            {
                case 0: Stage(i, "Offer", at); break;
                case 1: Stage(i, "Won", at); break;
                case 2: Stage(i, "Lost", at); break;
                case 3: now[OpportunityField.Amount] = $"{100 + Draw(900)}"; break;
                case 4: now[OpportunityField.Source] = Draw(2) == 0 ? "fair" : "web"; break;
                case 5: now["tier"] = Draw(2) == 0 ? "gold" : null; break;
                case 6: _deleted[i] = !_deleted[i]; break;
                case 7: if (_closed[i] is { } closed) _closed[i] = closed.AddDays(-Draw(4)); break;
                default:
                    if (_history.Count > 0 && Draw(2) == 0) _history[^1] = _history[^1] with { NewValue = "Offer" };
                    break;
            }
        }

        private void Stage(int i, string stage, DateTimeOffset at)
        {
            if (Draw(3) > 0)
                _history.Add(new OpportunityChange
                {
                    OpportunityId = $"D{i}", Field = OpportunityField.Stage,
                    OldValue = _now[i][OpportunityField.Stage], NewValue = stage,
                    At = at, RecordedAt = at, ChangedBy = "R1"
                });
            _now[i][OpportunityField.Stage] = stage;
            _closed[i] = stage is "Won" or "Lost" ? at.AddHours(-Draw(40)) : null;
        }

        private Export ExportAt(DateTimeOffset at, bool everything)
        {
            var (isWhole, hasHistory) = (!everything && Draw(4) == 0, Draw(2) == 0);
            var tellings = new List<DealTelling>();
            for (var i = 0; i < Deals; i++)
            {
                if (!everything && !isWhole && Draw(3) == 0) continue;
                if (_deleted[i] && isWhole) continue;
                tellings.Add(_deleted[i]
                    ? new DealTelling
                    {
                        OpportunityId = $"D{i}", ToldAt = at,
                        Gone = OpportunityField.Deleted, Fields = ToldFields.None, Values = []
                    }
                    : new DealTelling
                    {
                        OpportunityId = $"D{i}", ToldAt = at, CreatedAt = Start.AddDays(-i - 1),
                        ClosedAt = _closed[i],
                        CloseOn = _closed[i] is { } c ? DateOnly.FromDateTime(c.UtcDateTime) : null,
                        Fields = Fields, Values = [.. Fields.Names.Select(name => _now[i][name])],
                    });
            }
            var there = tellings.Where(t => t.Gone is null).Select(t => t.OpportunityId).ToHashSet();
            var history = hasHistory ? _history.Where(h => there.Contains(h.OpportunityId)).ToList() : [];
            var facts = tellings
                .Select(t => DealRetelling.Of(
                    [t], history.Where(h => h.OpportunityId == t.OpportunityId),
                    name => Stages.FirstOrDefault(s => s.Name == name)?.Kind))
                .OfType<RetoldDeal>()
                .ToList();
            return new Export(at, new CrmFacts
            {
                Currency = "EUR", ExportedAt = at, Stages = Stages,
                Tellings = tellings,
                Opportunities = [.. facts.Select(f => f.Born)],
                Changes = [.. facts.SelectMany(f => f.Changes)],
            }, isWhole);
        }

        private Event EventAt(DateTimeOffset at)
        {
            var i = Draw(Deals);
            var kind = Draw(5) switch
            {
                0 => CrmEventKind.Deleted, 1 => CrmEventKind.Merged, 2 => CrmEventKind.Closed, _ => CrmEventKind.Changed
            };
            var amount = $"{100 + Draw(900)}";
            if (kind == CrmEventKind.Changed) _now[i][OpportunityField.Amount] = amount;
            return new Event(at, new CrmEvent
            {
                Source = "/crm", Id = $"e{seed}-{at.UtcTicks}", Kind = kind, OpportunityId = $"D{i}",
                At = at, RecordedAt = at, MergedInto = "D9", Won = kind == CrmEventKind.Closed ? true : null,
                Fields = kind == CrmEventKind.Changed
                    ? new Dictionary<string, string?> { [OpportunityField.Amount] = amount }
                    : new Dictionary<string, string?>(),
            });
        }
    }
}

public sealed class SqliteRetellingTests : RetellingContract
{
    protected override int Worlds => 10;
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresRetellingTests(PostgresServer server) : RetellingContract
{
    protected override int Worlds => 3;
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
