using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Events;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>Money in its own currency, on both databases.</summary>
public abstract class RateContract
{
    private static readonly DateOnly Day = new(2025, 3, 1);

    protected abstract Task<TestDatabase> Fresh();

    [Fact]
    public async Task Currencies_and_rates_come_back_as_they_went_in()
    {
        await using var test = await Fresh();
        var facts = Dollars(0.92m);
        Assert.Equal(new EntityCounts(3, 0, 0, 0), test.History.Append(facts, SampleFacts.Run).Rates);
        Assert.Equal(SampleFacts.Lines(new CrmHistory(facts)), SampleFacts.Lines(test.History.Load()));
        Assert.Equal(new ExchangeRates(facts.Rates).All, test.History.Load().Rates.All);
        Assert.Equal(new ExchangeRates(facts.Rates).All, new RateStore(test.Database).All());
        Assert.Equal(new ExchangeRates(facts.Rates).All,
            new EventStore(test.Database).Deals([SampleFacts.DealId(5)]).Rates.All);
    }

    [Fact]
    public async Task Another_rate_changes_figures_and_no_fact()
    {
        await using var test = await Fresh();
        test.History.Append(Dollars(0.92m), SampleFacts.Run);
        var before = test.History.Load();
        var later = Dollars(0.85m) with { ExportedAt = SampleFacts.ExportedAt.AddDays(1) };
        var result = test.History.Append(later, SampleFacts.Run);
        Assert.Equal(new EntityCounts(0, 1, 2, 0), result.Rates);
        Assert.Equal((0, 0, 1, 0),
            (result.Total().Added, result.Changes.Added, result.Total().Updated, result.Total().Replaced));
        var after = test.History.Load();
        Assert.Equal((4600.46m, 4250.43m),
            (Won(before, SampleFacts.ExportedAt), Won(after, SampleFacts.ExportedAt.AddDays(1))));
        Assert.Equal(4600.46m, Won(after, SampleFacts.ExportedAt));
        Assert.Equal(4600.46m, Won(test.History.Load(AsOf.At(SampleFacts.ExportedAt)), SampleFacts.ExportedAt));
        Assert.Equal(new EntityCounts(0, 0, 3, 0), test.History.Append(later, SampleFacts.Run).Rates);
        Assert.Equal(4, test.Count("exchange_rates"));

        static decimal? Won(CrmHistory history, DateTimeOffset at) =>
            Closing.InForce(history, history.IndexOf(SampleFacts.DealId(5)), AsOf.At(at))!.Amount;
    }

    [Fact]
    public async Task Of_two_rates_learned_at_the_same_time_the_later_import_counts()
    {
        await using var test = await Fresh();
        foreach (var rate in new[] { 0.92m, 0.85m, 0.8m, 0.85m }) test.History.Append(Dollars(rate), SampleFacts.Run);
        Assert.Equal(0.85m,
            test.History.Load().Rates
                .Find("USD", Day.AddDays(-99), AsOf.At(SampleFacts.ExportedAt))!.Rate);
        Assert.Equal(0.92m,
            test.History.Load().Rates
                .Find("USD", Day.AddDays(-99), AsOf.At(SampleFacts.ExportedAt.AddSeconds(-1)))!.Rate);
    }

