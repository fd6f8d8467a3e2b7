using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Tests.Forecasting;

/// <summary>The arithmetic of a forecast over a scored pipeline of some two hundred deals.</summary>
public sealed class RevenueForecastTests
{
    private static ForecastWorld W => ForecastWorld.Shared;

    private static Period ThisQuarter => BusinessCalendar.Default.Quarter(W.AsOf.Date);

    public static TheoryData<Dimension> Dimensions => [Dimension.Team, Dimension.Owner, Dimension.Product, Dimension.Region];

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Parts_add_up_to_the_company(Dimension dimension)
    {
        foreach (var period in RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, W.AsOf.Date))
        {
            var whole = Assert.Single(W.Forecaster.Forecast(period));
            var parts = W.Forecaster.Forecast(period, dimension, 1024);
            Assert.True(parts.Count > 2, $"{dimension}: {parts.Count} parts");
            Assert.Equal(parts.Count, parts.Select(p => p.Key).Distinct().Count());
            foreach (var (name, of) in Additive)
                Assert.True(Math.Abs(parts.Sum(of) - of(whole)) <= 1e-9 * Math.Abs(of(whole)), $"{period.Label} {dimension} {name}: parts {parts.Sum(of):R}, company {of(whole):R}");
            // A deal with several products counts in each of them.
            if (dimension == Dimension.Product) Assert.True(parts.Sum(p => p.OpenDeals) > whole.OpenDeals);
            else Assert.Equal(whole.OpenDeals, parts.Sum(p => p.OpenDeals));
        }
        Assert.True(Assert.Single(W.Forecaster.Forecast(ThisQuarter)) is { AlreadyWon: > 0, FromOpen: > 0, FromNew: > 0, WeightedPipeline: > 0, ExpectedWins: > 0 });
    }

    [Fact]
    public void Months_add_up_to_their_quarter()
    {
        foreach (var quarter in new[] { ThisQuarter, ThisQuarter.Next(), ThisQuarter.Next().Next() })
        {
            var whole = W.Forecaster.Forecast(quarter)[0];
            var months = Months(quarter).Where(m => m.Until >= W.AsOf.Date).Select(m => W.Forecaster.Forecast(m)[0]).ToList();
            // A month that is over brings what it brought.
            var before = Months(quarter).Where(m => m.Until < W.AsOf.Date).Sum(WonIn);
            TestContext.Current.TestOutputHelper?.WriteLine($"{quarter.Label}: open {whole.FromOpen:N0} / {months.Sum(m => m.FromOpen):N0}, new {whole.FromNew:N0} / {months.Sum(m => m.FromNew):N0}");
            Assert.Equal(whole.AlreadyWon, before + months.Sum(m => m.AlreadyWon), 1e-6);
            Close(whole.FromOpen, months.Sum(m => m.FromOpen));
            Close(whole.FromNew, months.Sum(m => m.FromNew));
            Close(whole.ExpectedWins, months.Sum(m => m.ExpectedWins));
            Close(whole.Mean, before + months.Sum(m => m.Mean));
        }
    }

    [Fact]
    public void Bands_are_nested_around_the_median_and_never_below_what_is_won()
    {
        foreach (var period in RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, W.AsOf.Date))
            foreach (var dimension in Enum.GetValues<Dimension>())
                foreach (var forecast in W.Forecaster.Forecast(period, dimension, 1024))
                {
                    var (b50, b80, b95) = (forecast.BandOf(0.5), forecast.BandOf(0.8), forecast.BandOf(0.95));
                    double[] rising = [forecast.AlreadyWon, b95.Lower, b80.Lower, b50.Lower, forecast.Median, b50.Upper, b80.Upper, b95.Upper];
                    Assert.Equal(rising.Order(), rising);
                    Assert.Equal([0.5, 0.8, 0.95], forecast.Bands.Select(b => b.Level));
                    if (dimension == Dimension.Company) Assert.True(b80.Upper - b80.Lower > 1.2 * (b50.Upper - b50.Lower));
                }
    }

    [Fact]
    public void Scenarios_of_every_deal_keep_the_probability_that_its_score_shows()
    {
        foreach (var period in new[] { ThisQuarter, BusinessCalendar.Default.Month(W.AsOf.Date) })
        {
            var nodes = FactorNodes.For(W.Deals, W.Market.Factor, W.Market.MomentVariance, W.AsOf.Date, period);
            Assert.True(nodes.StandardDeviation > 0);
            Assert.Equal(1, nodes.Weights.Sum(), 1e-12);
            foreach (var deal in W.Deals)
            {
                var scenarios = nodes.Probabilities(deal.Curve, 0, (period.End.Instant - W.AsOf.Instant).TotalDays);
                Assert.Equal(scenarios.Order(), scenarios);
                Assert.Equal(deal.Score.WonBy.Single(w => w.Period == period).Probability, scenarios.Zip(nodes.Weights, (p, w) => p * w).Sum(), 1e-12);
            }
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1.5)]
    [InlineData(3)]
    public void Scenarios_keep_the_probability_of_an_almost_certain_deal_in_a_wild_market(double deviation)
    {
        var asOf = HandMadeHistory.AsOfDay(30);
        foreach (var (won, lost) in new[] { (0.6, 0.0), (0.3, 0.05), (0.3, 0.69), (0.01, 0.01), (0.999, 0.0) })
        {
            var deal = ForecastWorld.Deal("D", asOf, 1, won, lost);
            var nodes = FactorNodes.For([deal], new CommonFactor(0.98, deviation, 0, deviation * deviation), deviation * deviation, asOf.Date, BusinessCalendar.Default.Quarter(asOf.Date));
            foreach (var days in new[] { 3.0, 10, 60, 120 })
            {
                var scenarios = nodes.Probabilities(deal.Curve, 0, days);
                Assert.All(scenarios, p => Assert.InRange(p, 0, 1));
                Assert.Equal(deal.Curve.WonWithin(days), scenarios.Zip(nodes.Weights, (p, w) => p * w).Sum(), 1e-9);
            }
        }
    }

    [Fact]
    public void Mean_and_median_are_those_of_the_distribution()
    {
        foreach (var period in new[] { ThisQuarter, ThisQuarter.Next() })
        {
            var forecast = W.Forecaster.Forecast(period)[0];
            var (items, arrivals, weights) = Terms(period);
            var distribution = new CompoundSum(items, arrivals, weights).Distribution().Shift(forecast.AlreadyWon);
            Close(distribution.Mean, forecast.Mean);
            Assert.Equal(distribution.Quantile(0.5), forecast.Median, 1e-6 * forecast.Median);
            Assert.Equal(period.Contains(W.AsOf.Date) ? WonIn(period) : 0, forecast.AlreadyWon, 1e-6);
        }
    }

    /// <summary>The same law drawn half a million times: a scenario, a coin and an amount per deal, and a gamma-Poisson number of new wins.</summary>
    [Fact]
    public void Quantiles_are_those_of_an_independent_simulation()
    {
        const int Draws = 400_000;
        var period = ThisQuarter.Next();
        var forecast = W.Forecaster.Forecast(period, latticeSize: 8192)[0];
        var (items, arrivals, weights) = Terms(period);
        var random = new Random(20240211);
        var sums = new double[Draws];
        for (var d = 0; d < Draws; d++)
        {
            var q = Choose(weights);
            var sum = forecast.AlreadyWon;
            foreach (var item in items)
                if (random.NextDouble() < item.Probabilities[q]) sum += item.Amount.Values[Choose(item.Amount.Masses.AsSpan())];
            var theta = arrivals.Dispersion;
            for (var n = Poisson(arrivals.Rates[q] * Gamma(1 / theta) * theta); n > 0; n--) sum += arrivals.Amount.Values[Choose(arrivals.Amount.Masses.AsSpan())];
            sums[d] = sum;
        }
        Array.Sort(sums);
        Assert.Equal(1, forecast.Mean / sums.Average(), 0.005);
        foreach (var level in new[] { 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975 })
        {
            var stated = level < 0.5 ? forecast.BandOf(Math.Round(1 - 2 * level, 2)).Lower : level > 0.5 ? forecast.BandOf(Math.Round(2 * level - 1, 2)).Upper : forecast.Median;
            var drawn = sums[(int)(level * Draws)];
            TestContext.Current.TestOutputHelper?.WriteLine($"{level:0.000}: {stated:N0} / {drawn:N0}");
            Assert.InRange(stated / drawn, 0.99, 1.01);
        }

        int Choose(ReadOnlySpan<double> shares)
        {
            var u = random.NextDouble();
            for (var i = 0; i < shares.Length - 1; i++)
                if ((u -= shares[i]) < 0) return i;
            return shares.Length - 1;
        }

        // Knuth, with rates of a few dozen at most.
        int Poisson(double rate)
        {
            var (limit, product, count) = (Math.Exp(-rate), random.NextDouble(), 0);
            for (; product > limit; count++) product *= random.NextDouble();
            return count;
        }

        // Marsaglia and Tsang, for shapes above 1.
        double Gamma(double shape)
        {
            var (d, c) = (shape - 1.0 / 3, 1 / Math.Sqrt(9 * (shape - 1.0 / 3)));
            while (true)
            {
                var x = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                var v = Math.Pow(1 + c * x, 3);
                if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return d * v;
            }
        }
    }

    private static readonly (string Name, Func<RevenueForecast, double> Of)[] Additive =
    [
        ("already won", f => f.AlreadyWon), ("from open", f => f.FromOpen), ("from new", f => f.FromNew), ("mean", f => f.Mean),
        ("expected wins", f => f.ExpectedWins), ("weighted pipeline", f => f.WeightedPipeline),
    ];

    // The terms of the sum, each worked out here from the curves: the market's scenarios move the log odds of every cell alike.
    private static (List<CompoundItem> Items, CompoundArrivals Arrivals, double[] Weights) Terms(Period period)
    {
        var rule = GaussHermite.Rule(9);
        double[] weights = [.. rule.Weights];
        var deviation = FactorNodes.For(W.Deals, W.Market.Factor, W.Market.MomentVariance, W.AsOf.Date, period).StandardDeviation;
        double[] shifts = [.. rule.Nodes.Select(x => x * deviation)];
        var (from, until) = (Math.Max(0, period.From.DayNumber - W.AsOf.Date.DayNumber - 1), period.Until.DayNumber - W.AsOf.Date.DayNumber);
        var items = new List<CompoundItem>();
        foreach (var deal in W.Deals)
        {
            double[] own = [.. shifts.Select(s => deal.Curve.Shifted([.. Enumerable.Repeat(s, deal.Curve.Grid.Count)])).Select(c => c.WonWithin(until) - c.WonWithin(from))];
            var p = deal.Curve.WonWithin(until) - deal.Curve.WonWithin(from);
            var mean = own.Zip(weights, (o, w) => o * w).Sum();
            items.Add(new CompoundItem(deal.Size!, [.. own.Select(o => mean > 0 ? o * p / mean : 0)]));
        }
        var newborns = NewbornCurves.From(W.Known, W.AsOf, W.Bundle.Win, GroupRates.From(W.Known, W.Bundle.Win.Features.Schema.CategoricalAttributes), W.Market.Factor);
        var business = NewBusiness.From(W.Known, W.AsOf, newborns);
        var expected = business.ExpectedWins(period);
        var growth = shifts.Zip(weights, (s, w) => w * Math.Exp(s)).Sum();
        return (items, new CompoundArrivals(business.Amounts(Math.Max(until, 30))!, [.. shifts.Select(s => expected * Math.Exp(s) / growth)], business.Dispersion), weights);
    }

    private static double WonIn(Period period) => W.Known.Opportunities.Select((_, i) => Closing.Final(W.Known, i))
        .Where(c => c is { Won: true } && period.Contains(DateOnly.FromDateTime(c.At.UtcDateTime))).Sum(c => (double)(c!.Amount ?? 0));

    private static IEnumerable<Period> Months(Period quarter)
    {
        for (var month = BusinessCalendar.Default.Month(quarter.From); month.From <= quarter.Until; month = month.Next()) yield return month;
    }

    private static void Close(double expected, double actual) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-9 * Math.Abs(expected), $"expected {expected:R}, found {actual:R}");
}
