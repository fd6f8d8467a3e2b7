using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.DealSize;

/// <summary>How well sizes were foreseen. Landmarks of one deal weigh 1 together.</summary>
/// <param name="Deals">Won deals judged.</param>
/// <param name="Landmarks">Their landmarks.</param>
/// <param name="LogError">Mean |ln F − ln median|; 0 is best.</param>
/// <param name="Bias">Σ E[F] / Σ F − 1; 0 is best, above 0 is too high.</param>
/// <param name="Pinball10">Mean pinball loss of the 0.1 quantile, in currency; lower is better.</param>
/// <param name="Pinball50">The same of the median.</param>
/// <param name="Pinball90">The same of the 0.9 quantile.</param>
/// <param name="Coverage50">Share of final amounts inside the band of level 0.5, ends included.</param>
/// <param name="Coverage80">The same for 0.8.</param>
/// <param name="Coverage95">The same for 0.95.</param>
public sealed record DealSizeScores(int Deals, int Landmarks, double LogError, double Bias, double Pinball10, double Pinball50, double Pinball90,
    double Coverage50, double Coverage80, double Coverage95);

/// <summary>A model's figures beside its baseline's.</summary>
/// <param name="All">The model on every won deal with a final amount; null when there is none it can size.</param>
/// <param name="Typed">The model on deals that had an amount at the landmark.</param>
/// <param name="Baseline">The amount as typed on the same landmarks as <paramref name="Typed"/>.</param>
/// <param name="WonWithoutAmount">Won deals left out because their final amount is unknown.</param>
/// <param name="WonNotPositive">Won deals left out because they closed at zero or less.</param>
/// <param name="WithoutSize">Landmarks for which the model has no size.</param>
public sealed record DealSizeReport(DealSizeScores? All, DealSizeScores? Typed, DealSizeScores? Baseline, int WonWithoutAmount, int WonNotPositive, int WithoutSize);

/// <summary>Judges a model on won deals that it was not trained on.</summary>
public static class DealSizeEvaluation
{
    /// <summary>Judges.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">As built by <see cref="TrainingTable"/>, of landmarks after the model's training window.</param>
    public static DealSizeReport Evaluate(DealSizeModel model, DataFrame table)
    {
        var rows = SizeRows.From(table, model.FeatureNames, int.MaxValue, int.MaxValue, 0);
        var (all, typed, baseline) = (new List<Judged>(), new List<Judged>(), new List<Judged>());
        for (var row = 0; row < rows.Count; row++)
        {
            var size = model.Evaluate(rows.Typed[row], rows.Stages[row], rows.Features(row));
            if (size is null) continue;
            all.Add(new Judged(row, size));
            if (AmountAsTyped.Evaluate(rows.Typed[row]) is not { } asTyped) continue;
            typed.Add(new Judged(row, size));
            baseline.Add(new Judged(row, asTyped));
        }
        return new DealSizeReport(Score(rows, all), Score(rows, typed), Score(rows, baseline), rows.WonWithoutAmount, rows.WonNotPositive, rows.Count - all.Count);
    }

    private static DealSizeScores? Score(SizeRows rows, List<Judged> judged)
    {
        if (judged.Count == 0) return null;
        int[] used = [.. judged.Select(j => j.Row)];
        var weights = SizeRows.Weights(used, r => rows.Ids[r]);
        var total = weights.Sum();
        double Mean(Func<DealSizeDistribution, double, double> figure)
        {
            var sum = 0.0;
            for (var i = 0; i < used.Length; i++) sum += weights[i] * figure(judged[i].Size, rows.Final[used[i]]);
            return sum / total;
        }
        return new DealSizeScores(rows.Deals(used), used.Length,
            Mean((size, final) => Math.Abs(Math.Log(final) - Math.Log(size.Median))),
            Mean((size, _) => size.Mean) / Mean((_, final) => final) - 1,
            Mean((size, final) => DistributionScores.Pinball(size.Quantile(0.1), final, 0.1)),
            Mean((size, final) => DistributionScores.Pinball(size.Quantile(0.5), final, 0.5)),
            Mean((size, final) => DistributionScores.Pinball(size.Quantile(0.9), final, 0.9)),
            Mean((size, final) => Covers(size, final, 0.5)),
            Mean((size, final) => Covers(size, final, 0.8)),
            Mean((size, final) => Covers(size, final, 0.95)));
    }

    // Half a cent of slack, as for an exact close.
    private static double Covers(DealSizeDistribution size, double final, double level)
    {
        var (lower, upper) = size.Band(level);
        var slack = Math.Max(0.005, 1e-9 * final);
        return final >= lower - slack && final <= upper + slack ? 1 : 0;
    }

    private readonly record struct Judged(int Row, DealSizeDistribution Size);
}
