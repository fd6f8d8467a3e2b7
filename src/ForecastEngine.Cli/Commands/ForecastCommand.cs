using System.CommandLine;
using ForecastEngine.Cli.Output;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast forecast</c>: revenue by period and part.</summary>
internal static class ForecastCommand
{
    public static Command Create()
    {
        var asOf = GlobalOptions.AsOf();
        var by = new Option<string>("--by") { Description = "Tell revenue apart by team, owner, product, region or pipeline. Default: the company as a whole", HelpName = "part", DefaultValueFactory = _ => "company" };
        by.AcceptOnlyFromAmong("company", "team", "owner", "product", "region", "pipeline");
        var period = new Option<string>("--period") { Description = "Weeks, months, quarters or years of the business calendar", HelpName = "kind", DefaultValueFactory = _ => "quarter" };
        period.AcceptOnlyFromAmong("week", "month", "quarter", "year");
        var periods = GlobalOptions.Checked(new Option<int>("--periods") { Description = "How many, from the one of the as-of date on", HelpName = "n", DefaultValueFactory = _ => 3 }, n => n is >= 1 and <= 12, "1 to 12");
        var command = new Command("forecast", "Forecasts revenue by period: won so far, from open deals, from deals not yet created, with bands.") { asOf, by, period, periods };
        command.SetAction((parse, cancellation) => Run(new CommandContext(parse, cancellation), parse.GetValue(asOf), new ForecastRequest
        {
            Dimension = Enum.Parse<Dimension>(parse.GetRequiredValue(by), ignoreCase: true), Period = Enum.Parse<PeriodKind>(parse.GetRequiredValue(period), ignoreCase: true), Periods = parse.GetValue(periods),
        }));
        return HelpWithExamples.With(command, "forecast forecast", "forecast forecast --by team --periods 1", "forecast forecast --period month --periods 6 --json");
    }

    private static async Task<int> Run(CommandContext context, DateOnly? asOf, ForecastRequest request)
    {
        using var workspace = context.Open();
        var result = await context.Run(progress => ForecastRevenue.Run(workspace, request with { Threads = context.Threads }, asOf, progress, context.Cancellation));
        if (context.Json)
        {
            JsonOutput.Write(new { provenance = Provenance.Of(result.Pipeline), forecasts = result.Forecasts });
            return ExitCode.Done;
        }
        context.Screen.Title($"Revenue by {request.Period.ToString().ToLowerInvariant()}, {result.Pipeline.History.Currency}");
        ForecastView.Show(context.Screen, result.Forecasts);
        Provenance.Show(context.Screen, result.Pipeline);
        return ExitCode.Done;
    }
}
