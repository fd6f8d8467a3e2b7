using System.Collections.Immutable;

namespace ForecastEngine.Statistics;

/// <summary>A fitted logistic regression.</summary>
/// <param name="Coefficients">One per column of the design.</param>
/// <param name="StandardErrors">Square roots of the diagonal of the inverse Hessian (posterior standard deviations where a prior is given).</param>
/// <param name="LogPosterior">Weighted log likelihood in nats minus the ridge, at the coefficients.</param>
/// <param name="Converged">Whether the last Newton step was below 1e-9. False on separable data without a prior.</param>
public sealed record LogisticFit(ImmutableArray<double> Coefficients, ImmutableArray<double> StandardErrors, double LogPosterior, bool Converged)
{
    /// <summary>The probability of a row: 1 / (1 + exp(−(offset + x·β))).</summary>
    public double Probability(ReadOnlySpan<double> row, double offset = 0)
    {
        Require.SameLength(nameof(Probability), row.Length, Coefficients.Length, "columns");
        var logit = offset;
        for (var j = 0; j < row.Length; j++) logit += row[j] * Coefficients[j];
        return Logit.Inverse(logit);
    }
}

/// <summary>
/// Weighted logistic regression with an optional offset and a normal prior on each coefficient, by Newton's method.
/// <para>max Σ w [y η − ln(1 + e^η)] − ½ Σ λ_j (β_j − m_j)², η = offset + x·β.</para>
/// </summary>
public static class LogisticRegression
{
    /// <summary>The intercept alone, beside a known part of the logit.</summary>
    /// <param name="outcomes">y, 0–1.</param>
    /// <param name="weights">w ≥ 0; empty for 1.</param>
    /// <param name="offset">Known part of the logit; empty for 0.</param>
    /// <param name="prior">m, the mean of the normal prior.</param>
    /// <param name="precision">λ ≥ 0, in units of observations' information; 0 for no prior.</param>
    public static double Level(
        ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights, ReadOnlySpan<double> offset, double prior, double precision)
    {
        var ones = new double[outcomes.Length, 1];
        for (var r = 0; r < outcomes.Length; r++) ones[r, 0] = 1;
        return Fit(ones, outcomes, weights, offset, [prior], [precision]).Coefficients[0];
    }

    /// <summary>Fits the coefficients.</summary>
    /// <param name="design">Rows × columns, at most 200 columns; the intercept is a column of ones.</param>
    /// <param name="outcomes">y, 0–1.</param>
    /// <param name="weights">w ≥ 0; empty for 1.</param>
    /// <param name="offset">Known part of the logit; empty for 0.</param>
    /// <param name="priorMean">m_j; empty for 0.</param>
    /// <param name="priorPrecision">λ_j ≥ 0 in units of observations' information; empty for 0 (no prior).</param>
    /// <exception cref="ArgumentException">Lengths differ, a value is out of range, or a column carries no information and no prior.</exception>
    public static LogisticFit Fit(double[,] design, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights = default,
        ReadOnlySpan<double> offset = default, ReadOnlySpan<double> priorMean = default, ReadOnlySpan<double> priorPrecision = default)
    {
        ArgumentNullException.ThrowIfNull(design);
        var (rows, columns) = (design.GetLength(0), design.GetLength(1));
        Check(rows, columns, outcomes, weights, offset, priorMean, priorPrecision);

        var beta = priorMean.IsEmpty ? new double[columns] : priorMean.ToArray();
        var (gradient, hessian) = (new double[columns], new double[columns, columns]);
        var current = Objective(design, outcomes, weights, offset, priorMean, priorPrecision, beta);
        double[,]? factor;
        var converged = false;
        for (var iteration = 0; ; iteration++)
        {
            Derivatives(design, outcomes, weights, offset, priorMean, priorPrecision, beta, gradient, hessian);
            factor = Cholesky.Factor(hessian);
            if (factor is null || converged || iteration == 60) break;
            var step = Cholesky.Solve(factor, gradient);
            var largest = 0.0;
            foreach (var s in step) largest = Math.Max(largest, Math.Abs(s));
            converged = largest < 1e-9;

            var trial = new double[columns];
            var scale = 1.0;
            for (var halving = 0; halving < 30; halving++, scale /= 2)
            {
                for (var j = 0; j < columns; j++) trial[j] = beta[j] + scale * step[j];
                var value = Objective(design, outcomes, weights, offset, priorMean, priorPrecision, trial);
                if (!(value >= current - 1e-12 * (1 + Math.Abs(current)))) continue;
                (beta, current) = (trial, value);
                break;
            }
        }
        if (factor is null && current < -1e-6) // a perfect fit of separable data also flattens the likelihood: that is merely unconverged
            throw new ArgumentException($"{nameof(LogisticRegression)}: found columns without information of their own; expected independent columns. Give them a prior precision above 0.");

        var errors = new double[columns];
        for (var j = 0; j < columns; j++)
        {
            var unit = new double[columns];
            unit[j] = 1;
            errors[j] = factor is null ? double.PositiveInfinity : Math.Sqrt(Cholesky.Solve(factor, unit)[j]);
        }
        return new LogisticFit([.. beta], [.. errors], current, converged && factor is not null);
    }

