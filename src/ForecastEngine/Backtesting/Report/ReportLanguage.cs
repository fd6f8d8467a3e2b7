namespace ForecastEngine.Backtesting.Report;

/// <summary>A language that the report page is written in.</summary>
public enum ReportLanguage
{
    /// <summary>English.</summary>
    English,
    /// <summary>Slovene.</summary>
    Slovene,
}
