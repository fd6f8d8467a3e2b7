using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ForecastEngine.Statistics;

/// <summary>
/// The characteristic function of a <see cref="CompoundSum"/> on a lattice and its inverse transform. Work goes in blocks of 64 frequencies,
/// each on its own, four at a time in a vector of fixed width, so that the result does not depend on the machine or the number of threads.
/// </summary>
internal static class CompoundSumTransform
{
    private const int Block = 64;
    private const int Lanes = 4;

    /// <summary>Products whose factors have fallen below this modulus contribute nothing and are dropped.</summary>
    private const double Negligible = 1e-24;

    /// <summary>An amount's atoms, each split between the two lattice points around it so that its mean is kept.</summary>
    private readonly record struct Atom(int Index, double Below, double Above);

    /// <summary>Masses at 0, step, 2 step, … of the sum; the imaginary residue and rounding are of the order 1e-16.</summary>
    public static double[] Masses(CompoundItem[] items, CompoundArrivals? arrivals, double[] nodeWeights, double step, int size, int threads)
    {
        var cosine = new double[size];
        var sine = new double[size];
        for (var k = 0; k < size; k++) (sine[k], cosine[k]) = Math.SinCos(-2 * Math.PI * k / size);
        var atoms = Array.ConvertAll(items, item => Split(item.Amount, step, size));
        var arrivalAtoms = arrivals is null ? null : Split(arrivals.Amount, step, size);

        var half = size / 2;
        var spectrum = new Complex[size];
        var blocks = (half + Block) / Block; // frequencies 0 … size/2, the last block holding one of its own
        Action<int> work = block =>
        {
            var values = new double[2 * Block];
            FillBlock(block * Block, items, atoms, arrivals, arrivalAtoms, nodeWeights, cosine, sine, values);
            for (var f = 0; f < Block; f++)
            {
                var k = block * Block + f;
                if (k > half) break;
                spectrum[k] = new Complex(values[f], k == 0 || k == half ? 0 : values[Block + f]);
                if (k > 0 && k < half) spectrum[size - k] = Complex.Conjugate(spectrum[k]);
            }
        };
        if (threads == 1)
            for (var block = 0; block < blocks; block++) work(block);
        else
            Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, work);

