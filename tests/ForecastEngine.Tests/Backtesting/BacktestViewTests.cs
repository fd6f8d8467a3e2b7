using ForecastEngine.Backtesting;
using ForecastEngine.Cli.Output;

namespace ForecastEngine.Tests.Backtesting;

public sealed class BacktestViewTests
{
    [Fact]
    public void It_stays_within_80_plain_columns_and_shows_every_part()
    {
        var report = BacktestReport.From(SampleWindows.Of(12, series: 2, isTrueKnown: true, teams: ["North", "A team with a name much longer than any table has room for"]));
        var writer = new StringWriter();
        BacktestView.Show(Screen.Plain(writer), report);
        var text = writer.ToString();
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.All(text, c => Assert.True(c is '\n' or '\r' or >= ' ' and <= '~', $"U+{(int)c:X4}"));
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith(' ') && line.Trim().Length > 0 && line.All(c => c is ' ' or '-')); // a table too wide folds its rule
        foreach (var method in report.Methods.Select(m => m.Method).Concat(report.Deals!.Methods.Select(m => m.Method))) Assert.Contains(method, text, StringComparison.Ordinal);
        foreach (var part in (string[])["48 forecasts of 24 periods", "95 %", "week 6", "over 70 days", "North", "WAPE over the oracle's", "PIT by tenths", "keep in mind"]) Assert.Contains(part, text, StringComparison.Ordinal);
    }
}
