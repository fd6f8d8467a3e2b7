using System.Text.Json;
using System.Text.RegularExpressions;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>data/words.json: what the words of stages and status columns mean, in six languages.</summary>
public sealed class WordsTests
{
    private static readonly Dictionary<string, string[]> Words =
        JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(Path.Combine(Repository.Root, "data", "words.json")))!;

    [Theory, InlineData("won", "lost", "open"), InlineData("true", "false", "empty"), InlineData("revenueSplit", "overlay"), InlineData("notRevenuePipeline", "renewal", "expansion")]
    public void A_word_has_one_meaning_of_those_that_are_told_apart(params string[] meanings)
    {
        var words = meanings.SelectMany(m => Words[m]).ToList();
        Assert.Equal(words.Distinct(StringComparer.OrdinalIgnoreCase), words);
    }

    [Fact]
    public void The_closed_stages_of_every_ready_map_are_told_by_their_words()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Root, "data", "maps"), "*.json"))
            foreach (var stage in ImportMap.Load(path).Stages)
            {
                bool Tells(string meaning) => Words[meaning].Any(w => Regex.IsMatch(stage.Name, $@"(?<!\w){Regex.Escape(w)}(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));
                Assert.Equal((stage.Name, stage.Kind == StageKind.Won, stage.Kind == StageKind.Lost), (stage.Name, Tells("won"), Tells("lost")));
            }
    }
}
