using ForecastEngine.Crm;

namespace ForecastEngine.Simulation;

/// <summary>
/// What one week is like for everybody. Unless quarters end by the day (<see cref="SimulationOptions.QuartersEndByDay"/>), a week
/// belongs to the quarter of its Wednesday, and its events fall on those of its working days that lie in that quarter.
/// </summary>
internal readonly record struct MarketWeek
{
    public required int Index { get; init; }
    public required DateOnly Monday { get; init; }
    /// <summary>First and last day on which something may happen, 0 Monday … 4 Friday.</summary>
    public required int FirstDay { get; init; }
    public required int LastDay { get; init; }
    /// <summary>e to the quarter-end effect, the market factor and the shock; the mean over the days where quarters end by the day.</summary>
    public required double WinOdds { get; init; }
    /// <summary>How the week's wins are shared out among Monday to Friday, summing to 1; null for evenly from the first day to the last.</summary>
    public double[]? WinShares { get; init; }
    /// <summary>e to the market's part of the loss logit.</summary>
    public required double LossOdds { get; init; }
    /// <summary>Mean number of ordinary arrivals.</summary>
    public required double Arrivals { get; init; }
    /// <summary>Mean number of additional arrivals through a campaign.</summary>
    public required double CampaignArrivals { get; init; }

    /// <summary>Share of the week's wins that fall on or before <paramref name="date"/>.</summary>
    public double ShareUntil(DateOnly date)
    {
        var days = date.DayNumber - Monday.DayNumber + 1;
        if (WinShares is null) return Math.Clamp((days - FirstDay) / (double)(LastDay - FirstDay + 1), 0, 1);
        var share = 0.0;
        for (var day = 0; day < Math.Min(days, WinShares.Length); day++) share += WinShares[day];
        return days >= WinShares.Length ? 1 : share;
    }

    /// <summary>The day of a win, 0 Monday … 4 Friday, that a draw from 0 to 1 picks.</summary>
    public int WinDay(double uniform)
    {
        var day = 0;
        while (day < WinShares!.Length - 1 && (uniform -= WinShares[day]) >= 0) day++;
        return day;
    }

    /// <summary>Week <paramref name="index"/> of a world under market factor <paramref name="factor"/>.</summary>
    public static MarketWeek Of(SimulationOptions options, int index, double factor)
    {
        var monday = options.FirstWeek.AddDays(7 * index);
        var wednesday = monday.AddDays(2);
        var quarter = options.Calendar.Quarter(wednesday);
        var market = options.IsPureNoise ? 0 : factor;
        var days = options is { QuartersEndByDay: true, IsPureNoise: false } ? DayOdds(options.Calendar, monday) : null;
        var win = options.IsPureNoise ? 0 : market + (days is null ? QuarterEffect(wednesday, quarter) : Math.Log(days.Average()));
        if (index >= options.ShockWeek) win += options.ShockLogits;
        var season = options.Seasonality * Math.Cos(2 * Math.PI * (wednesday.DayOfYear - 100) / 365.25);
        var arrivals = options.OpportunitiesPerWeek * Math.Exp(Math.Log(1 + options.YearlyGrowth) * index / 52.18 + season + 0.4 * market);
        return new MarketWeek
        {
            Index = index,
            Monday = monday,
            FirstDay = options.QuartersEndByDay ? 0 : Math.Clamp(quarter.From.DayNumber - monday.DayNumber, 0, 4),
            LastDay = options.QuartersEndByDay ? 4 : Math.Clamp(quarter.Until.DayNumber - monday.DayNumber, 0, 4),
            WinOdds = Math.Exp(win),
            WinShares = days is null ? null : Shares(days),
            LossOdds = Math.Exp(-0.25 * market),
            Arrivals = arrivals,
            CampaignArrivals = options.HasCampaigns && IsCampaignWeek(options.Seed, index) ? 2 * arrivals : 0,
        };
    }

    private static double QuarterEffect(DateOnly day, Period quarter) =>
        ((quarter.Until.DayNumber - day.DayNumber) / 7) switch
        {
            0 => 1.15,
            1 => 0.70,
            2 => 0.30,
            _ => (day.DayNumber - quarter.From.DayNumber) / 7 < 3 ? -0.35 : 0,
        };

    private static double[] Shares(double[] days)
    {
        var total = days.Sum();
        return [.. days.Select(d => d / total)];
    }

    // e to the quarter-end effect of Monday to Friday.
    private static double[] DayOdds(BusinessCalendar calendar, DateOnly monday) => [.. Enumerable.Range(0, 5).Select(d =>
    {
        var day = monday.AddDays(d);
        return Math.Exp(QuarterEffect(day, calendar.Quarter(day)));
    })];

    // One campaign of three weeks in every half year. The plan belongs to the world: futures share it.
    private static bool IsCampaignWeek(long seed, int week)
    {
        var start = Statistics.CounterRandom.For(seed, week / 26, 0, Draw.Campaign).Below(23);
        return week % 26 >= start && week % 26 < start + 3;
    }
}
