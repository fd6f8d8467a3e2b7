using System.Diagnostics;
using ForecastEngine.Backtesting;
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
        var (report, truth) = (result.Report, result.Report.Truth!);
        foreach (var w in result.Windows)
            output.WriteLine(FormattableString.Invariant($"world {w.Series}, {w.Window.Cutoff.Date:yyyy-MM-dd}: came {w.Actual:N0}, median {w.Engine.Median:N0}, oracle {w.Truth!.Forecast.Median:N0}, coverage {w.Truth.Coverage[0]:0.00} {w.Truth.Coverage[1]:0.00} {w.Truth.Coverage[2]:0.00}"));
        var coverage = truth.Coverage.Select(c => c.Coverage.Value!.Value).ToArray();
        output.WriteLine(FormattableString.Invariant($"coverage {coverage[0]:0.000} {coverage[1]:0.000} {coverage[2]:0.000}, WAPE {truth.Wape:0.000}, oracle {truth.OracleWape:0.000}, bias {truth.Bias.Value:0.000}, width {truth.WidthRatio!.Value:0.00}, {watch.Elapsed.TotalSeconds:0} s"));
        Assert.Equal((12, 8, 4), (result.Windows.Count, report.Windows, result.LastWeek.Windows));
        Assert.InRange(result.LastWeek.Truth!.Coverage[1].Coverage.Value!.Value, 0.65, 0.93);
        Assert.InRange(coverage[1], 0.65, 0.93);
        Assert.True(coverage[0] < coverage[1] && coverage[1] < coverage[2]);
        var weighted = report.Methods.Single(m => m.Method == Method.WeightedPipeline);
        Assert.True(report.Engine.Wape < weighted.Wape, $"WAPE {report.Engine.Wape:0.000}, weighted pipeline {weighted.Wape:0.000}");
        Assert.True(truth.Wape <= 1.6 * truth.OracleWape, $"WAPE {truth.Wape:0.000}, oracle {truth.OracleWape:0.000}");
        Assert.InRange(truth.Bias.Value!.Value, -0.3, 0.3);
        Assert.True(report.Deals!.Methods.Single(m => m.Method == Method.Engine).TrueEce < 0.05);
    }
}
