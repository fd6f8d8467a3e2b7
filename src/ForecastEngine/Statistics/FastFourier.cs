using System.Numerics;

namespace ForecastEngine.Statistics;

/// <summary>
/// The discrete Fourier transform by radix 2, in place, on the caller's table of roots: one thread and one order of operations, where
/// Math.NET's takes as many threads as it likes and computes its roots anew.
/// </summary>
/// <remarks>Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", Math. Comp. 1965.</remarks>
internal static class FastFourier
{
    /// <summary>
    /// x_j = 1/N Σ_k X_k e^{+2πi jk/N}, from values and back into them.
    /// </summary>
    /// <param name="values">X_k, as many as a power of two.</param>
    /// <param name="cosine">cos(2πk/N), k = 0 … N − 1.</param>
    /// <param name="sine">−sin(2πk/N): the table of the forward transform.</param>
    public static void Inverse(Complex[] values, double[] cosine, double[] sine)
    {
        var size = values.Length;
        for (int i = 1, j = 0; i < size; i++)
        {
            var bit = size >> 1;
            for (; (j & bit) != 0; bit >>= 1) j ^= bit;
            j ^= bit;
            if (i < j) (values[i], values[j]) = (values[j], values[i]);
        }
        for (var half = 1; half < size; half *= 2)
        {
            var stride = size / (2 * half);
            for (var start = 0; start < size; start += 2 * half)
            {
                for (var k = 0; k < half; k++)
                {
                    var (re, im) = (cosine[k * stride], -sine[k * stride]);
                    var (low, high) = (values[start + k], values[start + k + half]);
                    var turned = new Complex(high.Real * re - high.Imaginary * im, high.Real * im + high.Imaginary * re);
                    values[start + k] = low + turned;
                    values[start + k + half] = low - turned;
                }
            }
        }
        for (var i = 0; i < size; i++) values[i] /= size;
    }
}
