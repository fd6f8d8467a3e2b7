using ForecastEngine.Crm;
using ForecastEngine.Scoring;

namespace ForecastEngine.Forecasting;

/// <summary>A period and by what its revenue is told apart.</summary>
public readonly record struct ForecastSlot(Period Period, Dimension Dimension);

/// <summary>
/// Open deals added up for a revenue forecast, without keeping them: by dimension, key and period, deals alike in amount and probability
/// as one class. Roll-ups of shares of a pipeline add up to that of the whole, so shares may be scored apart; the size depends on the number of
/// classes and keys, not of deals. Not thread-safe.
/// </summary>
public sealed class RevenueRollup
{
    private const byte Format = 2;
    private readonly IReadOnlyList<ForecastSlot> _slots;
    private readonly Dictionary<(Dimension Dimension, string Key), RollupCell?[]> _cells = [];

    internal RevenueRollup(IReadOnlyList<ForecastSlot> slots) => _slots = slots;

    /// <summary>What it is asked for.</summary>
    public IReadOnlyList<ForecastSlot> Slots => _slots;

    /// <summary>Adds a part's share of a deal to one slot.</summary>
    internal void Add(int slot, string key, OpenShare deal, double mean, ReadOnlySpan<double> probabilities, bool isPlanned) =>
        CellOf(_slots[slot].Dimension, key, slot).Add(deal, mean, probabilities, isPlanned, _slots[slot].Dimension != Dimension.Company);

    /// <summary>Keys of a slot.</summary>
    internal IEnumerable<string> Keys(int slot) => _cells.Where(c => c.Key.Dimension == _slots[slot].Dimension && c.Value[slot] is not null).Select(c => c.Key.Key);

    internal RollupCell? Find(int slot, string key) => _cells.TryGetValue((_slots[slot].Dimension, key), out var cells) ? cells[slot] : null;

    internal int SlotOf(Period period, Dimension dimension)
    {
        for (var slot = 0; slot < _slots.Count; slot++)
            if (_slots[slot] == new ForecastSlot(period, dimension)) return slot;
        throw new ArgumentException($"Roll-up: found no {dimension} of {period.Label} in it; expected one. Ask for it when the roll-up is made.");
    }

    /// <summary>Adds another share of the same pipeline. The order in which shares are added decides the last bits.</summary>
    public void Add(RevenueRollup other)
    {
        if (!_slots.SequenceEqual(other._slots)) throw new ArgumentException("Roll-up: found one of other periods or dimensions; expected the same. Roll both up alike.", nameof(other));
        foreach (var ((dimension, key), cells) in other._cells)
            for (var slot = 0; slot < cells.Length; slot++)
                if (cells[slot] is { } cell) CellOf(dimension, key, slot).Add(cell);
    }

    /// <summary>As bytes, to be kept until all shares are there.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
        {
            writer.Write(Format);
            writer.Write(_cells.Count);
            foreach (var ((dimension, key), cells) in _cells.OrderBy(c => c.Key.Dimension).ThenBy(c => c.Key.Key, StringComparer.Ordinal))
            {
                writer.Write((byte)dimension);
                writer.Write(key);
                for (var slot = 0; slot < cells.Length; slot++)
                {
                    if (_slots[slot].Dimension != dimension) continue;
                    writer.Write(cells[slot] is not null);
                    cells[slot]?.Write(writer);
                }
            }
        }
        return stream.ToArray();
    }

    /// <summary>The roll-up that was kept as bytes.</summary>
    /// <param name="bytes">Of <see cref="ToBytes"/>.</param>
    /// <param name="slots">What it was asked for.</param>
    public static RevenueRollup FromBytes(byte[] bytes, IReadOnlyList<ForecastSlot> slots)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        if (reader.ReadByte() is var format && format != Format) throw new InvalidDataException($"Roll-up: found format {format}; expected {Format}. Begin a new rescoring run.");
        var rollup = new RevenueRollup(slots);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var (dimension, key) = ((Dimension)reader.ReadByte(), reader.ReadString());
            var cells = rollup._cells[(dimension, key)] = new RollupCell?[slots.Count];
            for (var slot = 0; slot < cells.Length; slot++)
                if (slots[slot].Dimension == dimension && reader.ReadBoolean()) cells[slot] = RollupCell.Read(reader, FactorNodes.Scenarios);
        }
        return rollup;
    }

    private RollupCell CellOf(Dimension dimension, string key, int slot)
    {
        if (!_cells.TryGetValue((dimension, key), out var cells)) _cells.Add((dimension, key), cells = new RollupCell?[_slots.Count]);
        return cells[slot] ??= new RollupCell();
    }
}
