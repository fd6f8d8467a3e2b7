using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;

namespace ForecastEngine.Registry;

/// <summary>What went into training.</summary>
/// <param name="Opportunities">Deals known.</param>
/// <param name="Won">Of them won.</param>
/// <param name="Lost">Of them lost.</param>
/// <param name="Open">Of them right-censored.</param>
/// <param name="Landmarks">Rows of the training table.</param>
/// <param name="TrainingRows">Rows per cause or model part, by name.</param>
public sealed record ModelCounts(int Opportunities, int Won, int Lost, int Open, int Landmarks, IReadOnlyDictionary<string, int> TrainingRows);

/// <summary>Something that was left out, and why.</summary>
/// <param name="What">A column, a feature, deals.</param>
/// <param name="Reason">In words.</param>
/// <param name="Count">How many, where it can be counted.</param>
public sealed record ModelExclusion(string What, string Reason, int? Count = null);

/// <summary>A feature as the model saw it.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Driver">Business factor it explains a score under.</param>
/// <param name="Description">Meaning, unit and range.</param>
public sealed record ModelFeature(string Name, string Driver, string Description);

/// <summary>A feature that a data scientist defined; its code is in the bundle.</summary>
/// <param name="Name">Column name.</param>
/// <param name="Unit">What a value counts or measures.</param>
/// <param name="KnownBecause">Why it is known at the as-of date.</param>
/// <param name="Sha256">SHA-256 of its assembly.</param>
/// <param name="Source">Its C# source; null where it came as an assembly.</param>
/// <param name="AucAtCreation">How well it alone tells won from lost at creation, 0.5–1; null with too few deals.</param>
public sealed record ModelCustomFeature(string Name, string Unit, string KnownBecause, string Sha256, string? Source, double? AucAtCreation);

/// <summary>The cells of time ahead.</summary>
/// <param name="UnitDays">Unit in days.</param>
/// <param name="Edges">Cell k is [Edges[k], Edges[k + 1]) in days.</param>
public sealed record ModelTimeGrid(int UnitDays, IReadOnlyList<double> Edges);

/// <summary>One figure of merit and what it rests on.</summary>
/// <param name="Name">For instance <c>log loss</c>, <c>log loss of the stage rate</c>, <c>AUC</c>, <c>deal size bias</c>.</param>
/// <param name="Value">The figure; null where it could not be computed.</param>
/// <param name="Count">Deals or rows it rests on.</param>
/// <param name="Note">For instance the kind of calibration chosen.</param>
public sealed record ModelMetric(string Name, double? Value, int Count, string? Note = null)
{
    /// <summary>Lower end of its 95 % interval; null where none was computed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Lower { get; init; }
    /// <summary>Upper end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Upper { get; init; }
}

/// <summary>How the model did in one part of the business, out of time.</summary>
/// <param name="Name">Such as <c>stage Offer</c>.</param>
/// <param name="Deals">Deals judged.</param>
/// <param name="Foretold">Mean probability of winning in the window, 0–1.</param>
/// <param name="Won">Share that was won, 0–1.</param>
/// <param name="LogLoss">Log loss, nats.</param>
/// <param name="StageRateLogLoss">That of the stage rate.</param>
/// <param name="Lower">Lower end of the 95 % interval of the difference to the stage rate: below 0 the model is better.</param>
/// <param name="Upper">Upper end.</param>
public sealed record ModelSegment(string Name, int Deals, double Foretold, double Won, double LogLoss, double StageRateLogLoss, double Lower, double Upper);

/// <summary>Deals of like probability, out of time: what was foretold and what came.</summary>
/// <param name="Foretold">Mean probability, 0–1.</param>
/// <param name="Won">Share won, 0–1.</param>
/// <param name="Deals">Deals.</param>
public sealed record ModelCalibrationBin(double Foretold, double Won, int Deals);

/// <summary>Everything one needs to know of a model version to trust, repeat or doubt it. Written beside its files.</summary>
public sealed record ModelCard
{
    /// <summary>The version's id: see <see cref="ModelVersionId"/>.</summary>
    public required string Version { get; init; }
    /// <summary>When it was trained, as the caller says.</summary>
    public required DateTimeOffset TrainedAt { get; init; }
    /// <summary>First day of the data.</summary>
    public required DateOnly DataFrom { get; init; }
    /// <summary>Last day of the data: the cutoff.</summary>
    public required DateOnly DataUntil { get; init; }
    /// <summary>Hash of the data.</summary>
    public required string DataHash { get; init; }
    /// <summary>When the data was taken from the CRM.</summary>
    public required DateTimeOffset DataTimestamp { get; init; }
    /// <summary>The business calendar it learnt by; null for the default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BusinessCalendar? Calendar { get; init; }
    /// <summary>True when the data are the sample's: the version goes when the user's own export comes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSample { get; init; }
    /// <summary>What went into training.</summary>
    public required ModelCounts Counts { get; init; }
    /// <summary>What was left out: refused columns, dropped features, deals.</summary>
    public IReadOnlyList<ModelExclusion> Exclusions { get; init; } = [];
    /// <summary>The features.</summary>
    public required IReadOnlyList<ModelFeature> Features { get; init; }
    /// <summary>Those that a data scientist defined; null without any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ModelCustomFeature>? CustomFeatures { get; init; }
    /// <summary>The cells of time ahead.</summary>
    public required ModelTimeGrid TimeGrid { get; init; }
    /// <summary>Highest rung of the ladder that answers.</summary>
    public required string Rung { get; init; }
    /// <summary>All settings, by name.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }
    /// <summary>Seed of every draw.</summary>
    public required long Seed { get; init; }
    /// <summary>Versions of the learner and the runtime.</summary>
    public IReadOnlyDictionary<string, string> Packages { get; init; } = LoadedPackages();
    /// <summary>Figures of merit, out of time.</summary>
    public IReadOnlyList<ModelMetric> Metrics { get; init; } = [];
    /// <summary>Parts of the business, out of time; null where none was measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ModelSegment>? Segments { get; init; }
    /// <summary>Calibration, out of time, in bins of as many deals each; null where none was measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ModelCalibrationBin>? Calibration { get; init; }
    /// <summary>What the model cannot do, in words.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];
    /// <summary>Statistical doubts, in words.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The figure of that name; null when it is not on the card.</summary>
    public ModelMetric? Metric(string name) => Metrics.FirstOrDefault(m => m.Name == name);

    /// <summary>Indented JSON, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads a card.</summary>
    /// <exception cref="JsonException">Not a card.</exception>
    public static ModelCard FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<ModelCard>(json, Json) ?? throw new JsonException("found null");

    /// <summary>ML.NET, FastTree, the data frame and the runtime, as loaded in this process.</summary>
    public static IReadOnlyDictionary<string, string> LoadedPackages()
    {
        var versions = new SortedDictionary<string, string>(StringComparer.Ordinal) { [".NET"] = RuntimeInformation.FrameworkDescription };
        foreach (var assembly in new[] { typeof(Microsoft.ML.MLContext).Assembly, typeof(Microsoft.ML.Trainers.FastTree.FastTreeRegressionTrainer).Assembly, typeof(Microsoft.Data.Analysis.DataFrame).Assembly, typeof(ModelCard).Assembly })
        {
            var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "";
            versions[assembly.GetName().Name!] = version.Split('+')[0];
        }
        return versions;
    }
}
