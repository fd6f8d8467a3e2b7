using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Storage;

/// <summary>What was told of a deal, as it is kept.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="Bucket">Its bucket.</param>
/// <param name="ToldAt">When it was told.</param>
/// <param name="Arrival">Number of the import that brought it; 0 for what was made of facts from before tellings were
/// kept.</param>
/// <param name="Hash">A fingerprint of the telling and of the history rows that came with it.</param>
/// <param name="Content">The telling as JSON.</param>
/// <param name="IsSample">True when it is the sample's.</param>
internal sealed record TellingRow(
    string OpportunityId, int Bucket, DateTimeOffset ToldAt, long Arrival, long Hash, string Content, bool IsSample)
{
    private static readonly JsonWriterOptions Plain =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Dictionary<char, Claim> Claims = Enum.GetValues<Claim>().ToDictionary(Letter);

    /// <summary>The telling as a row; its times to the microsecond, as the database keeps them.</summary>
    public static TellingRow Of(
        DealTelling telling, IReadOnlyList<OpportunityChange> history, long arrival, bool isSample)
    {
        var content = Write(telling);
        return new TellingRow(
            telling.OpportunityId, FactKeys.BucketOf(telling.OpportunityId), telling.ToldAt,
            arrival, HashOf(content, history), content, isSample);
    }

    /// <summary>The telling.</summary>
    public DealTelling ToTelling() => Read(this);

    private static long HashOf(string content, IReadOnlyList<OpportunityChange> history)
    {
        var hash = (ulong)CounterRandom.HashOf(content);
        foreach (var c in history)
        {
            if (c.Origin.HasFlag(ChangeOrigin.Told)) continue;
            foreach (var text in (ReadOnlySpan<string?>)[c.Field, c.OldValue, c.NewValue, c.ChangedBy]) Add(ref hash, text is null ? 1UL : (ulong)CounterRandom.HashOf(text));
            Add(ref hash, (ulong)c.At.UtcTicks);
            Add(ref hash, (ulong)c.RecordedAt.UtcTicks);
            Add(ref hash, ((ulong)c.Sequence << 8) | (ulong)c.Origin);
        }
        return (long)hash;

        static void Add(ref ulong hash, ulong value) => hash = System.Numerics.BitOperations.RotateLeft((hash ^ value) * 0x9E3779B97F4A7C15, 29);
    }

    private static string Write(DealTelling t)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            Instant("at", t.At);
            if (t.Gone is not null) json.WriteString("gone", t.Gone);
            Instant("created", t.CreatedAt);
            if (t.RecordedAt != t.CreatedAt) Instant("recorded", t.RecordedAt);
            Flag("createdByDay", t.IsCreatedDayOnly);
            Instant("closed", t.ClosedAt);
            if (t.CloseOn is { } on) json.WriteString("closeOn", on.ToString("O", CultureInfo.InvariantCulture));
            Flag("closedByDay", t.IsCloseDayOnly);
            Instant("changed", t.ChangedAt);
            Instant("worked", t.WorkedAt);
            Flag("historyCloses", t.HistoryTellsClosings);
            if (t.ActualAmount is not null) json.WriteString("actual", t.ActualAmount);
            if (t.ActualCurrency is not null) json.WriteString("actualCurrency", t.ActualCurrency);
            Instant("actualAt", t.ActualAt);
            if (t.ToldBy is not null) json.WriteString("by", t.ToldBy);
            json.WriteStartObject("fields");
            for (var f = 0; f < t.Fields.Names.Count; f++)
            {
                json.WritePropertyName(Letter(t.Fields.Claims[f]) + t.Fields.Names[f]);
                json.WriteStringValue(t.Values[f]);
            }
            json.WriteEndObject();
            json.WriteEndObject();

            void Instant(string name, DateTimeOffset? at)
            {
                if (at is { } instant) json.WriteNumber(name, StorageMapping.ToMicroseconds(instant));
            }

            void Flag(string name, bool isSet)
            {
                if (isSet) json.WriteBoolean(name, true);
            }
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static DealTelling Read(TellingRow row)
    {
        using var document = JsonDocument.Parse(row.Content);
        var json = document.RootElement;
        var (names, claims, values) = (new List<string>(), new List<Claim>(), new List<string?>());
        foreach (var field in json.GetProperty("fields").EnumerateObject())
        {
            names.Add(field.Name[1..]);
            claims.Add(Claims[field.Name[0]]);
            values.Add(field.Value.GetString());
        }
        return new DealTelling
        {
            OpportunityId = row.OpportunityId, ToldAt = row.ToldAt, Arrival = row.Arrival,
            At = Instant("at"), Gone = Text("gone"),
            CreatedAt = Instant("created"), RecordedAt = Instant("recorded"), IsCreatedDayOnly = Flag("createdByDay"),
            ClosedAt = Instant("closed"),
            CloseOn = Text("closeOn") is { } on ? DateOnly.ParseExact(on, "O", CultureInfo.InvariantCulture) : null,
            IsCloseDayOnly = Flag("closedByDay"),
            ChangedAt = Instant("changed"), WorkedAt = Instant("worked"), HistoryTellsClosings = Flag("historyCloses"),
            ToldBy = Text("by"),
            ActualAmount = Text("actual"), ActualCurrency = Text("actualCurrency"), ActualAt = Instant("actualAt"),
            Fields = new ToldFields(names, claims), Values = values,
        };

        DateTimeOffset? Instant(string name) =>
            json.TryGetProperty(name, out var value) ? StorageMapping.FromMicroseconds(value.GetInt64()) : null;
        string? Text(string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
        bool Flag(string name) => json.TryGetProperty(name, out _);
    }

    /// <summary>What stands before a field's name in the content, by what is claimed of it.</summary>
    public static IReadOnlyCollection<char> Letters => Claims.Keys;

    /// <summary>A field and its value as the content has them.</summary>
    public static string Pair(char letter, string field, string value) => $"{Text(letter + field)}:{Text(value)}";

    private static string Text(string text) => JsonSerializer.Serialize(text, Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = Plain.Encoder };

    private static char Letter(Claim claim) => claim switch
    {
        Claim.Now => '>', Claim.Birth => '=', Claim.Close => ']', Claim.Recorded => '+', _ => '*'
    };
}

/// <summary>Another spelling of a value.</summary>
internal sealed record AliasRow(string Field, string Found, string Meant);
