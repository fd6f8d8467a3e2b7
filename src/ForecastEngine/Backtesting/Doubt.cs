using System.Globalization;
using System.Text.Json.Serialization;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Backtesting.Report;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting;

/// <summary>A reason to trust a figure of the report less.</summary>
public enum DoubtKind
{
    /// <summary>Few windows: figures are covered, windows, lower and upper end of the coverage they are compatible with, level of the band.</summary>
    FewWindows,
    /// <summary>Windows of one period are dependent: windows, periods.</summary>
    SharedPeriods,
    /// <summary>A deal stands in several windows: rows, deals.</summary>
    SharedDeals,
    /// <summary>A band's coverage contradicts its level: level, coverage, p-value.</summary>
    CoverageOff,
    /// <summary>The distributions' shape contradicts what came: p-value.</summary>
    ShapeOff,
    /// <summary>The engine is not shown to be closer than the subject: gain, lower, upper.</summary>
    NotShownBetter,
    /// <summary>The subject, a method, could not answer everywhere: windows missed, windows.</summary>
    DidNotAnswer,
    /// <summary>The subject, a method, gave no probability for some deals: rows missed, rows.</summary>
    DealsNotAnswered,
    /// <summary>The subject, a team, has few windows: windows.</summary>
    ThinTeam,
    /// <summary>Few won deals: won, rows.</summary>
    FewWonDeals,
    /// <summary>The subject, a method, is a user's own scores: scores, deals, deals that the history does not know.</summary>
    FromFile,
    /// <summary>There is no truth, only outcomes: none.</summary>
    NoTruth,
    /// <summary>Won deals without a close date are in no window's revenue: deals, amount.</summary>
    UndatedWins,
    /// <summary>
    /// The subject, a day, is one on which the CRM was tidied: deals closed, their share of the year around it.
    /// </summary>
    MassClosing,
}

/// <summary>A doubt with its figures; fractions are 0–1.</summary>
/// <param name="Kind">Which, and thereby what the figures mean.</param>
/// <param name="Subject">A method or team; empty where the doubt is about all.</param>
/// <param name="Figures">See <see cref="DoubtKind"/>.</param>
public sealed record Doubt([property: JsonConverter(typeof(JsonStringEnumConverter<DoubtKind>))] DoubtKind Kind, string Subject, IReadOnlyList<double> Figures)
{
    /// <summary>In English words.</summary>
    public string Text => ReportTexts.English.Doubt(this).Replace('\u00A0', ' ').Replace('−', '-');

    /// <summary>The doubts that scores from a user's files raise, those that answered nothing anywhere included.</summary>
    internal static IEnumerable<Doubt> Of(IReadOnlyList<GivenScores> given, BacktestReport report, CrmHistory history)
    {
        foreach (var scores in given)
        {
            yield return new Doubt(DoubtKind.FromFile, scores.Name, [scores.Count, scores.OpportunityIds.Count, scores.OpportunityIds.Count(id => history.IndexOf(id) < 0)]);
            if (report.Methods.All(m => m.Method != scores.Name)) yield return new Doubt(DoubtKind.DidNotAnswer, scores.Name, [report.Windows, report.Windows]);
            if (report.Deals is { } deals && deals.Methods.All(m => m.Method != scores.Name)) yield return new Doubt(DoubtKind.DealsNotAnswered, scores.Name, [deals.Rows, deals.Rows]);
        }
    }

    /// <summary>The doubts that a history's closings without a good date raise.</summary>
    internal static IEnumerable<Doubt> Of(CrmHistory history)
    {
        if (UnplacedRevenue.Of(history) is { Won: > 0 } unplaced) yield return new Doubt(DoubtKind.UndatedWins, "",
            [unplaced.Won, (double)unplaced.WonAmount]);
        foreach (var day in history.MassClosings) yield return new Doubt(DoubtKind.MassClosing,
            day.On.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), [day.Closings, day.Share]);
    }

    /// <summary>The doubts that a report's own figures raise, the gravest first.</summary>
    internal static IReadOnlyList<Doubt> Of(BacktestReport report, BacktestReportOptions options)
    {
        var doubts = new List<Doubt>();
        if (report.MainCoverage is { } main && report.Periods < 20) Add(DoubtKind.FewWindows, "", main.Covered, main.Windows, main.Lower, main.Upper, main.Level);
        foreach (var band in report.Coverage.Where(c => c.PValue < 0.05)) Add(DoubtKind.CoverageOff, "", band.Level, band.Coverage, band.PValue);
        if (report.Pit is { PValue: < 0.05 } pit) Add(DoubtKind.ShapeOff, "", pit.PValue);
        foreach (var method in report.Methods.Where(m => m.Method is not (Method.Engine or Method.Oracle) && m.WapeSkill is { Value: not null, Lower: null or <= 0 }))
            Add(DoubtKind.NotShownBetter, method.Method, [method.WapeSkill.Value!.Value, .. method.WapeSkill.Lower is { } lower ? (double[])[lower, method.WapeSkill.Upper!.Value] : []]);
        if (report.Windows > report.Periods) Add(DoubtKind.SharedPeriods, "", report.Windows, report.Periods);
        foreach (var method in report.Methods.Where(m => m.Windows < report.Windows)) Add(DoubtKind.DidNotAnswer, method.Method, report.Windows - method.Windows, report.Windows);
        if (report.Deals is { } deals)
        {
            if (deals.Rows > deals.Deals) Add(DoubtKind.SharedDeals, "", deals.Rows, deals.Deals);
            if (deals.Won < 50) Add(DoubtKind.FewWonDeals, "", deals.Won, deals.Rows);
            foreach (var method in deals.Methods.Where(m => m.Rows < deals.Rows)) Add(DoubtKind.DealsNotAnswered, method.Method, deals.Rows - method.Rows, deals.Rows);
        }
        foreach (var team in report.Teams.Where(t => t.Windows < options.FewestWindows)) Add(DoubtKind.ThinTeam, team.Name, team.Windows);
        if (report.Truth is null) Add(DoubtKind.NoTruth, "");
        return doubts;

        void Add(DoubtKind kind, string subject, params double[] figures) => doubts.Add(new Doubt(kind, subject, figures));
    }
}
