using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
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
/// <param name="Warnings">What calls for training again, in words; empty when nothing does.</param>
public sealed record DriftReport(string Version, DateOnly TrainedUntil, DateOnly AsOf, int Deals, double? LogLoss, double? StageRateLogLoss, double? Auc,
    double MarketThen, double MarketNow, double MarketStandardDeviation, IReadOnlyList<string> Warnings);

/// <summary>Measures whether the champion still fits: out of time against the stage rate, and by how far the market moved.</summary>
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
        return new DriftReport(version.Id, version.Card.DataUntil, until.Date, deals, logLoss, stage, Finite(check?.Auc), then.State, now.State, now.StandardDeviation, warnings);
    }

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
