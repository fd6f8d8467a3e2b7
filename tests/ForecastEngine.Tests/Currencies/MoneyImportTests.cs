using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Import;

namespace ForecastEngine.Tests.Currencies;

/// <summary>How amounts, currencies and rates come in from files.</summary>
public sealed class MoneyImportTests : IDisposable
{
    private const string HubSpot = "Record ID,Deal Name,Deal Stage,Amount,Amount in company currency,Currency,Create Date,Close Date";
    private const string Dynamics = "opportunityid,createdon,stepname,statecode,estimatedvalue_base,actualvalue_base,actualclosedate";
    private readonly TestExport _export = new();

    public void Dispose() => _export.Dispose();

    [Fact]
    public void Without_a_rate_nothing_is_set_aside_and_the_money_is_told()
    {
        var result = _export.Deals("A,2025-01-01,Qualification,50000000000,JPY,R1,,,,", "B,2025-01-01,Qualification,7,jpy,R1,,,,", "C,2025-01-01,Qualification,-30,EUR,R1,,,,").Read();
        Assert.Empty(result.Rejected);
        Assert.Equal(new ForeignAmounts("opportunities", "JPY", 2, 50_000_000_007m, null), Assert.Single(result.Report.ForeignAmounts));
        Assert.Contains(result.Report.Warnings, w => w.Contains("2 amounts of opportunities are in a currency without a rate, 50,000,000,007 JPY in all", StringComparison.Ordinal));
        Assert.Equal(["JPY", "JPY", null], result.Facts.Opportunities.Select(o => o.Currency));
        Assert.Equal("-30", result.Facts.Changes.Single(c => c is { OpportunityId: "C", Field: OpportunityField.Amount }).NewValue);
    }

