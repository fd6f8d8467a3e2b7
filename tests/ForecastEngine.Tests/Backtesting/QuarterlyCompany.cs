using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>
/// A company made by hand, seen at the end of 2025-01-31, a month into its quarter. Like origins: the ends of 2024-10-31, 2024-07-31 and
/// 2024-05-01. Won so far 2,500. Standing now: New 4,000 and a deal without an amount, Talks 1,000, Offer 800.
/// <code>
/// quarter   won before   New stood, brought   Talks stood, brought   from new deals   without amount   revenue
/// 2024-Q2          500        1,000       0         1,000    1,000              300                 -     1,800
/// 2024-Q3          700        1,000   1,000         2,000    1,500              600                 -     3,800
/// 2024-Q4          800        2,000       0         1,000        0              900               400     2,100
/// </code>
/// </summary>
internal static class QuarterlyCompany
{
    public static readonly AsOf Origin = AsOf.EndOf(new DateOnly(2025, 1, 31));

    public static readonly IReadOnlyList<PeoplesForecast> People =
    [
        new(new(2025, 1, 10), new(2025, 1, 1), new(2025, 3, 31), 6000), new(new(2025, 1, 25), new(2025, 1, 1), new(2025, 3, 31), 5000),
        new(new(2025, 2, 5), new(2025, 1, 1), new(2025, 3, 31), 9000), new(new(2025, 1, 31), new(2025, 1, 1), new(2025, 1, 31), 1),
        new(new(2024, 10, 20), new(2024, 10, 1), new(2024, 12, 31), 4200), new(new(2024, 11, 20), new(2024, 10, 1), new(2024, 12, 31), 2100),
        new(new(2024, 7, 5), new(2024, 7, 1), new(2024, 9, 30), 4750), new(new(2024, 4, 10), new(2024, 4, 1), new(2024, 6, 30), 1500),
    ];

    /// <summary>The first quarter of 2025, a month after its start.</summary>
    public static BaselineView View { get; } = ViewOf(Facts());

    /// <summary>What the baselines may see of a company at the origin.</summary>
    public static BaselineView ViewOf(HandMadeHistory company, Period? period = null, AsOf? origin = null)
    {
        var asOf = origin ?? Origin;
        return new BaselineView(company.Until(Day(2025, 2, 20)).KnownAt(asOf), new BacktestWindow(asOf, period ?? BusinessCalendar.Default.Quarter(new DateOnly(2025, 1, 1))));
    }

    public static double Day(int year, int month, int day) => new DateOnly(year, month, day).DayNumber - new DateOnly(2024, 1, 1).DayNumber;

    /// <summary>All that happened, a win after the origin included.</summary>
    public static HandMadeHistory Facts()
    {
        var company = new HandMadeHistory();
        Lost("F", "New", 100, Day(2024, 1, 2), Day(2024, 2, 1));
        Won("A1", "Talks", 1000, Day(2024, 4, 1), Day(2024, 6, 10));
        Won("A2", "New", 500, Day(2024, 4, 2), Day(2024, 4, 20));
        Lost("A3", "New", 1000, Day(2024, 4, 5), Day(2024, 7, 1));
        Won("A4", "New", 300, Day(2024, 6, 1), Day(2024, 6, 20));
        Won("B1", "Talks", 2000, Day(2024, 7, 1), Day(2024, 9, 1));
        company.Change("B1", OpportunityField.Amount, "2000", "1500", Day(2024, 8, 15));
        Won("B2", "New", 1000, Day(2024, 7, 2), Day(2024, 8, 20));
        Won("B3", "New", 700, Day(2024, 7, 3), Day(2024, 7, 10));
        Won("B4", "New", 600, Day(2024, 8, 5), Day(2024, 9, 15));
        Lost("C1", "Talks", 1000, Day(2024, 10, 1), Day(2024, 12, 1));
        Won("C2", "New", 2000, Day(2024, 10, 5), Day(2025, 1, 20));
        Won("C3", "New", 800, Day(2024, 10, 3), Day(2024, 10, 15));
        Won("C4", "New", 900, Day(2024, 11, 10), Day(2024, 12, 20));
        Won("C5", "New", null, Day(2024, 10, 6), Day(2024, 12, 22));
        company.Change("C5", OpportunityField.Amount, null, "400", Day(2024, 12, 22));
        Won("W", "New", 500, Day(2025, 1, 8), Day(2025, 1, 25));
        company.Deal("P1", Day(2024, 12, 10), amount: 4000, planned: new DateOnly(2025, 2, 15)).Change("P1", OpportunityField.ForecastCategory, null, "Commit", Day(2025, 1, 2));
        company.Deal("P2", Day(2025, 1, 5), amount: 1000, planned: new DateOnly(2025, 3, 20)).Stage("P2", "Talks", Day(2025, 1, 10)).Change("P2", OpportunityField.ForecastCategory, null, "BEST_CASE", Day(2025, 1, 10));
        company.Deal("P3", Day(2025, 1, 6), stage: "Offer", amount: 800, planned: new DateOnly(2025, 5, 1)).Change("P3", OpportunityField.ForecastCategory, null, "Commit", Day(2025, 1, 6));
        company.Deal("P4", Day(2025, 1, 7), planned: new DateOnly(2025, 3, 1));
        company.Stage("P1", "Won", Day(2025, 2, 10));
        return company;

        void Won(string id, string stage, decimal? amount, double created, double closed) => company.Deal(id, created, stage: stage, amount: amount).Stage(id, "Won", closed);

        void Lost(string id, string stage, decimal? amount, double created, double closed) => company.Deal(id, created, stage: stage, amount: amount).Stage(id, "Lost", closed);
    }
}
