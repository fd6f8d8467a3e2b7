using System.CommandLine;
using System.Globalization;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;
using ForecastEngine.Operations.Tables;
using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast evaluate</c>: trained before a cut, judged on what came after it.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var cuts = new Option<double[]>("--cut")
        {
            Description = "Share of the opportunities, by creation, that come before the cut; several with commas", HelpName = "0-1", DefaultValueFactory = _ => [0.8],
            CustomParser = result =>
            {
                var found = result.Tokens[0].Value;
                var shares = found.Split(',').Select(p => double.TryParse(p, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var c) && c is > 0 and < 1 ? c : 0).ToArray();
                if (shares.Min() <= 0) result.AddError($"--cut: found \"{found}\"; expected shares between 0 and 1, such as 0.8 or 0.8,0.7.");
                return shares;
            },
        };
        var ages = new Option<int[]>("--ages")
        {
            Description = "Ages in days at which still open deals are judged", HelpName = "days,days", DefaultValueFactory = _ => [0, 7, 14, 21],
            CustomParser = result =>
            {
                var found = result.Tokens[0].Value;
                var days = found.Split(',').Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var d) && d <= 3650 ? d : -1).ToArray();
                if (days.Min() < 0) result.AddError($"--ages: found \"{found}\"; expected days with commas between them, such as 0,7,14,21.");
                return days;
            },
        };
        var seed = GlobalOptions.Seed();
        var beside = GlobalOptions.Checked(new Option<string?>("--beside") { Description = "A method trained and judged on the same deals: plain boosting (ML.NET's own)", HelpName = "boosting" }, b => b is null or "boosting", "boosting");
        var within = GlobalOptions.Checked(new Option<double?>("--within") { Description = "Beside boosting: judge \"won within so many days\" as well as \"won eventually\". Default: the median time to a win", HelpName = "days" }, d => d is null or > 0 and <= 3650, "days above 0");
        var group = new Option<string?>("--group") { Description = "Beside boosting: judge only deals whose account (or owner, product, source, region, segment, custom column) has none before the cut", HelpName = "column" };
        var rows = new Option<string?>("--rows") { Description = "Beside boosting: write what each method said of every deal to this file, .csv or .parquet", HelpName = "file" };
        var command = new Command("evaluate", "Trains on the oldest opportunities, knowing nothing after the cut, and judges the newest at fixed ages against the stage rate and Odoo's lead scoring. Changes nothing.") { cuts, ages, seed, beside, within, group, rows };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            var isBeside = parse.GetValue(beside) is not null || parse.GetValue(within) is not null || parse.GetValue(group) is not null || parse.GetValue(rows) is not null;
            var request = new LandmarkRequest { BesideBoosting = isBeside, WithinDays = parse.GetValue(within), Group = parse.GetValue(group), Ages = parse.GetRequiredValue(ages), Training = new TrainingOptions { Seed = parse.GetValue(seed), Threads = context.Threads } };
            return Run(context, [.. parse.GetRequiredValue(cuts).Select(cut => request with { Cut = cut })], parse.GetValue(rows));
        });
        return HelpWithExamples.With(command, "forecast evaluate", "forecast evaluate --cut 0.8,0.7 --ages 0,7,14,21");
    }

    private static async Task<int> Run(CommandContext context, IReadOnlyList<LandmarkRequest> requests, string? rows)
    {
        var file = rows is null ? null : TableFile.At(rows, true);
        using var workspace = context.Open();
        var results = new List<EvaluateLandmarksResult>();
        foreach (var request in requests)
            results.Add(await context.Run(progress => EvaluateLandmarks.Run(workspace, request, progress, context.Cancellation)));
        if (file is not null) await file.WriteAsync(EvaluateLandmarks.Table([.. results.SelectMany(r => r.Rows)]), context.Cancellation);
        if (context.Json)
        {
            if (results.Count == 1) JsonOutput.Write(results[0]); else JsonOutput.Write(results);
            return ExitCode.Done;
        }
        foreach (var result in results) Show(context.Screen, result);
        context.Screen.Line();
        context.Screen.Line("AUC: 0.5 is a coin, 1 is perfect. Log loss in nats: lower is better. Judged: won by the end of the data; still open counts as not won by then. Won/lost AUC: among closed deals created next to each other, by their win probability. Odoo: its predictive lead scoring, trained on the same deals. An interval below 0 throughout: the model is better beyond chance.");
        return ExitCode.Done;
    }

    private static void Show(Screen screen, EvaluateLandmarksResult result)
    {
        screen.Title($"Trained on {Format.Count(result.TrainedOn)} opportunities known before {Format.Instant(result.Cutoff)}");
        var table = new TextTable(">Age\ndays", ">Deals", ">Won", ">Still\nopen", ">AUC", ">Std.\nerror", ">Stage\nAUC", ">Won/lost\nAUC", ">Log loss", ">Stage\nlog loss");
        foreach (var r in result.Landmarks)
            table.Row(Format.Count(r.AgeDays), Format.Count(r.Cases), Format.Count(r.Won), Format.Count(r.Open), Format.Score(r.Auc), Format.Score(r.AucStandardError), Format.Score(r.StageRateAuc),
                Format.Score(r.AucAmongPeers), Format.Score(r.LogLoss, 4), Format.Score(r.StageRateLogLoss, 4));
        screen.Table(table);
        screen.Line();
        var beside = new TextTable(">Age\ndays", ">Odoo\nAUC", ">Odoo\nlog loss", ">Model - stage rate,\nlog loss, 95 % interval", ">Model - Odoo,\nlog loss, 95 % interval");
        foreach (var c in result.Comparisons)
            beside.Row(Format.Count(c.AgeDays), Format.Score(c.OdooAuc), Format.Score(c.OdooLogLoss, 4), Format.Difference(c.LessStageRate), Format.Difference(c.LessOdoo));
        screen.Table(beside);
        ShowBoosting(screen, result.Beside);
        screen.Line(result.Verdict);
    }

    private static void ShowBoosting(Screen screen, IReadOnlyList<BesideResult> results)
    {
        if (results.Count == 0) return;
        screen.Title("Beside plain boosting on the same deals");
        var areas = new TextTable("Judged", ">Age\ndays", ">Deals", ">Won", ">AUC", ">Boosting's\nAUC", ">Std. error of\ntheir difference");
        foreach (var r in results)
            areas.Row(Judged(r), Format.Count(r.AgeDays), Format.Count(r.Deals), Format.Count(r.Won), Format.Score(r.Auc),
                Format.Score(r.BoostingAuc), Format.Score(r.AucStandardError));
        screen.Table(areas);
        screen.Line();
        var losses = new TextTable("Log loss, judged", ">Age\ndays", ">Engine", ">Boosting", ">Stage rate", ">Constant");
        foreach (var r in results)
            losses.Row(Judged(r), Format.Count(r.AgeDays), Format.Score(r.LogLoss), Format.Score(r.BoostingLogLoss),
                Format.Score(r.StageRateLogLoss), Format.Score(r.ConstantLogLoss));
        screen.Table(losses);
        screen.Line();
        foreach (var r in results)
            screen.Line($"Engine's log loss less that of others, {Judged(r)}, age {r.AgeDays}: boosting {Format.Difference(r.LessBoosting)}; "
                + $"stage rate {Format.Difference(r.LessStageRate)}; constant {Format.Difference(r.LessConstant)}.", 2);
    }

    private static string Judged(BesideResult result) => result.WithinDays is { } days ? $"within {days:0} days" : "eventually";
}
