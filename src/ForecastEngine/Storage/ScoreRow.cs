namespace ForecastEngine.Storage;

/// <summary>Where a rescoring run stands.</summary>
public enum RunStatus
{
    /// <summary>Its parts are being written; nobody reads it.</summary>
    Running,
    /// <summary>Whole and in force: the one run of its as-of date that readers are given.</summary>
    Published,
    /// <summary>Replaced by a later run of the same date; whoever holds its number may finish reading. It goes with the next publication.</summary>
    Superseded,
}

/// <summary>One nightly execution: all scores and forecasts as of one date, by one model version.</summary>
public sealed record RescoringRun
{
    /// <summary>Number of the run; given by the database.</summary>
    public long Id { get; init; }
    /// <summary>The as-of date, the key of the run: a later run of the same date replaces it.</summary>
    public required DateOnly AsOf { get; init; }
    /// <summary>The last instant whose facts were known to it.</summary>
    public required DateTimeOffset AsOfAt { get; init; }
    /// <summary>The model version that scored.</summary>
    public required string ModelVersion { get; init; }
    /// <summary>Seed of every draw.</summary>
    public required long Seed { get; init; }
    /// <summary>When the data was taken from the CRM.</summary>
    public required DateTimeOffset DataExportedAt { get; init; }
    /// <summary>When the run began.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>When it became visible; null before.</summary>
    public DateTimeOffset? PublishedAt { get; init; }
    /// <summary>Into how many parts the work is cut.</summary>
    public int Parts { get; init; } = 1;
    /// <summary>How many scores it holds; counted at publication.</summary>
    public long ScoreCount { get; init; }
    /// <summary>How many forecast rows it holds; counted at publication.</summary>
    public long ForecastCount { get; init; }
    /// <summary>Running, published or superseded; set by the store.</summary>
    public RunStatus Status { get; init; }
    /// <summary>Anything else worth keeping, as JSON.</summary>
    public string Metadata { get; init; } = "{}";
}

/// <summary>A part of a rescoring run that is written.</summary>
internal sealed record RescoringPart(long RunId, int Part, long ScoreCount);

/// <summary>The score of one opportunity in one run, as it is stored.</summary>
public sealed record ScoreRow
{
    /// <summary>The opportunity.</summary>
    public required string OpportunityId { get; init; }
    /// <summary>Who owned it at the as-of date.</summary>
    public string? OwnerId { get; init; }
    /// <summary>The owner's team.</summary>
    public string? TeamId { get; init; }
    /// <summary>Its main product.</summary>
    public string? ProductId { get; init; }
    /// <summary>Its region.</summary>
    public string? Region { get; init; }
    /// <summary>Its stage.</summary>
    public string? Stage { get; init; }
    /// <summary>Which rung of the ladder answered.</summary>
    public required string Rung { get; init; }
    /// <summary>P(won eventually), 0–1.</summary>
    public required double WinProbability { get; init; }
    /// <summary>The CRM's own figure, 0–1.</summary>
    public double? CrmProbability { get; init; }
    /// <summary>Expected amount if won.</summary>
    public required double ExpectedAmount { get; init; }
    /// <summary>Lower end of the amount band.</summary>
    public required double AmountLow { get; init; }
    /// <summary>Upper end of the amount band.</summary>
    public required double AmountHigh { get; init; }
    /// <summary>Expected revenue: probability times amount if won.</summary>
    public required double ExpectedRevenue { get; init; }
    /// <summary>Early end of the close band, given a win.</summary>
    public DateOnly? CloseOnLow { get; init; }
    /// <summary>Median close date, given a win.</summary>
    public DateOnly? CloseOn { get; init; }
    /// <summary>Late end of the close band, given a win.</summary>
    public DateOnly? CloseOnHigh { get; init; }
    /// <summary>Grade for people.</summary>
    public string? Grade { get; init; }
    /// <summary>Probability by period end, drivers, trend and warnings, as JSON.</summary>
    public string Details { get; init; } = "{}";
}

/// <summary>The revenue forecast of one period for one team, owner, product … or the whole.</summary>
public sealed record ForecastRow
{
    /// <summary>What the key names: whole, team, owner, product, region.</summary>
    public required string Dimension { get; init; }
    /// <summary>Which one; empty for the whole.</summary>
    public required string Key { get; init; }
    /// <summary>First day.</summary>
    public required DateOnly PeriodFrom { get; init; }
    /// <summary>Last day.</summary>
    public required DateOnly PeriodUntil { get; init; }
    /// <summary>Expected revenue.</summary>
    public required double Mean { get; init; }
    /// <summary>Lower end of the band.</summary>
    public required double Low { get; init; }
    /// <summary>Upper end of the band.</summary>
    public required double High { get; init; }
    /// <summary>Nominal coverage of the band, 0–1.</summary>
    public required double Level { get; init; }
    /// <summary>Everything else, as JSON.</summary>
    public string Details { get; init; } = "{}";
}
