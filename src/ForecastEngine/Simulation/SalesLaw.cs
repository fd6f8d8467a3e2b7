using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>Weights of the four things that may happen to an open opportunity in a week, against 1 for nothing.</summary>
internal readonly record struct TransitionOdds(double Win, double Loss, double Advance, double Regress)
{
    /// <summary>All weights together, the 1 for nothing included.</summary>
    public double Total => 1 + Win + Loss + Advance + Regress;
}

/// <summary>
/// The law that drives opportunities: weekly competing transitions {win, loss, advance, regress, stay} as a multinomial
/// logit in hidden quality, skill, source, stage, age, activity and market. The world, its possible futures and the
/// exact win probabilities all go through <see cref="Odds"/>.
/// </summary>
internal sealed class SalesLaw
{
    private const int MostActivities = 40;
    private const double EditShare = 0.6;

    // Tuned so that 36 % of the deals are won, after 19 weeks (lost: 10 or 11; medians), one win in six in the last week of a quarter.
    private static readonly double[] WinIntercepts = [-9.2, -7.2, -5.0, -3.4, -1.8];
    private static readonly double[] LossIntercepts = [-3.25, -3.4, -3.55, -3.75, -3.95];
    private static readonly double[] AdvanceIntercepts = [-1.3, -1.55, -1.7, -1.8, double.NegativeInfinity];
    private static readonly double[] RegressIntercepts = [double.NegativeInfinity, -4.4, -4.4, -4.4, -4.4];

    private readonly double[] _win = new double[Catalogue.OpenStages];
    private readonly double[] _loss = new double[Catalogue.OpenStages];
    private readonly double[] _advance = new double[Catalogue.OpenStages];
    private readonly double[] _regress = new double[Catalogue.OpenStages];
    private readonly double[] _activityWin = new double[MostActivities + 1];
    private readonly double[] _activityAdvance = new double[MostActivities + 1];
    private readonly double _lateLoss, _lateAdvance;
    private readonly bool _isNoise;

    public SalesLaw(SimulationOptions options)
    {
        Options = options;
        _isNoise = options.IsPureNoise;
        double Strayed(double intercept, int cause, int stage) =>
            Math.Exp(intercept + options.Heterogeneity * CounterRandom.For(options.Seed, cause, stage, Draw.Intercept).Normal());
        for (var s = 0; s < Catalogue.OpenStages; s++)
        {
            _win[s] = Strayed(_isNoise ? -3.55 : WinIntercepts[s], 0, s);
            _loss[s] = Strayed(_isNoise ? -2.97 : LossIntercepts[s], 1, s);
            _advance[s] = Strayed(AdvanceIntercepts[s], 2, s);
            _regress[s] = Math.Exp(RegressIntercepts[s]);
        }
        if (_isNoise)
        {
            Array.Fill(_win, _win[0]);
            Array.Fill(_loss, _loss[0]);
        }
        for (var a = 0; a <= MostActivities; a++)
        {
            _activityWin[a] = _isNoise ? 1 : Math.Exp(0.08 * (a - 2));
            _activityAdvance[a] = _isNoise ? 1 : Math.Exp(0.06 * (a - 2));
        }
        _lateLoss = _isNoise ? 1 : Math.Exp(0.45);
        _lateAdvance = _isNoise ? 1 : Math.Exp(-0.5);
        RepSkill = new double[options.Reps];
        RepOptimism = new double[options.Reps];
        for (var r = 0; r < options.Reps; r++)
        {
            var draws = CounterRandom.For(options.Seed, r, 0, Draw.Rep);
            RepSkill[r] = 0.35 * draws.Normal(0);
            RepOptimism[r] = 0.1 * draws.Normal(1);
        }
    }

    public SimulationOptions Options { get; }

    /// <summary>A rep's shift of the win logit, N(0, 0.35²).</summary>
    public double[] RepSkill { get; }

    /// <summary>A rep's log overstatement of early amounts, N(0, 0.1²).</summary>
    public double[] RepOptimism { get; }

    /// <summary>Age in weeks at which a zombie is purged.</summary>
    public const int PurgeAge = 52;

    /// <summary>The market factor of the next week: AR(1) with the stationary deviation of the options.</summary>
    public double NextFactor(double factor, int week, long seed, double sign = 1) =>
        Options.FactorPersistence * factor + sign * Options.FactorDeviation
        * Math.Sqrt(1 - Options.FactorPersistence * Options.FactorPersistence) * CounterRandom.For(seed, 0, week, Draw.Factor).Normal();

    /// <summary>The first factor of a world, drawn from the stationary distribution.</summary>
    public double FirstFactor(long seed, double sign = 1) =>
        sign * Options.FactorDeviation * CounterRandom.For(seed, 0, 0, Draw.Factor).Normal();

