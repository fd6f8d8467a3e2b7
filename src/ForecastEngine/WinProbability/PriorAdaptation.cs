using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;
using Microsoft.Data.Analysis;

namespace ForecastEngine.WinProbability;

/// <summary>
/// Adapts a pooled model to one team: level, spread and a level per stage, each drawn toward "as the pool".
/// <para>logit h = a + a_s + b z with z the pool's logit; maximises Σ w [y η − ln(1 + e^η)] − a²/2τ² − (b − 1)²/2τ_b² − Σ a_s²/2τ²,
/// 1/τ² = 15, 1/τ_b² = 80, w = ⅓ on average because landmarks of one deal overlap, in proportion to the units of a deal's life that each stands for.</para>
/// </summary>
/// <remarks>A ridge toward the global model, as in empirical Bayes for many small groups: Efron and Morris, JASA 70, 1975.</remarks>
public static class PriorAdaptation
{
    private const double LevelPrecision = 15;
    private const double SlopePrecision = 80;
    private const double Overlap = 1.0 / 3;
    private const int MostLandmarks = 20_000;

    /// <summary>The pool's model as this team's: bit for bit repeatable.</summary>
    /// <param name="prior">The pool.</param>
    /// <param name="table">The team's training table with the pool's features: see <see cref="TrainingTable"/>.</param>
    /// <param name="seed">Draws the landmarks that are looked at where there are very many.</param>
    public static TrainedWinProbability Fit(PooledPrior prior, DataFrame table, long seed)
    {
        var (pool, schema) = (prior.Trained.Model, prior.Schema);
        var landmarks = LandmarkColumns.From(table, new FeatureSet(schema), schema.Calendar);
        var won = Fit(pool, pool.Won, landmarks, seed);
        var lost = Fit(pool, pool.Lost, landmarks, seed);
        return prior.Trained with { Model =
            new WinProbabilityModel(schema, pool.Grid, won, lost,
            WinProbabilityTrainer.TailWinShare(landmarks, pool.Grid), LateClosings.From(landmarks, pool.Grid)) };
    }

    private static CauseModel Fit(WinProbabilityModel prior, CauseModel pool, LandmarkColumns landmarks, long seed)
    {
        var (grid, cause) = (prior.Grid, pool.Cause);
        pool = pool with { TreeWeight = 1 };
        var stages = landmarks.Stages.Distinct().Where(s => s.Length > 0).Order(StringComparer.Ordinal).ToArray();
        var share = Math.Min(1, (double)MostLandmarks / Math.Max(1, landmarks.Count));
        var (z, stage, y, units) = (new List<double>(), new List<int>(), new List<double>(), new List<double>());
        Span<float> ahead = stackalloc float[AheadFeatures.Count * GridScorer.MaxPoints];
        var logOdds = new double[grid.Count];
        for (var row = 0; row < landmarks.Count; row++)
        {
            if (share < 1 && CounterRandom.For(seed, 4, landmarks.Keys[row]).Uniform() >= share) continue;
            var (cells, struck) = HazardRows.AtRisk(landmarks, row, grid, cause);
            if (cells == 0) continue;
            AheadFeatures.Write(grid, landmarks.Calendar, landmarks.AsOf[row], landmarks.AgeDays(row), landmarks.DaysToPlannedClose(row), landmarks.HasSeasons, prior.Won.Pace, prior.Lost.Pace, ahead);
            pool.LogOdds(null, landmarks.Features(row), ahead, logOdds);
            var own = Array.BinarySearch(stages, landmarks.Stages[row], StringComparer.Ordinal);
            for (var cell = 0; cell < cells; cell++)
            {
                z.Add(logOdds[cell]);
                stage.Add(own);
                units.Add(landmarks.Units(row, grid));
                y.Add(struck && cell == cells - 1 ? 1 : 0);
            }
        }
        var rates = StageRates.From(landmarks, grid, cause);
        if (z.Count == 0) return pool with { StageRates = rates, IsPooled = true };
        var columns = 2 + stages.Length;
        var (design, weights, mean, precision) = (new double[z.Count, columns], new double[z.Count], new double[columns], new double[columns]);
        var unitsPerRow = units.Average();
        for (var r = 0; r < z.Count; r++)
        {
            (design[r, 0], design[r, 1], weights[r]) = (1, z[r], Overlap / share * units[r] / unitsPerRow);
            if (stage[r] >= 0) design[r, 2 + stage[r]] = 1;
        }
        Array.Fill(precision, LevelPrecision);
        (mean[1], precision[1]) = (1, SlopePrecision);
        var fit = LogisticRegression.Fit(design, y.ToArray(), weights, priorMean: mean, priorPrecision: precision).Coefficients;
        var slope = Math.Max(fit[1], 0.1);
        var all = pool.OffsetsOf(null);
        var offsets = new Dictionary<string, double[]>(StringComparer.Ordinal) { [""] = all };
        for (var s = 0; s < stages.Length; s++) offsets[stages[s]] = [.. all.Select(o => o + fit[2 + s] / slope)];
        return pool with { Offsets = offsets, Intercept = fit[0], Slope = slope, StageRates = rates, IsPooled = true };
    }
}
