using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Statistics;

namespace ForecastEngine.Backtesting;

/// <summary>A forecast contradicts itself: it is not answered.</summary>
public sealed class ForecastContradictionException(string message) : Exception(message);

/// <summary>
/// Holds forecasts against this team's own past before anybody reads them: where a blend was nearer they lean on it, where the
/// models' sum is far outside all that the team ever did a method that goes by the past answers, and what speaks against
/// them stands beside them.
/// </summary>
public sealed class ForecastCheck
{
    // Of 1,591 forecasts of 500 simulated companies one came so far: see RESULTS.md of the benchmarks.
    private const double FarAbove = 3,
        FarBelow = 5,
        MarketDeviations = 3.5,
        Contradicted = 0.001,
        SameGrade = 0.98;
    private const int FewestPeriods = 4,
        MostPeriods = 8,
        FewestDeals = 50;
    private const double LeastFactor = 0.3,
        MostFactor = 3;
    private readonly CrmHistory _known;
    private readonly AsOf _asOf;
    private readonly MeasuredQuality? _measured;
    private readonly List<ForecastDoubt> _ofAll = [];
    private readonly BaselineView _past;

    /// <param name="known">What is known at the date: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="market">The common factor then.</param>
    /// <param name="measured">What the newest backtest measured; null before the first.</param>
    /// <param name="grades">Open deals by grade; null where a mere rate answers, for which all deals are alike.</param>
    public ForecastCheck(
        CrmHistory known,
        AsOf asOf,
        CommonFactor market,
        MeasuredQuality? measured,
        IReadOnlyCollection<int>? grades
    )
    {
        // What was measured on later data knows what came.
        (_known, _asOf, _measured) = (known, asOf, measured?.DataUntil <= asOf.Date ? measured : null);
        _past = new BaselineView(known, new BacktestWindow(asOf, known.Calendar.Quarter(asOf.Date)));
        foreach (var level in _measured?.Levels ?? [])
            if (
                level.Level == 0.80
                && level.Covered < level.Level * level.Windows
                && BinomialTest.PValue(level.Covered, level.Windows, level.Level) < Contradicted
            )
                _ofAll.Add(
                    new ForecastDoubt(ForecastDoubtKind.BandsHeldLess, [level.Level, level.Covered, level.Windows])
                );
        if (grades is not null && grades.Sum() >= FewestDeals && grades.Max() >= SameGrade * grades.Sum())
            _ofAll.Add(new ForecastDoubt(ForecastDoubtKind.OneGrade, [grades.Max(), grades.Sum()]));
        var deviations = market.StandardDeviation > 0 ? market.State / market.StandardDeviation : 0;
        if (Math.Abs(deviations) > MarketDeviations)
            _ofAll.Add(new ForecastDoubt(ForecastDoubtKind.MarketBeyondPast, [deviations]));
    }

    /// <summary>The forecasts as they are to be read.</summary>
    /// <param name="forecasts">As the models add up, of any periods and dimensions.</param>
    /// <param name="companyOf">The company's forecast of a period, as the models add up; null where it was not asked for: then
    /// nothing leans on it.</param>
    /// <exception cref="ForecastContradictionException">Figures that are not finite, or bands that do not hold each other.</exception>
    public IReadOnlyList<RevenueForecast> Apply(
        IReadOnlyList<RevenueForecast> forecasts,
        Func<Period, RevenueForecast?> companyOf
    )
    {
        var anchor = AnchorOf(companyOf);
        var verdicts = new Dictionary<Period, Way?>();
        var ways = forecasts
            .Select(f => f.Period)
            .Distinct()
            .ToDictionary(p => p, p => WayOf(p, companyOf, anchor, verdicts));
        return
        [
            .. forecasts.Select(f =>
                Checked(
                    f.Leaned(ways[f.Period].Factor),
                    f.Dimension == Dimension.Company ? [.. ways[f.Period].Doubts, .. _ofAll] : []
                )
            ),
        ];
    }

    // Which period the backtest speaks of today, and what its blend makes of what is still to come in it.
    private Anchor? AnchorOf(Func<Period, RevenueForecast?> companyOf)
    {
        if (_measured?.OwnPast is not { Leans: true } own)
            return null;
        var period = _known.Calendar.Of(own.Period, _asOf.Date.AddDays(1));
        if (companyOf(period) is not { } company || company.Median <= company.AlreadyWon)
            return null;
        var view = new BaselineView(_known, new BacktestWindow(_asOf, period));
        var said = RevenueBaselines
            .OfThePast.Select(m => (m.Name, Value: m.Forecast(view)))
            .Where(m => m.Value is not null)
            .ToDictionary(m => m.Name, m => Math.Max(m.Value!.Value, company.AlreadyWon), StringComparer.Ordinal);
        var median = own.Median(company.Median, m => said.TryGetValue(m, out var value) ? value : null);
        var factor = Math.Clamp(
            (median - company.AlreadyWon) / (company.Median - company.AlreadyWon),
            LeastFactor,
            MostFactor
        );
        return new Anchor(
            period,
            factor,
            company.FromOpen + company.FromNew,
            [.. own.Weights.Where(w => said.ContainsKey(w.Method))]
        );
    }

