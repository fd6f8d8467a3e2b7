namespace ForecastEngine.Backtesting.Report;

/// <summary>Where a report comes from, as its page tells.</summary>
/// <param name="Title">What the data are, for instance the company's name.</param>
/// <param name="Currency">Currency of the amounts, such as EUR.</param>
/// <param name="AsOf">The last day whose outcomes were used.</param>
/// <param name="DataTimestamp">When the data were exported; null where that is not known.</param>
/// <param name="ModelOptions">How the models were trained, in words of the page's language.</param>
/// <param name="MadeAt">When the page was made.</param>
/// <param name="Seed">Seed of the run.</param>
public sealed record ReportHeader(string Title, string Currency, DateOnly AsOf, DateTimeOffset? DataTimestamp, string ModelOptions, DateTimeOffset MadeAt, long Seed);
