using ForecastEngine.Crm;
using ForecastEngine.Scoring;

namespace ForecastEngine.Forecasting;

/// <summary>Which part a deal belongs to: empty for the company, null where the deal names none.</summary>
public static class DimensionKeys
{
    /// <summary>The part of an open deal.</summary>
    public static string? KeyOf(this Dimension dimension, CrmHistory history, OpportunityScore score) =>
        dimension.KeyOf(history, score.OwnerId, score.ProductId, score.Region, history.PipelineOf(score.Stage));

    /// <summary>The part of a deal that was won.</summary>
    public static string? KeyOf(this Dimension dimension, CrmHistory history, WonDeal won) =>
        dimension.KeyOf(history, won.OwnerId, won.ProductId, won.Region, won.Pipeline);

    /// <summary>The part of a deal as it was born, won in <paramref name="pipeline"/>.</summary>
    public static string? KeyOf(this Dimension dimension, CrmHistory history, Opportunity born, string? pipeline) =>
        dimension.KeyOf(history, born.OwnerId, born.ProductId, born.Region, pipeline);

    private static string? KeyOf(
        this Dimension dimension, CrmHistory history, string? ownerId, string? productId, string? region,
        string? pipeline) =>
        dimension switch
        {
            Dimension.Team => ownerId is null ? null : history.SalesReps.GetValueOrDefault(ownerId)?.TeamId,
            Dimension.Owner => ownerId,
            Dimension.Product => productId,
            Dimension.Region => region,
            Dimension.Pipeline => pipeline,
            _ => "",
        };
}
