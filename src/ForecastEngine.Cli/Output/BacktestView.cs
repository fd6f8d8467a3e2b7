using System.Globalization;
using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Report;

namespace ForecastEngine.Cli.Output;

/// <summary>A backtest's report as tables.</summary>
internal static class BacktestView
{
    /// <summary>Prints the report.</summary>
    public static void Show(Screen screen, BacktestReport report)
    {
        var main = Format.Level(report.Options.MainLevel);
        screen.Title($"{Format.Count(report.Windows)} forecasts of {Format.Count(report.Periods)} periods, made from {Format.Date(report.FirstCutoff)} to {Format.Date(report.LastCutoff)}");
        Methods(screen, report);
        Bands(screen, report);
        Groups(screen, report, "By how far the period has gone", report.Kinds, main);
        Groups(screen, report, "By days to the end of the period", report.Horizons, main);
        Groups(screen, report, "By size of the forecast", report.Sizes, main);
        Parts(screen, "team", report.Teams, main);
        Parts(screen, "pipeline", report.Pipelines, main);
        Truth(screen, report);
        Deals(screen, report);
        if (report.Doubts.Count == 0) return;
        screen.Title("What to keep in mind");
        screen.Items(report.Doubts.Select(d => d.Text));
    }

    private static void Methods(Screen screen, BacktestReport report)
    {
        var table = new TextTable("Method", ">n", ">WAPE", ">Bias", ">CRPS", ">Gain", ">interval", ">Gain\nCRPS");
        foreach (var m in report.Methods)
            table.Row(Format.Name(m.Method, 23), Format.Count(m.Windows), Share(m.Wape), Signed(m.Bias), Share(m.RelativeCrps), m.Method == Method.Engine ? "" : Whole(m.WapeSkill.Value),
                m.Method == Method.Engine ? "" : m.WapeSkill is { Lower: { } l, Upper: { } u } ? $"{Whole(l)} to {Whole(u)}" : "-", m.Method == Method.Engine ? "" : Whole(m.CrpsSkill.Value));
        screen.Table(table);
        screen.Line($"In % of revenue. WAPE: sum of absolute errors of the median over revenue. Gain: 1 - WAPE of the engine / WAPE of the method where both answered, with the {Format.Level(report.Options.Level)} interval that draws whole periods.");
    }

    private static void Bands(Screen screen, BacktestReport report)
    {
        if (report.Coverage.Count == 0) return;
        screen.Title("Bands");
        var table = new TextTable("Level", ">n", ">Inside", ">Coverage", ">compatible with", ">p", ">Mean width", ">Score");
        foreach (var c in report.Coverage)
            table.Row(Format.Level(c.Level), Format.Count(c.Windows), Format.Count(c.Covered), Share(c.Coverage) + " %", $"{Share(c.Lower)} – {Share(c.Upper)} %", Format.Score(c.PValue), Format.Money(c.MeanWidth), Format.Money(c.IntervalScore));
        screen.Table(table);
        if (report.Pit is { } pit)
            screen.Line($"Distributions: PIT by tenths {string.Join(" ", pit.Counts.Select(c => Format.Count(c)))}; Kolmogorov-Smirnov D {Format.Score(pit.Statistic)}, p {Format.Score(pit.PValue)}. p-values as if forecasts were independent.");
    }

    private static void Groups(Screen screen, BacktestReport report, string title, IReadOnlyList<GroupFigures> groups, string main)
    {
        if (groups.Count == 0) return;
        screen.Title(title);
        var oracle = groups.Any(g => g.OracleWape is not null);
        List<string> headers = ["Group", ">n", ">WAPE", $">{Initials(report.Options.Reference)}"];
        if (oracle) headers.Add(">Oracle");
        var table = new TextTable([.. headers, ">Bias", ">CRPS", $">In\n{main}", ">interval"]);
        foreach (var g in groups)
        {
            List<string> cells = [g.Name, Format.Count(g.Windows), Share(g.Wape), Share(g.ReferenceWape)];
            if (oracle) cells.Add(Share(g.OracleWape));
            table.Row([.. cells, Signed(g.Bias), Share(g.RelativeCrps), Share(g.Coverage?.Coverage), g.Coverage is { } c ? $"{Format.Score(100 * c.Lower, 0)} – {Format.Score(100 * c.Upper, 0)}" : "-"]);
        }
        screen.Table(table);
        if (groups == report.Kinds) screen.Line($"All in %. {Initials(report.Options.Reference).Replace("-\n", "", StringComparison.Ordinal)}: WAPE of {report.Options.Reference}. In {main}: coverage of that band, with its Clopper-Pearson interval.");
    }

