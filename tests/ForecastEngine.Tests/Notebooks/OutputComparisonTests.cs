using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ForecastEngine.Cli.Notebooks;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>What counts as the same output of a cell, and what does not.</summary>
public sealed class OutputComparisonTests
{
    [Theory]
    [InlineData("loss 0.4932", "loss 0.4932")]
    [InlineData("loss 0.4932", "loss 0.4933")] // the last decimal may round either way
    [InlineData("a  1,234,567  b", "a 1,234,568 b")]
    [InlineData("1.00000000", "1.0000000999")]
    [InlineData("total 4886963.25 ", "total  4886963.99")]
    public void Numbers_within_the_tolerance_and_blanks_are_the_same(string saved, string now) => Assert.Null(Of(saved, now));

    [Theory]
    [InlineData("loss 0.4932", "loss 0.4952")]
    [InlineData("409 open", "410 open")] // a count is exact
    [InlineData("2026-11-06", "2026-11-07")]
    [InlineData("a 1,234 b", "a 1,236 b")]
    [InlineData("promoted", "kept")]
    [InlineData("one\ntwo", "one")]
    public void Other_texts_are_not(string saved, string now) => Assert.NotNull(Of(saved, now));

    [Fact]
    public void The_first_difference_is_told_with_its_place() =>
        Assert.Equal("text/plain line 2: saved \"b 1.5\", now \"b 2.5\"", Of("a\nb 1.5", "a\nb 2.5"));

    [Fact]
    public void Of_pictures_size_and_words_count()
    {
        Assert.Null(OutputComparison.FirstDifference([Shown(("image/png", Png(20, 10)))], [Shown(("image/png", Png(20, 10, 7)))], 1e-6));
        Assert.Equal("picture: saved 20 x 10 pixels, now 20 x 11", OutputComparison.FirstDifference([Shown(("image/png", Png(20, 10)))], [Shown(("image/png", Png(20, 11)))], 1e-6));
        Assert.Contains("text/plain", OutputComparison.FirstDifference([Shown(("image/png", Png(20, 10)), ("text/plain", "3 bars"))], [Shown(("image/png", Png(20, 10)), ("text/plain", "4 bars"))], 1e-6), StringComparison.Ordinal);
    }

    [Fact]
    public void Kind_and_number_of_outputs_count()
    {
        Assert.Contains("1 saved outputs, now 0", OutputComparison.FirstDifference([Shown(("text/plain", "1"))], [], 1e-6), StringComparison.Ordinal);
        Assert.Contains("text/html: not saved, now there", OutputComparison.FirstDifference([Shown(("text/plain", "1"))], [Shown(("text/plain", "1"), ("text/html", "1"))], 1e-6), StringComparison.Ordinal);
        Assert.Contains("kind: saved display_data, now stream", OutputComparison.FirstDifference([Shown(("text/plain", "1"))], [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = "1" }], 1e-6), StringComparison.Ordinal);
    }

    private static string? Of(string saved, string now) => OutputComparison.FirstDifference([Shown(("text/plain", saved))], [Shown(("text/plain", now))], 1e-6);

    private static JsonObject Shown(params (string Type, string Content)[] forms) => new()
    {
        ["output_type"] = "display_data", ["data"] = new JsonObject(forms.Select(f => KeyValuePair.Create(f.Type, (JsonNode?)f.Content))),
    };

    private static string Png(int width, int height, byte rest = 0)
    {
        var bytes = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        bytes[30] = rest;
        return Convert.ToBase64String(bytes);
    }
}
