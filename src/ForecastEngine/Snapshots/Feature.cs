namespace ForecastEngine.Snapshots;

/// <summary>
/// One column of a snapshot, defined here and nowhere else. Always a finite number: what is unknown has a stated stand-in
/// and an indicator column beside it, because the learner drops rows with NaN without a word.
/// </summary>
/// <param name="Name">Column name, snake case.</param>
/// <param name="Driver">The business factor it belongs to when a score is explained; see <see cref="Drivers"/>.</param>
/// <param name="Description">Meaning, unit and range.</param>
/// <param name="Value">Its value for an opportunity as known at a date; null for a custom column, which is computed from the finished snapshot.</param>
public sealed record Feature(string Name, string Driver, string Description, Func<OpportunityState, float>? Value)
{
    /// <summary>What its numbers are.</summary>
    public FeatureKind Kind { get; init; }
}

/// <summary>What the numbers of a feature are.</summary>
public enum FeatureKind
{
    /// <summary>They lie on a scale.</summary>
    Scale,
    /// <summary>They name levels of a category.</summary>
    Level,
    /// <summary>A group's rate: a number on a scale that stands for the category.</summary>
    Rate,
}

/// <summary>The business factors that features are grouped into when a score is explained. Custom columns are factors of their own: <c>attribute:name</c>.</summary>
public static class Drivers
{
    /// <summary>Stage reached, moves forth and back.</summary>
    public const string Stage = "stage";
    /// <summary>The sales pipeline.</summary>
    public const string Pipeline = "pipeline";
    /// <summary>How old the deal is and how long it has stood in its stage.</summary>
    public const string Age = "age";
    /// <summary>Amount and its changes.</summary>
    public const string Amount = "amount";
    /// <summary>Planned close date and its pushes.</summary>
    public const string CloseDate = "close date";
    /// <summary>What people did lately.</summary>
    public const string Activity = "activity";
    /// <summary>Who owns it.</summary>
    public const string Owner = "owner";
    /// <summary>Product.</summary>
    public const string Product = "product";
    /// <summary>Source, region, segment, industry.</summary>
    public const string Origin = "origin";
    /// <summary>Earlier business with the account.</summary>
    public const string Account = "account";
    /// <summary>Season and place in the quarter.</summary>
    public const string Season = "season";
}
