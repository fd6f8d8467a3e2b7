namespace ForecastEngine.Backtesting.Baselines;

/// <summary>The revenue baselines that a backtest states beside the engine.</summary>
public static class RevenueBaselines
{
    /// <summary>Those that know nothing but revenue and what stood open: a forecast may lean on them.</summary>
    internal static IReadOnlyList<IRevenueBaseline> OfThePast { get; } = [new MeanOfLastFour(), new ConversionAndGrowth()];

    /// <summary>All of them, in the order in which they are shown.</summary>
    /// <param name="people">The numbers that people gave; none where nobody wrote them down.</param>
    /// <param name="given">Scores of other models; none where nobody gave any.</param>
    public static IReadOnlyList<IRevenueBaseline> All(IReadOnlyList<PeoplesForecast>? people = null, IReadOnlyList<GivenScores>? given = null) =>
    [
        new WeightedPipeline(), new StageWeightedPipeline(), new ConversionAndGrowth(), new CommitAndBestCase(), new SamePeriodLastYear(),
        new MeanOfLastFour(), new RunRate(), new PeoplesNumber(people ?? []), new PeoplesNumberWithHaircut(people ?? []),
        .. (given ?? []).Select(g => new GivenScoresPipeline(g)),
    ];
}
