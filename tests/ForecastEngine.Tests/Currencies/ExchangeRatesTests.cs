using CsCheck;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Currencies;

/// <summary>Which rate counts for a day as known at a date.</summary>
public sealed class ExchangeRatesTests
{
    private static readonly AsOf Always = AsOf.At(DateTimeOffset.MaxValue);

    [Fact]
    public void The_newest_rate_that_is_not_after_the_day_counts_and_before_the_first_the_earliest()
    {
        var rates = new ExchangeRates([Rate(10, 0.9m), Rate(20, 0.8m)]);
        Assert.Equal([(5, 0.9m), (10, 0.9m), (19, 0.9m), (20, 0.8m), (99, 0.8m)], ((int[])[5, 10, 19, 20, 99]).Select(day => (day, rates.Find("USD", Day(day), Always)!.Rate)));
        Assert.Null(rates.Find("JPY", Day(15), Always));
    }

    [Fact]
    public void A_rate_is_known_from_its_own_day_on()
    {
        var rates = new ExchangeRates([Rate(10, 0.9m), Rate(20, 0.8m)]);
        Assert.Null(rates.Find("USD", Day(15), AsOf.EndOf(Day(9))));
        Assert.Equal(0.9m, rates.Find("USD", Day(25), AsOf.EndOf(Day(19)))!.Rate);
        Assert.Equal(0.8m, rates.Find("USD", Day(25), AsOf.EndOf(Day(20)))!.Rate);
    }

    [Fact]
    public void A_corrected_rate_counts_from_the_time_it_was_learned_and_a_dated_one_comes_before_a_constant()
    {
        var learned = At(30);
        var rates = new ExchangeRates([Rate(null, 0.92m), Rate(null, 0.85m) with { LearnedAt = learned }, Rate(20, 0.7m), Rate(20, 0.75m) with { LearnedAt = learned }]);
        Assert.Equal((0.92m, 0.7m), (rates.Find("USD", Day(5), AsOf.EndOf(Day(29)))!.Rate, rates.Find("USD", Day(25), AsOf.EndOf(Day(29)))!.Rate));
        Assert.Equal((0.85m, 0.75m), (rates.Find("USD", Day(5), AsOf.EndOf(Day(30)))!.Rate, rates.Find("USD", Day(25), AsOf.EndOf(Day(30)))!.Rate));
        Assert.Equal(0.75m, rates.Newest("USD")!.Rate);
    }

    // The rule read out loud, over every rate: an independent way to the same answer.
    [Fact]
    public void Any_rates_in_any_order_answer_by_the_rule() => Gen.Select(
        Gen.Select(Gen.Int[-1, 12], Gen.Int[-1, 12], Gen.Int[1, 99]).Array[0, 12], Gen.Int[0, 12], Gen.Int[0, 12]).Sample((made, day, asOf) =>
        {
            var rates = made.Select(m => Rate(m.Item1 < 0 ? null : m.Item1, m.Item3) with { LearnedAt = m.Item2 < 0 ? null : At(m.Item2) })
                .DistinctBy(r => (r.From, r.KnownFrom)).ToList();
            var known = rates.Where(r => r.KnownFrom <= AsOf.EndOf(Day(asOf)).Instant).ToList();
            DateOnly First(ExchangeRate rate) => rate.From ?? DateOnly.MinValue;
            var before = known.Where(r => First(r) <= Day(day)).ToList();
            var first = before.Count > 0 ? before.Max(First) : known.Count > 0 ? known.Min(First) : default;
            var expected = known.Where(r => First(r) == first).MaxBy(r => r.KnownFrom);
            Assert.Equal(expected, new ExchangeRates(rates).Find("USD", Day(day), AsOf.EndOf(Day(asOf))));
            Assert.Equal(expected, new ExchangeRates([.. rates.AsEnumerable().Reverse()]).KnownAt(AsOf.EndOf(Day(asOf))).Find("USD", Day(day), Always));
        }, seed: "0000KOg5Zt6e", iter: 2000);

    private static DateOnly Day(int day) => new DateOnly(2025, 3, 1).AddDays(day);

    private static DateTimeOffset At(int day) => new(Day(day).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static ExchangeRate Rate(int? day, decimal rate) => new("USD", day is { } d ? Day(d) : null, rate, "made");
}
