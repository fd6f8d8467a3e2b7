using System.Runtime.InteropServices;

namespace ForecastEngine.Simulation;

/// <summary>
/// Opportunities that live through weeks. The world is one population, and each possible future of it is another that
/// starts from the open opportunities of an origin: both run through <see cref="Run"/>.
/// </summary>
internal sealed class Population(SalesLaw law, Market market, bool[] accountHasBought)
{
    private readonly List<SimulatedOpportunity> _opportunities = [];
    private readonly List<OpportunityState> _states = [];
    private readonly List<int> _open = [];

    /// <summary>Everybody who was ever born here.</summary>
    public ReadOnlySpan<SimulatedOpportunity> Opportunities => CollectionsMarshal.AsSpan(_opportunities);

    /// <summary>What the last week changed.</summary>
    public List<Move> Moves { get; } = [];

    /// <summary>Takes in an opportunity in the state in which it stands.</summary>
    public void Add(in SimulatedOpportunity opportunity, OpportunityState state)
    {
        _open.Add(_opportunities.Count);
        _opportunities.Add(opportunity);
        _states.Add(state);
    }

    /// <summary>Plays a week: births first, which take their first step a week later, then one step of everybody who was open.</summary>
    public void Run(in MarketWeek week, long seed)
    {
        Moves.Clear();
        var standing = _open.Count;
        var (ordinary, campaign) = Market.Arrivals(week, seed);
        for (var i = 0; i < ordinary; i++) AddNewborn(market.Birth(week, i, false, seed, accountHasBought));
        for (var i = 0; i < campaign; i++) AddNewborn(market.Birth(week, i, true, seed, accountHasBought));

        var opportunities = CollectionsMarshal.AsSpan(_opportunities);
        var states = CollectionsMarshal.AsSpan(_states);
        var open = CollectionsMarshal.AsSpan(_open);
        var kept = 0;
        for (var i = 0; i < open.Length; i++)
        {
            var index = open[i];
            if (i < standing)
            {
                var draws = SalesLaw.DrawsOf(seed, opportunities[index], week.Index);
                var kind = law.Step(opportunities[index], ref states[index], week, draws);
                if (kind != MoveKind.Stay) Moves.Add(new Move(index, week.Index, kind, SalesLaw.Day(week, kind, draws), states[index]));
                if (kind == MoveKind.Win) accountHasBought[opportunities[index].Account] = true;
                if (kind >= MoveKind.Win) continue;
            }
            open[kept++] = index;
        }
        _open.RemoveRange(kept, _open.Count - kept);
    }

    private void AddNewborn(in SimulatedOpportunity newborn) => Add(newborn, new OpportunityState { Amount = newborn.BirthAmount });
}
