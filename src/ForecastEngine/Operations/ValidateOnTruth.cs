using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.Operations;

/// <summary>Which simulated worlds the engine is held against.</summary>
public sealed record ValidationRequest
{
    /// <summary>Wins a quarter that each world brings.</summary>
    public double WinsPerQuarter { get; init; } = 100;
    /// <summary>How many worlds.</summary>
    public int Worlds { get; init; } = 4;
    /// <summary>Seed of the first world; each further one adds 1.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Quarters forecast per world, each from its first day and from the middle, at most 4.</summary>
    public int Quarters { get; init; } = 2;
    /// <summary>Re-simulated futures per forecast.</summary>
    public int Futures { get; init; } = 600;
    /// <summary>How models are trained.</summary>
    public TrainingOptions Training { get; init; } = new();
}

/// <summary>One forecast against what was true and what came.</summary>
/// <param name="Seed">World.</param>
/// <param name="AsOf">Date of the forecast.</param>
/// <param name="Period">Quarter.</param>
/// <param name="Actual">Revenue that came.</param>
/// <param name="Median">Forecast.</param>
/// <param name="Mean">Expected revenue forecast.</param>
/// <param name="OracleMedian">Forecast of one who knows every hidden quality, hazard and the market's state.</param>
/// <param name="OracleMean">Expected revenue in truth.</param>
/// <param name="Weighted">Already won plus amount × CRM probability of the deals planned to close in the quarter.</param>
/// <param name="Coverage">True probability that revenue falls into the bands of 50, 80 and 95 %.</param>
/// <param name="Width">Width of the 80 % band.</param>
/// <param name="OracleWidth">Width of the oracle's 80 % band.</param>
public sealed record TruthWindow(long Seed, DateOnly AsOf, Period Period, double Actual, double Median, double Mean, double OracleMedian, double OracleMean, double Weighted,
    IReadOnlyList<double> Coverage, double Width, double OracleWidth);

/// <summary>The engine on worlds whose truth is known.</summary>
/// <param name="Windows">Every forecast.</param>
public sealed record ValidateOnTruthResult(IReadOnlyList<TruthWindow> Windows)
{
    /// <summary>WAPE of the median against what came.</summary>
    public double Wape => PointScores.Wape([.. Windows.Select(w => w.Median)], Actuals);
    /// <summary>WAPE of the oracle: the floor.</summary>
    public double OracleWape => PointScores.Wape([.. Windows.Select(w => w.OracleMedian)], Actuals);
    /// <summary>WAPE of the weighted pipeline.</summary>
    public double WeightedWape => PointScores.Wape([.. Windows.Select(w => w.Weighted)], Actuals);
    /// <summary>Σ mean / Σ true mean − 1.</summary>
    public double Bias => Windows.Sum(w => w.Mean) / Windows.Sum(w => w.OracleMean) - 1;
    /// <summary>Mean true coverage of the bands of 50, 80 and 95 %.</summary>
    public IReadOnlyList<double> Coverage => [.. Enumerable.Range(0, 3).Select(b => Windows.Average(w => w.Coverage[b]))];
    /// <summary>Mean width of the 80 % band over the oracle's.</summary>
    public double RelativeWidth => Windows.Sum(w => w.Width) / Windows.Sum(w => w.OracleWidth);

    private double[] Actuals => [.. Windows.Select(w => w.Actual)];
}

/// <summary>Holds the engine against worlds whose true probabilities are known: the coverage of its bands and its error beside an oracle's.</summary>
public static class ValidateOnTruth
{
    private const int HistoryWeeks = 156;

    /// <summary>Runs the validation: a training and a forecast per window.</summary>
    public static ValidateOnTruthResult Run(ValidationRequest request, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (request.Quarters is < 1 or > 4) throw new OperationException($"Validation: found {request.Quarters} quarters; expected 1 to 4.");
        var windows = new List<TruthWindow>();
        for (var w = 0; w < request.Worlds; w++)
        {
            var options = new SimulationOptions
            {
                Seed = request.Seed + w, Weeks = HistoryWeeks + 14 * (request.Quarters + 1), ActivityDensity = 0.5, LeadDensity = 0.2,
                OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(request.WinsPerQuarter),
            };
            var world = SimulatedWorld.Generate(options, request.Training.Threads);
            var history = new CrmHistory(world.Facts);
            foreach (var week in Origins(options, request.Quarters))
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new OperationProgress($"World {w + 1} of {request.Worlds}, week {week}", (double)windows.Count / (request.Worlds * request.Quarters * 2)));
                windows.Add(Window(world, history, week, request, cancellation));
            }
        }
        return new ValidateOnTruthResult(windows);
    }

    // The first Monday of a quarter's last-starting week, and six weeks later.
    private static IEnumerable<int> Origins(SimulationOptions options, int quarters)
    {
        var found = 0;
        for (var week = HistoryWeeks; found < quarters; week++)
        {
            // A week belongs to the quarter of its Wednesday.
            var (wednesday, before) = (options.FirstWeek.AddDays(7 * week + 2), options.FirstWeek.AddDays(7 * week - 5));
            if (Period.Quarter(wednesday).Label == Period.Quarter(before).Label) continue;
            found++;
            yield return week;
            yield return week + 6;
        }
    }

    private static TruthWindow Window(SimulatedWorld world, CrmHistory history, int week, ValidationRequest request, CancellationToken cancellation)
    {
        var truth = world.Truth.At(week);
        var asOf = AsOf.EndOf(truth.AsOf);
        var period = Period.Quarter(truth.AsOf.AddDays(4));
        var known = history.KnownAt(asOf);
        var bundle = BundleTrainer.Train(known, asOf, request.Training, null, cancellation).Bundle;
        var rates = GroupRates.From(known, bundle.Win.Features.Schema.CategoricalAttributes);
        var market = bundle.Market.AdvanceTo(asOf, bundle.Win, known, rates, request.Training.Threads, cancellation);
        var open = new SnapshotTaker(known, bundle.Win.Features, rates).OpenPipeline(asOf);
        var deals = new PipelineScorer(bundle.Win, bundle.Size, market.Factor).Score(open, [period], null, new ScoringOptions { ExplainTop = 0, Threads = request.Training.Threads }, cancellation);
        var forecast = new RevenueForecaster(known, asOf, deals, market.Factor, market.MomentVariance).Forecast(period)[0];
        var revenue = truth.Revenue(period.From, period.Until, request.Futures);
        return new TruthWindow(world.Options.Seed, truth.AsOf, period, (double)world.Truth.ActualRevenue(period.From, period.Until), forecast.Median, forecast.Mean,
            revenue.Quantile(0.5), revenue.Mean, forecast.AlreadyWon + forecast.WeightedPipeline,
            [.. forecast.Bands.Select(b => revenue.Futures.Count(r => r >= b.Lower && r <= b.Upper) / (double)revenue.Futures.Count)],
            forecast.BandOf(0.80).Upper - forecast.BandOf(0.80).Lower, revenue.Quantile(0.9) - revenue.Quantile(0.1));
    }
}
