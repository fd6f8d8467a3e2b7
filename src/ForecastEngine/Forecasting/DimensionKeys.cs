using ForecastEngine.Crm;
using ForecastEngine.Scoring;

namespace ForecastEngine.Forecasting;

/// <summary>Which part a deal belongs to: empty for the company, null where the deal names none.</summary>
public static class DimensionKeys
{
    /// <summary>The part of a deal: empty for the company, null where the deal names none.</summary>
    /// <param name="dimension">By what revenue is told apart.</param>
    /// <param name="history">Tells the owner's team.</param>
    /// <param name="on">The day whose team it is.</param>
    /// <param name="ownerId">The deal's owner.</param>
    /// <param name="productId">Its main product.</param>
    /// <param name="region">Its region.</param>
    /// <param name="pipeline">Its pipeline.</param>
    public static string? KeyOf(
        this Dimension dimension, CrmHistory history, DateOnly on, string? ownerId, string? productId, string? region,
        string? pipeline) => dimension switch
    {
        Dimension.Team => history.TeamOf(ownerId, on),
        Dimension.Owner => ownerId,
        Dimension.Product => productId,
        Dimension.Region => region,
        Dimension.Pipeline => pipeline,
        _ => "",
    };
}
