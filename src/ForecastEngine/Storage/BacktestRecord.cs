namespace ForecastEngine.Storage;

/// <summary>A backtest that was made, for the record and for what answers say of themselves.</summary>
public sealed record BacktestRecord
{
    /// <summary>Number; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>When it was made.</summary>
    public required DateTimeOffset MadeAt { get; init; }
    /// <summary>When the data it used was taken from the CRM.</summary>
    public required DateTimeOffset DataExportedAt { get; init; }
    /// <summary>Forecasts judged.</summary>
    public required int Windows { get; init; }
    /// <summary>Its settings as JSON.</summary>
    public required string Options { get; init; }
    /// <summary>What answers state of it, as JSON.</summary>
    public required string Summary { get; init; }
    /// <summary>Every figure as JSON.</summary>
    public required string Report { get; init; }
    /// <summary>Every forecast with what came, as JSON; null for a backtest of an earlier release.</summary>
    public string? Forecasts { get; init; }
}
