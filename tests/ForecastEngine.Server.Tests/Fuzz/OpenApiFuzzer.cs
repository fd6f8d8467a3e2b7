using System.Globalization;
using System.Text;
using System.Text.Json;
using ForecastEngine.Statistics;

namespace ForecastEngine.Server.Tests.Fuzz;

/// <summary>
/// Random requests after an OpenAPI document: every operation, values that fit the schema, values that nearly do, and values that mean
/// harm. The same seed and number make the same request.
/// </summary>
public sealed class OpenApiFuzzer
{
    private static readonly string[] Harm =
    [
        "", " ", "null", "'", "' OR 1=1 --", "'; DROP TABLE opportunities; --", "\" OR \"\"=\"", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{7*7}}", "${jndi:ldap://x}",
        "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "a\u0000b", "\u202Eabc", "Ž🚀春", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "1e400", "NaN", "-0", "9223372036854775808", "2147483648",
        "0001-01-01", "9999-12-31", "2026-02-30", "0000-00-00T00:00:00Z", "true", "[]", "{}", "a,b;c|d", "\r\nSet-Cookie: x=1", "%", "_", "\\", new string('A', 5000),
    ];

    private readonly JsonElement _document;
    private readonly List<(string Path, string Method, JsonElement Operation)> _operations = [];
    private readonly IReadOnlyList<string> _known;

    /// <param name="document">The OpenAPI document.</param>
    /// <param name="known">Ids that exist, so that requests get past "not found".</param>
    public OpenApiFuzzer(JsonElement document, IReadOnlyList<string> known)
    {
        (_document, _known) = (document, known);
        foreach (var path in document.GetProperty("paths").EnumerateObject())
            foreach (var operation in path.Value.EnumerateObject())
                if (operation.Name is "get" or "put" or "post" or "delete" or "patch" or "head") _operations.Add((path.Name, operation.Name, operation.Value));
    }

    /// <summary>How many operations the document has.</summary>
    public int Operations => _operations.Count;

