using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>Deals of which nobody told when they were closed: outcomes that belong to no period.</summary>
/// <param name="Won">Won deals without a close date.</param>
/// <param name="WonAmount">What they brought, in the history's currency; those without an amount add nothing.</param>
/// <param name="Lost">Lost deals without a close date.</param>
public sealed record UnplacedRevenue(int Won, decimal WonAmount, int Lost)
{
    /// <summary>Those of a history, all that it tells taken as known.</summary>
    public static UnplacedRevenue Of(CrmHistory history)
    {
        var (won, amount, lost) = (0, 0m, 0);
        for (var i = 0; history.HasUndatedClosings && i < history.Opportunities.Length; i++)
        {
            if (Closing.Final(history, i) is not { IsUndated: true } closing) continue;
            if (closing.Won) (won, amount) = (won + 1, amount + (closing.Amount ?? 0));
            else lost++;
        }
        return new UnplacedRevenue(won, amount, lost);
    }
}
