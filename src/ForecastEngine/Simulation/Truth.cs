namespace ForecastEngine.Simulation;

/// <summary>
/// What is true in a simulated world and no CRM knows: hidden qualities, hazards, the market factor. Everything that an
/// origin could not know of its future is integrated out; campaigns and a shock are part of the plan and known to it.
/// </summary>
public sealed class Truth
{
    private readonly WorldCourse _course;
    private readonly int _threads;

    internal Truth(WorldCourse course, int threads) => (_course, _threads) = (course, threads);

    /// <summary>The hidden market factor F of a week, in logits of the win hazard; the shock is not part of it.</summary>
    public double FactorIn(int week) => _course.Factors[week];

    /// <summary>The week in which a day lies, from 0.</summary>
    public int WeekOf(DateOnly date) => (int)Math.Floor((date.DayNumber - _course.Options.FirstWeek.DayNumber) / 7.0);

    /// <summary>Long-run share of a source's leads that become opportunities.</summary>
    public double LeadConversion(string source)
    {
        var index = Array.FindIndex(Catalogue.Sources, s => s.Name == source);
        return index >= 0 ? _course.Market.ConversionOf(index)
            : throw new ArgumentException($"Truth.LeadConversion: found source \"{source}\"; expected one of {string.Join(", ", Catalogue.Sources.Select(s => s.Name))}.");
    }

    /// <summary>The hidden quality q of an opportunity.</summary>
    public double QualityOf(string opportunityId) => _course.Opportunities[IndexOf(opportunityId)].Quality;

    /// <summary>True for an opportunity that can only be purged.</summary>
    public bool IsZombie(string opportunityId) => _course.Opportunities[IndexOf(opportunityId)].IsZombie;

    /// <summary>Revenue really won in [<paramref name="from"/>, <paramref name="until"/>], both days included, recorded or not.</summary>
    public decimal ActualRevenue(DateOnly from, DateOnly until)
    {
        if (until > _course.Options.LastDay.AddDays(2))
            throw new ArgumentOutOfRangeException(nameof(until), until, $"expected a day of the world, which ends on {_course.Options.LastDay:yyyy-MM-dd}");
        return RevenueBetween(from, until);
    }

    /// <summary>When an opportunity was really won; null when it was not, or not yet.</summary>
    public DateOnly? WonOn(string opportunityId)
    {
        var moves = _course.MovesOf(IndexOf(opportunityId));
        return moves.Length > 0 && moves[^1].Kind == MoveKind.Win ? _course.DateOf(moves[^1]) : null;
    }

    /// <summary>
    /// The truth as of the start of <paramref name="week"/> (Monday morning; 0 to <see cref="SimulationOptions.Weeks"/>).
    /// A forecast as of the Sunday before it may be held against it.
    /// </summary>
    public TruthAtOrigin At(int week)
    {
        if (week < 0 || week > _course.Options.Weeks)
            throw new ArgumentOutOfRangeException(nameof(week), week, $"expected a week from 0 to {_course.Options.Weeks}");
        return new TruthAtOrigin(_course, this, week, _threads);
    }

    internal decimal RevenueBetween(DateOnly from, DateOnly until)
    {
        var revenue = 0.0;
        foreach (ref readonly var move in _course.Moves)
            if (move.Kind == MoveKind.Win && _course.DateOf(move) is var day && day >= from && day <= until) revenue += move.After.Amount;
        return (decimal)revenue;
    }

    private int IndexOf(string opportunityId)
    {
        return int.TryParse(opportunityId.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture, out var number)
            && number >= 1 && number <= _course.Opportunities.Length ? number - 1
            : throw new ArgumentException($"Truth: found opportunity \"{opportunityId}\"; expected an id of this world.");
    }
}
