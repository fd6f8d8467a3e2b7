using System.Runtime.InteropServices;
using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>What the cells of a column of the deals amount to.</summary>
/// <param name="Levels">Different values.</param>
/// <param name="Shared">Deals whose value another deal has too.</param>
/// <param name="Open">Deals that are open.</param>
/// <param name="Closed">Deals that are closed.</param>
/// <param name="FilledOpen">Open deals with a value.</param>
/// <param name="FilledClosed">Closed deals with a value.</param>
internal readonly record struct ColumnCells(
    int Levels, int Shared, double Open, double Closed, double FilledOpen, double FilledClosed)
{
    public static ColumnCells Of(Opportunity[] deals, bool[] isClosed, Func<Opportunity, string?> value)
    {
        var levels = new Dictionary<string, int>(StringComparer.Ordinal);
        var (open, closed, filledOpen, filledClosed) = (0, 0, 0, 0);
        for (var i = 0; i < deals.Length; i++)
        {
            var filled = 0;
            if (value(deals[i]) is { Length: > 0 } text)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(levels, text, out _)++;
                filled = 1;
            }
            if (isClosed[i]) { closed++; filledClosed += filled; }
            else { open++; filledOpen += filled; }
        }
        var shared = levels.Values.Where(n => n > 1).Sum();
        return new ColumnCells(levels.Count, shared, open, closed, filledOpen, filledClosed);
    }

    /// <summary>Deals with a value.</summary>
    public double Filled => FilledOpen + FilledClosed;

    /// <summary>Share of the deals without one, 0–1.</summary>
    public double MissingShare => Open + Closed == 0 ? 0 : 1 - Filled / (Open + Closed);

    /// <summary>True when no deal has a value.</summary>
    public bool AreEmpty => Filled == 0;

    /// <summary>True when some have none.</summary>
    public bool HaveBlanks => Filled < Open + Closed;

    /// <summary>True when of ten deals with a value hardly one shares it with another.</summary>
    public bool AreNearlyUnique => Shared < 0.1 * Filled;

    /// <summary>
    /// What closed deals have and open ones lack was filled in on the way, whatever the export says of its date: an
    /// empty field would tell that the deal is not about to close. At least a tenth more empty among the open ones, and
    /// five standard errors.
    /// </summary>
    public bool AreFilledInLater => AreRarerWhereOpen(0.1);

    /// <summary>
    /// The same where blanks are a level, as of a box that few deals have ticked: a quarter of the closed deals' own
    /// share is enough.
    /// </summary>
    public bool TellByBlanks => AreRarerWhereOpen(0.25 * FilledClosed / Math.Max(1, Closed));

    private bool AreRarerWhereOpen(double least)
    {
        if (Open == 0 || Closed == 0) return false;
        var (emptyOpen, emptyClosed) = (Open - FilledOpen, Closed - FilledClosed);
        var share = (emptyOpen + emptyClosed) / (Open + Closed);
        var excess = emptyOpen / Open - emptyClosed / Closed;
        return excess > least && excess > 5 * Math.Sqrt(share * (1 - share) * (1 / Open + 1 / Closed));
    }
}
