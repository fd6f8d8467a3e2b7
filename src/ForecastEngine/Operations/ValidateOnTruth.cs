using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>Which simulated worlds the engine is held against.</summary>
public sealed record ValidationRequest
{
    /// <summary>Wins a quarter that each world brings.</summary>
    public double WinsPerQuarter { get; init; } = 100;
    /// <summary>How many worlds.</summary>
    public int Worlds { get; init; } = 4;
    /// <summary>Seed of the first world; each further one adds 1.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Quarters forecast per world, each from its first day, from the middle and from its last week.</summary>
    public int Quarters { get; init; } = 2;
    /// <summary>False for the plain world; true for companies that differ in their hazards (s.d. 0.3 logits), with campaigns and 15 % of zombies.</summary>
    public bool Hard { get; init; }
    /// <summary>The calendar by whose quarters the worlds' deals rush and are forecast.</summary>
    public BusinessCalendar Calendar { get; init; } = BusinessCalendar.Default;
    /// <summary>Days after which a forecast gets a freshly trained model: by default a training serves a quarter's three forecasts.</summary>
    public int RetrainDays { get; init; } = 85;
    /// <summary>Further worlds of the same kind whose deals are pooled into a model to start from, as known at the first forecast; 0 to learn from each world's own deals alone.</summary>
    public int Donors { get; init; }
    /// <summary>Re-simulated futures per forecast.</summary>
    public int Futures { get; init; } = 600;
    /// <summary>How models are trained. Worlds run beside each other on its threads, each training on one.</summary>
    public TrainingOptions Training { get; init; } = new();
    /// <summary>Folder for finished rounds, so that an interrupted run goes on; null to keep none.</summary>
    public string? Folder { get; init; }

    /// <summary>The pooled model of the donors: worlds that are never judged.</summary>
    internal PooledPrior Pool(CancellationToken cancellation)
    {
        CrmHistory[] donors = [.. Enumerable.Range(0, Donors).Select(d => new CrmHistory(SimulatedWorld.Generate(World(Seed + FirstDonor + d), Training.Threads).Facts))];
        return PooledPrior.Train(donors, TruthPlan.Windows(World(Seed), 1).First().Cutoff, Training.Win with { Seed = Training.Seed, Threads = Training.Threads }, cancellation);
    }

    private const long FirstDonor = 1_000_000;

    /// <summary>The world of a seed.</summary>
    public SimulationOptions World(long seed) => new()
    {
        Seed = seed, Weeks = TruthPlan.WeeksFor(Quarters), ActivityDensity = 0.5, LeadDensity = 0.2, QuartersEndByDay = true, Calendar = Calendar,
        OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(WinsPerQuarter),
        Heterogeneity = Hard ? 0.3 : 0, HasCampaigns = Hard, ZombieShare = Hard ? 0.15 : 0,
    };
}

/// <summary>The engine on worlds whose truth is known.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Report">Every figure of forecasts from a quarter's start and middle.</param>
/// <param name="LastWeek">Those of forecasts from its last week, when most is won or lost already.</param>
/// <param name="Windows">Every forecast.</param>
public sealed record ValidateOnTruthResult(ValidationRequest Request, BacktestReport Report, BacktestReport LastWeek, IReadOnlyList<WindowResult> Windows);

/// <summary>Holds the engine against worlds whose true probabilities are known: the coverage of its bands and its error beside an oracle's and the baselines'.</summary>
public static class ValidateOnTruth
{
    /// <summary>Runs the validation, several worlds beside each other; the number of threads changes no figure.</summary>
    public static ValidateOnTruthResult Run(ValidationRequest request, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (request.Quarters is < 1 or > 40) throw new OperationException($"Validation: found {request.Quarters} quarters; expected 1 to 40.");
        if (request.Donors is < 0 or > 1000) throw new OperationException($"Validation: found {request.Donors} donors; expected 0 to 1,000.");
        if (request.Worlds is < 1 or > 100_000) throw new OperationException($"Validation: found {request.Worlds} worlds; expected 1 to 100,000.");
        var training = request.Training with { Threads = 1 };
        if (request.Donors > 0)
        {
            progress?.Report(new OperationProgress("Pooling the donors", 0));
            training = training with { Prior = request.Pool(cancellation) };
        }
        var options = new BacktestOptions { RetrainDays = request.RetrainDays, Futures = request.Futures, Threads = 1, Training = training };
        var results = new IReadOnlyList<WindowResult>[request.Worlds];
        var (done, all) = (0, request.Worlds * request.Quarters * 3);
        progress?.Report(new OperationProgress("Forecasting", 0));
        Parallel.For(0, request.Worlds, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, request.Training.Threads), CancellationToken = cancellation }, w =>
        {
            var world = request.World(request.Seed + w);
            var store = request.Folder is null ? null : new RoundFolder(request.Folder, world, options).Store;
            var rounds = BacktestPlan.Rounds(TruthPlan.Windows(world, request.Quarters), options.Retrain);
            var counted = 0;
            results[w] = Backtester.Run(new Lazy<BacktestSubject>(() => new BacktestSubject(SimulatedWorld.Generate(world, 1))), rounds, options, store, new Told(n =>
            {
                var total = Interlocked.Add(ref done, n - counted);
                counted = n;
                progress?.Report(new OperationProgress($"Forecasting ({total} of {all})", (double)total / all));
            }), cancellation);
        });
        WindowResult[] windows = [.. results.SelectMany(r => r)];
        var late = windows.ToLookup(w => w.Window.WeekOfPeriod >= TruthPlan.LastWeek);
        return new ValidateOnTruthResult(request, BacktestReport.From([.. late[false]]), BacktestReport.From([.. late[true]]), windows);
    }

    // Called in place: the rounds of a world run one after the other.
    private sealed class Told(Action<int> tell) : IProgress<int>
    {
        public void Report(int value) => tell(value);
    }
}
