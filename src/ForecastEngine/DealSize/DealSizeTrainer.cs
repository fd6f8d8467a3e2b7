using System.Globalization;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace ForecastEngine.DealSize;

/// <summary>What the trainer hands over.</summary>
/// <param name="Model">The model.</param>
/// <param name="Files">The model as named files: <see cref="DealSizeFiles"/>.</param>
/// <param name="Rows">Training rows with a known and with an unknown amount.</param>
public sealed record TrainedDealSize(DealSizeModel Model, IReadOnlyDictionary<string, byte[]> Files, (int Known, int Unknown) Rows);

/// <summary>Trains the deal size model from a training table.</summary>
public static class DealSizeTrainer
{
    /// <summary>Trains.</summary>
    /// <param name="table">As built by <see cref="TrainingTable"/>; only rows of won deals are read.</param>
    /// <param name="features">Names of its feature columns, in order.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellation">Stops between fits.</param>
    public static TrainedDealSize Train(DataFrame table, IReadOnlyList<string> features, DealSizeOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        var rows = SizeRows.From(table, features, options.LandmarksPerDeal, options.MaxDeals, options.Seed);
        int[] known = [.. Enumerable.Range(0, rows.Count).Where(rows.IsKnown)];
        int[] unknown = [.. Enumerable.Range(0, rows.Count).Where(r => !rows.IsKnown(r))];
        var shares = ExactShares.Count(rows, known, options.ExactShrinkageDeals);
        var exact = shares.Overall > options.MinExactShare && shares.Deals >= options.MinLineDeals ? shares : null;
        int[] moved = exact is null ? known : [.. known.Where(r => !rows.IsExact[r])];

        var knownFit = rows.Deals(known) < options.MinLineDeals ? null : Fit(rows, moved, true, options, cancellation);
        var unknownFit = rows.Count == 0 ? null
            : rows.Deals(unknown) >= options.MinTreeDeals ? Fit(rows, unknown, false, options, cancellation)
            : AllWins(rows);
        var clipped = Clip(knownFit, options) + Clip(unknownFit, options);

        var knownBranch = knownFit is null
            ? new SizeBranch { Rung = SizeRung.Typed, Line = new AmountLine(0, 0, 0), Factors = [1], QuantileFactors = [.. SizeBranch.Levels.Select(_ => 1.0)], Deals = rows.Deals(known) }
            : Branch(knownFit, rows.Deals(moved));
        var unknownBranch = unknownFit is null ? null : Branch(unknownFit, rows.Deals(unknownFit.Used));
        var model = new DealSizeModel([.. features], knownBranch, unknownBranch, exact, Warnings(rows, knownBranch, unknownBranch, clipped, options));
        return new TrainedDealSize(model, DealSizeFiles.Write(model, knownFit?.File, unknownFit?.File), (moved.Length, unknown.Length));
    }

    private sealed record FitResult(int[] Used, AmountLine? Line, double MeanLog, TreeEnsemble? Trees, double TreeWeight, byte[]? File, (double Log, double Weight)[] Residuals);

    // Residuals out of fold: each fold's deals are predicted by line and trees that never saw them.
    private static FitResult Fit(SizeRows rows, int[] used, bool typed, DealSizeOptions options, CancellationToken cancellation)
    {
        var weights = SizeRows.Weights(used, r => rows.Ids[r]);
        var grown = rows.Deals(used) >= options.MinTreeDeals;
        var folds = used.Select(r => CounterRandom.For(options.Seed, 33, CounterRandom.HashOf(rows.Ids[r])).Below(options.Folds)).ToArray();
        var (rest, tree) = (new double[used.Length], new double[used.Length]);
        for (var fold = 0; fold < options.Folds; fold++)
        {
            cancellation.ThrowIfCancellationRequested();
            int[] others = [.. used.Where((_, i) => folds[i] != fold)];
            var start = Start(rows, others, typed, options);
            var trees = grown ? Grow(rows, others, start, options).Trees : null;
            for (var i = 0; i < used.Length; i++)
                if (folds[i] == fold)
                    (rest[i], tree[i]) = (Math.Log(rows.Final[used[i]]) - start(used[i]), trees?.Score(rows.Features(used[i])) ?? 0);
        }
        var weight = grown ? Worth(rest, tree, weights) : 0;
        var residuals = rest.Select((r, i) => (r - weight * tree[i], weights[i])).ToArray();
        if (typed) ShrinkLocation(residuals, options.LineShrinkageDeals);
        var last = Start(rows, used, typed, options);
        var (final, file) = weight > 0 ? Grow(rows, used, last, options) : (null, null);
        return new FitResult(used, typed ? AmountLine.Fit(rows, used, options.LineShrinkageDeals) : null, typed ? 0 : MeanLog(rows, used), final, weight, file, residuals);
    }

    // What won deals brought, whatever was typed: the answer for a deal without an amount while such wins are few.
    private static FitResult AllWins(SizeRows rows)
    {
        int[] used = [.. Enumerable.Range(0, rows.Count)];
        var mean = MeanLog(rows, used);
        var weights = SizeRows.Weights(used, r => rows.Ids[r]);
        return new FitResult(used, null, mean, null, 0, null, [.. used.Select((r, i) => (Math.Log(rows.Final[r]) - mean, weights[i]))]);
    }

    private static Func<int, double> Start(SizeRows rows, int[] used, bool typed, DealSizeOptions options)
    {
        if (typed)
        {
            var line = AmountLine.Fit(rows, used, options.LineShrinkageDeals);
            return row => line.LogOf(rows.Typed[row]);
        }
        var mean = MeanLog(rows, used);
        return _ => mean;
    }

