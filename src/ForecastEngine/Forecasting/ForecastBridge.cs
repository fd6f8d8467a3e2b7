namespace ForecastEngine.Forecasting;

/// <summary>
/// Why the expected revenue of a period moved between two runs. The steps add up to the move, to rounding:
/// what happened to deals under the earlier model and market, then the market, then the model.
/// </summary>
/// <remarks>
/// An open deal brings p·a with p = w·s: w the win probability, s the share of it that falls into the period. Its move is split
/// between amount, timing and progress by the mean of both ends, Δ(xy) = x̄·Δy + ȳ·Δx, which leaves no rest (Bennet 1920).
/// Of a deal that parts share, a is the part's share of the amount; what a change of the share moves counts as moved.
/// </remarks>
public sealed record ForecastBridge
{
    /// <summary>Expected revenue in the earlier run.</summary>
    public required double Before { get; init; }
    /// <summary>Expected revenue in the later run.</summary>
    public required double After { get; init; }
    /// <summary>What was won since, less what was expected of the deals that were won.</summary>
    public required double Won { get; init; }
    /// <summary>What was expected of deals that were lost since.</summary>
    public required double Lost { get; init; }
    /// <summary>Deals that came into the pipeline, less what less is expected of deals yet to come.</summary>
    public required double New { get; init; }
    /// <summary>Deals that moved between parts.</summary>
    public required double Moved { get; init; }
    /// <summary>Amounts of deals that stayed open.</summary>
    public required double Amount { get; init; }
    /// <summary>When they are expected to close.</summary>
    public required double Timing { get; init; }
    /// <summary>Their win probabilities, through what happened to them.</summary>
    public required double Progress { get; init; }
    /// <summary>The common factor: what the whole pipeline has in common lately.</summary>
    public required double Market { get; init; }
    /// <summary>Another model version.</summary>
    public required double Model { get; init; }
    /// <summary>What the forecasts lean toward methods that go by the team's past.</summary>
    public double Leaning { get; init; }
    /// <summary>Facts that came in late, of the days that the earlier run spoke of.</summary>
    public required double LateData { get; init; }

    /// <summary>All steps together; After − Before.</summary>
    public double Change => Won + Lost + New + Moved + Amount + Timing + Progress + Market + Model + Leaning + LateData;

    /// <summary>Tells the move apart.</summary>
    /// <param name="before">Published mean of the earlier run.</param>
    /// <param name="after">Published mean of the later run.</param>
    /// <param name="earlier">The earlier date, with its model and market.</param>
    /// <param name="facts">The later date, with the earlier model and market.</param>
    /// <param name="market">The later date and market, with the earlier model.</param>
    /// <param name="later">The later date, market and model.</param>
    /// <param name="leaning">What the later run leans less what the earlier one did.</param>
    /// <param name="wasWon">True when a deal that is not open at the later date was won, by id.</param>
    public static ForecastBridge Between(double before, double after, RevenueParts earlier, RevenueParts facts, RevenueParts market, RevenueParts later, double leaning, Func<string, bool> wasWon)
    {
        var (won, lost, moved, amount, timing, progress) = (facts.AlreadyWon - earlier.AlreadyWon, 0.0, 0.0, 0.0, 0.0, 0.0);
        var fresh = facts.FromNew - earlier.FromNew;
        foreach (var (id, old) in earlier.Deals)
        {
            if (!facts.Deals.TryGetValue(id, out var now))
            {
                if (old.Share == 0) continue;
                if (wasWon(id)) won -= old.Revenue; else lost -= old.Revenue;
            }
            else if (old.Share > 0 && now.Share > 0)
            {
                var (oldTiming, newTiming) = (InPeriod(old), InPeriod(now));
                var meanAmount = (old.Amount * old.Share + now.Amount * now.Share) / 2;
                var meanProbability = (old.Probability + now.Probability) / 2;
                amount += meanProbability * ((old.Share + now.Share) / 2) * (now.Amount - old.Amount);
                moved += meanProbability * ((old.Amount + now.Amount) / 2) * (now.Share - old.Share);
                timing += meanAmount * (old.WinProbability + now.WinProbability) / 2 * (newTiming - oldTiming);
                progress += meanAmount * (oldTiming + newTiming) / 2 * (now.WinProbability - old.WinProbability);
            }
            else
            {
                moved += now.Revenue - old.Revenue;
            }
        }
        foreach (var (id, now) in facts.Deals)
            if (!earlier.Deals.ContainsKey(id)) fresh += now.Revenue;
        return new ForecastBridge
        {
            Before = before, After = after, Won = won, Lost = lost, New = fresh, Moved = moved, Amount = amount, Timing = timing, Progress = progress,
            Market = market.Mean - facts.Mean, Model = later.Mean - market.Mean, Leaning = leaning, LateData = after - leaning - later.Mean + (earlier.Mean - before),
        };
    }

    private static double InPeriod(DealPart deal) => deal.WinProbability > 0 ? deal.Probability / deal.WinProbability : 0;
}
