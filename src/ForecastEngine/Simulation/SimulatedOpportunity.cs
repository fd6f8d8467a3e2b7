namespace ForecastEngine.Simulation;

/// <summary>What an opportunity is from its birth on, the hidden part included.</summary>
internal struct SimulatedOpportunity
{
    /// <summary>Coordinate of its draws: week and position of its arrival.</summary>
    public long Key;
    public int BirthWeek;
    public int Account;
    public int Rep;
    public int Product;
    public byte Source;
    public byte Segment;
    public byte Region;
    /// <summary>The account had already bought.</summary>
    public bool IsExisting;
    public bool IsZombie;
    /// <summary>Hidden quality q, standard normal (less in campaigns).</summary>
    public double Quality;
    /// <summary>The visible fit score, 0.6 q + 0.8 ε.</summary>
    public double Fit;
    /// <summary>The true amount A, of which expected amounts are noisy readings.</summary>
    public double TrueAmount;
    /// <summary>The expected amount at birth.</summary>
    public double BirthAmount;
    /// <summary>e to the part of the win logit that never changes.</summary>
    public double WinOdds;
    /// <summary>e to the part of the loss logit that never changes.</summary>
    public double LossOdds;
    /// <summary>e to the part of the advance logit that never changes.</summary>
    public double AdvanceOdds;
    /// <summary>Mean weekly activities in the first stage at age 0.</summary>
    public double ActivityMean;
}

/// <summary>Where an open opportunity stands: all that the next week depends on beside its birth and the market.</summary>
internal struct OpportunityState
{
    public int Stage;
    /// <summary>The expected amount in force.</summary>
    public double Amount;
}

/// <summary>How a week ended for an opportunity.</summary>
internal enum MoveKind : byte { Stay, Advance, Regress, Win, Loss, Purge }

/// <summary>A week that changed something.</summary>
internal readonly record struct Move(int Opportunity, int Week, MoveKind Kind, int Day, OpportunityState After)
{
    public bool IsClose => Kind >= MoveKind.Win;
}
