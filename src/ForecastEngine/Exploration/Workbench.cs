using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Forecasting;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Storage;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>
/// What a notebook starts from: one object with the database, the model registry, the clock and the seed. It calls the
/// operations that the command line and the server call, and gives what they work on as tables.
/// </summary>
public sealed class Workbench : IDisposable
{
    private Workbench(Workspace workspace, long seed, int threads) => (Workspace, Seed, Threads) = (workspace, seed, threads);

    /// <summary>The workspace: database, registry and clock.</summary>
    public Workspace Workspace { get; }
    /// <summary>Seed of every draw.</summary>
    public long Seed { get; }
    /// <summary>How many threads may work; changes no figure.</summary>
    public int Threads { get; }

    /// <summary>The business calendar.</summary>
    public BusinessCalendar Calendar => Workspace.Calendar.Current();

    /// <summary>Opens a workspace, and makes it where it does not exist.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="database">Storage setting, see <see cref="StorageOptions.Parse"/>; null for an SQLite file in the folder.</param>
    /// <param name="seed">Seed of every draw; the same data and seed give the same figures.</param>
    /// <param name="threads">How many threads may work; null for all.</param>
    /// <param name="clock">Tells when something was done, never what may be known; null for the machine's.</param>
    public static Workbench Open(string folder, string? database = null, long seed = 1, int? threads = null, TimeProvider? clock = null) =>
        new(Workspace.Open(folder, clock ?? TimeProvider.System, database, cancellation: Watch.Current.Cancellation), seed, threads ?? Environment.ProcessorCount);

    /// <summary>Imports the sample where nothing was imported yet, and trains a first champion where there is none. What is there stays as it is.</summary>
    /// <param name="data">The folder with <c>sample</c> and <c>maps</c>.</param>
    /// <param name="trainedUntil">Last day of the first champion's data.</param>
    /// <param name="recipe">Its settings; null for the defaults.</param>
    public Workbench WithSample(string data, DateOnly trainedUntil, TrainingOptions? recipe = null)
    {
        if (Workspace.History.Imports().Count == 0)
            ImportSample.Run(Workspace, Path.Combine(data, "sample"), ImportMap.Load(Path.Combine(data, "maps", "forecastengine.json")), null, Watch.Current.Progress, Watch.Current.Cancellation);
        if (Workspace.Models.State.Champion is null) Train(trainedUntil, recipe);
        return this;
    }

    /// <summary>Reads a CRM's exported files and adds what is new to the history.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="map">The import map's file.</param>
    public ImportCrmResult Import(string folder, string map) => ImportCrm.Run(Workspace, folder, ImportMap.Load(map), null, Watch.Current.Progress, Watch.Current.Cancellation);

    /// <summary>Trains a version, registers it and sends it through the promotion gate.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="recipe">Settings; null for the defaults. Seed and threads are the workbench's.</param>
    /// <param name="hold">True to hear the gate's decision without acting on it.</param>
    public TrainModelsResult Train(DateOnly? asOf = null, TrainingOptions? recipe = null, bool hold = false) => hold
        ? TrainModels.Hold(Workspace, asOf, Own(recipe), Watch.Current.Progress, Watch.Current.Cancellation)
        : TrainModels.Run(Workspace, asOf, Own(recipe), Watch.Current.Progress, Watch.Current.Cancellation);

    /// <summary>Trains on the oldest deals and judges the newest at fixed ages. Touches no registered version.</summary>
    public EvaluateLandmarksResult Evaluate(LandmarkRequest? request = null)
    {
        request ??= new LandmarkRequest();
        return EvaluateLandmarks.Run(Workspace, request with { Training = Own(request.Training) }, Watch.Current.Progress, Watch.Current.Cancellation);
    }

    /// <summary>Scores the open deals with the champion and publishes the run.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public Task<RescorePipelineResult> Score(DateOnly? asOf = null) =>
        RescorePipeline.Run(Workspace, asOf, new Scoring.ScoringOptions { Threads = Threads }, Watch.Current.Progress, Watch.Current.Cancellation);

    /// <summary>Forecasts revenue with the champion.</summary>
    /// <param name="dimension">By what revenue is told apart.</param>
    /// <param name="period">Which periods of the business calendar.</param>
    /// <param name="periods">How many, from the one of the as-of date on.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public Task<ForecastRevenueResult> Forecast(Dimension dimension = Dimension.Company, PeriodKind period = PeriodKind.Quarter, int periods = 3, DateOnly? asOf = null) =>
        ForecastRevenue.Run(Workspace, new ForecastRequest { Dimension = dimension, Period = period, Periods = periods, Threads = Threads }, asOf, Watch.Current.Progress, Watch.Current.Cancellation);

    /// <summary>Tells why a deal's win probability is what it is.</summary>
    /// <param name="opportunityId">The deal.</param>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public Task<ExplainOpportunityResult> Explain(string opportunityId, DateOnly? asOf = null) =>
        ExplainOpportunity.Run(Workspace, opportunityId, asOf, Watch.Current.Progress, Watch.Current.Cancellation);

