using System.Runtime.Intrinsics;

namespace ForecastEngine.Statistics.Trees;

/// <summary>A node on the path to a leaf: the column it looks at, the side taken and the share of its training rows that took it.</summary>
internal readonly record struct ShapStep(int Node, int Column, bool Left, double Share);

/// <summary>
/// What one leaf gives to the columns on its path. With value v, the distinct columns j, z_j the share of training rows that
/// would follow and o_j ∈ {0, 1} whether this row does:
/// φ_j = v (o_j − z_j) ∫₀¹ Π_{i≠j} (z_i (1 − s) + o_i s) ds, because ∫ s^k (1−s)^{n−1−k} ds = k!(n−1−k)!/n!.
/// </summary>
/// <remarks>
/// The integrand is a polynomial of degree n − 1, so eight Gauss–Legendre nodes give it exactly for 16 columns and sixteen for
/// 32. It depends on the row only through the set of columns that follow: for up to six columns all sets are worked out ahead.
/// </remarks>
internal sealed class ShapLeaf
{
    private const int MaxColumns = 32, MaxTabulated = 6;
    private static readonly (Vector512<double> Node, Vector512<double> Weight)[] Eight = Rule(8), Sixteen = Rule(16);

    private readonly double _value, _base;
    private readonly Player[] _players;
    private readonly ulong _contextNodes, _contextLeft;
    private readonly double[]? _table;

    /// <param name="value">Value of the leaf.</param>
    /// <param name="path">From the root to the leaf.</param>
    /// <param name="context">Columns that are always known.</param>
    /// <param name="columns">Columns of the tree that may get a share; a column's position is its slot.</param>
    public ShapLeaf(double value, ShapStep[] path, HashSet<int> context, int[] columns)
    {
        _value = _base = value;
        var players = new SortedDictionary<int, Player>();
        foreach (var step in path)
        {
            var (node, left) = (1UL << step.Node, step.Left ? 1UL << step.Node : 0);
            Nodes |= node;
            if (context.Contains(step.Column))
            {
                _contextNodes |= node;
                _contextLeft |= left;
                continue;
            }
            _base *= step.Share;
            var player = players.GetValueOrDefault(step.Column, new Player(Array.IndexOf(columns, step.Column), 0, 0, 1));
            players[step.Column] = player with { Nodes = player.Nodes | node, Left = player.Left | left, Share = player.Share * step.Share };
        }
        _players = [.. players.Values];
        if (_players.Length > MaxColumns) throw new ArgumentException($"TreeShap: found {_players.Length} columns on the way to one leaf; expected at most {MaxColumns}. Train with fewer leaves.");
        if (_players.Length is 0 or > MaxTabulated) return;
        _table = new double[_players.Length << _players.Length];
        for (var follows = 0u; follows < 1u << _players.Length; follows++)
            Shares(follows, _table.AsSpan((int)follows * _players.Length, _players.Length));
    }

    /// <summary>The nodes on the path, a bit each.</summary>
    public ulong Nodes { get; }

    /// <summary>
    /// Adds the leaf's shares to <paramref name="slots"/> and returns what it adds to the expected score: 0 when a context
    /// node turns away from it.
    /// </summary>
    /// <param name="left">The nodes of the tree that turn left, a bit each.</param>
    /// <param name="slots">Sums by slot.</param>
    public double AddShares(ulong left, Span<double> slots)
    {
        if (((left ^ _contextLeft) & _contextNodes) != 0) return 0;
        var players = _players;
        var follows = 0u;
        for (var p = 0; p < players.Length; p++)
            if (((left ^ players[p].Left) & players[p].Nodes) == 0) follows |= 1u << p;
        if (_table is not null)
        {
            var shares = _table.AsSpan((int)follows * players.Length, players.Length);
            for (var p = 0; p < shares.Length; p++) slots[players[p].Slot] += shares[p];
        }
        else if (players.Length > 0)
        {
            Span<double> shares = stackalloc double[MaxColumns];
            Shares(follows, shares);
            for (var p = 0; p < players.Length; p++) slots[players[p].Slot] += shares[p];
        }
        return _base;
    }

    private void Shares(uint follows, Span<double> shares)
    {
        shares[.._players.Length].Clear();
        foreach (var (node, weight) in _players.Length <= 16 ? Eight : Sixteen)
        {
            var product = weight * _value;
            for (var p = 0; p < _players.Length; p++) product *= Factor(p, follows, node);
            for (var p = 0; p < _players.Length; p++)
                shares[p] += ((follows >> p & 1) - _players[p].Share) * Vector512.Sum(product / Factor(p, follows, node));
        }
    }

    private Vector512<double> Factor(int player, uint follows, Vector512<double> node)
    {
        var factor = (Vector512<double>.One - node) * _players[player].Share;
        return (follows >> player & 1) != 0 ? factor + node : factor;
    }

    private static (Vector512<double>, Vector512<double>)[] Rule(int order)
    {
        var rule = new MathNet.Numerics.Integration.GaussLegendreRule(0, 1, order);
        return [.. Enumerable.Range(0, order / 8).Select(i => (Vector512.Create(rule.Abscissas, 8 * i), Vector512.Create(rule.Weights, 8 * i)))];
    }

    private readonly record struct Player(int Slot, ulong Nodes, ulong Left, double Share);
}
