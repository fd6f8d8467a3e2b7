namespace ForecastEngine.Crm;

/// <summary>What a stage means for the outcome of an opportunity that stands in it.</summary>
public enum StageKind
{
    /// <summary>The opportunity is still being worked on.</summary>
    Open,
    /// <summary>The sale was made.</summary>
    Won,
    /// <summary>The sale was not made: lost, declined, cancelled.</summary>
    Lost,
}

/// <summary>
/// A position in a sales process. Open stages are ordered from 0; closed stages come after them. Where several
/// pipelines have a stage of one name, that of the later one is called <c>Stage (Pipeline)</c>, so that the name tells
/// both.
/// </summary>
/// <param name="Name">Unique among all stages.</param>
/// <param name="Order">Position among the stages of its pipeline, from 0, rising towards the sale.</param>
/// <param name="Kind">Open, won or lost.</param>
/// <param name="CrmProbability">The CRM's default win probability of the stage, 0–1; null where the map states none.</param>
/// <param name="Pipeline">Name of its <see cref="SalesPipeline"/>; null where there is one process only.</param>
public sealed record Stage(
    string Name, int Order, StageKind Kind, double? CrmProbability = null, string? Pipeline = null)
{
    /// <summary>The stage's name within its pipeline.</summary>
    public string Label => InPipeline(Name, Pipeline) ?? Name;

    /// <summary>The name of a stage that another pipeline has already.</summary>
    public static string NameIn(string label, string pipeline) => $"{label} ({pipeline})";

    /// <summary>What stands before the pipeline in brackets; null where no such brackets end the name.</summary>
    public static string? InPipeline(string name, string? pipeline) =>
        pipeline is not null && name.EndsWith($" ({pipeline})", StringComparison.Ordinal)
            ? name[..^(pipeline.Length + 3)]
            : null;

    /// <summary>True when both are stages of one process, so that their order can be compared.</summary>
    public bool IsBeside(Stage other) => Pipeline == other.Pipeline;
}