    /// <summary>Makes past forecasts again and measures them. What an earlier run finished is not made again.</summary>
    public RunBacktestResult Backtest(BacktestOptions? options = null)
    {
        options ??= new BacktestOptions();
        return RunBacktest.Run(Workspace, new BacktestRequest { Options = options with { Training = Own(options.Training), Threads = Threads } }, Watch.Current.Progress, Watch.Current.Cancellation);
    }

    /// <summary>Sets two published runs side by side, so that the move of a forecast can be told apart.</summary>
    /// <param name="from">The earlier run's date.</param>
    /// <param name="to">The later run's date.</param>
    public CompareRuns Compare(DateOnly from, DateOnly to) => CompareRuns.Load(Workspace, RunOf(from), RunOf(to), Threads, Watch.Current.Cancellation);

    /// <summary>Makes a version the champion, whatever the gate said.</summary>
    /// <param name="version">Its id.</param>
    /// <param name="reason">Why, for the history.</param>
    public RegistryState Promote(string version, string reason)
    {
        ChangeChampion.Promote(Workspace, version, reason);
        return Workspace.Models.State;
    }

    /// <summary>Brings the champion before this one back.</summary>
    public RegistryState Rollback()
    {
        ChangeChampion.Rollback(Workspace);
        return Workspace.Models.State;
    }

    /// <summary>The history known at a date.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public CrmHistory History(DateOnly? asOf = null) => HistoryAt.Load(Workspace, asOf, Watch.Current.Cancellation, out _);

    /// <summary>The training table: a row per deal and landmark date with features and labels, exactly as <see cref="Train"/> learns from it.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    /// <param name="recipe">Settings; null for the defaults.</param>
    public DataFrame Snapshots(DateOnly? asOf = null, TrainingOptions? recipe = null)
    {
        var history = HistoryAt.Load(Workspace, asOf, Watch.Current.Cancellation, out var cutoff);
        return BundleTrainer.Table(history, cutoff, Own(recipe), Watch.Current.Cancellation);
    }

    /// <summary>A row per opportunity, see <see cref="HistoryTables.Opportunities"/>.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public DataFrame Opportunities(DateOnly? asOf = null) => HistoryTables.Opportunities(HistoryAt.Load(Workspace, asOf, Watch.Current.Cancellation, out var cutoff), cutoff);

    /// <summary>A row per stay in a stage, see <see cref="HistoryTables.StageVisits"/>.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public DataFrame StageVisits(DateOnly? asOf = null) => HistoryTables.StageVisits(HistoryAt.Load(Workspace, asOf, Watch.Current.Cancellation, out var cutoff), cutoff);

    /// <summary>A row per open stage, see <see cref="HistoryTables.StageFlow"/>.</summary>
    /// <param name="asOf">Last day whose events may be known; null for the day of the newest export.</param>
    public DataFrame StageFlow(DateOnly? asOf = null) => HistoryTables.StageFlow(HistoryAt.Load(Workspace, asOf, Watch.Current.Cancellation, out var cutoff), cutoff);

    /// <summary>The scores of a published run, by opportunity, with the columns of <c>forecast export scores</c>.</summary>
    /// <param name="asOf">The run's date; null for the newest.</param>
    public DataFrame Scores(DateOnly? asOf = null) => ExportScores.Table(Workspace, RunOf(asOf), Watch.Current.Cancellation).GetAwaiter().GetResult();

    /// <summary>The published runs, last first.</summary>
    public DataFrame Runs() => ScoreTables.Runs(Workspace.Scores.RunsAsync(1000, Watch.Current.Cancellation).GetAwaiter().GetResult());

    /// <summary>The model versions, and who answers.</summary>
    public DataFrame Models() => ModelTables.Versions([.. Workspace.Models.List().Select(v => Workspace.Models.Get(v).Card)], Workspace.Models.State);

    /// <summary>A version's model card; the champion's where none is named.</summary>
    /// <param name="version">Its id; null for the champion.</param>
    public ModelCard Card(string? version = null) => (version is null ? ScoredPipeline.ChampionOf(Workspace) : Workspace.Models.Get(version)).Card;

    /// <summary>Answers a query on the workspace's database, over a connection on which nothing can be written.</summary>
    /// <param name="query">One SELECT, WITH … or VALUES in the database's own SQL.</param>
    public DataFrame Sql(string query) => SqlTable.Query(Workspace, query, Watch.Current.Cancellation);

    /// <inheritdoc/>
    public void Dispose() => Workspace.Dispose();

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"Workbench on {Workspace.Database}, seed {Seed}, champion {Workspace.Models.State.Champion ?? "none"}");

    private TrainingOptions Own(TrainingOptions? recipe) => (recipe ?? new TrainingOptions()) with { Seed = Seed, Threads = Threads };

    private RescoringRun RunOf(DateOnly? asOf)
    {
        var run = Workspace.Scores.LatestRun(asOf);
        return run is not null && (asOf is null || run.AsOf == asOf) ? run
            : throw new OperationException($"Runs: found none as of {(asOf is { } date ? date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : "any date")}; expected one that was published. Score first: await bench.Score(...).");
    }
}
