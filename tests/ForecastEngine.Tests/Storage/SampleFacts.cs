using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

/// <summary>Facts of every kind, with texts, numbers and times that are easy to get wrong.</summary>
internal static class SampleFacts
{
    public const string Nasty = "Žiga's \"déjà-vu\" 🚀 '; DROP TABLE opportunities; -- \\ %_ \n\t";
    public static readonly DateTimeOffset Start = new(2025, 1, 1, 8, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset ExportedAt = Start.AddDays(400).AddMicroseconds(1);

    public static ImportRun Run => new() { At = ExportedAt.AddHours(1), MapName = "own", SourceHash = "abc", Report = "{\"rejected\":0}" };

    public static CrmFacts Create(int deals = 60, long seed = 1) => new()
    {
        Currency = "EUR",
        ExportedAt = ExportedAt,
        Stages = [new("Lead in", 0, StageKind.Open, 0.1), new("Offer", 1, StageKind.Open, 0.5), new("Won", 2, StageKind.Won, 1), new("Lost", 3, StageKind.Lost)],
        Opportunities = [.. Enumerable.Range(0, deals).Select(i => Deal(i, seed))],
        Changes = [.. Enumerable.Range(0, deals).SelectMany(i => ChangesOf(i, seed))],
        Activities = [.. Enumerable.Range(0, deals).SelectMany(i => Enumerable.Range(0, i % 4).Select(k => Touch(i, k, seed)))],
        Leads = [.. Enumerable.Range(0, deals / 2).Select(i => new Lead
        {
            Id = $"L{i}", CreatedAt = At(i, 0, seed), RecordedAt = At(i, 1, seed), Source = i % 2 == 0 ? "web" : null, Region = "EU", Segment = "small", AccountId = $"A{i % 7}", OwnerId = "R1",
            ConvertedAt = i % 3 == 0 ? At(i, 1, seed).AddDays(20) : null, OpportunityId = i % 3 == 0 ? DealId(i) : null, DisqualifiedAt = i % 3 == 1 ? At(i, 1, seed).AddDays(9) : null,
            Attributes = i % 2 == 0 ? new Dictionary<string, string> { ["Campaign"] = "Spring — 春" } : Opportunity.NoAttributes,
        })],
        Accounts = [.. Enumerable.Range(0, 7).Select(i => new Account($"A{i}", i == 0 ? null : $"Account {i} {Nasty}", "Food", "EU", null, Start.AddDays(i * 40)))],
        Products = [new("P1", "Gadget", "Hardware", 1234.5678m, Start), new("P2", "Service", null, null, Start.AddDays(200))],
        LineItems = [.. Enumerable.Range(0, deals).Select(i => new LineItem($"I{i}", DealId(i), i % 2 == 0 ? "P1" : "P2", 1m / 3, 0.0000001m * i, At(i, 5, seed)))],
        Splits = [.. Enumerable.Range(0, deals / 2).Select(i => new OpportunitySplit($"S{i}", DealId(i), i % 3 == 0 ? "R1" : "R2", 1m / 3, i % 5 == 0 ? SplitKind.Overlay : SplitKind.Revenue, At(i, 6, seed)))],
        Memberships = [new("R1", "T0", null), new("R1", null, new(2025, 2, 3)), new("R1", "T1", new(2025, 5, 1))],
        SalesReps = [new("R1", "Ana Žagar", "T1"), new("R2", "Bo", null)],
        Teams = [new("T1", "North", "T0"), new("T0", "All", null)],
        Quotas = [new("T1", null, new(2025, 1, 1), new(2025, 3, 31), 100000.01m, Start), new(null, "R1", new(2025, 4, 1), new(2025, 6, 30), 5m, Start.AddDays(90)), new(null, null, new(2025, 1, 1), new(2025, 12, 31), 7m, Start)],
    };

    public static string DealId(int i) => i == 3 ? Nasty : string.Create(CultureInfo.InvariantCulture, $"006{i:D6}");

    /// <summary>Everything in a history as sorted lines; two histories are the same when their lines are.</summary>
    public static string[] Lines(CrmHistory history)
    {
        var f = history.ToFacts();
        return
        [
            $"{f.Currency} {f.IsDegraded} {f.ExportedAt?.UtcTicks}",
            .. Sorted(f.Stages), .. Sorted(f.Opportunities), .. Sorted(f.Changes), .. Sorted(f.Activities), .. Sorted(f.Leads), .. Sorted(f.Accounts),
            .. Sorted(f.Products), .. Sorted(f.LineItems), .. Sorted(f.Splits), .. Sorted(f.Memberships), .. Sorted(f.SalesReps), .. Sorted(f.Teams), .. Sorted(f.Quotas),
        ];
    }

    private static IEnumerable<string> Sorted<T>(IEnumerable<T> rows) => rows.Select(r => typeof(T).Name + JsonSerializer.Serialize(r, Json)).Order(StringComparer.Ordinal);

    private static Opportunity Deal(int i, long seed) => new()
    {
        Id = DealId(i), Name = i % 5 == 0 ? Nasty : $"Deal {i}", CreatedAt = At(i, 2, seed), RecordedAt = At(i, 3, seed), AccountId = $"A{i % 7}", LeadId = i % 3 == 0 ? $"L{i}" : null,
        OwnerId = i % 2 == 0 ? "R1" : "R2", ProductId = "P1", Source = "web", Region = i % 2 == 0 ? "EU" : "", Segment = null, Stage = "Lead in",
        Amount = i switch { 0 => null, 1 => 79228162514264337593543950335m, 2 => 0.0000000000000000000000000001m, 4 => -12.50m, _ => i * 1000.1m },
        PlannedCloseOn = i % 4 == 0 ? null : new DateOnly(2025, 6, 1).AddDays(i), CrmProbability = i % 3 == 0 ? null : 1.0 / 3,
        Attributes = i % 2 == 0 ? Opportunity.NoAttributes : new Dictionary<string, string> { ["Ž column"] = Nasty, ["a"] = "" },
    };

    private static IEnumerable<OpportunityChange> ChangesOf(int i, long seed)
    {
        string[] stages = ["Lead in", "Offer", i % 2 == 0 ? "Won" : "Lost"];
        for (var k = 1; k < stages.Length; k++)
            yield return new OpportunityChange { OpportunityId = DealId(i), Field = OpportunityField.Stage, OldValue = stages[k - 1], NewValue = stages[k], At = At(i, 3 + k, seed).AddDays(30 * k), RecordedAt = At(i, 3 + k, seed).AddDays(30 * k + 2), ChangedBy = "R1" };
        yield return new OpportunityChange { OpportunityId = DealId(i), Field = "Custom Ž", OldValue = Nasty, NewValue = null, At = At(i, 9, seed), RecordedAt = At(i, 9, seed) };
        yield return new OpportunityChange { OpportunityId = DealId(i), Field = "Custom Ž", OldValue = Nasty, NewValue = null, At = At(i, 9, seed), RecordedAt = At(i, 9, seed), Sequence = 1 };
    }

    private static Activity Touch(int i, int k, long seed) => new()
    {
        Id = $"{i}-{k}", OpportunityId = DealId(i), LeadId = k == 1 ? $"L{i}" : null, AccountId = null, Kind = k == 2 ? "E-mail" : "Call", At = At(i, 10 + k, seed).ToOffset(TimeSpan.FromHours(2)), RecordedAt = At(i, 10 + k, seed).AddHours(5), OwnerId = "R2",
    };

    private static DateTimeOffset At(int i, int purpose, long seed) =>
        Start.AddDays(i).AddMicroseconds((long)(CounterRandom.For(seed, i, purpose).Uniform() * 20 * 86_400_000_000));

    private static readonly JsonSerializerOptions Json = new() { Converters = { new Instants(), new Amounts(), new Attributes() } };

    private sealed class Instants : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteNumberValue(value.UtcTicks);
    }

    private sealed class Amounts : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString("0.############################", CultureInfo.InvariantCulture));
    }

    private sealed class Attributes : JsonConverter<IReadOnlyDictionary<string, string>>
    {
        public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options) =>
            writer.WriteStringValue(string.Join('|', value.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")));
    }
}
