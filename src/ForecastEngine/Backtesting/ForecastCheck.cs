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
    // On simulated companies whose forecasts are sound none of 1,600 came so far: see VALIDATION.md.
    private const double FarAbove = 3, FarBelow = 5, MarketDeviations = 3.5, Contradicted = 0.001, SameGrade = 0.98;
    private const int FewestPeriods = 4, MostPeriods = 8, FewestDeals = 50;
    private const double LeastFactor = 1e-3, MostFactor = 1e3;
    private readonly CrmHistory _known;
    private readonly AsOf _asOf;
    private readonly MeasuredQuality? _measured;
    private readonly List<ForecastDoubt> _ofAll = [];

    /// <param name="known">What is known at the date: see <see cref="CrmHistory.KnownAt"/>.</param>
    /// <param name="asOf">The date.</param>
    /// <param name="market">The common factor then.</param>
    /// <param name="measured">What the newest backtest measured; null before the first.</param>
    /// <param name="grades">Open deals by grade; null where a mere rate answers, for which all deals are alike.</param>
    public ForecastCheck(CrmHistory known, AsOf asOf, CommonFactor market, MeasuredQuality? measured, IReadOnlyCollection<int>? grades)
    {
        (_known, _asOf, _measured) = (known, asOf, measured);
        foreach (var level in measured?.Levels ?? [])
            if (level.Level == 0.80 && level.Covered < level.Level * level.Windows && BinomialTest.PValue(level.Covered, level.Windows, level.Level) < Contradicted)
                _ofAll.Add(new ForecastDoubt(ForecastDoubtKind.BandsHeldLess, [level.Level, level.Covered, level.Windows]));
        if (grades is not null && grades.Sum() >= FewestDeals && grades.Max() >= SameGrade * grades.Sum())
            _ofAll.Add(new ForecastDoubt(ForecastDoubtKind.OneGrade, [grades.Max(), grades.Sum()]));
        var deviations = market.StandardDeviation > 0 ? market.State / market.StandardDeviation : 0;
        if (Math.Abs(deviations) > MarketDeviations) _ofAll.Add(new ForecastDoubt(ForecastDoubtKind.MarketBeyondPast, [deviations]));
    }

    /// <summary>The forecasts as they are to be read.</summary>
    /// <param name="forecasts">As the models add up, of any periods and dimensions.</param>
    /// <param name="companyOf">The company's forecast of a period, as the models add up; null where it was not asked for: then
    /// nothing leans on it.</param>
    /// <exception cref="ForecastContradictionException">Figures that are not finite, or bands that do not hold each other.</exception>
    public IReadOnlyList<RevenueForecast> Apply(IReadOnlyList<RevenueForecast> forecasts, Func<Period, RevenueForecast?> companyOf)
    {
        var anchor = Anchor(companyOf);
        var ways = new Dictionary<Period, (double Factor, IReadOnlyList<ForecastDoubt> Doubts)>();
        foreach (var period in forecasts.Select(f => f.Period).Distinct().OrderByDescending(p => p.Until.DayNumber - p.From.DayNumber).ThenBy(p => p.From))
            ways[period] = companyOf(period) is { } company ? WayOf(company, anchor, ways) : (1, []);
        return [.. forecasts.Select(f => Checked(f.Leaned(ways[f.Period].Factor), f.Dimension == Dimension.Company ? [.. ways[f.Period].Doubts, .. _ofAll] : []))];
    }

    // Which period the backtest speaks of today, and what its blend makes of what is still to come in it.
    private (Period Period, double Factor, double Future, IReadOnlyList<(string Method, double Weight)> Methods)? Anchor(Func<Period, RevenueForecast?> companyOf)
    {
        if (_measured?.OwnPast is not { Leans: true } own) return null;
        var period = _known.Calendar.Of(own.Period, _asOf.Date.AddDays(1));
        if (companyOf(period) is not { } company) return null;
        var view = ViewOf(period);
        var said = OwnPast.Others.ToDictionary(m => m, m => MethodOf(m).Forecast(view));
        var factor = FactorTo(company, own.Median(company.Median, m => said.GetValueOrDefault(m)));
        return (period, factor, company.FromOpen + company.FromNew, [.. own.Weights.Where(w => said.GetValueOrDefault(w.Method) is not null).Select(w => (w.Method, w.Weight))]);
    }

    private (double, IReadOnlyList<ForecastDoubt>) WayOf(
        RevenueForecast company, (Period Period, double Factor, double Future, IReadOnlyList<(string Method, double Weight)> Methods)? anchor,
        Dictionary<Period, (double Factor, IReadOnlyList<ForecastDoubt> Doubts)> wider)
    {
        var (period, future) = (company.Period, company.FromOpen + company.FromNew);
        // A month leans as its quarter does, so that months add up.
        foreach (var (whole, way) in wider)
            if (way.Factor != 1 && whole != period && whole.From <= period.From && whole.Until >= period.Until)
                return (way.Factor, [.. way.Doubts.Select(d => d.Kind == ForecastDoubtKind.LeansOnPast ? d with { Figures = [(way.Factor - 1) * future, .. d.Figures.Skip(1)] } : d)]);
        var (factor, doubts) = (1.0, new List<ForecastDoubt>());
        if (anchor is { } a && future > 0)
        {
            factor = a.Period.From <= period.From && a.Period.Until >= period.Until ? a.Factor
                : period.From <= a.Period.From && period.Until >= a.Period.Until ? 1 + (a.Factor - 1) * a.Future / future : 1;
            if (factor != 1)
                foreach (var (method, weight) in a.Methods)
                    doubts.Add(new ForecastDoubt(ForecastDoubtKind.LeansOnPast, [(factor - 1) * future, weight, _measured!.OwnPast!.Windows, _measured.OwnPast.Gain], method));
        }
        var leaned = company.Leaned(factor);
        if (!IsFar(period, leaned.Mean, out var least, out var most, out var periods)) return (factor, doubts);
        var view = ViewOf(period);
        foreach (var method in OwnPast.Others)
            if (MethodOf(method).Forecast(view) is { } said)
            {
                doubts.Clear();
                doubts.Add(new ForecastDoubt(ForecastDoubtKind.OutsideOwnPast, [company.Mean, least, most, periods], method));
                return (FactorTo(company, said), doubts);
            }
        return (factor, doubts);
    }

    private bool IsFar(Period period, double mean, out double least, out double most, out int count)
    {
        (least, most, count) = (double.PositiveInfinity, 0, 0);
        var view = ViewOf(period);
        var past = _known.Calendar.Previous(period);
        while (past.End.CompareTo(_asOf) > 0) past = _known.Calendar.Previous(past);
        for (; count < MostPeriods && view.RevenueOf(past) is { } revenue; count++, past = _known.Calendar.Previous(past))
            (least, most) = (Math.Min(least, revenue), Math.Max(most, revenue));
        return count >= FewestPeriods && most > 0 && (mean > FarAbove * most || mean < least / FarBelow);
    }

    // What makes the median of what is still to come that of another answer; what is won already stays.
    private static double FactorTo(RevenueForecast company, double median)
    {
        var future = company.Median - company.AlreadyWon;
        return future > 0 ? Math.Clamp((Math.Max(median, company.AlreadyWon) - company.AlreadyWon) / future, LeastFactor, MostFactor) : 1;
    }

    private BaselineView ViewOf(Period period) => _views.TryGetValue(period, out var view) ? view : _views[period] = new BaselineView(_known, new BacktestWindow(_asOf, period));

    private readonly Dictionary<Period, BaselineView> _views = [];

    private static IRevenueBaseline MethodOf(string method) => method == Method.ConversionAndGrowth ? new ConversionAndGrowth() : new MeanOfLastFour();

    private static RevenueForecast Checked(RevenueForecast forecast, IReadOnlyList<ForecastDoubt> doubts)
    {
        var bands = forecast.Bands.OrderBy(b => b.Level).ToList();
        var isSound = double.IsFinite(forecast.Mean) && double.IsFinite(forecast.Median)
            && bands.All(b => double.IsFinite(b.Lower) && double.IsFinite(b.Upper) && b.Lower <= forecast.Median + Slack(forecast) && b.Upper >= forecast.Median - Slack(forecast))
            && bands.Zip(bands.Skip(1)).All(b => b.Second.Lower <= b.First.Lower && b.Second.Upper >= b.First.Upper);
        if (!isSound)
            throw new ForecastContradictionException(FormattableString.Invariant($"Forecast of {forecast.Period.Label} ({forecast.Dimension} {forecast.Key}): found a mean of {forecast.Mean:R}, a median of {forecast.Median:R} and bands {string.Join(", ", bands.Select(b => $"{b.Lower:R} to {b.Upper:R}"))}; expected finite figures and bands that hold each other. Nothing is published: look at the amounts and train again."));
        return doubts.Count == 0 ? forecast : forecast with { Doubts = doubts, Warnings = [.. doubts.Select(d => d.InWords(forecast.Currency)), .. forecast.Warnings] };
    }

    private static double Slack(RevenueForecast forecast) => 1e-9 * (1 + Math.Abs(forecast.Median));
}
