using System.Text.Json;
using ForecastEngine.Backtesting;
using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>What a backtest is asked for.</summary>
public sealed record BacktestRequest
{
    /// <summary>Which past forecasts are made again, and how.</summary>
    public BacktestOptions Options { get; init; } = new();
    /// <summary>Numbers that people gave, for the baseline of that name.</summary>
    public IReadOnlyList<PeoplesForecast> Peoples { get; init; } = [];
    /// <summary>Scores of other models, each judged as a method of its own; see <see cref="GivenScoresFile"/>.</summary>
    public IReadOnlyList<GivenScores> Given { get; init; } = [];
    /// <summary>Last day whose events may be used to judge; null for the day of the newest export.</summary>
    public DateOnly? AsOf { get; init; }
    /// <summary>True to make every forecast again, also those that an earlier run had finished.</summary>
    public bool Fresh { get; init; }
}

/// <summary>A backtest that was made.</summary>
/// <param name="Report">Every figure.</param>
/// <param name="Windows">Every forecast, with what came.</param>
/// <param name="Quality">What answers state of it from now on.</param>
/// <param name="History">The history it judged by.</param>
/// <param name="MadeAt">When.</param>
public sealed record RunBacktestResult(BacktestReport Report, IReadOnlyList<WindowResult> Windows, MeasuredQuality Quality, CrmHistory History, DateTimeOffset MadeAt);

/// <summary>Makes past forecasts again with nothing known after each, and keeps what that measured. Finished rounds are kept in the workspace: an interrupted backtest goes on where it stopped.</summary>
public static class RunBacktest
{
    /// <summary>Runs the backtest.</summary>
    public static RunBacktestResult Run(Workspace workspace, BacktestRequest request, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Loading the history"));
        var history = HistoryAt.Load(workspace, request.AsOf, cancellation, out var until);
        request = request with { Options = request.Options with { Training = WithChampionsFeatures(workspace, request.Options.Training) } };
        Check(request.Given, history);
        IReadOnlyList<BacktestRound> rounds;
        try
        {
            rounds = BacktestPlan.For(history, request.Options);
        }
        catch (ArgumentException fault)
        {
            throw new OperationException(fault.Message);
        }
        // Rounds beside each other, each on one thread: nearly twice as fast on two cores as one round on both.
        var options = request.Options with { Training = request.Options.Training with { Threads = rounds.Count >= request.Options.Threads ? 1 : request.Options.Training.Threads } };
        var folder = Path.Combine(workspace.Folder, "backtests");
        if (request.Fresh && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        var store = new RoundFolder(folder, HistoryHash.Of(history), options with { Threads = 1, From = null, Until = null, Training = options.Training with { Threads = 1 } }, request.Peoples, request.Given.Select(g => g.Hash()).ToArray()).Store;
        var all = rounds.Sum(r => r.Windows.Count);
        progress?.Report(new OperationProgress("Forecasting", 0));
        var windows = Backtester.Run(new(() => new BacktestSubject(history, request.Peoples, request.Given)), rounds, options, store, new Told(done => progress?.Report(new OperationProgress($"Forecasting ({done} of {all})", 0.95 * done / all))), cancellation);
        progress?.Report(new OperationProgress("Summing up", 0.95));
        var report = BacktestReport.From(windows, new BacktestReportOptions { Seed = options.Training.Seed });
        report = report with { Doubts =
            [.. Doubt.Of(history), .. report.Doubts, .. Doubt.Of(request.Given, report, history)] };
        var madeAt = workspace.Clock.GetUtcNow();
        var quality = MeasuredQuality.Of(report, options, until.Date, history.Calendar.DayOf(madeAt)) with { OwnPast = OwnPast.Of(windows, options.Period) };
        workspace.Backtests.Add(new BacktestRecord
        {
            MadeAt = madeAt, DataExportedAt = history.DataTimestamp, Windows = windows.Count, Options = JsonSerializer.Serialize(request.Options),
            Summary = JsonSerializer.Serialize(quality), Report = JsonSerializer.Serialize(report), Forecasts = RoundFolder.ToText([.. windows.Select(w => w with { Deals = DealForecasts.None })]),
        });
        return new RunBacktestResult(report, windows, quality, history, madeAt);
    }

    /// <summary>What the newest backtest of a workspace measured; null before the first.</summary>
    public static MeasuredQuality? Latest(Workspace workspace) =>
        workspace.Backtests.LatestSummary() is { } summary ? JsonSerializer.Deserialize<MeasuredQuality>(summary) : null;

    /// <summary>The forecasts of a kept backtest with what came, without the single deals; null for one that an earlier release kept.</summary>
    public static IReadOnlyList<WindowResult>? WindowsOf(BacktestRecord record) => record.Forecasts is { } text ? RoundFolder.FromText(text) : null;

    // Scores of which no deal is known are of another history, or their ids are written otherwise.
    private static void Check(IReadOnlyList<GivenScores> given, CrmHistory history)
    {
        foreach (var scores in given)
        {
            if (given.Count(g => g.Name == scores.Name) > 1) throw new OperationException($"Scores \"{scores.Name}\": found the name twice; expected another for each. Name them: --scores name=file.");
            if (scores.OpportunityIds.All(id => history.IndexOf(id) < 0))
                throw new OperationException($"Scores \"{scores.Name}\": found none of its {scores.OpportunityIds.Count} deals in the history, for instance {scores.OpportunityIds.First()}; expected ids as they were imported. Mend the column opportunity_id.");
        }
    }

    // A backtest judges what answers: the champion's recipe, custom features included.
    private static TrainingOptions WithChampionsFeatures(Workspace workspace, TrainingOptions training) =>
        training.CustomFeatures is null && workspace.Models.State.Champion is { } champion && workspace.Models.Get(champion) is var version && CustomFeatureFiles.AreIn(version.Files)
            ? training with { CustomFeatures = workspace.BundleOf(version).Win.Features.Schema.Custom } : training;

    private sealed class Told(Action<int> tell) : IProgress<int>
    {
        public void Report(int value) => tell(value);
    }
}
