using System.CommandLine;
using System.Globalization;
using ForecastEngine.Cli.Output;
using ForecastEngine.Operations;

namespace ForecastEngine.Cli.Commands;

/// <summary><c>forecast rates</c>: exchange rates into the history's currency.</summary>
internal static class RatesCommand
{
    public static Command Create()
    {
        var list = new Command("list", "All rates with their corrections, by currency and day.");
        list.SetAction((parse, cancellation) => Task.FromResult(List(new CommandContext(parse, cancellation))));
        var file = new Argument<string>("file")
        {
            Description = "CSV with the columns date (yyyy-MM-dd, empty for every day), currency, rate (history's currency per unit) and, "
                + "on demand, source",
        };
        var import = new Command("import", "Adds the rates of a file, all or none. Another rate for a known day is a correction: it counts from "
            + "the newest export on, earlier dates keep what was known then.") { file };
        import.SetAction((parse, cancellation) =>
            Task.FromResult(Import(new CommandContext(parse, cancellation), parse.GetRequiredValue(file))));
        return new Command("rates", "Exchange rates: amounts keep their own currency, and are told in the history's by the rate of the close "
            + "date or, while open, of the as-of date.")
        {
            HelpWithExamples.With(list, "forecast rates list", "forecast rates list --json"),
            HelpWithExamples.With(import, "forecast rates import ecb-rates.csv"),
        };
    }

    private static int List(CommandContext context)
    {
        using var workspace = context.Open();
        var rates = workspace.Rates.All();
        if (context.Json)
        {
            JsonOutput.Write(new { currency = PublishedResults.CurrencyOf(workspace), rates });
            return ExitCode.Done;
        }
        context.Screen.Title($"Rates, {PublishedResults.CurrencyOf(workspace)} per unit");
        var table = new TextTable("Currency", "From", ">Rate", "Source", "Corrected");
        foreach (var rate in rates)
        {
            var (day, value) = (rate.From is { } from ? Format.Date(from) : "every day", rate.Rate.ToString("0.############", CultureInfo.InvariantCulture));
            table.Row(rate.Currency, day, value, rate.Source, rate.LearnedAt is { } at ? Format.Instant(at) : "");
        }
        context.Screen.Table(table);
        return ExitCode.Done;
    }

    private static int Import(CommandContext context, string file)
    {
        using var workspace = context.Open();
        var counts = SetRates.Run(workspace, file, null, context.Cancellation);
        if (context.Json) JsonOutput.Write(counts);
        else
            context.Screen.Line($"{Format.Count(counts.Added)} rates were new, {Format.Count(counts.Updated)} corrected, "
                + $"{Format.Count(counts.Unchanged)} known already. Score anew: forecast score.");
        return ExitCode.Done;
    }
}
