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

/// <summary>A position in the sales process. Open stages are ordered from 0; closed stages come after them.</summary>
/// <param name="Name">As the CRM writes it.</param>
/// <param name="Order">Position among the stages, from 0, rising towards the sale.</param>
/// <param name="Kind">Open, won or lost.</param>
/// <param name="CrmProbability">The CRM's default win probability of the stage, 0–1; null where the map states none.</param>
public sealed record Stage(string Name, int Order, StageKind Kind, double? CrmProbability = null);
