using ForecastEngine.Forecasting;

namespace ForecastEngine.Cli.Output;

/// <summary>Revenue forecasts as tables.</summary>
internal static class ForecastView
{
    /// <summary>The company by period, or its parts in one or more periods.</summary>
    public static void Show(Screen screen, IReadOnlyList<RevenueForecast> forecasts)
    {
        var byPart = forecasts.Any(f => f.Dimension != Dimension.Company);
        var quotas = forecasts.Any(f => f.Quota is not null);
        var leans = forecasts.Any(f => f.Leaning != 0);
        var first = true;
        foreach (var group in byPart ? forecasts.GroupBy(f => f.Period.Label) : forecasts.GroupBy(_ => ""))
        {
            if (byPart && !first) screen.Line();
            first = false;
            if (byPart) screen.Line($"{group.Key}:");
            List<string> headers = [byPart ? Words(forecasts[0].Dimension) : "Period", ">Won\nso far", ">From\nopen", ">From\nnew", .. leans ? (string[])[">Leaning"] : [], ">Expected", ">80 % band"];
            if (quotas) headers.AddRange([">Quota", ">P(reach)"]);
            var table = new TextTable([.. headers]);
            foreach (var forecast in group.OrderBy(f => f.Key.Length == 0)) table.Row(Cells(forecast, byPart, leans, quotas));
            screen.Table(table);
        }
        if (!byPart) screen.Line("95 % bands: " + string.Join("; ", forecasts.Select(f => $"{f.Period.Label} {Of(f, 0.95)}")) + ".");
        screen.Items(forecasts.SelectMany(f => f.Warnings).Distinct());
    }

    private static string[] Cells(RevenueForecast f, bool byPart, bool leans, bool quotas)
    {
        List<string> cells = [byPart ? Format.Name(f.Key.Length > 0 ? f.Name : "not assigned", 14) : f.Period.Label, Format.Money(f.AlreadyWon), Format.Money(f.FromOpen), Format.Money(f.FromNew), .. leans ? (string[])[Format.Money(f.Leaning)] : [], Format.Money(f.Mean), Of(f, 0.80)];
        if (quotas) cells.AddRange([Format.Money((double?)f.Quota), Format.Percent(f.ProbabilityToReachQuota)]);
        return [.. cells];
    }

    private static string Of(RevenueForecast forecast, double level)
    {
        var band = forecast.BandOf(level);
        return Format.Band(band.Lower, band.Upper);
    }

    private static string Words(Dimension dimension) => dimension switch { Dimension.Owner => "Sales rep", _ => dimension.ToString() };
}
