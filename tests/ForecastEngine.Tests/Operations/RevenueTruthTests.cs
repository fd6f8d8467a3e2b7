using System.Diagnostics;
using ForecastEngine.Operations;

namespace ForecastEngine.Tests.Operations;

/// <summary>The whole engine on a handful of small worlds whose truth is known: the short form of the validation.</summary>
public sealed class RevenueTruthTests
{
    [Fact]
    public void Bands_cover_what_is_true_and_the_forecast_beats_the_weighted_pipeline()
    {
        var watch = Stopwatch.StartNew();
        var result = ValidateOnTruth.Run(new ValidationRequest
        {
            WinsPerQuarter = 24, Worlds = 4, Seed = 11, Quarters = 1, Futures = 300, Training = new() { Win = new() { Trees = 60 }, Size = new() { Trees = 50 }, Threads = 2 },
        }, cancellation: TestContext.Current.CancellationToken);
        var output = TestContext.Current.TestOutputHelper!;
        foreach (var w in result.Windows)
            output.WriteLine(FormattableString.Invariant($"world {w.Seed}, {w.AsOf:yyyy-MM-dd}: came {w.Actual:N0}, median {w.Median:N0}, oracle {w.OracleMedian:N0}, weighted {w.Weighted:N0}, coverage {w.Coverage[0]:0.00} {w.Coverage[1]:0.00} {w.Coverage[2]:0.00}"));
        output.WriteLine(FormattableString.Invariant($"coverage {result.Coverage[0]:0.000} {result.Coverage[1]:0.000} {result.Coverage[2]:0.000}, WAPE {result.Wape:0.000}, oracle {result.OracleWape:0.000}, weighted {result.WeightedWape:0.000}, bias {result.Bias:0.000}, width {result.RelativeWidth:0.00}, {watch.Elapsed.TotalSeconds:0} s"));
        Assert.Equal(8, result.Windows.Count);
        Assert.InRange(result.Coverage[1], 0.65, 0.93);
        Assert.True(result.Coverage[0] < result.Coverage[1] && result.Coverage[1] < result.Coverage[2]);
        Assert.True(result.Wape < result.WeightedWape, $"WAPE {result.Wape:0.000}, weighted pipeline {result.WeightedWape:0.000}");
        Assert.True(result.Wape <= 1.6 * result.OracleWape, $"WAPE {result.Wape:0.000}, oracle {result.OracleWape:0.000}");
        Assert.InRange(result.Bias, -0.3, 0.3);
    }
}
