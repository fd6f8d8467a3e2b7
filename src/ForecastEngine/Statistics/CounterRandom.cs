namespace ForecastEngine.Statistics;

/// <summary>
/// Random numbers from a counter instead of a state: a draw depends only on its key (seed and up to four coordinates
/// such as entity, week, purpose), never on how many draws came before. Two scenarios that share a key share the draw
/// (common random numbers), and the order of work or the number of threads changes nothing.
/// </summary>
/// <remarks>The mixing function is SplitMix64's: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.</remarks>
public readonly struct CounterRandom
{
    private readonly ulong _key;

    private CounterRandom(ulong key) => _key = key;

    /// <summary>The stream of a seed and up to four coordinates.</summary>
    public static CounterRandom For(long seed, long a = 0, long b = 0, long c = 0, long d = 0) =>
        new(Mix(Mix(Mix(Mix(Mix((ulong)seed) ^ (ulong)a) ^ (ulong)b) ^ (ulong)c) ^ (ulong)d));

    /// <summary>A 64-bit hash of a text (FNV-1a, then mixed), the same on every machine and in every run.</summary>
    public static long HashOf(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text) hash = (hash ^ character) * 1099511628211UL;
        return (long)Mix(hash);
    }

    /// <summary>Draw number <paramref name="index"/> of this stream, uniform on all 64-bit values.</summary>
    public ulong Bits(int index = 0) => Mix(_key + (ulong)(index + 1) * 0x9E3779B97F4A7C15UL);

    /// <summary>Draw number <paramref name="index"/>, uniform on the open interval (0, 1).</summary>
    public double Uniform(int index = 0) => ((Bits(index) >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>Draw number <paramref name="index"/>, standard normal (Box–Muller on two uniforms of its own).</summary>
    public double Normal(int index = 0) =>
        Math.Sqrt(-2 * Math.Log(Uniform(2 * index + 1_000_000))) * Math.Cos(2 * Math.PI * Uniform(2 * index + 1_000_001));

    /// <summary>
    /// Poisson with mean <paramref name="mean"/> ≥ 0: inversion by sequential search below 30, else the sum of two halves.
    /// </summary>
    public int Poisson(double mean, int index = 0)
    {
        if (!(mean >= 0)) throw new ArgumentOutOfRangeException(nameof(mean), mean, "expected a mean of at least 0");
        if (mean > 30) return For((long)Bits(index), 1).Poisson(mean / 2) + For((long)Bits(index), 2).Poisson(mean / 2);
        var (uniform, count) = (Uniform(index), 0);
        var term = Math.Exp(-mean);
        var sum = term;
        while (uniform > sum && count < 1000) sum += term *= mean / ++count;
        return count;
    }

    /// <summary>An integer uniform on 0 … <paramref name="exclusiveMax"/> − 1.</summary>
    public int Below(int exclusiveMax, int index = 0) => (int)(Uniform(index) * exclusiveMax);

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