    [Fact]
    public void A_rate_makes_an_absurd_amount_be_seen()
    {
        _export.Mapped(m => m.Replace("\"currency\": \"EUR\",", "\"currency\": \"EUR\", \"rates\": { \"JPY\": 0.006 },", StringComparison.Ordinal));
        var result = _export.Deals("A,2025-01-01,Qualification,50000000,JPY,R1,,,,", "B,2025-01-01,Qualification,200000000000,JPY,R1,,,,", "C,2025-01-01,Qualification,-200000000000,JPY,R1,,,,").Read();
        Assert.Equal([3, 4], result.Rejected.Select(r => r.Line));
        Assert.All(result.Rejected, r => Assert.Contains("less than 1000000000 EUR", r.Expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_rates_file_beside_an_export_is_read_whatever_the_map_says()
    {
        var result = _export.Deals("A,2025-01-01,Won,100,USD,R1,,2025-02-10,,").With("rates.csv", "date,currency,rate,source", "2025-01-01,usd,0.9,ECB", "2025-02-01,USD,0.8,ECB", ",CHF,1.05,", "2025-02-01,EUR,1,").Read();
        Assert.Empty(result.Rejected);
        Assert.Equal([new("CHF", null, 1.05m, "rates.csv"), new("USD", new DateOnly(2025, 1, 1), 0.9m, "ECB"), new("USD", new DateOnly(2025, 2, 1), 0.8m, "ECB")], new ExchangeRates(result.Facts.Rates).All);
        Assert.Equal(80m, Closing.Final(new CrmHistory(result.Facts), 0)!.Amount);
    }

    [Theory]
    [InlineData("2025-01-01,USD,0,x", "unreadable rate")]
    [InlineData("2025-01-01,USD,-1,x", "unreadable rate")]
    [InlineData("2025-01-01,USD,,x", "unreadable rate")]
    [InlineData("2025-01-01,dollar,1,x", "unreadable currency")]
    [InlineData("soon,USD,1,x", "unreadable date")]
    [InlineData("2025-01-01,EUR,2,x", "rate of the reporting currency")]
    [InlineData("2025-02-02,USD,0.9,x", "duplicate rate")]
    public void A_bad_rate_is_set_aside_with_its_reason_and_a_file_by_hand_refused(string row, string reason)
    {
        _export.Deals("A,2025-01-01,Qualification,1,EUR,R1,,,,").With("rates.csv", "date,currency,rate,source", "2025-02-02,USD,0.8,x", row);
        var result = _export.Read();
        Assert.Equal(1, result.Report.Entities.Single(e => e.Entity == "rates").Rejected[reason]);
        Assert.Contains("rates.csv line 3", Assert.Throws<ImportException>(() => RatesFile.Read(Path.Combine(_export.Folder, "rates.csv"), "EUR")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Salesforce_rates_are_units_per_corporate_unit_and_dated_ones_come_before_the_static_one()
    {
        using var folder = new TestExport { Map = TestExport.Load("salesforce") };
        var result = folder.With("Opportunity.csv", "Id,CreatedDate,StageName,Amount,CurrencyIsoCode,CloseDate", "006A,2025-01-01T00:00:00Z,Prospecting,100,SEK,2025-06-01")
            .With("DatedConversionRate.csv", "Id,IsoCode,ConversionRate,StartDate,NextStartDate", "1,EUR,1,0000-12-30,9999-12-31", "2,SEK,10,0000-12-30,2025-02-01", "3,SEK,12.5,2025-02-01,9999-12-31")
            .With("CurrencyType.csv", "Id,IsoCode,ConversionRate,IsCorporate", "1,EUR,1,true", "2,SEK,11,false", "3,USD,1.25,false").Read();
        Assert.Empty(result.Rejected);
        Assert.Equal([("GBP", null, 1.17m), ("SEK", null, 0.1m), ("SEK", new DateOnly(2025, 2, 1), 0.08m), ("USD", (DateOnly?)null, 0.8m)], new ExchangeRates(result.Facts.Rates).All.Select(r => (r.Currency, r.From, r.Rate)));
    }

    [Fact]
    public void HubSpot_amounts_are_euros_in_the_company_s_column_and_in_their_currency_otherwise()
    {
        using var folder = new TestExport { Map = TestExport.Load("hubspot") };
        var result = folder.With("all-deals.csv", HubSpot, "1,A,Closed Won,1000000,,EUR,2025-01-01 10:00,2025-02-01 10:00", "2,B,Closed Won,50000000,,JPY,2025-01-01 10:00,2025-02-01 10:00",
            "3,C,Closed Won,9000000,55000,JPY,2025-01-01 10:00,2025-02-01 10:00").Read();
        Assert.Equal([1_000_000m, 55_000m], WonAmounts(result).OfType<decimal>().Order().Reverse());
        Assert.Equal(new ForeignAmounts("opportunities", "JPY", 1, 50_000_000m, null), Assert.Single(result.Report.ForeignAmounts));
    }

    [Fact]
    public void Dynamics_actual_revenue_stands_from_the_close_on()
    {
        using var folder = new TestExport { Map = TestExport.Load("dynamics365") };
        var result = folder.With("opportunities.csv", Dynamics, "d1,2025-01-01T10:00:00Z,4-Close,Won,1000000,850000,2025-02-01", "d2,2025-01-01T10:00:00Z,4-Close,Lost,300,250,2025-02-01",
            "d3,2025-01-01T10:00:00Z,4-Close,Won,400,,2025-02-01").Read();
        Assert.Equal([400m, 850_000m], WonAmounts(result).Order());
        Assert.Equal("300", result.Facts.Changes.Single(c => c is { OpportunityId: "d2", Field: OpportunityField.Amount }).NewValue);
    }

    [Fact]
    public void Dynamics_audit_tells_the_estimate_before_and_the_actual_revenue_at_the_close()
    {
        using var folder = new TestExport { Map = TestExport.Load("dynamics365") };
        var result = folder.With("opportunities.csv", Dynamics, "d1,2025-01-01T10:00:00Z,4-Close,Won,1000,850,2025-02-01", "d2,2025-01-01T10:00:00Z,4-Close,Won,700,650,2025-02-01")
            .With("audits.csv", "auditid,objectid,attributename,oldvalue,newvalue,createdon", "1,d1,estimatedvalue_base,900,1000,2025-01-10T10:00:00Z", "2,d1,statecode,0,1,2025-02-01T09:00:00Z",
                "3,d1,actualvalue_base,,850,2025-02-01T09:00:00Z", "4,d2,statecode,0,1,2025-02-01T09:00:00Z").Read();
        var history = new CrmHistory(result.Facts);
        Assert.Equal([("900", "1000"), ("1000", "850")], Amounts(history, "d1"));
        Assert.Equal((900m, 700m), (Amount(result, "d1"), Amount(result, "d2")));
        Assert.Equal(("700", "650"), Assert.Single(Amounts(history, "d2")));
        Assert.DoesNotContain(result.Report.AddedChanges, a => a.Key.Contains("differs", StringComparison.Ordinal));
        Assert.Equal([650m, 850m], WonAmounts(result).Order());
    }

    [Fact]
    public void A_history_that_tells_amounts_in_another_currency_tells_the_currency_too()
    {
        _export.Mapped(m => m.Replace("\"changedBy\": \"changed_by\"", "\"changedBy\": \"changed_by\", \"currency\": \"currency\"", StringComparison.Ordinal)
            .Replace("\"currency\": \"EUR\",", "\"currency\": \"EUR\", \"rates\": { \"USD\": 0.5 },", StringComparison.Ordinal));
        var result = _export.Deals("A,2025-01-01,Qualification,600,EUR,R1,,,,").With("opportunity_changes.csv", TestExport.HistoryHeader + ",currency",
            "A,Amount,900,1000,2025-01-05T08:00:00Z,,,USD", "A,Amount,1000,600,2025-01-09T08:00:00Z,,,EUR").Read();
        var state = new OpportunityState(new CrmHistory(result.Facts), FeatureSchema.From(new CrmHistory(result.Facts), [10]), GroupRates.From(new CrmHistory(result.Facts), []));
        state.Start(0);
        decimal? At(int day)
        {
            state.AdvanceTo(AsOf.EndOf(new DateOnly(2025, 1, day)));
            return state.Amount;
        }
        Assert.Equal([450m, 500m, 600m], new[] { At(4), At(6), At(10) });
    }

    private static decimal? Amount(ImportResult result, string id) => result.Facts.Opportunities.Single(o => o.Id == id).Amount;

    private static IEnumerable<(string?, string?)> Amounts(CrmHistory history, string id) =>
        history.ChangesOf(history.IndexOf(id)).ToArray().Where(c => c.Field == OpportunityField.Amount).Select(c => (c.OldValue, c.NewValue));

    private static IEnumerable<decimal?> WonAmounts(ImportResult result)
    {
        var history = new CrmHistory(result.Facts);
        return Enumerable.Range(0, history.Opportunities.Length).Select(i => Closing.Final(history, i)).Where(c => c is { Won: true }).Select(c => c!.Amount);
    }
}
