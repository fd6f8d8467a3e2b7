using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>
/// Quotas of every team and of the company (neither team nor owner), set ten days before the quarter: a quarter of
/// what was won in the 52 weeks before, raised by growth and ambition. A year and a half passes before the first is set.
/// </summary>
internal static class QuotaRecorder
{
    public static Quota[] Record(WorldCourse course)
    {
        var options = course.Options;
        var wins = Wins(course);
        var quotas = new List<Quota>();
        var calendar = options.Calendar;
        for (var quarter = calendar.Next(calendar.Quarter(options.FirstWeek.AddDays(455))); ; quarter = calendar.Next(quarter))
        {
            var (from, until) = (quarter.From, quarter.Until);
            var setOn = from.AddDays(-10);
            var recordedAt = new DateTimeOffset(setOn.ToDateTime(new TimeOnly(9, 0)), TimeSpan.Zero);
            if (recordedAt > options.ExportedAt) return [.. quotas];
            var company = 0m;
            for (var team = 0; team < options.Teams; team++)
            {
                var trailing = wins.Where(w => w.Team == team && w.On < setOn && w.On >= setOn.AddDays(-364)).Sum(w => w.Amount);
                var draws = CounterRandom.For(options.Seed, team, from.DayNumber, Draw.Quota);
                var ambition = Math.Pow(1 + options.YearlyGrowth, 0.65) * Math.Exp(0.04 + 0.06 * draws.Normal());
                var amount = Math.Max(1000, 1000 * Math.Round((decimal)(trailing / 4 * ambition) / 1000));
                company += amount;
                quotas.Add(new Quota(CrmIds.Team(team), null, from, until, amount, recordedAt));
            }
            quotas.Add(new Quota(null, null, from, until, Math.Max(1000, 1000 * Math.Round(company * 0.97m / 1000)), recordedAt));
        }
    }

    private static List<(DateOnly On, int Team, double Amount)> Wins(WorldCourse course)
    {
        var wins = new List<(DateOnly, int, double)>();
        foreach (ref readonly var move in course.Moves)
            if (move.Kind == MoveKind.Win)
                wins.Add((course.DateOf(move), course.Market.TeamOfRep(course.Opportunities[move.Opportunity].Rep), move.After.Amount));
        return wins;
    }
}