        FastFourier.Inverse(spectrum, cosine, sine);
        return Array.ConvertAll(spectrum, value => value.Real);
    }

    private static Atom[] Split(AmountDistribution amount, double step, int size)
    {
        var atoms = new Atom[amount.Values.Length];
        for (var k = 0; k < atoms.Length; k++)
        {
            var position = amount.Values[k] / step;
            var nearest = Math.Round(position);
            if (Math.Abs(position - nearest) < 1e-9 * Math.Max(1, nearest)) position = nearest; // a multiple of the step but for rounding
            var below = Math.Floor(position);
            var share = position - below;
            atoms[k] = new Atom((int)(below % size), amount.Masses[k] * (1 - share), amount.Masses[k] * share);
        }
        return atoms;
    }

    private static void FillBlock(int first, CompoundItem[] items, Atom[][] atoms, CompoundArrivals? arrivals, Atom[]? arrivalAtoms,
        double[] nodeWeights, double[] cosine, double[] sine, double[] result)
    {
        var nodes = nodeWeights.Length;
        var (re, im, scratch) = (new double[nodes * Block], new double[nodes * Block], new double[4 * Block]);
        Array.Fill(re, 1);
        var (alive, living) = (new bool[nodes], 0);
        for (var q = 0; q < nodes; q++)
            if (alive[q] = nodeWeights[q] > 0) living++;

        if (arrivals is not null)
        {
            AmountMinusOne(arrivalAtoms!, first, cosine, sine, scratch);
            for (var q = 0; q < nodes; q++)
            {
                for (var f = 0; f < Block; f++)
                {
                    var factor = Complex.Exp(arrivals.LogGenerating(q, new Complex(scratch[f], scratch[Block + f])));
                    (re[q * Block + f], im[q * Block + f]) = (factor.Real, factor.Imaginary);
                }
            }
        }
        for (var i = 0; i < items.Length && living > 0; i++)
        {
            AmountMinusOne(atoms[i], first, cosine, sine, scratch);
            var probabilities = items[i].Probabilities;
            for (var q = 0; q < nodes; q++)
                if (alive[q] && probabilities[q] > 0)
                    Multiply(re.AsSpan(q * Block, Block), im.AsSpan(q * Block, Block), scratch, probabilities[q], items[i].Count);
            if (i % 16 != 15 && items[i].Count == 1) continue;
            for (var q = 0; q < nodes; q++)
            {
                if (!alive[q] || !AllNegligible(re.AsSpan(q * Block, Block), im.AsSpan(q * Block, Block))) continue;
                alive[q] = false;
                living--;
            }
        }
        for (var q = 0; q < nodes; q++)
        {
            if (!alive[q]) continue;
            for (var f = 0; f < Block; f++)
            {
                result[f] += nodeWeights[q] * re[q * Block + f];
                result[Block + f] += nodeWeights[q] * im[q * Block + f];
            }
        }
    }

    /// <summary>
    /// φ(u_k) − 1 of an amount for the 64 frequencies from <paramref name="first"/>: real parts, then imaginary parts, in the first 128 places of scratch.
    /// <para>With ω = e^{−2πi/N}: Σ_a (below_a + above_a ω^k) ω^{k j_a}; the powers ω^{k j} run by multiplication with ω^{4j}, starting afresh from the table at every block.</para>
    /// </summary>
    private static void AmountMinusOne(Atom[] atoms, int first, double[] cosine, double[] sine, double[] scratch)
    {
        var mask = cosine.Length - 1;
        var vectors = MemoryMarshal.Cast<double, Vector256<double>>(scratch.AsSpan());
        const int v = Block / Lanes;
        vectors.Clear();
        var belowRe = vectors[..v];
        var belowIm = vectors.Slice(v, v);
        var aboveRe = vectors.Slice(2 * v, v);
        var aboveIm = vectors.Slice(3 * v, v);
        foreach (var atom in atoms)
        {
            // Unsigned arithmetic wraps at 2^32, a multiple of the lattice size, so the masked index is right even after an overflow.
            var (index, at) = ((uint)atom.Index, (uint)first * (uint)atom.Index);
            int k0 = (int)(at & mask), k1 = (int)((at + index) & mask), k2 = (int)((at + 2 * index) & mask), k3 = (int)((at + 3 * index) & mask), turn = (int)((4 * index) & mask);
            var re = Vector256.Create(cosine[k0], cosine[k1], cosine[k2], cosine[k3]);
            var im = Vector256.Create(sine[k0], sine[k1], sine[k2], sine[k3]);
            var (turnRe, turnIm) = (Vector256.Create(cosine[turn]), Vector256.Create(sine[turn]));
            var (below, above) = (Vector256.Create(atom.Below), Vector256.Create(atom.Above));
            for (var j = 0; j < v; j++)
            {
                belowRe[j] += below * re;
                belowIm[j] += below * im;
                aboveRe[j] += above * re;
                aboveIm[j] += above * im;
                (re, im) = (re * turnRe - im * turnIm, re * turnIm + im * turnRe);
            }
        }
        var (a, b) = (2 * Block, 3 * Block);
        for (var f = 0; f < Block; f++)
        {
            var k = (first + f) & mask;
            scratch[f] += scratch[a + f] * cosine[k] - scratch[b + f] * sine[k] - 1;
            scratch[Block + f] += scratch[a + f] * sine[k] + scratch[b + f] * cosine[k];
        }
    }

    /// <summary>product ← product · (1 + p (φ − 1))^n, the power by repeated squaring.</summary>
    private static void Multiply(Span<double> productRe, Span<double> productIm, double[] minusOne, double probability, int count)
    {
        var re = MemoryMarshal.Cast<double, Vector256<double>>(productRe);
        var im = MemoryMarshal.Cast<double, Vector256<double>>(productIm);
        var factors = MemoryMarshal.Cast<double, Vector256<double>>(minusOne.AsSpan(0, 2 * Block));
        var (p, one) = (Vector256.Create(probability), Vector256<double>.One);
        for (var j = 0; j < Block / Lanes; j++)
        {
            var (x, y) = (one + p * factors[j], p * factors[Block / Lanes + j]);
            for (var power = count; ;)
            {
                if ((power & 1) != 0)
                {
                    var (a, b) = (re[j], im[j]);
                    re[j] = a * x - b * y;
                    im[j] = a * y + b * x;
                }
                power >>= 1;
                if (power == 0) break;
                (x, y) = (x * x - y * y, (x + x) * y);
            }
        }
    }

    private static bool AllNegligible(Span<double> re, Span<double> im)
    {
        for (var f = 0; f < Block; f++)
            if (re[f] * re[f] + im[f] * im[f] > Negligible * Negligible) return false;
        return true;
    }
}
