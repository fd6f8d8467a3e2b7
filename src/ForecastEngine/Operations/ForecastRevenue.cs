using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;

namespace ForecastEngine.Operations;

/// <summary>What a revenue forecast is asked for.</summary>
public sealed record ForecastRequest
{
    /// <summary>By what revenue is told apart.</summary>
    public Dimension Dimension { get; init; } = Dimension.Company;
    /// <summary>Which periods of the business calendar.</summary>
    public PeriodKind Period { get; init; } = PeriodKind.Quarter;
    /// <summary>How many periods from the as-of date on, 1–12.</summary>
    public int Periods { get; init; } = 3;
    /// <summary>Threads; changes no bit.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>A revenue forecast and where it comes from.</summary>
/// <param name="Pipeline">The scored pipeline it adds up.</param>
/// <param name="Forecasts">Per period, per part.</param>
public sealed record ForecastRevenueResult(ScoredPipeline Pipeline, IReadOnlyList<RevenueForecast> Forecasts);

/// <summary>Forecasts revenue by period and part from the champion's scores at a date.</summary>
public static class ForecastRevenue
{
    /// <summary>Runs the forecast.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<ForecastRevenueResult> Run(Workspace workspace, ForecastRequest request, DateOnly? asOf = null, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (request.Periods is < 1 or > 12) throw new OperationException($"Forecast: found {request.Periods} periods; expected 1 to 12.");
        var options = new ScoringOptions { ExplainTop = 0, Threads = request.Threads };
        var pipeline = await ScoredPipeline.LoadAsync(workspace, asOf, options, progress, cancellation);
        var forecasts = new List<RevenueForecast>();
        var calendar = pipeline.History.Calendar;
        var period = calendar.Of(request.Period, pipeline.AsOf.Date);
        for (var i = 0; i < request.Periods; i++, period = calendar.Next(period))
        {
            progress?.Report(new OperationProgress($"Adding up {period.Label}", 0.8 + 0.2 * i / request.Periods));
            cancellation.ThrowIfCancellationRequested();
            forecasts.AddRange(pipeline.Forecaster.Forecast(period, request.Dimension, threads: options.Threads));
        }
        var company = forecasts.Where(f => f.Dimension == Dimension.Company).ToDictionary(f => f.Period);
        return new ForecastRevenueResult(pipeline, pipeline.Check().Apply(forecasts, CompanyOf));

        RevenueForecast CompanyOf(Period asked)
        {
            if (!company.TryGetValue(asked, out var known)) company.Add(asked, known = pipeline.Forecaster.Forecast(asked, threads: options.Threads)[0]);
            return known;
        }
    }
}
