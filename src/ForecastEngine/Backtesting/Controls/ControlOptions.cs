using ForecastEngine.WinProbability;

namespace ForecastEngine.Backtesting.Controls;

/// <summary>How negative controls are run.</summary>
public sealed record ControlOptions
{
    /// <summary>The recipe that is put to the test. Fewer trees than in earnest: a leak shows in the first ones.</summary>
    public WinProbabilityOptions Win { get; init; } = new() { Trees = 60 };
    /// <summary>How often outcomes are shuffled; the results are averaged.</summary>
    public int Shuffles { get; init; } = 3;
    /// <summary>Share of the history's span, its newest part, on which is judged what was learnt before, 0–1.</summary>
    public double OutOfTimeShare { get; init; } = 0.35;
    /// <summary>Rank AUC (or 1 − AUC) of a single feature at creation beyond which it is too good to have been known then, 0.5–1.</summary>
    public double AlarmAtCreation { get; init; } = 0.80;
    /// <summary>Rank AUC (or 1 − AUC) of a single feature at any age beyond which it is put in quarantine, 0.5–1.</summary>
    public double Quarantine { get; init; } = 0.95;
    /// <summary>Seed of every draw.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Threads; changes no figure.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