    [Fact]
    public async Task A_deal_that_an_export_shows_in_another_currency_is_in_it_from_that_export_on()
    {
        await using var test = await Fresh();
        var euros = Dollars(0.92m) with { Opportunities = SampleFacts.Create(8).Opportunities };
        test.History.Append(euros, SampleFacts.Run);
        Assert.Equal(1, test.History.Append(Shown(1, "USD"), SampleFacts.Run).Changes.Added);
        Assert.Equal(0, test.History.Append(Shown(1, "USD"), SampleFacts.Run).Changes.Added);
        Assert.Equal(1, test.History.Append(Shown(2, null), SampleFacts.Run).Changes.Added);
        Assert.Equal([5000.5m, 4600.46m, 5000.5m],
            Enumerable.Range(0, 3)
                .Select(day => AsOf.At(SampleFacts.ExportedAt.AddDays(day)))
                .Select(at => Lost(test.History.Load(at), at)));

        CrmFacts Shown(int day, string? currency) => euros with
        {
            Opportunities = [], Changes = [], ExportedAt = SampleFacts.ExportedAt.AddDays(day),
            Tellings =
            [
                new DealTelling
                {
                    OpportunityId = SampleFacts.DealId(5), ToldAt = SampleFacts.ExportedAt.AddDays(day),
                    Fields = new ToldFields([OpportunityField.Currency], [Claim.Birth]), Values = [currency],
                },
            ],
        };

        static decimal? Lost(CrmHistory history, AsOf asOf) =>
            Closing.InForce(history, history.IndexOf(SampleFacts.DealId(5)), asOf)!.Amount;
    }

    [Fact]
    public async Task An_event_may_bring_a_credit_and_a_currency_and_the_history_s_own_stands_as_none()
    {
        await using var test = await Fresh();
        test.History.Append(Dollars(0.92m), SampleFacts.Run);
        Take(test, "opportunity.created", """{"amount":-1200.5,"currency":"USD","stage":"Offer"}""", 1);
        Take(test, "opportunity.changed", """{"currency":"EUR","amount":-900}""", 2);
        var history = test.History.Load();
        var index = history.IndexOf("NEW");
        Assert.Equal((-1200.5m, "USD"), (history.Opportunities[index].Amount, history.Opportunities[index].Currency));
        Assert.Equal([("Amount", "-1200.5", "-900"), ("Currency", "USD", null)],
            history.ChangesOf(index).ToArray().Select(c => (c.Field, c.OldValue, c.NewValue)));
        Take(test, "opportunity.changed", """{"currency":"EUR"}""", 3);
        Assert.Equal(2, test.History.Load().ChangesOf(index).Length);

        static void Take(TestDatabase test, string type, string data, int minutes)
        {
            var at = SampleFacts.ExportedAt.AddMinutes(minutes);
            var json = $$"""{"specversion":"1.0","id":"{{minutes}}","source":"crm","type":"{{type}}","time":"{{at:O}}","subject":"NEW","data":{{data}}}""";
            var read = CrmEventReader.Read(CloudEvent.FromJson(JsonDocument.Parse(json).RootElement), at);
            Assert.Null(Assert.Single(new EventStore(test.Database)
                .Take([read], new TurnedClock(at), null, TestContext.Current.CancellationToken).Outcomes).Fault);
        }
    }

    // Deal 5 is lost with 5000.5 dollars before the first dated rate.
    private static CrmFacts Dollars(decimal constant)
    {
        var facts = SampleFacts.Create(8);
        return facts with
        {
            Opportunities = [.. facts.Opportunities.Select((o, i) => i == 5 ? o with { Currency = "USD" } : o)],
            LineItems = [.. facts.LineItems.Select((l, i) => i == 5 ? l with { Currency = "USD", Amount = -3m } : l)],
            Products = [.. facts.Products.Select(p => p with { Currency = "CHF" })],
            Quotas = [.. facts.Quotas.Select(q => q with { Currency = "JPY" })],
            Rates =
            [
                new("USD", null, constant, "map"),
                new("USD", Day.AddDays(900), 0.0123456789m, "file"),
                new("JPY", Day, 1m / 161, "file")
            ],
        };
    }
}

public sealed class SqliteRateTests : RateContract
{
    protected override Task<TestDatabase> Fresh() => Task.FromResult(TestDatabase.Sqlite());
}

public sealed class PostgresRateTests(PostgresServer server) : RateContract
{
    protected override Task<TestDatabase> Fresh() => TestDatabase.PostgreSql(server);
}
