using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Statistics.Trees;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace ForecastEngine.WinProbability;

/// <summary>
/// The win probability model as files of a bundle: ML.NET's own files of the trees, and <c>win.json</c> with everything else.
/// Checksums are the registry's business and are verified before this code sees a byte.
/// </summary>
public static class WinProbabilityFiles
{
    private const string State = "win.json";
    private const string WonTrees = "win-won.zip";
    private const string LostTrees = "win-lost.zip";
    private const string OutcomeTrees = "win-outcome.zip";

    /// <summary>The files of a trained model, by name.</summary>
    public static Dictionary<string, byte[]> Save(TrainedWinProbability trained)
    {
        var model = trained.Model;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [State] = JsonSerializer.SerializeToUtf8Bytes(new ModelState(
                model.Features.Schema, model.Grid, model.TailWinShare, CauseState.Of(model.Won), CauseState.Of(model.Lost))
            {
                Columns = [.. model.Features.Features.Select(f => f.Name)],
                Late = model.Late,
                Outcome = model.Outcome is { } outcome ? OutcomeState.Of(outcome) : null,
                Custom = model.Features.Schema.Custom is { Count: > 0 } custom ? CustomFeatureFiles.NeededBy(custom) : null,
            }, Json),
        };
        CustomFeatureFiles.Save(model.Features.Schema.Custom, files);
        if (trained.WonFile is not null) files.Add(WonTrees, trained.WonFile);
        if (trained.LostFile is not null) files.Add(LostTrees, trained.LostFile);
        if (trained.OutcomeFile is not null) files.Add(OutcomeTrees, trained.OutcomeFile);
        return files;
    }

    /// <summary>The model that <see cref="Save"/> wrote: the same bits in every score.</summary>
    public static WinProbabilityModel Load(IReadOnlyDictionary<string, byte[]> files)
    {
        var state = JsonSerializer.Deserialize<ModelState>(Required(files, State), Json)
            ?? throw new InvalidDataException($"{State}: found null; expected the state of a win probability model. Retrain, or restore the bundle.");
        var schema = state.Custom is { } custom ? state.Schema with { Custom = CustomFeatureFiles.Load(custom, files) } : state.Schema;
        // Exactly the columns that the trees were grown on, wherever this release keeps them.
        return new WinProbabilityModel(new FeatureSet(schema, state.Columns), state.Grid, state.Won.ToModel(Cause.Won, Trees(files, WonTrees), schema.Calendar),
            state.Lost.ToModel(Cause.Lost, Trees(files, LostTrees), schema.Calendar), state.TailWinShare, state.Late)
        {
            Outcome = state.Outcome?.ToModel(Trees(files, OutcomeTrees) ?? throw Lacks(OutcomeTrees)),
        };
    }

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = false };

    private static byte[] Required(IReadOnlyDictionary<string, byte[]> files, string name) => files.TryGetValue(name, out var bytes)
        ? bytes
        : throw Lacks(name);

    private static InvalidDataException Lacks(string name) =>
        new($"Model bundle: found no {name}; expected one. Retrain, or restore the bundle.");

    private static TreeEnsemble? Trees(IReadOnlyDictionary<string, byte[]> files, string name)
    {
        if (!files.TryGetValue(name, out var bytes)) return null;
        using var stream = new MemoryStream(bytes);
        var loaded = new MLContext(1).Model.Load(stream, out _);
        return loaded is ISingleFeaturePredictionTransformer<object> { Model: CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator> model }
            ? WinProbabilityTrainer.Unpack(model).Trees
            : throw new InvalidDataException($"{name}: found a model of type {loaded.GetType().Name}; expected FastTree for classification. Retrain, or restore the bundle.");
    }

    private sealed record ModelState(FeatureSchema Schema, TimeGrid Grid, double TailWinShare, CauseState Won, CauseState Lost)
    {
        /// <summary>Names of the features, in the trees' order; null in models of before they were saved.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<string>? Columns { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public LateClosings? Late { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OutcomeState? Outcome { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<NeededFeature>? Custom { get; init; }
    }

    private sealed record OutcomeState(IReadOnlyList<ColumnLevel> Levels, double Scale, double Intercept, double Weight, HazardLine? Line, double[][] Covers)
    {
        public static OutcomeState Of(OutcomeModel model) => new(model.Levels, model.Scale, model.Intercept, model.Weight, model.Line, model.Covers.LeafCounts);

        public OutcomeModel ToModel(TreeEnsemble trees) =>
            new() { Levels = Levels, Trees = trees, Covers = new TreeCovers(Covers), Scale = Scale, Intercept = Intercept, Weight = Weight, Line = Line };
    }

    private sealed record CauseState(double Scale, Dictionary<string, double[]> Offsets, double Intercept, double Slope, double TreeWeight, Dictionary<string, double[]> StageRates, double[][]? Covers, bool IsPooled = false,
        double[]? PaceOfWeekdays = null, double[]? PaceOfPlaces = null, Dictionary<string, double[]>? Controls = null, HazardLine? Line = null)
    {
        public static CauseState Of(CauseModel model) =>
            new(model.Scale, new(model.Offsets), model.Intercept, model.Slope, model.TreeWeight, new(model.StageRates.ByStage), model.Covers?.LeafCounts, model.IsPooled,
                model.Pace?.Weekdays.ToArray(), model.Pace?.Places.ToArray(), model.Controls is null ? null : new(model.Controls), model.Line);

        public CauseModel ToModel(Cause cause, TreeEnsemble? trees, BusinessCalendar calendar) => new()
        {
            Trees = trees, Covers = Covers is null ? null : new TreeCovers(Covers), Scale = Scale, Offsets = Offsets, Intercept = Intercept, Slope = Slope,
            TreeWeight = TreeWeight, StageRates = new StageRates { ByStage = StageRates }, IsPooled = IsPooled, Cause = cause,
            Pace = PaceOfWeekdays is null || PaceOfPlaces is null ? null : new CalendarPace(PaceOfWeekdays, PaceOfPlaces, calendar), Controls = Controls, Line = Line,
        };
    }
}
