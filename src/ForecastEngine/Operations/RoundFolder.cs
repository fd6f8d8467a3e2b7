using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Backtesting;
using ForecastEngine.Crm;

namespace ForecastEngine.Operations;

/// <summary>
/// Finished rounds of a backtest as files, so that one that was interrupted goes on where it stopped. A round is found again
/// only by the same data, the same settings and the same build of the engine.
/// </summary>
public sealed class RoundFolder
{
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, Converters = { new AsOfText() },
    };

    private readonly string _folder;

    /// <param name="folder">Where; made when it is absent.</param>
    /// <param name="parts">All that the results depend on besides the round, written out.</param>
    public RoundFolder(string folder, params ReadOnlySpan<object> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(typeof(Backtester).Module.ModuleVersionId.ToByteArray());
        foreach (var part in parts) hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(part, part.GetType(), Json));
        _folder = Path.Combine(folder, Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Results as text, and back.</summary>
    internal static string ToText(WindowResult[] results) => JsonSerializer.Serialize(results, Json);

    /// <summary>The results of a text.</summary>
    internal static WindowResult[] FromText(string text) => JsonSerializer.Deserialize<WindowResult[]>(text, Json) ?? throw new InvalidDataException("Kept backtest: found null; expected its forecasts. Make it again.");

    /// <summary>Keeps and finds the rounds.</summary>
    public RoundStore Store => new(Load, Save);

    private string PathOf(BacktestRound round) => Path.Combine(_folder, $"{round.TrainedUntil.Date:yyyy-MM-dd}-{round.Windows.Count}.json");

    private WindowResult[]? Load(BacktestRound round)
    {
        var path = PathOf(round);
        if (!File.Exists(path)) return null;
        using var stream = File.OpenRead(path);
        return JsonSerializer.Deserialize<WindowResult[]>(stream, Json) ?? throw new InvalidDataException($"{path}: found null; expected the results of a round. Delete the file and run again.");
    }

    // Written aside and moved: a file that stands is whole.
    private void Save(BacktestRound round, IReadOnlyList<WindowResult> results)
    {
        var path = PathOf(round);
        using (var stream = File.Create(path + ".part")) JsonSerializer.Serialize(stream, results, Json);
        File.Move(path + ".part", path, overwrite: true);
    }

    private sealed class AsOfText : JsonConverter<AsOf>
    {
        public override AsOf Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => AsOf.At(reader.GetDateTimeOffset());

        public override void Write(Utf8JsonWriter writer, AsOf value, JsonSerializerOptions options) => writer.WriteStringValue(value.Instant);
    }
}
