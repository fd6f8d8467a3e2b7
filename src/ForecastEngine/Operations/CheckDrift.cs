using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>How the champion does on what happened since it was trained. Nothing of it was known to the model.</summary>
/// <param name="Version">The champion.</param>
/// <param name="TrainedUntil">Last day of its training data.</param>
/// <param name="AsOf">Last day of what it is held against.</param>
/// <param name="Deals">Deals that were open in between for a week at least.</param>
/// <param name="LogLoss">Log loss of "won by <paramref name="AsOf"/>", nats; null without deals.</param>
/// <param name="StageRateLogLoss">The same of the stage rate alone.</param>
/// <param name="Auc">Area under the ROC curve; null without deals of both outcomes.</param>
/// <param name="MarketThen">The common factor at the end of training, log odds.</param>
/// <param name="MarketNow">The common factor now, log odds.</param>
/// <param name="MarketStandardDeviation">Its usual spread, log odds.</param>
/// <param name="Warnings">What calls for a look, in words; empty when nothing does.</param>
public sealed record DriftReport(string Version, DateOnly TrainedUntil, DateOnly AsOf, int Deals, double? LogLoss, double? StageRateLogLoss, double? Auc,
    double MarketThen, double MarketNow, double MarketStandardDeviation, IReadOnlyList<string> Warnings)
{
    /// <summary>The e-value that winning in a week has become more or less likely than foretold: 1 where nothing speaks for it; see <see cref="CalibrationAlarm"/>.</summary>
    public double Calibration { get; init; } = 1;
    /// <summary>Weeks that it rests on.</summary>
    public int CalibrationWeeks { get; init; }
    /// <summary>The e-value at which it calls for a new training.</summary>
    public double CalibrationThreshold { get; init; } = DriftRule.CalibrationThreshold(1);
    /// <summary>Every column, the most moved first; empty with too few deals.</summary>
    public IReadOnlyList<ColumnDrift> Columns { get; init; } = [];
    /// <summary>What calls for a new training, in words; in years without change there is none in 95 of 100.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];
}

/// <summary>Measures whether the champion still fits: out of time against the stage rate, by how far the market moved, whether its probabilities are still calibrated, and which columns drifted.</summary>
public static class CheckDrift
{
    private const int MinDeals = 30;

    /// <summary>Runs the check.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops it.</param>
    public static DriftReport Run(Workspace workspace, DateOnly? asOf = null, int? threads = null, CancellationToken cancellation = default)
    {
        var version = workspace.Models.Champion()
            ?? throw new OperationException($"Workspace {workspace.Folder}: found no champion model; expected one. Run: forecast train.");
        var history = HistoryAt.Load(workspace, asOf, cancellation, out var until);
        ScoredPipeline.RefuseCalendar(version, history.Calendar);
        var from = AsOf.EndOf(version.Card.DataUntil);
        var bundle = workspace.BundleOf(version);
        var rates = GroupRates.From(history, bundle.Win.Features.Schema.CategoricalAttributes);
        var cores = threads ?? Environment.ProcessorCount;
        var (then, now) = (bundle.Market.Factor, bundle.Market.AdvanceTo(until, bundle.Win, history, rates, cores, cancellation).Factor);
        var check = from.CompareTo(until) < 0 ? OutOfTimeCheck.Run(bundle.Win, history, rates, from, until, cores, cancellation) : null;
        var (deals, logLoss, stage) = (check?.Deals.Count ?? 0, Finite(check?.LogLoss), Finite(check?.StageRateLogLoss));
        var warnings = new List<string>();
        if (deals >= MinDeals && logLoss > stage)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"On {deals} deals since {version.Card.DataUntil:yyyy-MM-dd} its log loss is {logLoss:0.0000}, worse than the {stage:0.0000} of the stage rate. Train again, and look for what changed in the process."));
        if (now.StandardDeviation > 0 && Math.Abs(now.State - then.State) > 2 * now.StandardDeviation)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"The market moved from {then.State:0.00} to {now.State:0.00} in log odds, more than twice its usual spread of {now.StandardDeviation:0.00}. Scores follow it; training again finds out what is lasting."));
        var alarms = new List<string>();
        var (calibration, threshold) = (Calibration(bundle, history, rates, from, until, cores, cancellation), DriftRule.CalibrationThreshold(ChampionsOfTheYear(workspace, until.Date)));
        if (calibration.Value >= threshold)
            alarms.Add(string.Create(CultureInfo.InvariantCulture, $"Deals are won more or less often than foretold: e-value {calibration.Value:0.#} after {calibration.Weeks} weeks; {threshold:0} calls for training again."));
        var columns = DriftColumns.Of(bundle, history, rates, from, until, cancellation);
        foreach (var column in columns.Where(c => c.IsAlarm))
            alarms.Add(string.Create(CultureInfo.InvariantCulture, $"Column {column.Column} moved: mean {column.Then:0.###} in training and {column.Now:0.###} in the last weeks, stability index {column.StabilityIndex:0.00}, adjusted p {column.AdjustedPValue:0.0e0}."));
        return new DriftReport(version.Id, version.Card.DataUntil, until.Date, deals, logLoss, stage, Finite(check?.Auc), then.State, now.State, now.StandardDeviation, warnings)
        {
            Calibration = calibration.Value, CalibrationWeeks = calibration.Weeks, CalibrationThreshold = threshold, Columns = columns, Alarms = alarms,
        };
    }

    // Week by week since training, in blocks of a year that each begin anew.
    private static CalibrationAlarm Calibration(ModelBundle bundle, CrmHistory history, GroupRates rates, AsOf from, AsOf until, int threads, CancellationToken cancellation)
    {
        var block = Math.Max(0, (int)((until.Instant - from.Instant).TotalDays / 7)) / CalibrationAlarm.BlockWeeks;
        var start = AsOf.At(from.Instant.AddDays(7 * block * CalibrationAlarm.BlockWeeks));
        var market = bundle.Market.AdvanceTo(start, bundle.Win, history, rates, threads, cancellation).Factor;
        var alarm = new CalibrationAlarm(market.Persistence, market.StandardDeviation, market.State, market.StateVariance);
        foreach (var (expected, won) in MarketTracker.ObserveDeals(bundle.Win, history, rates, start, until, threads, cancellation).Take(CalibrationAlarm.BlockWeeks))
            alarm.Add([.. expected.Select(p => Math.Clamp(p, 1e-9, 1 - 1e-9))], won);
        return alarm;
    }

    // Ids begin with the last day of their data; versions that are gone count too.
    private static int ChampionsOfTheYear(Workspace workspace, DateOnly until) => Math.Max(1, workspace.Models.State.History.Select(e => e.To).Distinct()
        .Count(id => id.Length > 10 && DateOnly.TryParseExact(id[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day > until.AddYears(-1) && day <= until));

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
