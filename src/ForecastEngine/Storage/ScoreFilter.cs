namespace ForecastEngine.Storage;

/// <summary>By what scores are sorted; equal ones by opportunity id.</summary>
public enum ScoreOrder
{
    /// <summary>Opportunity id.</summary>
    OpportunityId,
    /// <summary>Win probability.</summary>
    WinProbability,
    /// <summary>Expected amount if won.</summary>
    ExpectedAmount,
    /// <summary>Expected revenue.</summary>
    ExpectedRevenue,
    /// <summary>Median close date; unknown ones last.</summary>
    CloseOn,
}

/// <summary>Which scores of a run, in what order, and which page of them. An empty filter is every score.</summary>
public sealed record ScoreFilter
{
    /// <summary>Only these opportunities; null for all.</summary>
    public IReadOnlyCollection<string>? OpportunityIds { get; init; }
    /// <summary>Only deals that these people own or have a revenue split of; null for all.</summary>
    public IReadOnlyCollection<string>? OwnerIds { get; init; }
    /// <summary>Only these teams; null for all, empty for none.</summary>
    public IReadOnlyCollection<string>? TeamIds { get; init; }
    /// <summary>Only this product.</summary>
    public string? ProductId { get; init; }
    /// <summary>Only this region.</summary>
    public string? Region { get; init; }
    /// <summary>Only this stage.</summary>
    public string? Stage { get; init; }
    /// <summary>Only stages of this sales pipeline.</summary>
    public string? Pipeline { get; init; }
    /// <summary>Only this grade.</summary>
    public string? Grade { get; init; }
    /// <summary>At least this win probability, 0–1.</summary>
    public double? MinWinProbability { get; init; }
    /// <summary>Sorted by.</summary>
    public ScoreOrder OrderBy { get; init; } = ScoreOrder.OpportunityId;
    /// <summary>Largest first.</summary>
    public bool Descending { get; init; }
    /// <summary>Only scores after this place in the order: the next page, at a cost that does not grow with the pages before; null from the start.</summary>
    public ScoreMark? After { get; init; }
    /// <summary>Scores to leave out first.</summary>
    public int Skip { get; init; }
    /// <summary>At most so many; null for all.</summary>
    public int? Take { get; init; }
}

/// <summary>A place in an order of scores: the last score of the page before.</summary>
/// <param name="OpportunityId">Its opportunity.</param>
/// <param name="Number">Its value where the order is by a number.</param>
/// <param name="Date">Its value where the order is by date; null where it has none.</param>
public sealed record ScoreMark(string OpportunityId, double Number = 0, DateOnly? Date = null)
{
    /// <summary>The place of a score in an order.</summary>
    public static ScoreMark Of(ScoreRow score, ScoreOrder order) => new(score.OpportunityId, order switch
    {
        ScoreOrder.WinProbability => score.WinProbability, ScoreOrder.ExpectedAmount => score.ExpectedAmount, ScoreOrder.ExpectedRevenue => score.ExpectedRevenue, _ => 0,
    }, order == ScoreOrder.CloseOn ? score.CloseOn : null);
}

/// <summary>A page of scores.</summary>
/// <param name="Scores">The page.</param>
/// <param name="Total">How many match the filter in all.</param>
public sealed record ScorePage(IReadOnlyList<ScoreRow> Scores, long Total);

/// <summary>A score and the run that made it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Score">The score.</param>
public sealed record RunScore(RescoringRun Run, ScoreRow Score);

/// <summary>What scores add up to.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="ExpectedRevenue">Σ probability × amount.</param>
/// <param name="ExpectedWins">Σ probability.</param>
public sealed record ScoreTotals(long Count, double ExpectedRevenue, double ExpectedWins);