    private static double MeanLog(SizeRows rows, int[] used)
    {
        var weights = SizeRows.Weights(used, r => rows.Ids[r]);
        var (sum, all) = (0.0, 0.0);
        for (var i = 0; i < used.Length; i++) (sum, all) = (sum + weights[i] * Math.Log(rows.Final[used[i]]), all + weights[i]);
        return all > 0 ? sum / all : 0;
    }

    private static (TreeEnsemble Trees, byte[] File) Grow(SizeRows rows, int[] used, Func<int, double> start, DealSizeOptions options)
    {
        var features = rows.FeaturesOf(used);
        var labels = used.Select(r => (float)(Math.Log(rows.Final[r]) - start(r))).ToArray();
        var ml = new MLContext((int)options.Seed);
        var fitted = TreeFit.Fit(ml.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options
        {
            NumberOfTrees = options.Trees,
            NumberOfLeaves = options.Leaves,
            LearningRate = options.LearningRate,
            MinimumExampleCountPerLeaf = options.MinRowsPerLeaf,
            FeatureFraction = options.FeatureFraction,
            Seed = (int)options.Seed,
            FeatureSelectionSeed = (int)options.Seed,
            NumberOfThreads = Math.Max(1, options.Threads),
            LabelColumnName = "Label",
            FeatureColumnName = "Features",
        }), MatrixView.Regression(features, features.Length / used.Length, labels));
        using var file = new MemoryStream();
        ml.Model.Save(fitted, null, file);
        return (TreeEnsemble.From(fitted.Model.TrainedTreeEnsemble), file.ToArray());
    }

    // The weight that least squares gives to the trees' out-of-fold answers, 0 … 1: noise is worth nothing.
    private static double Worth(double[] rest, double[] tree, double[] weights)
    {
        var (cross, square) = (0.0, 1e-12);
        for (var i = 0; i < rest.Length; i++) (cross, square) = (cross + weights[i] * tree[i] * rest[i], square + weights[i] * tree[i] * tree[i]);
        return Math.Clamp(cross / square, 0, 1);
    }

    // The residuals' own mean is what the shrunken line left over; with few deals most of that is chance and is let go again.
    private static void ShrinkLocation((double Log, double Weight)[] residuals, double shrinkageDeals)
    {
        var (sum, all) = (0.0, 0.0);
        foreach (var (log, weight) in residuals) (sum, all) = (sum + weight * log, all + weight);
        if (all == 0) return;
        var letGo = sum / all * shrinkageDeals / (all + shrinkageDeals);
        for (var i = 0; i < residuals.Length; i++) residuals[i].Log -= letGo;
    }

    private static int Clip(FitResult? fit, DealSizeOptions options)
    {
        if (fit is null) return 0;
        var (limit, count) = (Math.Log(options.MaxResidualFactor), 0);
        for (var i = 0; i < fit.Residuals.Length; i++)
        {
            var (log, weight) = fit.Residuals[i];
            if (Math.Abs(log) <= limit) continue;
            fit.Residuals[i] = (Math.Clamp(log, -limit, limit), weight);
            count++;
        }
        return count;
    }

    private static SizeBranch Branch(FitResult fit, int deals)
    {
        // No deal moved away from its typed amount: there is no spread to learn, and the atom carries the answer.
        (double, double)[] residuals = fit.Residuals.Length == 0 ? [(0, 1)] : fit.Residuals;
        return new SizeBranch
        {
            Rung = fit.Trees is null ? SizeRung.Regression : SizeRung.OwnModel,
            Line = fit.Line, MeanLog = fit.MeanLog, Trees = fit.Trees, TreeWeight = fit.TreeWeight, Deals = deals,
            Factors = ResidualFactors.From(residuals), QuantileFactors = ResidualFactors.Quantiles(residuals),
        };
    }

    private static List<SizeWarning> Warnings(SizeRows rows, SizeBranch known, SizeBranch? unknown, int clipped, DealSizeOptions options)
    {
        var warnings = new List<SizeWarning>();
        if (rows.WonWithoutAmount > 0) Add("won_without_amount", $"{rows.WonWithoutAmount} won deals have no final amount and teach nothing about size.", rows.WonWithoutAmount);
        if (rows.WonNotPositive > 0) Add("won_amount_not_positive", $"{rows.WonNotPositive} won deals closed at zero or less and were left out.", rows.WonNotPositive);
        if (rows.WonDeals > options.MaxDeals) Add("won_deals_sampled", $"The model learns from {options.MaxDeals} of {rows.WonDeals} won deals.", rows.WonDeals - options.MaxDeals);
        if (clipped > 0) Add("far_from_expected", $"{clipped} landmarks of won deals lie further than a factor {options.MaxResidualFactor.ToString("0", CultureInfo.InvariantCulture)} from the expected amount and count as lying at it.", clipped);
        if (known.Rung == SizeRung.Typed) Add("amount_as_typed", $"{known.Deals} won deals had an amount before their close; {options.MinLineDeals} are needed. Amounts are taken as typed, without a spread.", known.Deals);
        if (unknown is null) Add("no_won_amounts", "No won deal has an amount: a deal without an amount has no size.", 0);
        else if (unknown.Deals < options.MinLineDeals) Add("few_won_amounts", $"The size of deals without an amount rests on {unknown.Deals} won deals.", unknown.Deals);
        return warnings;

        void Add(string code, string text, int count) => warnings.Add(new SizeWarning(code, text, count));
    }
}
