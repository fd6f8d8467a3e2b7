using System.Text.Json;
using System.Text.Json.Nodes;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import.Recognition;

namespace ForecastEngine.Tests.Import;

/// <summary>What the words of stages and status columns mean, in six languages.</summary>
public sealed class WordsTests
{
    private static readonly Dictionary<string, string[]> All =
        JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(Path.Combine(Repository.Root, "src", "ForecastEngine", "Crm", "Import", "Recognition", "words.json")))!;

    [Theory, InlineData("won", "lost", "open"), InlineData("true", "false", "empty"), InlineData("revenueSplit", "overlay"), InlineData("notRevenue", "renewal", "expansion")]
    public void A_word_has_one_meaning_of_those_that_are_told_apart(params string[] meanings)
    {
        var words = meanings.SelectMany(m => All[m]).ToList();
        Assert.Equal(words.Distinct(StringComparer.OrdinalIgnoreCase), words);
    }

    [Fact]
    public void The_closed_stages_of_every_ready_map_are_told_by_their_words()
    {
        foreach (var name in ReadyMaps.Names)
        {
            var map = JsonNode.Parse(ReadyMaps.Find(name)!)!;
            var lists = (map["pipelines"]?.AsArray().Select(p => p!["stages"]) ?? []).Append(map["stages"]).OfType<JsonArray>();
            foreach (var stage in lists.SelectMany(l => l))
                Assert.Equal((name, (string?)stage!["name"], (string?)stage["kind"]), (name, (string?)stage["name"], (Words.KindOf((string)stage["name"]!) ?? StageKind.Open).ToString().ToLowerInvariant()));
        }
    }
}