    private static void Derivatives(double[,] design, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights, ReadOnlySpan<double> offset,
        ReadOnlySpan<double> priorMean, ReadOnlySpan<double> priorPrecision, double[] beta, double[] gradient, double[,] hessian)
    {
        Array.Clear(gradient);
        Array.Clear(hessian);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var weight = weights.IsEmpty ? 1 : weights[i];
            if (weight == 0) continue;
            var p = Logit.Inverse(Eta(design, offset, beta, i));
            var (residual, information) = (weight * (outcomes[i] - p), weight * p * (1 - p));
            for (var j = 0; j < beta.Length; j++)
            {
                var x = design[i, j];
                if (x == 0) continue;
                gradient[j] += residual * x;
                for (var k = 0; k <= j; k++) hessian[j, k] += information * x * design[i, k];
            }
        }
        for (var j = 0; j < beta.Length; j++)
        {
            for (var k = 0; k < j; k++) hessian[k, j] = hessian[j, k];
            if (priorPrecision.IsEmpty) continue;
            gradient[j] -= priorPrecision[j] * (beta[j] - (priorMean.IsEmpty ? 0 : priorMean[j]));
            hessian[j, j] += priorPrecision[j];
        }
    }

    private static double Objective(double[,] design, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights, ReadOnlySpan<double> offset,
        ReadOnlySpan<double> priorMean, ReadOnlySpan<double> priorPrecision, double[] beta)
    {
        var sum = 0.0;
        for (var i = 0; i < outcomes.Length; i++)
        {
            var weight = weights.IsEmpty ? 1 : weights[i];
            if (weight == 0) continue;
            var eta = Eta(design, offset, beta, i);
            sum += weight * (outcomes[i] * eta - Logit.LogOnePlusExp(eta));
        }
        for (var j = 0; j < priorPrecision.Length; j++)
        {
            var distance = beta[j] - (priorMean.IsEmpty ? 0 : priorMean[j]);
            sum -= priorPrecision[j] * distance * distance / 2;
        }
        return sum;
    }

    private static double Eta(double[,] design, ReadOnlySpan<double> offset, double[] beta, int row)
    {
        var eta = offset.IsEmpty ? 0 : offset[row];
        for (var j = 0; j < beta.Length; j++) eta += design[row, j] * beta[j];
        return eta;
    }

    private static void Check(int rows, int columns, ReadOnlySpan<double> outcomes, ReadOnlySpan<double> weights, ReadOnlySpan<double> offset,
        ReadOnlySpan<double> priorMean, ReadOnlySpan<double> priorPrecision)
    {
        const string where = nameof(LogisticRegression);
        if (columns is < 1 or > 200) throw new ArgumentException($"{where}: found {columns} columns; expected 1 to 200.");
        Require.SameLength(where, outcomes.Length, rows, "outcomes");
        Require.Probabilities(where, outcomes);
        Require.Weights(where, weights, rows);
        if (!offset.IsEmpty) Require.SameLength(where, offset.Length, rows, "offsets");
        if (!priorMean.IsEmpty) Require.SameLength(where, priorMean.Length, columns, "prior means");
        if (!priorPrecision.IsEmpty) Require.SameLength(where, priorPrecision.Length, columns, "prior precisions");
        foreach (var precision in priorPrecision) Require.NotNegative(where, precision, "prior precision");
        if (rows == 0 && priorPrecision.IsEmpty) Require.NotEmpty(where, rows);
    }
}
