namespace ForecastEngine.Simulation;

/// <summary>The true course of a world: its market, everybody born in it and everything that happened to them.</summary>
internal sealed class WorldCourse
{
    /// <summary>Weeks after the end of the world whose births are looked up, since their leads come in before it.</summary>
    public const int LeadWeeks = 5;

    private readonly Move[] _moves;
    private readonly int[] _moveStarts;

    private WorldCourse(SalesLaw law, Market market, double[] factors, SimulatedOpportunity[] opportunities, List<Move> moves)
    {
        (Law, Market, Factors, Opportunities) = (law, market, factors, opportunities);
        _moveStarts = new int[opportunities.Length + 1];
        foreach (var move in moves) _moveStarts[move.Opportunity + 1]++;
        for (var i = 0; i < opportunities.Length; i++) _moveStarts[i + 1] += _moveStarts[i];
        var next = _moveStarts.AsSpan(0, opportunities.Length).ToArray();
        _moves = new Move[moves.Count];
        foreach (var move in moves) _moves[next[move.Opportunity]++] = move;
    }

    public SalesLaw Law { get; }
    public Market Market { get; }
    public SimulationOptions Options => Law.Options;

    /// <summary>The market factor of every week, a few beyond the end included.</summary>
    public double[] Factors { get; }

    /// <summary>Everybody ever born, by birth week.</summary>
    public SimulatedOpportunity[] Opportunities { get; }

    /// <summary>What happened to one of them, in order.</summary>
    public ReadOnlySpan<Move> MovesOf(int opportunity) => _moves.AsSpan(_moveStarts[opportunity].._moveStarts[opportunity + 1]);

    /// <summary>Every move of the world, by opportunity.</summary>
    public ReadOnlySpan<Move> Moves => _moves;

    /// <summary>Week <paramref name="index"/> as it really was.</summary>
    public MarketWeek Week(int index) => MarketWeek.Of(Options, index, Factors[index]);

    /// <summary>The day of a move.</summary>
    public DateOnly DateOf(in Move move) => Options.FirstWeek.AddDays(7 * move.Week + move.Day);

    /// <summary>The id that the CRM gives to an opportunity.</summary>
    public string IdOf(int opportunity) => CrmIds.Opportunity(opportunity, Opportunities.Length);

    /// <summary>Lives through all weeks of the world.</summary>
    public static WorldCourse Run(SimulationOptions options)
    {
        var law = new SalesLaw(options);
        var market = new Market(law);
        var factors = new double[options.Weeks + LeadWeeks];
        factors[0] = law.FirstFactor(options.Seed);
        for (var w = 1; w < factors.Length; w++) factors[w] = law.NextFactor(factors[w - 1], w, options.Seed);

        var population = new Population(law, market, new bool[market.AccountCount]);
        var moves = new List<Move>();
        for (var w = 0; w < options.Weeks; w++)
        {
            population.Run(MarketWeek.Of(options, w, factors[w]), options.Seed);
            moves.AddRange(population.Moves);
        }
        return new WorldCourse(law, market, factors, population.Opportunities.ToArray(), moves);
    }

    /// <summary>Who stands open at the start of a week, and where: born before it and not closed before it.</summary>
    public List<(int Opportunity, OpportunityState State)> OpenAt(int week)
    {
        var open = new List<(int, OpportunityState)>();
        for (var i = 0; i < Opportunities.Length && Opportunities[i].BirthWeek < week; i++)
        {
            var state = new OpportunityState { Amount = Opportunities[i].BirthAmount };
            var isClosed = false;
            foreach (ref readonly var move in MovesOf(i))
            {
                if (move.Week >= week) break;
                state = move.After;
                isClosed = move.IsClose;
            }
            if (!isClosed) open.Add((i, state));
        }
        return open;
    }

    /// <summary>Which accounts had bought before the start of a week.</summary>
    public bool[] AccountsThatBoughtBefore(int week)
    {
        var bought = new bool[Market.AccountCount];
        foreach (ref readonly var move in _moves.AsSpan())
            if (move.Kind == MoveKind.Win && move.Week < week) bought[Opportunities[move.Opportunity].Account] = true;
        return bought;
    }
}
