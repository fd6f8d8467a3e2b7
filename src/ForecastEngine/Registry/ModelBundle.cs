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
    public static ModelBundle Load(IReadOnlyDictionary<string, byte[]> files) => new(
        WinProbabilityFiles.Load(files), DealSizeFiles.Load(files),
        JsonSerializer.Deserialize<MarketState>(files.GetValueOrDefault(MarketFile) ?? throw new InvalidDataException($"Model bundle: found no {MarketFile}; expected one. Retrain, or restore the bundle."))
            ?? throw new InvalidDataException($"{MarketFile}: found null; expected a market state. Retrain, or restore the bundle."));

    /// <summary>The files of freshly trained models, by name.</summary>
    public static Dictionary<string, byte[]> Save(TrainedWinProbability win, TrainedDealSize size, MarketState market)
    {
        var files = WinProbabilityFiles.Save(win);
        foreach (var (name, bytes) in size.Files) files.Add(name, bytes);
        files.Add(MarketFile, JsonSerializer.SerializeToUtf8Bytes(market));
        return files;
    }
}