    private static void Parts(Screen screen, string kind, IReadOnlyList<PartFigures> parts, string main)
    {
        if (parts.Count == 0) return;
        screen.Title($"By {kind}");
        var table = new TextTable(Format.Sentence(kind), ">n", ">WAPE", ">Bias", $">In {main}", ">compatible with", ">p (Holm)");
        foreach (var p in parts)
            table.Row(p.Name.Length == 0 ? "not assigned" : Format.Name(p.Name, 24), Format.Count(p.Windows), Share(p.Wape),
                Signed(p.Bias), Inside(p.Coverage), Compatible(p.Coverage), Format.Score(p.AdjustedPValue));
        screen.Table(table);
    }

    private static void Truth(Screen screen, BacktestReport report)
    {
        if (report.Truth is not { } truth) return;
        screen.Title($"Against the truth of simulated worlds, {Format.Count(truth.Windows)} forecasts");
        var table = new TextTable("Measure", ">Value", ">interval");
        table.Row("WAPE over the oracle's", Format.Score(truth.WapeRatio.Value, 2), Scores(truth.WapeRatio));
        table.Row("CRPS over the oracle's", Format.Score(truth.CrpsRatio.Value, 2), Scores(truth.CrpsRatio));
        if (truth.Expected is { } expected)
        {
            table.Row("Expected WAPE over the oracle's*", Format.Score(expected.WapeRatio.Value, 2), Scores(expected.WapeRatio));
            table.Row("Expected CRPS over the oracle's*", Format.Score(expected.CrpsRatio.Value, 2), Scores(expected.CrpsRatio));
            foreach (var m in expected.Methods) table.Row($"  gain over {m.Method}*, %", Signed(m.WapeSkill.Value), Interval(m.WapeSkill));
        }
        foreach (var c in truth.Coverage) table.Row($"True coverage of the {Format.Level(c.Level)} band, %", Share(c.Coverage.Value), Interval(c.Coverage, signed: false));
        if (truth.WidthRatio is { } width) table.Row($"Width of the {Format.Level(report.Options.MainLevel)} band over the oracle's", Format.Score(width.Value, 2), Scores(width));
        table.Row("Bias against the true mean, %", Signed(truth.Bias.Value), Interval(truth.Bias));
        if (report.Deals?.SkillCaptured is { } captured) table.Row("Deals: possible gain over the stage rate made, %", Share(captured.Value), Interval(captured, signed: false));
        screen.Table(table);
        screen.Line($"WAPE of the engine {Share(truth.Wape)} %, of the oracle {Share(truth.OracleWape)} %.");
        if (truth.Expected is not null) screen.Line("* averaged over all possible futures of each window instead of the one that came.");
    }

    private static void Deals(Screen screen, BacktestReport report)
    {
        if (report.Deals is not { } deals) return;
        screen.Title($"Single deals: {Format.Count(deals.Rows)} probabilities, {Format.Count(deals.Deals)} deals, {Format.Count(deals.Won)} won by the end of the period");
        var table = new TextTable("Method", ">n", ">Brier", ">Log\nloss", ">AUC", ">ECE", ">Slope", ">Skill", ">interval");
        foreach (var m in deals.Methods)
            table.Row(Format.Name(m.Method, 15) + (m.KnowsTime ? "" : "*"), Format.Money(m.Rows), Format.Score(m.Brier, 4), Format.Score(m.LogLoss), Format.Score(m.Auc), Format.Score(m.Ece, 3), Format.Score(m.Slope, 2),
                m.Method == Method.Engine ? "" : Signed(m.Skill.Value), m.Method == Method.Engine ? "" : m.Skill is { Lower: { } l, Upper: { } u } ? $"{Signed(l)}, {Signed(u)}" : "-");
        screen.Table(table);
        screen.Line($"Skill: 1 - Brier score of the engine / of the method, %; the interval draws whole deals. ECE over {Format.Count(report.Options.ReliabilityBins)} bins of equal mass; slope of the recalibration line, 1 is right.");
        if (deals.Methods.Any(m => !m.KnowsTime)) screen.Line(ReportTexts.English.TimelessNote);
    }

    private static string Share(double? fraction) => Format.Score(100 * fraction, 1);

    private static string Signed(double? fraction) => fraction is { } f ? Format.Points(f) : "-";

    private static string Whole(double? fraction) => fraction is { } f ? (100 * f).ToString("+0;-0;0", CultureInfo.InvariantCulture) : "-";

    private static string Interval(Estimate e, bool signed = true) => e is { Lower: { } l, Upper: { } u } ? signed ? $"{Signed(l)} to {Signed(u)}" : $"{Share(l)} to {Share(u)}" : "-";

    private static string Scores(Estimate e) => e is { Lower: { } l, Upper: { } u } ? $"{Format.Score(l, 2)} to {Format.Score(u, 2)}" : "-";

    private static string Inside(CoverageFigures? c) => c is null ? "-" : $"{Format.Count(c.Covered)} of {Format.Count(c.Windows)}";

    private static string Compatible(CoverageFigures? c) => c is null ? "-" : $"{Share(c.Lower)} – {Share(c.Upper)} %";

    private static string Initials(string method) => method == Method.WeightedPipeline ? "Pipe-\nline" : Format.Name(Format.Sentence(method), 6);
}
