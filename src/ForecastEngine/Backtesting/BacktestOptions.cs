using ForecastEngine.Crm;
using ForecastEngine.Registry;

namespace ForecastEngine.Backtesting;

/// <summary>Which past forecasts are made again, and how.</summary>
public sealed record BacktestOptions
{
    /// <summary>Length of the periods forecast.</summary>
    public PeriodKind Period { get; init; } = PeriodKind.Quarter;
    /// <summary>Days from one origin to the next inside a period, the first on the day before it starts; null for 91 in
    /// a year, 42 in a quarter, 14 in a month, 7 in a week.</summary>
    public int? StrideDays { get; init; }
    /// <summary>Periods that each origin forecasts: 1 for the one that it lies in, 2 for the next as well, at most 4.</summary>
    public int Horizon { get; init; } = 1;
    /// <summary>Days after which an origin gets a freshly trained model; null for one training per quarter, or per
    /// month of shorter periods. 0 trains at every origin.</summary>
    public int? RetrainDays { get; init; }
    /// <summary>Days of history that the first origin needs; null for a year, or for a third of the history where that is shorter.</summary>
    public int? MinHistoryDays { get; init; }
    /// <summary>First day on which a period may start; null for any.</summary>
    public DateOnly? From { get; init; }
    /// <summary>Last day on which a period may end; null for the end of the data.</summary>
    public DateOnly? Until { get; init; }
    /// <summary>How models are trained. Its threads are those of one training; rounds run beside each other.</summary>
    public TrainingOptions Training { get; init; } = new();
    /// <summary>How many rounds may run at once; changes no figure.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
    /// <summary>Re-simulated futures per window where the truth is known.</summary>
    public int Futures { get; init; } = 600;

    /// <summary>The stride in force, in days.</summary>
    public int Stride => StrideDays ?? Period switch { PeriodKind.Year => 91, PeriodKind.Quarter => 42, PeriodKind.Month => 14, _ => 7 };

    /// <summary>The age in days at which a model is trained anew.</summary>
    public int Retrain => RetrainDays ?? Period switch { PeriodKind.Year or PeriodKind.Quarter => 85, _ => 28 };

    /// <summary>All faults in the settings, together.</summary>
    /// <exception cref="ArgumentException">A setting out of range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Period == PeriodKind.Days) faults.Add("Period: found Days; expected Week, Month, Quarter or Year");
        if (Stride is < 1 or > 400) faults.Add($"StrideDays: found {Stride}; expected 1 to 400 days");
        if (Horizon is < 1 or > 4) faults.Add($"Horizon: found {Horizon}; expected 1 to 4 periods");
        if (Retrain is < 0 or > 3650) faults.Add($"RetrainDays: found {Retrain}; expected 0 to 3650 days");
        if (MinHistoryDays is < 1) faults.Add($"MinHistoryDays: found {MinHistoryDays}; expected at least 1 day");
        if (Threads < 1) faults.Add($"Threads: found {Threads}; expected at least 1");
        if (Futures < 1) faults.Add($"Futures: found {Futures}; expected at least 1");
        if (From > Until) faults.Add($"From, Until: found {From:yyyy-MM-dd} and {Until:yyyy-MM-dd}; expected the earlier day first");
        if (faults.Count > 0) throw new ArgumentException($"Backtest options: {string.Join("; ", faults)}. Correct the settings.");
    }
}
