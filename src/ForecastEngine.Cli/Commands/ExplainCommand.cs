using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Scoring;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast explain</c>: one deal, why its win probability is what it is.</summary>
internal static class ExplainCommand
{
    private const int BarWidth = 30;

    public static Command Create()
    {
        var asOf = GlobalOptions.AsOf();
        var deal = new Argument<string>("deal") { Description = "The deal's id in the CRM" };
        var command = new Command("explain", "Tells why a deal's win probability is what it is, and when and for how much it may be won.") { deal, asOf };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetRequiredValue(deal), parse.GetValue(asOf)));
        return HelpWithExamples.With(command, "forecast explain O05218", "forecast explain O05218 --as-of 2026-11-06 --json");
    }

    private static async Task<int> Run(CommandContext context, string deal, DateOnly? asOf)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => ExplainOpportunity.Run(workspace, deal, asOf, progress, context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(result);
            return ExitCode.Done;
        }
        var screen = context.Screen;
        if (result.Score is { } score)
        {
            ShowHeadline(screen, score);
            ShowDrivers(screen, score);
        }
        else
        {
            screen.Title(deal);
            screen.Line(result.Closing is { } closing
                ? $"Closed: {(closing.Won ? "won" : "lost")} on {(closing.IsUndated ? "a day that nobody told" : Format.Date(closing.On))}{(closing.Amount is { } amount ? $", amount {Format.Money((double)amount)}" : "")}. There is nothing left to forecast."
                : $"Not open on {Format.Date(result.AsOf)}, and no closing is known by then.");
        }
        ShowHistory(screen, result.History);
        screen.Line();
        screen.Line($"As of {Format.Date(result.AsOf)}; model {result.ModelVersion}{(result.Score is { } s ? $"; answered by: {Provenance.Words(s.Rung)}" : "")}.");
        if (result.Score is not null) screen.Line(Provenance.Words(result.Measured));
        return ExitCode.Done;
    }

    private static void ShowHeadline(Screen screen, OpportunityScore score)
    {
        screen.Title($"{score.OpportunityId}  {Format.Name(score.Name, 50)}");
        screen.Line($"Stage {score.Stage ?? "-"}; owner {score.OwnerId ?? "-"}; amount typed {Format.Money((double?)score.Amount)}; planned close {Format.Date(score.PlannedCloseOn)}; CRM probability {Format.Percent(score.CrmProbability)}.");
        screen.Line();
        screen.Line($"Win probability      {Format.Percent(score.WinProbability)}, grade {score.Grade}{(score.Trend is { } trend ? $", {Format.Points(trend)} points since the run before" : "")}");
        foreach (var by in score.WonBy.Where(w => w.Period.IsQuarter)) screen.Line($"  won by {Format.Date(by.Period.Until)}  {Format.Percent(by.Probability)}");
        screen.Line($"Close if won         {Format.Date(score.ExpectedCloseOn)} (80 % interval {Format.Date(score.CloseFrom)} – {Format.Date(score.CloseUntil)})", 21);
        if (score.ExpectedAmount is { } amount)
            screen.Line($"Amount if won        {Format.Money(amount)}{(score.AmountBand is { } band ? $" ({Format.Level(band.Level)} band {Format.Band(band.Lower, band.Upper)})" : "")}", 21);
        if (score.ExpectedRevenue is { } revenue) screen.Line($"Expected revenue     {Format.Money(revenue)}");
        screen.Items(score.Warnings);
    }

    // Tenths of a point are rounded along the running sum, so that what is shown adds up to what is shown.
    private static void ShowDrivers(Screen screen, OpportunityScore score)
    {
        if (score.BaseProbability is not { } start) return;
        screen.Title("Why: the average deal, and what moves this one away from it");
        var widest = score.Drivers.Select(d => Math.Abs(d.Contribution)).DefaultIfEmpty(0).Max();
        var table = new TextTable("Driver", ">Points", "");
        var (sum, shown) = (start, Math.Round(100 * start, 1));
        table.Row("average deal", Format.Score(shown, 1), "");
        foreach (var driver in score.Drivers)
        {
            sum += driver.Contribution;
            var step = Math.Round(100 * sum, 1) - shown;
            shown += step;
            var length = widest > 0 ? (int)Math.Round(BarWidth * Math.Abs(driver.Contribution) / widest) : 0;
            table.Row(Format.Name(DealsView.Words(driver.Name), 24), Format.Points(step / 100), new string(driver.Contribution > 0 ? '█' : '-', length));
        }
        table.Row("win probability, %", Format.Score(shown, 1), "");
        screen.Table(table);
        screen.Line("Percentage points that add up. They are associations in this team's history, not causes.");
    }

    private static void ShowHistory(Screen screen, IReadOnlyList<PastScore> history)
    {
        if (history.Count == 0) return;
        screen.Title("Published scores");
        var table = new TextTable("As of", ">Win", "Model");
        foreach (var past in history) table.Row(Format.Date(past.AsOf), Format.Percent(past.WinProbability), past.ModelVersion);
        screen.Table(table);
    }
}
