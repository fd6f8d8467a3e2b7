namespace ForecastEngine.Statistics;

/// <summary>Solves small symmetric positive definite systems A x = b by A = L Lᵀ, in a fixed order of operations.</summary>
internal static class Cholesky
{
    /// <summary>The lower factor L of A, or null where A is not positive definite.</summary>
    public static double[,]? Factor(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var lower = new double[n, n];
        for (var j = 0; j < n; j++)
        {
            var pivot = matrix[j, j];
            for (var k = 0; k < j; k++) pivot -= lower[j, k] * lower[j, k];
            if (!(pivot > 1e-14 * Math.Abs(matrix[j, j]) && pivot > 0)) return null;
            lower[j, j] = Math.Sqrt(pivot);
            for (var i = j + 1; i < n; i++)
            {
                var sum = matrix[i, j];
                for (var k = 0; k < j; k++) sum -= lower[i, k] * lower[j, k];
                lower[i, j] = sum / lower[j, j];
            }
        }
        return lower;
    }

    /// <summary>x with L Lᵀ x = b.</summary>
    public static double[] Solve(double[,] lower, ReadOnlySpan<double> right)
    {
        var n = lower.GetLength(0);
        var x = right.ToArray();
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < i; k++) x[i] -= lower[i, k] * x[k];
            x[i] /= lower[i, i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++) x[i] -= lower[k, i] * x[k];
            x[i] /= lower[i, i];
        }
        return x;
    }
}
