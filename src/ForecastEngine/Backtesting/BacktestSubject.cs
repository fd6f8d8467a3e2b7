using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Simulation;

namespace ForecastEngine.Backtesting;

/// <summary>Whose past is forecast again: the whole history, which only the judging may look at, and in a simulated world the truth.</summary>
public sealed class BacktestSubject
{
    private readonly Lazy<IReadOnlyList<WonDeal>> _won;
    private readonly Lazy<ILookup<string, WonDeal>> _wonByTeam, _wonByPipeline;

    /// <param name="history">The whole history.</param>
    /// <param name="peoples">Numbers that people gave.</param>
    /// <param name="given">Scores of other models.</param>
    public BacktestSubject(CrmHistory history, IReadOnlyList<PeoplesForecast>? peoples = null, IReadOnlyList<GivenScores>? given = null)
    {
        (History, Peoples, Given) = (history, peoples ?? [], given ?? []);
        _won = new(() => WonDeal.KnownAt(history, AsOf.EndOfTime));
        (_wonByTeam, _wonByPipeline) = (new(() => WonBy(Dimension.Team)), new(() => WonBy(Dimension.Pipeline)));
    }

    /// <summary>A simulated world, with its truth.</summary>
    public BacktestSubject(SimulatedWorld world, IReadOnlyList<GivenScores>? given = null) : this(new CrmHistory(world.Facts), null, given) =>
        (Series, Truth) = (FormattableString.Invariant($"{world.Options.Seed}"), world.Truth);

    /// <summary>The whole history.</summary>
    public CrmHistory History { get; }
    /// <summary>Name of the series: the world's seed, or empty for a team's own history.</summary>
    public string Series { get; } = "";
    /// <summary>What is true; null where nobody knows.</summary>
    public Truth? Truth { get; }
    /// <summary>Numbers that people gave, for the baseline of that name.</summary>
    public IReadOnlyList<PeoplesForecast> Peoples { get; }
    /// <summary>Scores of other models, each judged as a method of its own.</summary>
    public IReadOnlyList<GivenScores> Given { get; }

    /// <summary>Revenue won in a period, as the whole history tells it.</summary>
    public double Actual(Period period) => WonDeal.Revenue(_won.Value, period.From, period.Until);

    /// <summary>The same of one team or pipeline; an empty key stands for what belongs to none.</summary>
    public double Actual(Period period, Dimension dimension, string key) => WonDeal.Revenue(
        (dimension == Dimension.Pipeline ? _wonByPipeline : _wonByTeam).Value[key], period.From, period.Until);

    private ILookup<string, WonDeal> WonBy(Dimension dimension)
    {
        var shares = new DealShares(History, AsOf.EndOfTime);
        return _won.Value.SelectMany(w => shares.Divide(dimension, w))
            .ToLookup(w => w.Key, w => w.Part, StringComparer.Ordinal);
    }
}
