using System.Text.Json;
using ForecastEngine.Statistics.Trees;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace ForecastEngine.DealSize;

/// <summary>
/// The model as named files: ML.NET's own file of each tree ensemble, and everything else as JSON. Loading gives the same
/// bits as training did. Check the files' origin first (see the registry): ML.NET reads what it is given.
/// </summary>
public static class DealSizeFiles
{
    /// <summary>Trees for deals with an amount; absent below the top rung.</summary>
    public const string KnownTrees = "size.zip";
    /// <summary>Trees for deals without one; absent below the top rung.</summary>
    public const string UnknownTrees = "size-unknown.zip";
    /// <summary>Lines, means, residual factors, shares, warnings.</summary>
    public const string Settings = "size.json";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    internal static Dictionary<string, byte[]> Write(DealSizeModel model, byte[]? knownTrees, byte[]? unknownTrees)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [Settings] = JsonSerializer.SerializeToUtf8Bytes(new SavedModel(1, model.FeatureNames, SavedBranch.From(model.Known),
                model.Unknown is null ? null : SavedBranch.From(model.Unknown), model.Exact, model.Warnings), Json),
        };
        if (model.Known.Trees is not null) files[KnownTrees] = knownTrees!;
        if (model.Unknown?.Trees is not null) files[UnknownTrees] = unknownTrees!;
        return files;
    }

    /// <summary>Loads what <see cref="TrainedDealSize.Files"/> held.</summary>
    /// <exception cref="InvalidDataException">A file is missing or cannot be read.</exception>
    public static DealSizeModel Load(IReadOnlyDictionary<string, byte[]> files)
    {
        if (!files.TryGetValue(Settings, out var settings)) throw Missing(Settings);
        SavedModel saved;
        try
        {
            saved = JsonSerializer.Deserialize<SavedModel>(settings, Json) ?? throw new JsonException("found null");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{Settings}: found unreadable JSON ({fault.Message}); expected a deal size model. Restore the file or train again.", fault);
        }
        if (saved.Format != 1) throw new InvalidDataException($"{Settings}: found format {saved.Format}; expected 1. Use the release that wrote it, or train again.");
        foreach (var branch in new[] { saved.Known, saved.Unknown })
            if (branch is not null && branch.QuantileFactors.Length != SizeBranch.Levels.Count)
                throw new InvalidDataException($"{Settings}: found {branch.QuantileFactors.Length} quantile factors; expected {SizeBranch.Levels.Count}. Train again.");
        return new DealSizeModel(saved.FeatureNames, saved.Known.ToBranch(Trees(saved.Known, KnownTrees)),
            saved.Unknown?.ToBranch(Trees(saved.Unknown, UnknownTrees)), saved.Exact, saved.Warnings);

        TreeEnsemble? Trees(SavedBranch branch, string name) =>
            branch.Rung != SizeRung.OwnModel ? null : files.TryGetValue(name, out var file) ? ReadTrees(file, name) : throw Missing(name);
    }

    private static TreeEnsemble ReadTrees(byte[] file, string name)
    {
        var loaded = new MLContext(1).Model.Load(new MemoryStream(file), out _);
        var last = loaded is TransformerChain<ITransformer> chain ? chain.LastTransformer : loaded;
        if (last is not ISingleFeaturePredictionTransformer<object> { Model: FastTreeRegressionModelParameters trees })
            throw new InvalidDataException($"{name}: found {last.GetType().Name}; expected a FastTree regression. Restore the file or train again.");
        return TreeEnsemble.From(trees.TrainedTreeEnsemble);
    }

    private static InvalidDataException Missing(string name) =>
        new($"Deal size model: found no {name}; expected it among the model's files. Restore the model version or train again.");

    private sealed record SavedModel(int Format, IReadOnlyList<string> FeatureNames, SavedBranch Known, SavedBranch? Unknown, ExactShares? Exact, IReadOnlyList<SizeWarning> Warnings);

    private sealed record SavedBranch(SizeRung Rung, AmountLine? Line, double MeanLog, double TreeWeight, double[] Factors, double[] QuantileFactors, int Deals)
    {
        public static SavedBranch From(SizeBranch branch) => new(branch.Rung, branch.Line, branch.MeanLog, branch.TreeWeight, branch.Factors, branch.QuantileFactors, branch.Deals);

        public SizeBranch ToBranch(TreeEnsemble? trees) => new()
        {
            Rung = Rung, Line = Line, MeanLog = MeanLog, Trees = trees, TreeWeight = TreeWeight, Factors = Factors, QuantileFactors = QuantileFactors, Deals = Deals,
        };
    }
}