    private Way WayOf(
        Period period,
        Func<Period, RevenueForecast?> companyOf,
        Anchor? anchor,
        Dictionary<Period, Way?> verdicts
    )
    {
        // Months and weeks go by what is found of their quarter, so that they add up to it.
        var judged = period.Kind is PeriodKind.Month or PeriodKind.Week
            ? _known.Calendar.Quarter(period.Until)
            : period;
        if (!verdicts.TryGetValue(judged, out var verdict))
            verdicts.Add(
                judged,
                verdict = companyOf(judged) is { } whole ? VerdictOn(whole, FactorOf(whole, anchor)) : null
            );
        if (verdict is not null)
            return judged == period ? verdict : verdict with { Doubts = [] };
        if (
            anchor is null
            || companyOf(period) is not { } company
            || FactorOf(company, anchor) is var factor && factor == 1
        )
            return new Way(1, []);
        var future = company.FromOpen + company.FromNew;
        return new Way(
            factor,
            [
                .. anchor.Methods.Select(m => new ForecastDoubt(
                    ForecastDoubtKind.LeansOnPast,
                    [(factor - 1) * future, m.Weight, _measured!.OwnPast!.Windows, _measured.OwnPast.Gain],
                    m.Method
                )),
            ]
        );
    }

    // A period that holds the anchor leans by just what the anchor does.
    private static double FactorOf(RevenueForecast company, Anchor? anchor)
    {
        var (period, future) = (company.Period, company.FromOpen + company.FromNew);
        if (anchor is null || future <= 0)
            return 1;
        if (anchor.Period.From <= period.From && anchor.Period.Until >= period.Until)
            return anchor.Factor;
        return period.From <= anchor.Period.From && period.Until >= anchor.Period.Until
            ? 1 + (anchor.Factor - 1) * anchor.Future / future
            : 1;
    }

    // Far outside all that ever was, a method of the past answers, unless what it says is as far; null where the models may speak.
    private Way? VerdictOn(RevenueForecast company, double lean)
    {
        var (period, future) = (company.Period, company.FromOpen + company.FromNew);
        var past = PastOf(period);
        if (future <= 0 || past.Count < FewestPeriods || !IsFar(company.Leaned(lean).Mean, past))
            return null;
        var view = new BaselineView(_known, new BacktestWindow(_asOf, period));
        foreach (var method in RevenueBaselines.OfThePast)
            if (
                method.Forecast(view) is { } said
                && !IsFar(said, past)
                && Math.Max(said, company.AlreadyWon) - company.AlreadyWon is var left and > 0
            )
                return new Way(
                    left / future,
                    [
                        new ForecastDoubt(
                            ForecastDoubtKind.OutsideOwnPast,
                            [company.Mean, past.Min(), past.Max(), past.Count],
                            method.Name
                        ),
                    ]
                );
        return null;
    }

    private List<double> PastOf(Period period)
    {
        var revenues = new List<double>();
        var past = _known.Calendar.Previous(period);
        while (past.End.CompareTo(_asOf) > 0)
            past = _known.Calendar.Previous(past);
        for (
            ;
            revenues.Count < MostPeriods && _past.RevenueOf(past) is { } revenue;
            past = _known.Calendar.Previous(past)
        )
            revenues.Add(revenue);
        return revenues;
    }

    private static bool IsFar(double revenue, List<double> past) =>
        past.Max() > 0 && (revenue > FarAbove * past.Max() || revenue < past.Min() / FarBelow);

    private static RevenueForecast Checked(RevenueForecast forecast, IReadOnlyList<ForecastDoubt> doubts)
    {
        var bands = forecast.Bands.OrderBy(b => b.Level).ToList();
        var isSound =
            double.IsFinite(forecast.Mean)
            && double.IsFinite(forecast.Median)
            && bands.All(b =>
                double.IsFinite(b.Lower)
                && double.IsFinite(b.Upper)
                && b.Lower <= forecast.Median + Slack(forecast)
                && b.Upper >= forecast.Median - Slack(forecast)
            )
            && bands.Zip(bands.Skip(1)).All(b => b.Second.Lower <= b.First.Lower && b.Second.Upper >= b.First.Upper);
        if (!isSound)
            throw new ForecastContradictionException(
                FormattableString.Invariant(
                    $"Forecast of {forecast.Period.Label} ({forecast.Dimension} {forecast.Key}): found a mean of {forecast.Mean:R}, a median of {forecast.Median:R} and bands {string.Join(", ", bands.Select(b => $"{b.Lower:R} to {b.Upper:R}"))}; expected finite figures and bands that hold each other. Nothing is published: look at the amounts and train again."
                )
            );
        return doubts.Count == 0
            ? forecast
            : forecast with
            {
                Doubts = doubts,
                Warnings = [.. doubts.Select(d => d.InWords(forecast.Currency)), .. forecast.Warnings],
            };
    }

    private static double Slack(RevenueForecast forecast) => 1e-9 * (1 + Math.Abs(forecast.Median));

    /// <summary>What becomes of a period's forecasts.</summary>
    private sealed record Way(double Factor, IReadOnlyList<ForecastDoubt> Doubts);

    /// <summary>The period that a backtest speaks of, how it leans, what is still to come in it as the models say, and on what it leans.</summary>
    private sealed record Anchor(Period Period, double Factor, double Future, IReadOnlyList<MethodWeight> Methods);
}
