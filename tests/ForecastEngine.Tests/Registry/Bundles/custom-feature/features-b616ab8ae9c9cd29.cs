public static class Feature
{
    private static readonly System.Func<OpportunitySnapshot, double?> Value = deal => deal.Value("days_in_stage") / 7;

    [CustomFeature("weeks_in_stage", "weeks", "stages are entered when they are reached")]
    public static double? Of(OpportunitySnapshot deal) => Value(deal);
}