    /// <summary>The request of that number.</summary>
    public HttpRequestMessage Make(long seed, int number)
    {
        var draw = new Draws(seed, number);
        var (path, method, operation) = _operations[number % _operations.Count];
        var query = new StringBuilder();
        var headers = new List<(string, string)>();
        foreach (var parameter in operation.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray().Select(Resolved) : [])
        {
            var name = parameter.GetProperty("name").GetString()!;
            var value = Text(parameter.TryGetProperty("schema", out var schema) ? schema : default, draw);
            switch (parameter.GetProperty("in").GetString())
            {
                case "path": path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value.Length == 0 ? "x" : value), StringComparison.Ordinal); break;
                case "query" when draw.Chance(0.7): query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value)); break;
                case "header": headers.Add((name, value)); break;
            }
        }
        if (draw.Chance(0.1)) query.Append(query.Length == 0 ? '?' : '&').Append(Uri.EscapeDataString(draw.Of(Harm))).Append('=').Append(Uri.EscapeDataString(draw.Of(Harm)));
        while (path.Contains('{')) path = path[..path.IndexOf('{')] + Uri.EscapeDataString(Text(default, draw)) + path[(path.IndexOf('}') + 1)..];
        var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), path + query);
        if (draw.Chance(0.1)) headers.Add((draw.Of(["Accept", "If-None-Match", "Idempotency-Key", "Accept-Encoding", "Range", "X-Forwarded-For"]), draw.Of(Harm)));
        if (operation.TryGetProperty("requestBody", out var body)) request.Content = Body(Resolved(body), draw);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, string.Concat(value.Where(c => c is >= ' ' and <= '~')));
        return request;
    }

    private ByteArrayContent Body(JsonElement body, Draws draw)
    {
        var types = body.GetProperty("content").EnumerateObject().ToList();
        var type = types[draw.Below(types.Count)];
        using var written = new MemoryStream();
        using (var json = new Utf8JsonWriter(written, new JsonWriterOptions { SkipValidation = true }))
            Write(json, type.Value.TryGetProperty("schema", out var schema) ? schema : default, draw, 0);
        var bytes = written.ToArray();
        if (draw.Chance(0.05)) bytes = Encoding.UTF8.GetBytes(draw.Of(Harm));
        else if (draw.Chance(0.05) && bytes.Length > 2) bytes = bytes[..draw.Below(bytes.Length)];
        else if (draw.Chance(0.05) && bytes.Length > 0) bytes[draw.Below(bytes.Length)] = (byte)draw.Below(256);
        else if (draw.Chance(0.01)) bytes = Encoding.UTF8.GetBytes(new string('[', 20_000));
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", draw.Chance(0.05) ? draw.Of(["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=utf-16"]) : type.Name);
        return content;
    }

    private void Write(Utf8JsonWriter json, JsonElement schema, Draws draw, int depth)
    {
        schema = Resolved(schema);
        if (draw.Chance(0.08) || depth > 6)
        {
            if (draw.Chance(0.3)) json.WriteNullValue();
            else if (draw.Chance(0.4)) json.WriteStringValue(draw.Of(Harm));
            else json.WriteRawValue(draw.Of(["-1", "0", "1e308", "-1e400", "12345678901234567890123456789012345678901234567890", "[]", "{}", "true", "\"\\ud800\"", "{\"\\ud800\":1}", "[[[[[]]]]]"]), skipInputValidation: true);
            return;
        }
        switch (TypeOf(schema))
        {
            case "object":
                json.WriteStartObject();
                if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out var properties))
                    foreach (var property in properties.EnumerateObject())
                    {
                        if (draw.Chance(0.15)) continue;
                        json.WritePropertyName(property.Name);
                        Write(json, property.Value, draw, depth + 1);
                    }
                if (draw.Chance(0.05)) json.WriteString("no such property", draw.Of(Harm));
                json.WriteEndObject();
                break;
            case "array":
                json.WriteStartArray();
                for (var i = draw.Chance(0.02) ? 2000 : draw.Below(4); i > 0; i--) Write(json, schema.TryGetProperty("items", out var items) ? items : default, draw, depth + 1);
                json.WriteEndArray();
                break;
            case "boolean": json.WriteBooleanValue(draw.Chance(0.5)); break;
            case "integer" or "number": json.WriteRawValue(Number(draw), skipInputValidation: true); break;
            case "string": json.WriteStringValue(Text(schema, draw)); break;
            default: Event(json, draw); break;
        }
    }

    // Where the document leaves the shape open, it is an event: those it describes in words.
    private void Event(Utf8JsonWriter json, Draws draw)
    {
        json.WriteStartObject();
        json.WriteString("specversion", draw.Chance(0.95) ? "1.0" : draw.Of(Harm));
        json.WriteString("id", draw.Chance(0.9) ? Number(draw) : draw.Of(Harm));
        json.WriteString("source", draw.Chance(0.9) ? "fuzz" : draw.Of(Harm));
        json.WriteString("type", draw.Chance(0.95) ? draw.Of(["opportunity.created", "opportunity.changed", "opportunity.closed", "opportunity.activity"]) : draw.Of(Harm));
        json.WriteString("time", draw.Chance(0.9) ? "2024-01-01T00:00:00Z" : draw.Of(Harm));
        json.WriteString("subject", draw.Chance(0.6) && _known.Count > 0 ? draw.Of(_known) : draw.Of(Harm));
        json.WriteStartObject("data");
        foreach (var name in (string[])["stage", "name", "ownerId", "productId", "region", "kind", "outcome", "lossReason", "plannedCloseOn", "amount", "crmProbability", "attributes"])
        {
            if (draw.Chance(0.6)) continue;
            json.WritePropertyName(name);
            if (draw.Chance(0.5)) json.WriteStringValue(draw.Of(Harm));
            else if (name == "attributes") { json.WriteStartObject(); json.WriteString(draw.Of(Harm), draw.Of(Harm)); json.WriteEndObject(); }
            else json.WriteRawValue(Number(draw), skipInputValidation: true);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private string Text(JsonElement schema, Draws draw)
    {
        schema = Resolved(schema);
        if (draw.Chance(0.3)) return draw.Of(Harm);
        if (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("enum", out var values) && values.GetArrayLength() > 0) return values[draw.Below(values.GetArrayLength())].ToString();
        return TypeOf(schema) switch
        {
            "integer" or "number" => Number(draw),
            "boolean" => draw.Chance(0.5) ? "true" : "false",
            _ when FormatOf(schema) == "date" => new DateOnly(2024, 1, 1).AddDays(draw.Below(1000)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            _ when FormatOf(schema) == "date-time" => "2026-01-01T00:00:00Z",
            _ => _known.Count > 0 && draw.Chance(0.7) ? draw.Of(_known) : draw.Of(Harm),
        };
    }

    private static string Number(Draws draw) => draw.Chance(0.2) ? draw.Of(["-1", "0", "2147483647", "9223372036854775807", "1e300", "0.5", "-0.0"]) : draw.Below(1000).ToString(CultureInfo.InvariantCulture);

    private static string? FormatOf(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("format", out var format) ? format.GetString() : null;

    private static string? TypeOf(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object) return null;
        if (!schema.TryGetProperty("type", out var type)) return schema.TryGetProperty("properties", out _) ? "object" : null;
        return type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()).FirstOrDefault(t => t != "null") : type.GetString();
    }

    private JsonElement Resolved(JsonElement element)
    {
        for (var steps = 0; steps < 20 && element.ValueKind == JsonValueKind.Object; steps++)
        {
            if (element.TryGetProperty("$ref", out var reference))
            {
                var at = _document;
                foreach (var part in reference.GetString()!.TrimStart('#', '/').Split('/')) at = at.GetProperty(part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
                element = at;
            }
            else if (element.TryGetProperty("oneOf", out var options) || element.TryGetProperty("anyOf", out options) || element.TryGetProperty("allOf", out options))
            {
                element = options.EnumerateArray().FirstOrDefault(o => !(o.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "null"));
            }
            else break;
        }
        return element;
    }

    /// <summary>The draws of one request, one after another.</summary>
    private sealed class Draws(long seed, long number)
    {
        private readonly CounterRandom _random = CounterRandom.For(seed, number);
        private int _next;

        public bool Chance(double share) => _random.Uniform(_next++) < share;

        public int Below(int most) => _random.Below(most, _next++);

        public T Of<T>(IReadOnlyList<T> values) => values[Below(values.Count)];
    }
}
