using ForecastEngine.Crm;

namespace ForecastEngine.Tests;

/// <summary>Steps of the default calendar, for tests that speak of no other.</summary>
internal static class PeriodSteps
{
    public static Period Next(this Period period) => BusinessCalendar.Default.Next(period);

    public static Period Previous(this Period period) => BusinessCalendar.Default.Previous(period);
}
