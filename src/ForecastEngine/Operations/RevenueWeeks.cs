using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;

namespace ForecastEngine.Operations;

/// <summary>Lets two models forecast the revenue of the weeks of a period that neither had seen, and sets beside it what came.</summary>
internal static class RevenueWeeks
{
    /// <summary>Weeks that are forecast at most: each costs a scoring of the open pipeline by both models.</summary>
    public const int Most = 13;

    /// <summary>
    /// Whole weeks of a calendar that begin after <paramref name="from"/> and end by <paramref name="until"/>, each
    /// with the day before it as
    /// origin; of more than <see cref="Most"/> so many, spread evenly from the first to the last. They never overlap.
    /// </summary>
    public static IReadOnlyList<BacktestWindow> Between(BusinessCalendar calendar, AsOf from, AsOf until)
    {
        var weeks = new List<BacktestWindow>();
        for (var week = calendar.Week(from.Date); week.End.CompareTo(until) <= 0; week = calendar.Next(week))
            if (AsOf.EndOf(week.From.AddDays(-1)) is var origin && origin.CompareTo(from) >= 0) weeks.Add(new BacktestWindow(origin, week));
        return weeks.Count <= Most ? weeks : [.. Enumerable.Range(0, Most).Select(i => weeks[i * (weeks.Count - 1) / (Most - 1)])];
    }

    /// <summary>Both models' losses, in time order.</summary>
    /// <param name="champion">Trained on nothing after the first origin.</param>
    /// <param name="challenger">The same.</param>
    /// <param name="history">What is known at the end; only it tells what came, each forecast knows what was known at its origin.</param>
    /// <param name="windows">Of <see cref="Between"/>.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static IReadOnlyList<RevenueLoss> Judge(ModelBundle champion, ModelBundle challenger, CrmHistory history, IReadOnlyList<BacktestWindow> windows, int threads, CancellationToken cancellation)
    {
        var subject = new BacktestSubject(history);
        var losses = new List<RevenueLoss>();
        foreach (var window in windows)
        {
            cancellation.ThrowIfCancellationRequested();
            var (known, actual) = (history.KnownAt(window.Cutoff), subject.Actual(window.Period));
            var (theirs, own) = (Of(champion, known), Of(challenger, known));
            losses.Add(new RevenueLoss(window.Period.Label, theirs.Crps, own.Crps, theirs.Covers, own.Covers));

            (double Crps, bool Covers) Of(ModelBundle bundle, CrmHistory at)
            {
                var forecast = PipelineForecast.From(bundle, at, window.Cutoff, [], new ScoringOptions { ExplainTop = 0, Threads = threads }, null, cancellation)
                    .Forecaster.Forecast(window.Period, threads: threads)[0];
                var band = forecast.Bands.Single(b => b.Level == RevenueGate.BandLevel);
                return (forecast.Distribution!.Crps(actual), band.Lower <= actual && actual <= band.Upper);
            }
        }
        return losses;
    }
}
