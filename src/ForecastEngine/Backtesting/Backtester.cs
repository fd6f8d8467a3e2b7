using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Registry;

namespace ForecastEngine.Backtesting;

/// <summary>Where the results of finished rounds are kept, so that a backtest can be taken up again.</summary>
/// <param name="Load">The results of a round that was finished before; null when it was not.</param>
/// <param name="Save">Keeps the results of a round.</param>
public sealed record RoundStore(Func<BacktestRound, IReadOnlyList<WindowResult>?> Load, Action<BacktestRound, IReadOnlyList<WindowResult>> Save);

/// <summary>
/// Makes past forecasts again, each with nothing known after its origin: trains at each round's cutoff, scores and forecasts at
/// each window's origin, asks the baselines the same, and sets beside it what came.
/// </summary>
public static class Backtester
{
    /// <summary>Runs the rounds of a plan beside each other; the number of threads changes no figure.</summary>
    /// <param name="subject">Whose past; only asked for where a round was not finished before.</param>
    /// <param name="rounds">Which windows, and the cutoff of the model that answers them.</param>
    /// <param name="options">How models are trained and how many rounds run at once.</param>
    /// <param name="store">Where finished rounds are kept; null to keep none.</param>
    /// <param name="progress">Told after each round how many windows are done.</param>
    /// <param name="cancellation">Stops between steps; finished rounds are kept.</param>
    /// <returns>The results by origin, then period.</returns>
    public static IReadOnlyList<WindowResult> Run(Lazy<BacktestSubject> subject, IReadOnlyList<BacktestRound> rounds, BacktestOptions options,
        RoundStore? store = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var results = new IReadOnlyList<WindowResult>[rounds.Count];
        var done = 0;
        // Dearest first: later rounds train on more.
        var order = Enumerable.Range(0, rounds.Count).OrderByDescending(r => rounds[r].TrainedUntil).ToArray();
        Parallel.ForEach(order, new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation }, r =>
        {
            if (store?.Load(rounds[r]) is { } kept) results[r] = kept;
            else
            {
                results[r] = Run(subject.Value, rounds[r], options, cancellation);
                store?.Save(rounds[r], results[r]);
            }
            progress?.Report(Interlocked.Add(ref done, rounds[r].Windows.Count));
        });
        return [.. results.SelectMany(r => r).OrderBy(r => r.Window.Cutoff).ThenBy(r => r.Window.Period.From)];
    }

    /// <summary>One round: a training, then each of its windows.</summary>
    public static IReadOnlyList<WindowResult> Run(BacktestSubject subject, BacktestRound round, BacktestOptions options, CancellationToken cancellation = default)
    {
        foreach (var window in round.Windows)
            if (window.Cutoff.CompareTo(round.TrainedUntil) < 0)
                throw new ArgumentException($"Backtest of {window.Period.Label}: found an origin {window.Cutoff} before the end of the training data {round.TrainedUntil}; expected it at or after, or the model knows the future. Train each round at its first origin.", nameof(round));
        var bundle = BundleTrainer.Train(subject.History.KnownAt(round.TrainedUntil), round.TrainedUntil, options.Training, null, cancellation).Bundle;
        var judge = new WindowJudge(subject, bundle, round.TrainedUntil, options);
        var results = new List<WindowResult>(round.Windows.Count);
        foreach (var origin in round.Windows.GroupBy(w => w.Cutoff)) results.AddRange(judge.Judge(origin.Key, [.. origin], cancellation));
        return results;
    }
}
