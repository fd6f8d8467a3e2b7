using System.CommandLine;
using System.Globalization;
using System.Text;
using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Report;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Registry;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast backtest</c>: past forecasts made again, beside what came and the baselines.</summary>
internal static class BacktestCommand
{
    public static Command Create()
    {
        var plain = new BacktestOptions();
        var asOf = GlobalOptions.AsOf();
        var period = new Option<string>("--period") { Description = "Forecast weeks, months, quarters or years of the business calendar", HelpName = "kind", DefaultValueFactory = _ => "quarter" };
        period.AcceptOnlyFromAmong("week", "month", "quarter", "year");
        var stride = GlobalOptions.Checked(new Option<int?>("--stride") { Description = "Days from one forecast to the next inside a period. Default: 91 in a year, 42 in a quarter, 14 in a month, 7 in a week", HelpName = "days" }, n => n is null or >= 1 and <= 400, "1 to 400");
        var horizon = GlobalOptions.Checked(new Option<int>("--horizon") { Description = "Periods that each forecast looks ahead; 1 is the one it is made in", HelpName = "n", DefaultValueFactory = _ => plain.Horizon }, n => n is >= 1 and <= 4, "1 to 4");
        var retrain = GlobalOptions.Checked(new Option<int?>("--retrain") { Description = "Days after which a forecast gets a freshly trained model; 0 for each. Default: once a period, four weeks at least", HelpName = "days" }, n => n is null or >= 0 and <= 3650, "0 to 3650");
        var history = GlobalOptions.Checked(new Option<int?>("--min-history") { Description = "Days of history before the first forecast. Default: 365, or a third where history is short", HelpName = "days" }, n => n is null or >= 1, "1 or more");
        var people = new Option<string?>("--people") { Description = "CSV with the numbers that people gave: made_on, from, until, amount", HelpName = "file" };
        var scores = new Option<string[]>("--scores") { Description = "CSV with another model's scores, judged beside the engine: opportunity_id, as_of, probability and perhaps period_end. Named as the file, or name=file; may be given several times", HelpName = "file" };
        var html = new Option<string?>("--html") { Description = "Write the report as one web page to this file", HelpName = "file" };
        var language = new Option<string>("--language") { Description = "Language of the page", HelpName = "en|sl", DefaultValueFactory = _ => "en" };
        language.AcceptOnlyFromAmong("en", "sl");
        var fresh = new Option<bool>("--fresh") { Description = "Make every forecast again instead of going on with an earlier run" };
        var (seed, features) = (GlobalOptions.Seed(), GlobalOptions.Features());
        var command = new Command("backtest", "Makes past forecasts again with nothing known after each, and tells how near they came: the engine beside every baseline, the measured coverage of its bands, the calibration of its probabilities. "
            + "Scores and forecasts state what it measured from then on. An interrupted run goes on where it stopped.") { period, stride, horizon, retrain, history, people, scores, html, language, fresh, asOf, seed, features };
        command.SetAction((parse, cancellation) =>
        {
            var context = new CommandContext(parse, cancellation);
            return Run(context, new BacktestRequest
            {
                AsOf = parse.GetValue(asOf), Fresh = parse.GetValue(fresh), Peoples = parse.GetValue(people) is { } file ? PeoplesForecastFile.Read(file) : [],
                Given = [.. (parse.GetValue(scores) ?? []).Select(GivenScoresFile.ReadNamed)],
                Options = new BacktestOptions
                {
                    Period = Enum.Parse<PeriodKind>(parse.GetRequiredValue(period), ignoreCase: true), StrideDays = parse.GetValue(stride), Horizon = parse.GetValue(horizon),
                    RetrainDays = parse.GetValue(retrain), MinHistoryDays = parse.GetValue(history), Threads = context.Threads,
                    Training = new TrainingOptions { Seed = parse.GetValue(seed), Threads = context.Threads, CustomFeatures = GlobalOptions.FeaturesOf(parse.GetValue(features)) },
                },
            }, parse.GetValue(html), parse.GetValue(language) == "sl" ? ReportLanguage.Slovene : ReportLanguage.English);
        });
        return HelpWithExamples.With(command, "forecast backtest", "forecast backtest --html report.html", "forecast backtest --scores theirs=crm-scores.csv", "forecast backtest --period month --html porocilo.html --language sl", "forecast backtest --period week --min-history 60 --json");
    }

    private static async Task<int> Run(CommandContext context, BacktestRequest request, string? html, ReportLanguage language)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => RunBacktest.Run(workspace, request, progress, context.Cancellation));
        if (html is not null) WritePage(workspace, result, request, html, language);
        if (context.Json)
        {
            JsonOutput.Write(new { result.MadeAt, dataTimestamp = result.History.DataTimestamp, result.History.Currency, result.Quality, result.Report, windows = result.Windows.Select(Short) });
            return ExitCode.Done;
        }
        BacktestView.Show(context.Screen, result.Report);
        context.Screen.Line();
        context.Screen.Line(Provenance.Words(result.Quality.OwnPast));
        context.Screen.Line($"Data exported {Format.Instant(result.History.DataTimestamp)}; seed {request.Options.Training.Seed.ToString(CultureInfo.InvariantCulture)}.");
        if (html is not null) context.Screen.Line($"Page: {html}");
        return ExitCode.Done;
    }

    // Without the single deals, which would make thousands of lines.
    private static object Short(WindowResult w) => new
    {
        w.Window.Period, cutoff = w.Window.Cutoff.Date, kind = w.Window.Kind, trainedUntil = w.TrainedUntil, w.Actual, w.AlreadyWon, w.OpenDeals, w.Forecasts, w.Teams, w.Pipelines,
    };

    private static void WritePage(Workspace workspace, RunBacktestResult result, BacktestRequest request, string path, ReportLanguage language)
    {
        var title = Path.GetFileName(workspace.Folder.TrimEnd(Path.DirectorySeparatorChar));
        var options = request.Options.Training.Win;
        var words = language == ReportLanguage.Slovene
            ? string.Create(CultureInfo.InvariantCulture, $"FastTree, {options.Trees} dreves po {options.Leaves} listov na izid; učenje vsaj vsakih {Math.Max(1, request.Options.Retrain)} dni")
            : string.Create(CultureInfo.InvariantCulture, $"FastTree, {options.Trees} trees of {options.Leaves} leaves per outcome; trained at least every {Math.Max(1, request.Options.Retrain)} days");
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false));
        ReportPage.Write(writer, result.Report, result.Windows, new ReportHeader(title, result.History.Currency, DateOnly.FromDateTime(result.History.ExportedAt.UtcDateTime),
            result.History.DataTimestamp, words, result.MadeAt, request.Options.Training.Seed), language);
    }
}
