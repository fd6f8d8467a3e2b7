using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;

namespace ForecastEngine.Cli.Output;

/// <summary>Results for programs: camel case, enums by name, figures that do not exist as null.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new FiniteNumbers(), new Periods() },
    };

    /// <summary>Writes a result to stdout.</summary>
    public static void Write(object result) => Console.Out.WriteLine(JsonSerializer.Serialize(result, result.GetType(), Options));

    private sealed class FiniteNumbers : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }

    private sealed class Periods : JsonConverter<Period>
    {
        public override Period Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Periods are only written.");

        public override void Write(Utf8JsonWriter writer, Period value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("label", value.Label);
            writer.WriteString("from", Format.Date(value.From));
            writer.WriteString("until", Format.Date(value.Until));
            writer.WriteEndObject();
        }
    }
}
