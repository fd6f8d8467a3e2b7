using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>Forecasts windows with one trained model and the baselines, and sets beside them what came.</summary>
internal sealed class WindowJudge(BacktestSubject subject, ModelBundle bundle, AsOf trainedUntil, BacktestOptions options)
{
    private const int TruthPaths = 32;

    /// <summary>The windows of one origin.</summary>
    public IReadOnlyList<WindowResult> Judge(AsOf origin, IReadOnlyList<BacktestWindow> windows, CancellationToken cancellation)
    {
        var known = subject.History.KnownAt(origin);
        var pipeline = PipelineForecast.From(bundle, known, origin, [.. windows.Select(w => w.Period)],
            new ScoringOptions { ExplainTop = 0, Threads = options.Training.Threads }, null, cancellation);
        var dealBaselines = DealBaselines.All(known, subject.Given);
        var truth = subject.Truth is { } world ? world.At(world.WeekOf(origin.Date.AddDays(1))) : null;
        return [.. windows.Select((window, w) =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Judge(window, w, known, pipeline, dealBaselines, truth);
        })];
    }

    private WindowResult Judge(BacktestWindow window, int number, CrmHistory known, PipelineForecast pipeline, IReadOnlyList<IDealBaseline> dealBaselines, TruthAtOrigin? truth)
    {
        var period = window.Period;
        var actual = subject.Actual(period);
        var company = pipeline.Forecaster.Forecast(period)[0];
        var view = new BaselineView(known, window);
        var forecasts = new List<WindowForecast> { Of(company, actual) };
        foreach (var baseline in RevenueBaselines.All(subject.Peoples, subject.Given))
            if (baseline.Forecast(view) is { } value) forecasts.Add(WindowForecast.Point(baseline.Name, value, actual));
        return new WindowResult
        {
            Window = window, Series = subject.Series, TrainedUntil = trainedUntil.Instant, Actual = actual, AlreadyWon = company.AlreadyWon, OpenDeals = pipeline.Open.Count,
            Forecasts = forecasts,
            Teams = subject.History.Teams.Count < 2 ? [] : Parts(Dimension.Team, period, pipeline.Forecaster),
            Pipelines = subject.History.HasPipelines ? Parts(Dimension.Pipeline, period, pipeline.Forecaster) : [],
            Deals = Deals(window, number, pipeline, dealBaselines, truth),
            Truth = truth is null ? null : TruthOf(truth.Revenue(period.From, period.Until, options.Futures), company, forecasts, actual),
        };
    }

    private IReadOnlyList<SegmentResult> Parts(Dimension dimension, Period period, RevenueForecaster forecaster) =>
        [.. forecaster.Forecast(period, dimension).Select(f =>
        {
            var actual = subject.Actual(period, dimension, f.Key);
            return new SegmentResult(f.Key, f.Name, actual, Of(f, actual));
        })];

    private DealForecasts Deals(BacktestWindow window, int number, PipelineForecast pipeline, IReadOnlyList<IDealBaseline> baselines, TruthAtOrigin? truth)
    {
        // Of a deal whose closing has no time nobody knows whether it was won in the period: it is not judged.
        int[] judged = [.. Enumerable.Range(0, pipeline.Open.Count).Where(d =>
            ClosingOf(pipeline.Open[d], AsOf.At(DateTimeOffset.MinValue)) is not { HasTime: false })];
        var (open, deals) = (judged.Select(d => pipeline.Open[d]).ToList(),
            judged.Select(d => pipeline.Deals[d]).ToList());
        var days = (window.Period.End.Instant - window.Cutoff.Instant).TotalDays;
        var probabilities = new Dictionary<string, double[]>(StringComparer.Ordinal)
        {
            [Method.Engine] = [.. deals.Select(d => d.Score.WonBy[number].Probability)],
            [Method.StageRate] = [.. open.Select(d => bundle.Win.StageRateCurve(d).WonWithin(days))],
        };
        foreach (var baseline in baselines) probabilities[baseline.Name] = [.. open.Select(d => baseline.WonWithin(d, days) ?? double.NaN)];
        var known = truth?.WonBy(window.Period.Until, TruthPaths).ToDictionary(t => t.OpportunityId, t => t.Probability, StringComparer.Ordinal);
        return new DealForecasts
        {
            Ids = [.. open.Select(d => d.OpportunityId)], Probabilities = probabilities, Timeless = [.. baselines.Where(b => !b.KnowsTime).Select(b => b.Name)],
            Outcomes = [.. open.Select(d =>
                ClosingOf(d, window.Cutoff) is { Won: true } c && c.At <= window.Period.End.Instant ? 1.0 : 0)],
            // What the CRM learns late is open there and closed in truth: nothing is left to chance then.
            Truth = known is null ? null : [.. open.Select(d => known.TryGetValue(d.OpportunityId, out var p) ? p : subject.Truth!.WonOn(d.OpportunityId) is { } on && on <= window.Period.Until ? 1 : 0)],
        };
    }

    private Closing? ClosingOf(OpportunitySnapshot deal, AsOf asOf) =>
        Closing.FirstAfter(subject.History, subject.History.IndexOf(deal.OpportunityId), asOf);

    private static WindowForecast Of(RevenueForecast forecast, double actual) => new(Method.Engine, forecast.Median, forecast.Mean,
        forecast.Distribution!.Crps(actual), forecast.Distribution.Cdf(actual), forecast.Bands);

    private static WindowTruth TruthOf(RevenueTruth truth, RevenueForecast company, IReadOnlyList<WindowForecast> forecasts, double actual)
    {
        double[] futures = [.. truth.Futures];
        var oracle = new WindowForecast(Method.Oracle, truth.Quantile(0.5), truth.Mean, DistributionScores.CrpsEnsembleFair(futures, actual), truth.Pit(actual),
            [.. RevenueForecaster.Levels.Select(l => new Band(truth.Quantile((1 - l) / 2), truth.Quantile((1 + l) / 2), l))]);
        return new WindowTruth(oracle, [.. company.Bands.Select(b => futures.Count(r => r >= b.Lower && r <= b.Upper) / (double)futures.Length)],
        [
            .. forecasts.Select(f => Expected(f, f.Method == Method.Engine ? futures.Average(company.Distribution!.Crps) : null)),
            Expected(oracle, DistributionScores.ExpectedCrpsOfTruth(futures)),
        ]);

        ExpectedScores Expected(WindowForecast said, double? crps)
        {
            var error = futures.Average(r => Math.Abs(said.Median - r));
            return new ExpectedScores(said.Method, error, crps ?? error);
        }
    }
}
