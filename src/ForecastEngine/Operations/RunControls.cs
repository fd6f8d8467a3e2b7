using ForecastEngine.Backtesting.Controls;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Operations;

/// <summary>Which controls are run on what.</summary>
public sealed record ControlsRequest
{
    /// <summary>Last day whose events may be known; null for the day of the newest export.</summary>
    public DateOnly? AsOf { get; init; }
    /// <summary>How they are run.</summary>
    public ControlOptions Options { get; init; } = new();
}

/// <summary>What the negative controls found in a history.</summary>
/// <param name="Cutoff">End of what was learnt from; judged was on deals after it.</param>
/// <param name="LearntFrom">Opportunities known then.</param>
/// <param name="Judged">Closed deals judged at creation.</param>
/// <param name="Controls">Every control.</param>
/// <param name="Features">Every feature alone at creation and later, strongest first.</param>
public sealed record RunControlsResult(DateTimeOffset Cutoff, int LearntFrom, int Judged, IReadOnlyList<ControlResult> Controls, IReadOnlyList<FeatureStrength> Features)
{
    /// <summary>True when every control holds.</summary>
    public bool Hold => Controls.All(c => c.Holds);
}

/// <summary>
/// Runs trials whose right answer is known beforehand on a history: where there is nothing to find nothing may be found, and planted leaks must be
/// caught. Changes nothing in the workspace.
/// </summary>
public static class RunControls
{
    private const int MinLearnt = 40, MinJudged = 20;

    /// <summary>Runs the controls on the workspace's history.</summary>
    public static RunControlsResult Run(Workspace workspace, ControlsRequest request, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(new OperationProgress("Loading the history"));
        return Run(HistoryAt.Load(workspace, request.AsOf, cancellation, out _), request.Options, progress, cancellation);
    }

    /// <summary>Runs the controls on a history, for instance a simulated one.</summary>
    /// <exception cref="OperationException">Too few closed deals on either side of the cutoff.</exception>
    public static RunControlsResult Run(CrmHistory history, ControlOptions options, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (history.Opportunities.Length == 0) throw new OperationException("Controls: found no opportunity; expected some. Import the team's history.");
        var cutoff = AsOf.At(history.ExportedAt - options.OutOfTimeShare * (history.ExportedAt - history.Opportunities[0].CreatedAt));
        var known = history.KnownAt(cutoff);
        var later = Math.Max(1, Math.Round(HeldOutDeals.MedianDaysToWin(known) / 2));
        var judged = RequireEnough(history, known, cutoff, later);
        var controls = new List<ControlResult>();

        Skill Recipe(CrmHistory told, double age, string step, double share)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new OperationProgress(step, share));
            return OutOfTimeSkill.Of(told, cutoff, age, options, null, cancellation);
        }
        var done = 0;
        controls.Add(ShuffledLabels.Run(history, told => Recipe(told, 0, "Learning from shuffled outcomes", 0.5 * done++ / options.Shuffles), options.Shuffles, options.Seed));
        controls.Add(ShuffledTime.Run(history, told => Recipe(told, later, "Learning from shuffled time", 0.5), options.Seed));
        progress?.Report(new OperationProgress("Planting leaks", 0.85));
        controls.Add(LeakCanary.AtImport(history, options));
        controls.Add(LeakCanary.InTraining(history, cutoff, options, null, cancellation));
        cancellation.ThrowIfCancellationRequested();
        controls.Add(LeakCanary.AtBirth(history, cutoff, options));
        progress?.Report(new OperationProgress("Looking at every feature alone", 0.95));
        var strengths = SingleFeatures.Of(history, cutoff, [0, later, 2 * later], options);
        controls.Add(SingleFeatures.Judge(strengths, options));
        progress?.Report(new OperationProgress("Done", 1));
        return new RunControlsResult(cutoff.Instant, known.Opportunities.Length, judged, controls, strengths);
    }

    // Fewer would let every control hold for want of anything that could fail.
    private static int RequireEnough(CrmHistory history, CrmHistory known, AsOf cutoff, double later)
    {
        var closed = Enumerable.Range(0, known.Opportunities.Length).Select(i => Closing.Final(known, i)).OfType<Closing>().ToList();
        var schema = FeatureSchema.From(known, TimeGrid.From(known).DecayDays);
        Require(closed.Count(c => c.Won), closed.Count(c => !c.Won), MinLearnt, $"closed by {cutoff.Date:yyyy-MM-dd} to learn from");
        var judged = 0;
        foreach (var age in new[] { later, 0 })
        {
            var deals = HeldOutDeals.At(history, new FeatureSet(schema), GroupRates.From(history, schema.CategoricalAttributes), cutoff, age);
            Require(deals.Count(d => d.Won), deals.Count(d => !d.Won), MinJudged, FormattableString.Invariant($"that reached an age of {age:0} days after {cutoff.Date:yyyy-MM-dd} and were closed since, to judge on"));
            judged = deals.Count;
        }
        return judged;
    }

    private static void Require(int won, int lost, int least, string which)
    {
        if (won < least || lost < least)
            throw new OperationException($"Controls: found {won} won and {lost} lost deals {which}; expected at least {least} of each, or every control would hold for want of cases. Import a longer history.");
    }
}