    /// <summary>Fills in the parts of the logits that never change.</summary>
    public void SetOdds(ref SimulatedOpportunity o)
    {
        if (_isNoise)
        {
            (o.WinOdds, o.LossOdds, o.AdvanceOdds, o.ActivityMean) = (1, 1, 1, Math.Exp(0.4));
            return;
        }
        var (q, skill) = (o.Quality, RepSkill[o.Rep]);
        var segment = Catalogue.Segments[o.Segment];
        o.WinOdds = Math.Exp(0.55 * q + skill + Catalogue.Sources[o.Source].WinLogit + (o.IsExisting ? 0.3 : 0)
            + segment.WinLogit - 0.15 * Math.Log(o.TrueAmount / segment.MedianAmount));
        o.LossOdds = Math.Exp(-0.45 * q - 0.4 * skill);
        o.AdvanceOdds = Math.Exp(0.3 * q);
        o.ActivityMean = Math.Exp(0.55 + 0.35 * q);
    }

    /// <summary>Mean number of activities in a week that starts in this stage at this age.</summary>
    public double ActivityMean(in SimulatedOpportunity o, int stage, int age) =>
        _isNoise ? o.ActivityMean : o.ActivityMean * Math.Exp(0.08 * stage - 0.04 * age);

    /// <summary>What may happen in a week that starts in this stage at this age and sees this many activities.</summary>
    public TransitionOdds Odds(in SimulatedOpportunity o, int stage, int age, int activities, in MarketWeek week)
    {
        var a = Math.Min(activities, MostActivities);
        var advance = _advance[stage] * o.AdvanceOdds * _activityAdvance[a] * (age > 8 ? _lateAdvance : 1);
        return o.IsZombie
            ? new TransitionOdds(0, 0, advance, _regress[stage])
            : new TransitionOdds(
                _win[stage] * o.WinOdds * week.WinOdds * _activityWin[a],
                _loss[stage] * o.LossOdds * week.LossOdds * (age > 6 ? _lateLoss : 1),
                advance,
                _regress[stage]);
    }

    /// <summary>The draws of one opportunity in one week.</summary>
    public static CounterRandom DrawsOf(long seed, in SimulatedOpportunity o, int week) => CounterRandom.For(seed, o.Key, week, Draw.Transition);

    /// <summary>The number of activities in a week: draw 0 of the week.</summary>
    public int Activities(in CounterRandom draws, in SimulatedOpportunity o, int stage, int age) => draws.Poisson(ActivityMean(o, stage, age), 0);

    /// <summary>Plays one week of one open opportunity: changes its state and tells what happened.</summary>
    public MoveKind Step(in SimulatedOpportunity o, ref OpportunityState state, in MarketWeek week, in CounterRandom draws)
    {
        var age = week.Index - o.BirthWeek;
        if (o.IsZombie && age >= PurgeAge) return MoveKind.Purge;
        var odds = Odds(o, state.Stage, age, Activities(draws, o, state.Stage, age), week);
        var u = draws.Uniform(1) * odds.Total - 1;
        if (u < 0) return MoveKind.Stay;
        if ((u -= odds.Win) < 0)
        {
            state.Amount = FinalAmount(state.Amount, draws);
            return MoveKind.Win;
        }
        if ((u -= odds.Loss) < 0) return MoveKind.Loss;
        var kind = u < odds.Advance ? MoveKind.Advance : MoveKind.Regress;
        state.Stage += kind == MoveKind.Advance ? 1 : -1;
        if (draws.Uniform(2) < EditShare) state.Amount = ExpectedAmount(o, state.Stage, draws.Normal(3));
        return kind;
    }

    /// <summary>The working day of a week's event, 0 Monday … 4 Friday.</summary>
    public static int Day(in MarketWeek week, MoveKind kind, in CounterRandom draws) =>
        kind == MoveKind.Win && week.WinShares is not null ? week.WinDay(draws.Uniform(4)) : week.FirstDay + draws.Below(week.LastDay - week.FirstDay + 1, 4);

    /// <summary>A reading of the true amount, the vaguer and the more optimistic the earlier the stage: A·e^{(.08+opt)k+.35kε}, k = 1 − s/5.</summary>
    public double ExpectedAmount(in SimulatedOpportunity o, int stage, double normal)
    {
        var k = 1 - stage / 5.0;
        return Math.Max(50, 10 * Math.Round(o.TrueAmount * Math.Exp((0.08 + RepOptimism[o.Rep]) * k + 0.35 * k * normal) / 10));
    }

    // 55 % as expected, 35 % with a discount, 10 % with an upsell.
    private static double FinalAmount(double expected, in CounterRandom draws)
    {
        var u = draws.Uniform(5);
        if (u < 0.55) return expected;
        var log = u < 0.90 ? -0.12 + 0.1 * draws.Normal(6) : 0.15 + 0.05 * draws.Normal(6);
        return Math.Max(1, Math.Round(expected * Math.Exp(log)));
    }
}
