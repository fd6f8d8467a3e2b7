using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.DealSize;

/// <summary>
/// The landmarks of won deals with a final amount above zero, taken out of a training table: what was typed then and what
/// was paid. A deal keeps a few landmarks, drawn by hash, and its rows weigh 1 together.
/// </summary>
internal sealed class SizeRows
{
    private readonly float[] _features;
    private readonly int _stride;

    private SizeRows(DataFrame table, IReadOnlyList<string> features, int perDeal, int maxDeals, long seed)
    {
        var ids = (StringDataFrameColumn)table.Columns[TrainingTable.OpportunityId];
        var asOf = (PrimitiveDataFrameColumn<DateTime>)table.Columns[TrainingTable.AsOfColumn];
        var outcome = (PrimitiveDataFrameColumn<int>)table.Columns[TrainingTable.Outcome];
        var finals = (PrimitiveDataFrameColumn<double>)table.Columns[TrainingTable.AmountAtClose];
        var deals = new Dictionary<string, List<(ulong Draw, int Row)>>(StringComparer.Ordinal);
        var (unknown, notPositive) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        for (var row = 0; row < table.Rows.Count; row++)
        {
            if (outcome[row] != 1) continue;
            var final = finals[row] ?? double.NaN;
            if (double.IsNaN(final)) { unknown.Add(ids[row]); continue; }
            if (!(final > 0) || double.IsInfinity(final)) { notPositive.Add(ids[row]); continue; }
            if (!deals.TryGetValue(ids[row], out var own)) deals.Add(ids[row], own = []);
            own.Add((CounterRandom.For(seed, 31, CounterRandom.HashOf(ids[row]), asOf[row]!.Value.Ticks).Bits(), row));
        }
        (WonWithoutAmount, WonNotPositive, WonDeals) = (unknown.Count, notPositive.Count, deals.Count);
        IEnumerable<string> used = deals.Keys.Order(StringComparer.Ordinal);
        if (deals.Count > maxDeals)
            used = used.OrderBy(id => CounterRandom.For(seed, 32, CounterRandom.HashOf(id)).Bits()).Take(maxDeals).Order(StringComparer.Ordinal);
        var kept = used.SelectMany(id => deals[id].OrderBy(l => l.Draw).Take(perDeal).Select(l => l.Row).Order()).ToArray();

        Count = kept.Length;
        _stride = features.Count;
        _features = new float[Count * _stride];
        for (var f = 0; f < _stride; f++)
        {
            var column = (PrimitiveDataFrameColumn<float>)table.Columns[features[f]];
            for (var i = 0; i < Count; i++)
                _features[i * _stride + f] = column[kept[i]] ?? throw new InvalidOperationException($"Training table, column {features[f]}, row {kept[i]}: found no value; expected a number. Impute in the feature's definition.");
        }
        var stages = (StringDataFrameColumn)table.Columns[TrainingTable.Stage];
        var amounts = (PrimitiveDataFrameColumn<double>)table.Columns[TrainingTable.AmountNow];
        Ids = [.. kept.Select(r => ids[r])];
        Stages = [.. kept.Select(r => stages[r] ?? "")];
        Final = [.. kept.Select(r => finals[r]!.Value)];
        Typed = [.. kept.Select(r => amounts[r] is { } a && a > 0 && double.IsFinite(a) ? a : double.NaN)];
        IsExact = [.. Typed.Select((typed, i) => Math.Abs(Final[i] - typed) <= Math.Max(0.005, 1e-9 * typed))];
    }

    /// <summary>Takes the rows out.</summary>
    public static SizeRows From(DataFrame table, IReadOnlyList<string> features, int perDeal, int maxDeals, long seed) =>
        new(table, features, perDeal, maxDeals, seed);

    public int Count { get; }
    public string[] Ids { get; }
    public string[] Stages { get; }
    /// <summary>Amount as typed at the landmark; NaN when unknown, zero or negative.</summary>
    public double[] Typed { get; }
    /// <summary>Amount at close, above 0.</summary>
    public double[] Final { get; }
    /// <summary>True where both are the same to half a cent.</summary>
    public bool[] IsExact { get; }
    /// <summary>Won deals with a final amount above zero.</summary>
    public int WonDeals { get; }
    /// <summary>Won deals left out because their final amount is unknown.</summary>
    public int WonWithoutAmount { get; }
    /// <summary>Won deals left out because their final amount is zero or negative.</summary>
    public int WonNotPositive { get; }

    public bool IsKnown(int row) => !double.IsNaN(Typed[row]);
    public ReadOnlySpan<float> Features(int row) => _features.AsSpan(row * _stride, _stride);

    /// <summary>The features of some rows, one after another.</summary>
    public float[] FeaturesOf(IReadOnlyList<int> rows)
    {
        var values = new float[rows.Count * _stride];
        for (var i = 0; i < rows.Count; i++) Features(rows[i]).CopyTo(values.AsSpan(i * _stride));
        return values;
    }

    /// <summary>1 / rows of the same key among <paramref name="rows"/>, per row: each key weighs 1.</summary>
    public static double[] Weights(IReadOnlyList<int> rows, Func<int, string> key)
    {
        var counts = rows.GroupBy(key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        return [.. rows.Select(row => 1.0 / counts[key(row)])];
    }

    public int Deals(IReadOnlyList<int> rows) => rows.Select(r => Ids[r]).Distinct(StringComparer.Ordinal).Count();
}
