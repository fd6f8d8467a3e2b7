using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>A large pipeline added up by classes against the same pipeline added up deal by deal.</summary>
public sealed class RevenueRollupTests
{
    private static readonly AsOf Today = AsOf.EndOf(new DateOnly(2026, 2, 10));
    private static readonly CommonFactor Market = new(0.9, 0.2, 0.05, 0.02);
    private static readonly Period Quarter = BusinessCalendar.Default.Quarter(Today.Date);
    private static readonly ForecastSlot[] Slots = [.. from period in RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, Today.Date)
                                                       from dimension in (Dimension[])[Dimension.Company, Dimension.Owner]
                                                       select new ForecastSlot(period, dimension)];

    [Fact]
    public void Quantiles_of_five_thousand_deals_by_class_are_within_three_thousandths_of_the_exact_ones()
    {
        var deals = Deals(RevenueForecaster.ExactDeals);
        var forecaster = Forecaster(deals);
        var rollup = forecaster.RollUp(Slots, deals, 2);
        foreach (var period in RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, Today.Date))
        {
            var (nine, rolled) = (forecaster.Forecast(period, threads: 2)[0], forecaster.Forecast(rollup, period, threads: 2)[0]);
            Assert.Equal(nine.Mean, rolled.Mean, 1e-6 * nine.Mean);
            Assert.Equal((nine.OpenDeals, nine.FromNew), (rolled.OpenDeals, rolled.FromNew));
            Assert.Equal(nine.ExpectedWins, rolled.ExpectedWins, 1e-6 * nine.ExpectedWins);
            Assert.Equal(nine.WeightedPipeline, rolled.WeightedPipeline, 1e-9 * nine.WeightedPipeline);
            // Deal by deal, in scenarios so many that none shows.
            var nodes = FactorNodes.For(deals, Market, 0.03, Today.Date, period).Finer(65);
            var from = Math.Max(0, (period.From.ToDateTime(TimeOnly.MinValue) - Today.Instant.UtcDateTime).TotalDays);
            var exact = new CompoundSum(deals.Select(d => new CompoundItem(d.Size!, [.. nodes.Probabilities(d.Curve, from, (period.End.Instant - Today.Instant).TotalDays)])), null, nodes.Weights).Distribution(maxDegreeOfParallelism: 2);
            foreach (var level in (double[])[0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
            {
                var (a, b, c) = (exact.Quantile(level), rolled.Distribution!.Quantile(level), nine.Distribution!.Quantile(level));
                TestContext.Current.TestOutputHelper?.WriteLine($"{period.Label} {level}: exact {a:F0}, by class {b / a - 1:P3}, exact in nine scenarios {c / a - 1:P3}");
                Assert.Equal(a, b, 0.003 * a);
            }
        }
    }

    [Fact]
    public void Small_parts_of_a_large_pipeline_stay_near_the_exact_sum()
    {
        var deals = Deals(2_000);
        var forecaster = Forecaster(deals);
        var rolled = forecaster.Forecast(forecaster.RollUp(Slots, deals), Quarter, Dimension.Owner);
        var exact = forecaster.Forecast(Quarter, Dimension.Owner);
        Assert.Equal(exact.Select(f => f.Key), rolled.Select(f => f.Key));
        Assert.True(exact.Count >= 40);
        foreach (var (a, b) in exact.Zip(rolled))
        {
            Assert.Equal(a.Mean, b.Mean, 1e-6 * a.Mean);
            var sd = Math.Sqrt(a.Distribution!.Variance);
            foreach (var level in (double[])[0.1, 0.5, 0.9]) Assert.Equal(a.Distribution.Quantile(level), b.Distribution!.Quantile(level), 0.12 * sd);
            Assert.Equal(sd, Math.Sqrt(b.Distribution!.Variance), 0.02 * sd);
        }
    }

    [Fact]
    public void Shares_rolled_up_apart_and_kept_as_bytes_add_up_to_the_whole()
    {
        var deals = Deals(3_000);
        var forecaster = Forecaster(deals);
        var whole = forecaster.RollUp(Slots, deals);
        var shares = deals.Chunk(700).Select(share => RevenueRollup.FromBytes(forecaster.RollUp(Slots, share).ToBytes(), Slots)).ToList();
        foreach (var share in shares.Skip(1)) shares[0].Add(share);
        foreach (var (a, b) in forecaster.Forecast(whole, Quarter, Dimension.Owner).Zip(forecaster.Forecast(shares[0], Quarter, Dimension.Owner)))
        {
            Assert.Equal((a.Key, a.OpenDeals), (b.Key, b.OpenDeals));
            Assert.Equal(a.Mean, b.Mean, 1e-9 * a.Mean);
            Assert.Equal(a.Median, b.Median, 1e-6 * a.Median);
        }
        Assert.Equal(shares[0].ToBytes(), RevenueRollup.FromBytes(shares[0].ToBytes(), Slots).ToBytes());
        Assert.Throws<ArgumentException>(() => whole.Add(forecaster.RollUp([Slots[0]], deals)));
        Assert.Throws<ArgumentException>(() => forecaster.Forecast(whole, Quarter, Dimension.Team));
    }

    [Fact]
    public void Many_deals_show_one_smooth_distribution_and_not_a_peak_per_scenario()
    {
        var deals = Deals(60_000);
        var forecast = Forecaster(deals).Forecast(Quarter, threads: 2)[0];
        var distribution = forecast.Distribution!;
        var sd = Math.Sqrt(distribution.Variance);
        // Between normal and a little skewed: with nine peaks single bands would be off by a fifth of the deviation.
        foreach (var (level, z) in (ReadOnlySpan<(double, double)>)[(0.1, -1.2816), (0.25, -0.6745), (0.5, 0), (0.75, 0.6745), (0.9, 1.2816)])
            Assert.Equal(z, (distribution.Quantile(level) - forecast.Mean) / sd, 0.06);
    }

    [Fact]
    public void Scenarios_by_interpolation_are_those_of_the_shifted_curves()
    {
        var deals = Deals(200);
        var periods = RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, Today.Date);
        var spans = periods.Select(p => (FactorNodes.For(deals, Market, 0.03, Today.Date, p), Math.Max(0, p.From.DayNumber - Today.Date.DayNumber - 1.0), (double)(p.Until.DayNumber - Today.Date.DayNumber))).ToList();
        var scenarios = new FactorScenarios(spans, deals[0].Curve.Grid.Count);
        var found = new double[scenarios.Length];
        foreach (var deal in deals)
        {
            scenarios.Write(deal.Curve, found);
            var expected = spans.SelectMany(s => s.Item1.Probabilities(deal.Curve, s.Item2, s.Item3)).ToArray();
            for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-5);
        }
    }

    private static RevenueForecaster Forecaster(IReadOnlyList<ScoredOpportunity> deals) => new(new CrmHistory(new CrmFacts { Currency = "EUR", Stages = [], ExportedAt = Today.Instant }), Today, deals, Market, 0.03);

    private static List<ScoredOpportunity> Deals(int count)
    {
        var deals = new List<ScoredOpportunity>(count);
        for (var i = 0; i < count; i++)
        {
            var random = CounterRandom.For(7, i);
            var amount = Math.Round(Math.Exp(9 + 1.1 * random.Normal()), 2);
            var deal = ForecastWorld.Deal($"D{i}", Today, amount, 0.01 + 0.06 * random.Uniform(1), 0.02 + 0.05 * random.Uniform(2), $"R{random.Below(40, 3)}", 0.3, Today.Date.AddDays(random.Below(200, 4)));
            deals.Add(deal);
        }
        return deals;
    }
}
