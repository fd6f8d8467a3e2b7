using System.Globalization;
using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Report;
using Microsoft.Playwright;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>The page as a browser shows it: the machine's own Chromium, no network.</summary>
public sealed class ReportPageTests(ChromiumBrowser chromium) : IClassFixture<ChromiumBrowser>
{
    private const string Hostile = "<script>alert(1)</script>\"'&";
    private static readonly IReadOnlyList<WindowResult> Real = [.. SampleWindows.Of(8, teams: ["North", Hostile]).Select(WithScoresNamed)];
    private static readonly IReadOnlyList<WindowResult> Simulated = SampleWindows.Of(6, series: 5, isTrueKnown: true);
    private static readonly ReportHeader Header = new("Sample & Sons " + Hostile, "EUR", new DateOnly(2025, 3, 31), new DateTimeOffset(2025, 4, 1, 6, 30, 0, TimeSpan.Zero), "trained anew each quarter", new DateTimeOffset(2025, 4, 2, 8, 5, 0, TimeSpan.Zero), 7);

    [Theory]
    [InlineData(ReportLanguage.English, 400, false)]
    [InlineData(ReportLanguage.English, 1280, true)]
    [InlineData(ReportLanguage.Slovene, 400, true)]
    [InlineData(ReportLanguage.Slovene, 1280, false)]
    public async Task A_browser_shows_it_without_requests_errors_or_sideways_scrolling(ReportLanguage language, int width, bool isDark)
    {
        foreach (var (name, windows) in (IEnumerable<(string, IReadOnlyList<WindowResult>)>)[("real", Real), ("simulated", Simulated)])
        {
            var html = Page(windows, language);
            await using var context = await (await chromium.Browser()).NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light });
            var page = await context.NewPageAsync();
            List<string> requests = [], messages = [];
            var file = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"forecast-report-{Environment.ProcessId}-{language}-{width}-{name}.html"));
            await File.WriteAllTextAsync(file, html);
            try
            {
                page.Request += (_, r) => requests.Add(r.Url);
                page.Console += (_, m) => messages.Add(m.Text);
                page.PageError += (_, e) => messages.Add(e);
                page.Dialog += (_, d) => messages.Add(d.Message);
                await page.GotoAsync("file://" + file);
                if (Environment.GetEnvironmentVariable("FORECASTENGINE_SCREENSHOTS") is { Length: > 0 } folder)
                    await page.ScreenshotAsync(new() { FullPage = true, Path = Path.Combine(folder, FormattableString.Invariant($"{name}-{language}-{width}-{(isDark ? "dark" : "light")}.png")) });
                Assert.Equal(["file://" + file], requests.Where(r => !r.StartsWith("data:", StringComparison.Ordinal)));
                Assert.Empty(messages);
                Assert.Equal(language == ReportLanguage.English ? "en" : "sl", await page.EvaluateAsync<string>("document.documentElement.lang"));
                Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width);
                Assert.Equal(0, await page.Locator("script").CountAsync());
                Assert.Equal(6, await page.Locator("svg[role=img] > title").CountAsync());
                Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('svg text')].every(t => { const b = t.getBoundingClientRect(), s = t.closest('svg').getBoundingClientRect(); return b.left >= s.left - 1 && b.right <= s.right + 1; })"), "A label leaves its drawing.");
                var text = await page.InnerTextAsync("body");
                Assert.Contains(Hostile, text, StringComparison.Ordinal);
                Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
                foreach (var figure in Figures(BacktestReport.From(windows), ReportTexts.Of(language))) Assert.Contains(figure, text, StringComparison.Ordinal);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Fact]
    public void The_headline_tells_a_manager_in_both_languages_what_the_statistician_finds_below()
    {
        var report = BacktestReport.From(Real);
        var (coverage, skill) = (report.MainCoverage!, report.Reference!.WapeSkill);
        string P(double? v) => Math.Round(100 * v!.Value, MidpointRounding.AwayFromZero).ToString("0", CultureInfo.InvariantCulture) + "\u00A0%";
        Assert.Contains(Html.Encode($"Revenue fell into the 80 % band in {coverage.Covered} of 16 forecasts. The engine was {P(skill.Value)} closer to the revenue that came than the weighted pipeline (95 % interval: {P(skill.Lower)} to {P(skill.Upper)})."), Page(Real, ReportLanguage.English), StringComparison.Ordinal);
        Assert.Contains(Html.Encode($"Prihodek je bil v {coverage.Covered} od 16 napovedi znotraj 80-odstotnega intervala napovedi. Napovedovalnik je bil za {P(skill.Value)} bližje dejanskemu prihodku kot tehtani prodajni lijak (95-odstotni interval zaupanja: od {P(skill.Lower)} do {P(skill.Upper)})."), Page(Real, ReportLanguage.Slovene), StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_forbids_scripts_and_loading_and_nothing_asks_for_either()
    {
        var html = Page(Real, ReportLanguage.English);
        Assert.Contains("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"", html, StringComparison.Ordinal);
        foreach (var loader in (string[])["<script", "http://", "https://", "url(", "@import", " src=", "onload"]) Assert.DoesNotContain(loader, html, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(1234.5, 1, "1,234.5", "1.234,5")]
    [InlineData(-0.04, 1, "0.0", "0,0")]
    [InlineData(-1234567, 0, "−1,234,567", "−1.234.567")]
    public void Each_language_writes_numbers_its_own_way(double value, int decimals, string english, string slovene)
    {
        Assert.Equal(english, Notation.English.Number(value, decimals));
        Assert.Equal(slovene, Notation.Slovene.Number(value, decimals));
    }

    [Fact]
    public void Dates_amounts_and_shares_have_their_language_too()
    {
        Assert.Equal(("24\u00A0Nov\u00A02026", "24.\u00A011.\u00A02026"), (Notation.English.Date(new(2026, 11, 24)), Notation.Slovene.Date(new(2026, 11, 24))));
        Assert.Equal(("1.23\u00A0M", "1,23\u00A0mio."), (Notation.English.Money(1_234_000), Notation.Slovene.Money(1_234_000)));
        Assert.Equal(("12.3\u00A0k", "100\u00A0tis."), (Notation.English.Money(12_345), Notation.Slovene.Money(99_960)));
        Assert.Equal(("2\u00A0M", "2,5\u00A0mio.", "0", "750\u00A0k"), (Notation.English.RoundMoney(2_000_000), Notation.Slovene.RoundMoney(2_500_000), Notation.English.RoundMoney(0), Notation.English.RoundMoney(750_000)));
        Assert.Equal("1.25\u00A0M", Notation.English.RoundMoney(1_250_000));
        Assert.Equal(("+12.5\u00A0%", "−12,5\u00A0%", "0,0\u00A0%"), (Notation.English.Signed(.125, 1), Notation.Slovene.Signed(-.125, 1), Notation.Slovene.Signed(.0001, 1)));
        Assert.Equal(("<0.001", "–"), (Notation.English.PValue(.0001), Notation.English.Number(null)));
    }

    [Fact]
    public void Every_doubt_has_words_in_both_languages()
    {
        foreach (var kind in Enum.GetValues<DoubtKind>())
        {
            var doubt = new Doubt(kind, Method.RunRate, [.1, .2, .3, .4, .5]);
            Assert.NotEqual(ReportTexts.English.Doubt(doubt), ReportTexts.Slovene.Doubt(doubt));
            Assert.NotEqual(ReportTexts.English.Doubt(doubt with { Subject = "theirs" }), ReportTexts.Slovene.Doubt(doubt with { Subject = "theirs" }));
        }
    }

    [Fact]
    public void Every_method_of_ours_has_a_name_in_both_languages()
    {
        string[] methods = [.. typeof(Method).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];
        Assert.True(methods.Length >= 15);
        Assert.All(methods, method => Assert.NotEqual(ReportTexts.English.MethodName(method), ReportTexts.Slovene.MethodName(method)));
        Assert.Equal("theirs", ReportTexts.Slovene.MethodName("theirs"));
    }

    [Theory]
    [InlineData("East", "Team East: only", "Ekipa East: premalo")]
    [InlineData("Team North", "Team North: only", "Team North: premalo")]
    [InlineData("", "Not assigned: only", "Brez ekipe: premalo")]
    public void A_team_that_is_called_one_is_not_called_one_twice(string name, string english, string slovene)
    {
        var doubt = new Doubt(DoubtKind.ThinTeam, name, [3]);
        Assert.StartsWith(english, ReportTexts.English.Doubt(doubt), StringComparison.Ordinal);
        Assert.StartsWith(slovene, ReportTexts.Slovene.Doubt(doubt), StringComparison.Ordinal);
    }

    [Fact]
    public void The_oldest_windows_leave_the_chart_when_there_are_too_many() =>
        Assert.Contains("Shown: the last 40 of 60.", Page(Simulated, ReportLanguage.English), StringComparison.Ordinal);

    [Fact]
    public void Windows_of_another_report_are_refused() =>
        Assert.Throws<ArgumentException>(() => ReportPage.Write(TextWriter.Null, BacktestReport.From(Real), [Real[0]], Header, ReportLanguage.English));

    private static IEnumerable<string> Figures(BacktestReport report, ReportTexts texts)
    {
        var n = texts.Notation;
        foreach (var m in report.Methods) yield return n.Percent(m.Wape, 1);
        foreach (var m in report.Methods.Skip(1)) yield return n.Signed(m.WapeSkill.Value, 1);
        foreach (var c in report.Coverage) yield return n.PValue(c.PValue);
        foreach (var m in report.Deals!.Methods) yield return n.Number(m.Brier, 4);
        foreach (var g in report.Kinds.Concat(report.Horizons).Concat(report.Sizes)) yield return n.Percent(g.Wape, 1);
        foreach (var t in report.Teams) yield return t.Name;
        foreach (var d in report.Doubts) yield return texts.Doubt(d);
        if (report.Truth is { } truth) yield return n.Number(truth.WapeRatio.Value, 2);
        yield return n.Number(report.Pit!.Statistic, 3);
        yield return n.Date(Header.AsOf);
    }

    // A method that a user brought, with a name of the user's.
    private static WindowResult WithScoresNamed(WindowResult window) => window with
    {
        Forecasts = [.. window.Forecasts, WindowForecast.Point(Hostile, 1.1 * window.Engine.Median, window.Actual)],
        Deals = window.Deals with { Timeless = [.. window.Deals.Timeless, Hostile], Probabilities = new Dictionary<string, double[]>(window.Deals.Probabilities) { [Hostile] = [.. window.Deals.Ids.Select(_ => 0.3)] } },
    };

    private static string Page(IReadOnlyList<WindowResult> windows, ReportLanguage language)
    {
        var writer = new StringWriter();
        ReportPage.Write(writer, BacktestReport.From(windows), windows, Header, language);
        return writer.ToString();
    }
}
