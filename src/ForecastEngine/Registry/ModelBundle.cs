using System.Text.Json;
using ForecastEngine.DealSize;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Registry;

/// <summary>The models that a version holds: what scoring and forecasting need, and nothing else.</summary>
/// <param name="Win">Will it be won, and by when.</param>
/// <param name="Size">For how much.</param>
/// <param name="Market">What the whole pipeline had in common when it was trained.</param>
public sealed record ModelBundle(WinProbabilityModel Win, DealSizeModel Size, MarketState Market)
{
    private const string MarketFile = "market.json";

    /// <summary>The bundle of a version's files, whose checksums have been verified.</summary>
    /// <exception cref="InvalidDataException">A file is missing or unreadable, or the models were trained on columns that this
    /// release does not compute.</exception>
    public static ModelBundle Load(IReadOnlyDictionary<string, byte[]> files)
    {
        var bundle = new ModelBundle(WinProbabilityFiles.Load(files), DealSizeFiles.Load(files), MarketOf(files));
        var (win, size) = (bundle.Win.Features.Features.Select(f => f.Name), bundle.Size.FeatureNames);
        if (size.Count > 0 && !win.SequenceEqual(size))
            throw new InvalidDataException($"The model of deal size was trained on other columns than that of winning: {string.Join(", ", size.Except(win).Concat(win.Except(size)).Append("their order").Take(5))}. Restore the bundle, or train again.");
        return bundle;
    }

    private static MarketState MarketOf(IReadOnlyDictionary<string, byte[]> files) =>
        JsonSerializer.Deserialize<MarketState>(files.GetValueOrDefault(MarketFile) ?? throw new InvalidDataException($"Model bundle: found no {MarketFile}; expected one. Retrain, or restore the bundle."))
            ?? throw new InvalidDataException($"{MarketFile}: found null; expected a market state. Retrain, or restore the bundle.");

    /// <summary>The files of freshly trained models, by name.</summary>
    public static Dictionary<string, byte[]> Save(TrainedWinProbability win, TrainedDealSize size, MarketState market)
    {
        var files = WinProbabilityFiles.Save(win);
        foreach (var (name, bytes) in size.Files) files.Add(name, bytes);
        files.Add(MarketFile, JsonSerializer.SerializeToUtf8Bytes(market));
        return files;
    }
}
