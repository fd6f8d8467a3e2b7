namespace ForecastEngine.Storage;

/// <summary>Paging by the last row that was seen, in every order and both directions; scores without a close date stand last in both.</summary>
internal static class ScorePaging
{
    public static IQueryable<ScoreRow> After(IQueryable<ScoreRow> scores, ScoreFilter filter)
    {
        if (filter.After is not { } mark) return scores;
        var (id, value) = (mark.OpportunityId, mark.Number);
        return (filter.OrderBy, filter.Descending) switch
        {
            (ScoreOrder.OpportunityId, false) => scores.Where(s => s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.OpportunityId, true) => scores.Where(s => s.OpportunityId.CompareTo(id) < 0),
            (ScoreOrder.WinProbability, false) => scores.Where(s => s.WinProbability > value || s.WinProbability == value && s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.WinProbability, true) => scores.Where(s => s.WinProbability < value || s.WinProbability == value && s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.ExpectedAmount, false) => scores.Where(s => s.ExpectedAmount > value || s.ExpectedAmount == value && s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.ExpectedAmount, true) => scores.Where(s => s.ExpectedAmount < value || s.ExpectedAmount == value && s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.ExpectedRevenue, false) => scores.Where(s => s.ExpectedRevenue > value || s.ExpectedRevenue == value && s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.ExpectedRevenue, true) => scores.Where(s => s.ExpectedRevenue < value || s.ExpectedRevenue == value && s.OpportunityId.CompareTo(id) > 0),
            (ScoreOrder.CloseOn, var descending) => AfterDate(scores, mark.Date, id, descending),
            _ => throw new ArgumentOutOfRangeException(nameof(filter), filter.OrderBy, "expected a known order"),
        };
    }

    private static IQueryable<ScoreRow> AfterDate(IQueryable<ScoreRow> scores, DateOnly? date, string id, bool descending)
    {
        if (date is not { } day) return scores.Where(s => s.CloseOn == null && s.OpportunityId.CompareTo(id) > 0);
        return descending
            ? scores.Where(s => s.CloseOn == null || s.CloseOn < day || s.CloseOn == day && s.OpportunityId.CompareTo(id) > 0)
            : scores.Where(s => s.CloseOn == null || s.CloseOn > day || s.CloseOn == day && s.OpportunityId.CompareTo(id) > 0);
    }
}
