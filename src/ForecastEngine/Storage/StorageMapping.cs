using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Common;
using LinqToDB.Mapping;
using LinqToDB.Metadata;

namespace ForecastEngine.Storage;

/// <summary>
/// The one mapping between the engine's records and the tables, for reading and writing, on both databases: a column is
/// named as its property in snake case; an instant becomes microseconds since 1970-01-01 UTC (finer parts are cut off),
/// an enumeration its name, attributes a JSON text with sorted keys or null when there are none.
/// </summary>
internal static class StorageMapping
{
    private static readonly Dictionary<Type, string> Tables = new()
    {
        [typeof(Opportunity)] = "opportunities", [typeof(OpportunityChange)] = "opportunity_changes", [typeof(Activity)] = "activities",
        [typeof(Lead)] = "leads", [typeof(Account)] = "accounts", [typeof(Product)] = "products", [typeof(LineItem)] = "line_items",
        [typeof(SalesRep)] = "sales_reps", [typeof(Team)] = "teams", [typeof(Quota)] = "quotas", [typeof(Stage)] = "stages", [typeof(StoredRate)] = "exchange_rates", [typeof(StoredColumn)] = "custom_columns",
        [typeof(TellingRow)] = "deal_tellings", [typeof(AliasRow)] = "aliases",
        [typeof(ImportRun)] = "import_runs", [typeof(RescoringRun)] = "rescoring_runs", [typeof(RescoringPart)] = "rescoring_parts",
        [typeof(ScoreRow)] = "opportunity_scores", [typeof(ForecastRow)] = "revenue_forecasts", [typeof(BacktestRecord)] = "backtests",
        [typeof(JobRecord)] = "jobs", [typeof(TrainingRun)] = "training_runs", [typeof(ShadowRun)] = "shadow_scores",
        [typeof(InboxEvent)] = "event_inbox", [typeof(FreshScoreRow)] = "fresh_scores", [typeof(KeptAnswer)] = "idempotency_keys", [typeof(Upload)] = "uploads",
        [typeof(WebhookEndpoint)] = "webhook_endpoints", [typeof(WebhookDelivery)] = "webhook_deliveries", [typeof(WebhookAnnouncement)] = "webhook_announcements",
        [typeof(ApiKey)] = "api_keys", [typeof(AuditEntry)] = "audit_log", [typeof(ForecastAdjustment)] = "forecast_adjustments", [typeof(CalendarRow)] = "business_calendar",
    };

    /// <summary>Properties whose snake-case name is a word of SQL.</summary>
    private static readonly Dictionary<string, string> Renamed = new() { ["From"] = "period_from", ["Until"] = "period_until", ["Order"] = "position" };

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static MappingSchema Schema { get; } = Build();

    public static string TableOf<T>() => Tables[typeof(T)];

    /// <summary>Microseconds since 1970-01-01 UTC, rounded down.</summary>
    public static long ToMicroseconds(DateTimeOffset instant)
    {
        var (microseconds, rest) = Math.DivRem(instant.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.TicksPerMicrosecond);
        return rest < 0 ? microseconds - 1 : microseconds;
    }

    public static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    private static string? ToJson(IReadOnlyDictionary<string, string>? attributes) => attributes is null or { Count: 0 }
        ? null : JsonSerializer.Serialize(new SortedDictionary<string, string>(attributes.ToDictionary(), StringComparer.Ordinal), Json);

    public static IReadOnlyDictionary<string, string> FromJson(string? json) =>
        json is null ? Opportunity.NoAttributes : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    private static MappingSchema Build()
    {
        var schema = new MappingSchema("ForecastEngine");
        schema.AddMetadataReader(new ByConvention());
        return schema;
    }

    private static string SnakeCase(string name)
    {
        if (Renamed.TryGetValue(name, out var other)) return other;
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }

    private sealed class ByConvention : IMetadataReader
    {
        public MappingAttribute[] GetAttributes(Type type) => Tables.TryGetValue(type, out var table) ? [new TableAttribute(table) { IsColumnAttributeRequired = true }] : [];

        public MappingAttribute[] GetAttributes(Type type, MemberInfo memberInfo)
        {
            if (memberInfo is not PropertyInfo { CanRead: true, CanWrite: true } property || property.GetMethod!.IsStatic || !Tables.ContainsKey(type) || property.Name == "EqualityContract") return [];
            var isIdentity = property.Name == "Id" && property.PropertyType == typeof(long);
            var column = new ColumnAttribute(SnakeCase(property.Name)) { IsIdentity = isIdentity, IsPrimaryKey = isIdentity };
            return ConverterOf(property.PropertyType) is { } converter ? [column, new ValueConverterAttribute { ValueConverter = converter }] : [column];
        }

        public MemberInfo[] GetDynamicColumns(Type type) => [];

        public string GetObjectID() => nameof(ByConvention);

        private static IValueConverter? ConverterOf(Type type)
        {
            if (type == typeof(DateTimeOffset)) return new ValueConverter<DateTimeOffset, long>(v => ToMicroseconds(v), v => FromMicroseconds(v), false);
            if (type == typeof(DateTimeOffset?))
                return new ValueConverter<DateTimeOffset?, long?>(v => v == null ? null : ToMicroseconds(v.Value), v => v == null ? null : FromMicroseconds(v.Value), true);
            if (type == typeof(IReadOnlyDictionary<string, string>)) return new ValueConverter<IReadOnlyDictionary<string, string>, string?>(v => ToJson(v), v => FromJson(v), true);
            if (type == typeof(ChangeOrigin)) return new ValueConverter<ChangeOrigin, int>(v => (int)v, v => (ChangeOrigin)v, false);
            if (type == typeof(ValueKind))
                return new ValueConverter<ValueKind, string>(v => v.ToString(), v => Enum.Parse<ValueKind>(v), false);
            if (type == typeof(StageKind)) return new ValueConverter<StageKind, string>(v => v.ToString(), v => Enum.Parse<StageKind>(v), false);
            if (type == typeof(RunStatus)) return new ValueConverter<RunStatus, string>(v => v.ToString(), v => Enum.Parse<RunStatus>(v), false);
            if (type == typeof(JobKind)) return new ValueConverter<JobKind, string>(v => v.ToString(), v => Enum.Parse<JobKind>(v), false);
            if (type == typeof(TrainingOutcomeKind)) return new ValueConverter<TrainingOutcomeKind, string>(v => v.ToString(), v => Enum.Parse<TrainingOutcomeKind>(v), false);
            if (type == typeof(JobStatus)) return new ValueConverter<JobStatus, string>(v => v.ToString(), v => Enum.Parse<JobStatus>(v), false);
            if (type == typeof(DeliveryStatus)) return new ValueConverter<DeliveryStatus, string>(v => v.ToString(), v => Enum.Parse<DeliveryStatus>(v), false);
            if (type == typeof(UploadStatus)) return new ValueConverter<UploadStatus, string>(v => v.ToString(), v => Enum.Parse<UploadStatus>(v), false);
            return null;
        }
    }
}
