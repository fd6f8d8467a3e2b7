using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Alters, deletes and invents records of every kind, all of them recorded after a date.</summary>
internal sealed class FutureMutation(CrmFacts facts, AsOf asOf, Random random)
{
    private readonly List<Opportunity> _deals = [.. facts.Opportunities];
    private readonly List<OpportunityChange> _changes = [.. facts.Changes];
    private readonly List<Activity> _activities = [.. facts.Activities];
    private readonly List<Lead> _leads = [.. facts.Leads];
    private readonly List<Account> _accounts = [.. facts.Accounts];
    private readonly List<Product> _products = [.. facts.Products];
    private readonly List<LineItem> _lines = [.. facts.LineItems];
    private readonly List<Quota> _quotas = [.. facts.Quotas];
    private readonly List<ExchangeRate> _rates = [.. facts.Rates];
    private int _invented;

    public CrmFacts Apply(int times)
    {
        for (var n = 0; n < times; n++) Once();
        return facts with
        {
            Opportunities = _deals, Changes = _changes, Activities = _activities, Leads = _leads, Accounts = _accounts, Products = _products, LineItems = _lines,
            Quotas = _quotas, Rates = _rates, ExportedAt = random.Next(2) == 0 ? facts.ExportedAt : Future(),
        };
    }

    private void Once()
    {
        switch (random.Next(15))
        {
            case 0 or 1: Mutate(_deals, d => d.RecordedAt, Deal); break;
            case 2 or 3 or 4 or 5: Mutate(_changes, c => c.RecordedAt, Change); break;
            case 6 or 7: Mutate(_activities, a => a.RecordedAt, Activity); break;
            case 8: Mutate(_leads, l => l.RecordedAt, old => (old ?? _leads[0]) with { Id = old?.Id ?? NewId("L"), CreatedAt = Anytime(), RecordedAt = Future(), ConvertedAt = Anytime(), OpportunityId = AnyDeal().Id }); break;
            case 9: Mutate(_accounts, a => a.RecordedAt, old => new Account(old?.Id ?? NewId("C"), null, "Industry " + random.Next(3), "North", null, Future())); break;
            case 10: Mutate(_lines, l => l.RecordedAt, old => new LineItem(old?.Id ?? NewId("I"), AnyDeal().Id, facts.Products[0].Id, 1, random.Next(100_000), Future())); break;
            case 11: Mutate(_rates, r => r.KnownFrom, _ => new ExchangeRate(random.Next(2) == 0 ? "USD" : "JPY", random.Next(3) == 0 ? null : Date(Anytime()), random.Next(1, 9), "another", Future())); break;
            case 13 or 14: Correct(); break;
            default:
                Mutate(_quotas, q => q.RecordedAt, _ => new Quota(null, null, Date(Anytime()), Date(Future()), random.Next(1_000_000), Future()));
                Mutate(_products, p => p.RecordedAt, old => new Product(old?.Id ?? NewId("P"), "New", null, random.Next(1000), Future()));
                break;
        }
    }

    private void Mutate<T>(List<T> items, Func<T, DateTimeOffset> recordedAt, Func<T?, T> make) where T : class
    {
        var position = items.Count == 0 ? -1 : random.Next(items.Count);
        for (var tries = 0; tries < 50 && position >= 0 && asOf.Knows(recordedAt(items[position])); tries++) position = random.Next(items.Count);
        var mayTouch = position >= 0 && !asOf.Knows(recordedAt(items[position]));
        switch (mayTouch ? random.Next(3) : 0)
        {
            case 0: items.Insert(random.Next(items.Count + 1), make(null)); break;
            case 1: items[position] = make(items[position]); break;
            default: items.RemoveAt(position); break;
        }
    }

    // What was known already is told otherwise later: the deal is gone, was created another day, came from elsewhere,
    // or a row of its history is another.
    private void Correct()
    {
        var known = random.Next(_changes.Count);
        var (old, at) = (_changes[known], Future());
        if (random.Next(2) == 0 && asOf.Knows(old.RecordedAt) && old is { LearnedAt: null, SupersededAt: null })
        {
            _changes[known] = old with { SupersededAt = at };
            _changes.Add(old with { NewValue = old.Field == OpportunityField.Stage ? facts.Stages[random.Next(facts.Stages.Count)].Name : old.OldValue, LearnedAt = at });
            return;
        }
        var (field, value) = random.Next(3) switch
        {
            0 => (OpportunityField.Gone, OpportunityField.Deleted),
            1 => (OpportunityField.CreatedAt, Anytime().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
            _ => (OpportunityField.Source, "Source " + random.Next(4)),
        };
        _changes.Add(new OpportunityChange { OpportunityId = AnyDeal().Id, Field = field, NewValue = value, At = at, RecordedAt = at, Origin = ChangeOrigin.Told, Sequence = ++_invented });
    }

    private Opportunity Deal(Opportunity? old)
    {
        var like = old ?? AnyDeal();
        return like with
        {
            Id = old?.Id ?? NewId("O"), CreatedAt = Anytime(), RecordedAt = Future(), Amount = random.Next(500_000), OwnerId = AnyDeal().OwnerId, Source = "Source " + random.Next(4),
            Attributes = new Dictionary<string, string> { ["Fit score"] = "not a number", ["Invented"] = random.Next(5).ToString(CultureInfo.InvariantCulture) },
        };
    }

    private OpportunityChange Change(OpportunityChange? old)
    {
        var (field, value) = random.Next(8) switch
        {
            0 or 1 or 2 => (OpportunityField.Stage, facts.Stages[random.Next(facts.Stages.Count)].Name),
            3 => (OpportunityField.Amount, random.Next(1_000_000).ToString(CultureInfo.InvariantCulture)),
            4 => (OpportunityField.OwnerId, AnyDeal().OwnerId),
            6 => (OpportunityField.Currency, random.Next(2) == 0 ? "USD" : null),
            5 => (OpportunityField.PlannedCloseOn, Date(Anytime()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            _ => (OpportunityField.ProductId, AnyDeal().ProductId),
        };
        return new OpportunityChange { OpportunityId = old?.OpportunityId ?? AnyDeal().Id, Field = field, OldValue = null, NewValue = value, At = Anytime(), RecordedAt = Future(), Sequence = ++_invented };
    }

    private Activity Activity(Activity? old) => new()
    {
        Id = old?.Id ?? NewId("A"), OpportunityId = AnyDeal().Id, Kind = random.Next(2) == 0 ? "Call" : "Kind " + random.Next(3), At = Anytime(), RecordedAt = Future(),
    };

    private Opportunity AnyDeal() => _deals[random.Next(_deals.Count)];

    private string NewId(string prefix) => $"{prefix}-invented-{++_invented}";

    // From one tick after the date on.
    private DateTimeOffset Future() => asOf.Instant.AddTicks(random.Next(4) == 0 ? 1 + random.Next(3) : random.NextInt64(1, 200 * TimeSpan.TicksPerDay));

    private DateTimeOffset Anytime() => asOf.Instant.AddDays(random.NextDouble() * 400 - 200);

    private static DateOnly Date(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);
}
