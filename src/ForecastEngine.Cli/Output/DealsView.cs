using ForecastEngine.Operations;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Cli.Output;

/// <summary>Scored open deals as tables.</summary>
internal static class DealsView
{
    /// <summary>The deals with the largest expected revenue, two lines each; 80 columns wide.</summary>
    public static void ShowTop(Screen screen, ScoredPipeline pipeline, int top)
    {
        var table = new TextTable("Deal", "Grade", ">Win", "Close if won\n80 % interval", $">Expected\n{pipeline.History.Currency}", "Drivers for and against\nin percentage points");
        foreach (var score in Largest(pipeline).Take(top))
            table.Row($"{Format.Name(score.OpportunityId, 14)}\n{Format.Name(score.Name, 14)}", score.Grade.ToString(), Format.Percent(score.WinProbability),
                $"{Format.Date(score.ExpectedCloseOn)}\n{Interval(score)}", Format.Money(score.ExpectedRevenue), $"{Strongest(score, 1)}\n{Strongest(score, -1)}");
        screen.Table(table);
    }

    /// <summary>How many deals have which grade, and what they are worth.</summary>
    public static void ShowGrades(Screen screen, ScoredPipeline pipeline)
    {
        var table = new TextTable("Grade", ">Open deals", $">Expected revenue, {pipeline.History.Currency}");
        foreach (var grade in pipeline.Deals.GroupBy(d => d.Score.Grade).OrderBy(g => g.Key))
            table.Row($"{grade.Key}", Format.Count(grade.Count()), Format.Money(grade.Sum(d => d.Score.ExpectedRevenue ?? 0)));
        screen.Table(table);
        screen.Line("Grades go by win probability: A from 60 %, B from 35 %, C from 15 %, D below.");
    }

    /// <summary>Open deals, largest expected revenue first.</summary>
    public static IEnumerable<OpportunityScore> Largest(ScoredPipeline pipeline) => pipeline.Deals.Select(d => d.Score)
        .OrderByDescending(s => s.ExpectedRevenue ?? 0).ThenByDescending(s => s.WinProbability).ThenBy(s => s.OpportunityId, StringComparer.Ordinal);

    /// <summary>A driver's name as people say it.</summary>
    public static string Words(string driver) =>
        driver.StartsWith("attribute:", StringComparison.Ordinal) || driver.StartsWith(CustomFeature.DriverPrefix, StringComparison.Ordinal) ? driver[(driver.IndexOf(':') + 1)..].Replace('_', ' ') : driver;

    private static string Interval(OpportunityScore score) => score.CloseFrom is null ? "" : $"{Format.Day(score.CloseFrom)} – {Format.Day(score.CloseUntil)}";

    // The two strongest drivers of one sign, as many as fit.
    private static string Strongest(OpportunityScore score, int sign)
    {
        var text = "";
        foreach (var driver in score.Drivers.Where(d => Math.Sign(d.Contribution) == sign && Math.Abs(d.Contribution) >= 0.0005).Take(2))
        {
            var part = $"{Format.Name(Words(driver.Name), 14)} {Format.Points(driver.Contribution)}";
            if (text.Length == 0) text = part;
            else if (text.Length + 2 + part.Length <= 24) text += ", " + part;
        }
        return text;
    }
}
