using System.Data.Common;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>What a long operation is doing.</summary>
/// <param name="Step">What, in words.</param>
/// <param name="Share">Share of it done, 0–1; null when unknown.</param>
public readonly record struct OperationProgress(string Step, double? Share = null);

/// <summary>An operation cannot do what was asked; the message says why and what to do.</summary>
public sealed class OperationException(string message) : Exception(message);

/// <summary>One team's database and models. The place where registry, storage and clock meet.</summary>
public sealed class Workspace : IDisposable
{
    private readonly ForecastDatabase _database;

    private Workspace(string folder, ForecastDatabase database, TimeProvider clock, bool allowsCustomFeatures)
    {
        (Folder, _database, Clock, AllowsCustomFeatures) = (folder, database, clock, allowsCustomFeatures);
        History = new CrmHistoryStore(database);
        Rates = new RateStore(database);
        Scores = new ScoreStore(database);
        Backtests = new BacktestStore(database);
        Trainings = new TrainingRunStore(database);
        Shadows = new ShadowScoreStore(database);
        Jobs = new JobStore(database);
        Leases = new LeaseStore(database);
        Models = database.Options.Provider == StorageProvider.PostgreSql ? new ModelRegistry(new ModelStore(database)) : new ModelRegistry(Path.Combine(folder, "models"));
        Rescoring = new RescoringCache(clock);
        Grounds = new RunGroundCache(Rescoring);
        Events = new EventStore(database);
        FreshScores = new FreshScoreStore(database);
        Webhooks = new WebhookStore(database);
        Requests = new RequestStore(database);
        Keys = new ApiKeyStore(database);
        Audit = new AuditLog(database);
        Adjustments = new AdjustmentStore(database);
        Calendar = new CalendarStore(database);
    }

    /// <summary>The workspace's folder.</summary>
    public string Folder { get; }
    /// <summary>The history of the CRM.</summary>
    public CrmHistoryStore History { get; }
    /// <summary>Exchange rates.</summary>
    public RateStore Rates { get; }
    /// <summary>The business calendar.</summary>
    public CalendarStore Calendar { get; }
    /// <summary>Rescoring runs.</summary>
    public ScoreStore Scores { get; }
    /// <summary>Backtests that were made.</summary>
    public BacktestStore Backtests { get; }
    /// <summary>Trainings that were done, the refused ones among them.</summary>
    public TrainingRunStore Trainings { get; }
    /// <summary>What a challenger said beside the champion.</summary>
    public ShadowScoreStore Shadows { get; }
    /// <summary>The journal of background jobs.</summary>
    public JobStore Jobs { get; }
    /// <summary>Leases that keep two processes from doing the same.</summary>
    public LeaseStore Leases { get; }
    /// <summary>Events of the CRM.</summary>
    public EventStore Events { get; }
    /// <summary>Scores made since the last run.</summary>
    public FreshScoreStore FreshScores { get; }
    /// <summary>Webhooks out.</summary>
    public WebhookStore Webhooks { get; }
    /// <summary>Requests that are done once, and uploads.</summary>
    public RequestStore Requests { get; }
    /// <summary>Who may ask the server.</summary>
    public ApiKeyStore Keys { get; }
    /// <summary>Who changed what.</summary>
    public AuditLog Audit { get; }
    /// <summary>What people say of forecasts.</summary>
    public AdjustmentStore Adjustments { get; }
    /// <summary>Model versions: in the folder's models/ beside SQLite, in the database itself on PostgreSQL, so that a machine needs nothing else.</summary>
    public ModelRegistry Models { get; }
    /// <summary>What the parts of the rescoring run under way have in common.</summary>
    public RescoringCache Rescoring { get; }
    /// <summary>What the deals of the newest published run have in common, for scores beside it.</summary>
    public RunGroundCache Grounds { get; }
    /// <summary>True where model versions that hold custom features, which is code, may be loaded.</summary>
    public bool AllowsCustomFeatures { get; }
    /// <summary>Tells when something was done; never what may be known.</summary>
    public TimeProvider Clock { get; }
    /// <summary>Where the database is, without secrets.</summary>
    public string Database => _database.Options.ToString();

    /// <summary>True when the database and the models in it may be shared by several machines.</summary>
    public bool IsShared => _database.Options.Provider == StorageProvider.PostgreSql;

    /// <summary>A new connection to the workspace's PostgreSQL database, not opened yet, for a library that keeps tables of its own there; null beside SQLite.</summary>
    public DbConnection? NewPostgreSqlConnection() => _database.NewPostgreSqlConnection();

    /// <summary>Lets a library install its tables in the workspace's PostgreSQL database; processes that start at once take turns.</summary>
    /// <param name="install">Does it, on an open connection.</param>
    public void Install(Action<DbConnection> install)
    {
        using var turn = _database.BeginWrite(WritePurpose.Schema);
        using var connection = _database.OpenConnection();
        install(connection);
    }

    /// <summary>An open connection on which nothing can be written, see <see cref="ForecastDatabase.OpenReadOnly"/>.</summary>
    internal DbConnection OpenReadOnly() => _database.OpenReadOnly();

    /// <summary>Copies one state of the SQLite database into a new file, see <see cref="ForecastDatabase.CopyTo"/>.</summary>
    internal void CopyDatabase(string file) => _database.CopyTo(file);

    /// <summary>Opens a workspace, and makes it where it does not exist.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="clock">Tells when something was done.</param>
    /// <param name="database">Storage setting, see <see cref="StorageOptions.Parse"/>; null for an SQLite file in the folder.</param>
    /// <param name="allowCustomFeatures">False to refuse model versions that hold code.</param>
    /// <param name="cancellation">Stops waiting for the schema.</param>
    public static Workspace Open(string folder, TimeProvider clock, string? database = null, bool allowCustomFeatures = true, CancellationToken cancellation = default)
    {
        var full = Path.GetFullPath(folder);
        Directory.CreateDirectory(full);
        return new Workspace(full, ForecastDatabase.Open(StorageOptions.Parse(database ?? "forecast.db", full), cancellation), clock, allowCustomFeatures);
    }

    /// <summary>The models of a version whose checksums were verified, ready to score.</summary>
    /// <exception cref="ModelRegistryException">They cannot be loaded, or hold custom features where those are not allowed.</exception>
    public ModelBundle BundleOf(ModelVersion version)
    {
        if (!AllowsCustomFeatures && CustomFeatureFiles.AreIn(version.Files))
            throw new ModelRegistryException($"Model version {version.Id}", $"custom features, which are code ({string.Join(", ", version.Card.CustomFeatures?.Select(f => f.Name) ?? [])})", "none, since this server was not told to run any", "Set ForecastEngine:CustomFeatures to true where you trust whoever trains and promotes, or promote another version.");
        try
        {
            return ModelBundle.Load(version.Files);
        }
        catch (Exception fault) when (fault is InvalidDataException or System.Text.Json.JsonException)
        {
            throw new ModelRegistryException($"Model version {version.Id}", $"models that cannot be loaded ({fault.Message})", "models that this release can score with", "Restore the version from a backup, promote another, or train again.", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Grounds.Dispose();
        Rescoring.Dispose();
        _database.Dispose();
    }
}
