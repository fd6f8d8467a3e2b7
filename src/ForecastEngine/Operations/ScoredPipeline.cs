using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>The open pipeline at a date, scored by the champion: what the nightly run publishes and every answer is drawn from.</summary>
public sealed class ScoredPipeline
{
    private readonly PipelineForecast _forecast;

    internal ScoredPipeline(ModelVersion version, CrmHistory history, IReadOnlyList<Period> periods, PipelineForecast forecast, MeasuredQuality? measured) =>
        (Version, History, Periods, _forecast, Measured) = (version, history, periods, forecast, measured);

    /// <summary>The champion.</summary>
    public ModelVersion Version { get; }
    /// <summary>What was known.</summary>
    public CrmHistory History { get; }
    /// <summary>What the newest backtest measured of forecasts like these; null before the first.</summary>
    public MeasuredQuality? Measured { get; }
    /// <summary>The date.</summary>
    public AsOf AsOf => _forecast.AsOf;
    /// <summary>The common factor at that date.</summary>
    public MarketState Market => _forecast.Market;
    /// <summary>The scored open deals, by creation.</summary>
    public IReadOnlyList<ScoredOpportunity> Deals => _forecast.Deals;
    /// <summary>Periods that scores and forecast speak of.</summary>
    public IReadOnlyList<Period> Periods { get; }
    /// <summary>Adds the deals up to revenue.</summary>
    public RevenueForecaster Forecaster => _forecast.Forecaster;

    /// <summary>Scores the pipeline.</summary>
    public static Task<ScoredPipeline> LoadAsync(Workspace workspace, DateOnly? asOf, ScoringOptions options, IProgress<OperationProgress>? progress, CancellationToken cancellation) => Task.Run(() =>
    {
        progress?.Report(new OperationProgress("Loading the champion"));
        var version = ChampionOf(workspace);
        var bundle = workspace.BundleOf(version);
        progress?.Report(new OperationProgress("Loading the history", 0.1));
        var history = HistoryAt.Load(workspace, asOf, cancellation, out var date);
        Refuse(version, date, history.Calendar);
        progress?.Report(new OperationProgress("Scoring open deals", 0.4));
        var periods = RevenueForecaster.DefaultPeriods(history.Calendar, date.Date);
        var forecast = PipelineForecast.From(bundle, history, date, periods, options, Previous(workspace, date.Date), cancellation);
        return new ScoredPipeline(version, history, periods, forecast, RunBacktest.Latest(workspace));
    }, cancellation);

    /// <summary>The score of one deal with its drivers; null when it is not open at the date or not known.</summary>
    public OpportunityScore? Explain(string opportunityId) => _forecast.Explain(opportunityId);

    /// <summary>Holds forecasts against the team's own past.</summary>
    internal ForecastCheck Check() => new(History, AsOf, Market.Factor, Measured,
        Deals.Count > 0 && Deals[0].Score.Rung is Rung.OwnModel or Rung.PooledModel ? [.. Deals.GroupBy(d => d.Score.Grade).Select(g => g.Count())] : null);

    internal static ModelVersion ChampionOf(Workspace workspace) => workspace.Models.Champion()
        ?? throw new OperationException($"Workspace {workspace.Folder}: found no champion model; expected one. Run: forecast train.");

    internal static void Refuse(ModelVersion version, AsOf date, BusinessCalendar calendar)
    {
        RefuseCalendar(version, calendar);
        if (date.Date < version.Card.DataUntil)
            throw new OperationException($"Model {version.Id}: found an as-of date {date.Date:yyyy-MM-dd} before the end of its training data {version.Card.DataUntil:yyyy-MM-dd}; expected a later one, or the model knows the future. Train as of that date first: forecast train --as-of {date.Date:yyyy-MM-dd}.");
    }

    /// <summary>Refuses a version that learnt by another calendar: where days or quarters end elsewhere it would be
    /// asked about what it never saw.</summary>
    internal static void RefuseCalendar(ModelVersion version, BusinessCalendar calendar)
    {
        var learntBy = version.Card.Calendar ?? BusinessCalendar.Default;
        if (!learntBy.HasDaysOf(calendar))
            throw new OperationException($"Model {version.Id}: found a model that learnt by another business calendar ({learntBy}); expected the one in force ({calendar}). Train again: forecast train.");
    }

    private static Dictionary<string, double>? Previous(Workspace workspace, DateOnly asOf) => workspace.Scores.LatestRun(asOf.AddDays(-1)) is { } run
        ? new Dictionary<string, double>(workspace.Scores.WinProbabilities(run.Id), StringComparer.Ordinal) : null;
}
