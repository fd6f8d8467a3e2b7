namespace ForecastEngine.Backtesting.Baselines;

/// <summary>A number that people gave for the revenue of a period.</summary>
/// <param name="MadeOn">When.</param>
/// <param name="From">First day of the period.</param>
/// <param name="Until">Last day of the period.</param>
/// <param name="Amount">Revenue of the whole period, in the history's currency.</param>
public sealed record PeoplesForecast(DateOnly MadeOn, DateOnly From, DateOnly Until, double Amount);
