using ForecastEngine.Snapshots;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Tests.Snapshots;

/// <summary>Custom features: from source or an assembly, computed from a snapshot, pure by what they name.</summary>
public sealed class CustomFeatureTests
{
    private const string Source = """
        public static class MyFeatures
        {
            [CustomFeature("talks", "activities", "activities are entered when they happen")]
            public static double? Talks(OpportunitySnapshot deal) => deal.Activities.Count == 0 ? null : deal.Activities.Count(a => a.Kind == "Call");

            [CustomFeature("age_weeks", "weeks", "the creation is known")]
            public static double Age(OpportunitySnapshot deal) => deal.Value("age_days")!.Value / 7;
        }
        """;

    [Fact]
    public void Features_of_a_source_become_columns_with_an_indicator()
    {
        var custom = CustomFeature.Compile(Source);
        Assert.Equal(["age_weeks", "talks"], custom.Select(f => f.Name));
        var history = new HandMadeHistory().Deal("A", 0, attributes: ("Fit", "3")).Deal("B", 7).Activity("A", "Call", 3).Activity("A", "Call", 5, recorded: 40).Activity("A", "Mail", 6).Change("A", "Fit", "3", "4", 5).Stage("A", "Talks", 8, recorded: 30).Until(50);
        var features = new FeatureSet(FeatureSchema.From(history, [7, 28]) with { Custom = custom });
        var plain = new FeatureSet(features.Schema with { Custom = [] });
        Assert.Equal([.. plain.Features.Select(f => f.Name), "age_weeks", "age_weeks_missing", "talks", "talks_missing"], features.Features.Select(f => f.Name));
        Assert.Equal("Custom feature, in weeks; 0 when missing. Known at the as-of date because the creation is known.", features.Features[^4].Description);
        Assert.Equal("feature:talks", features.Features[^2].Driver);
        var (a, b) = (Take(0), Take(1));
        Assert.Equal([2, 0, 1, 0], a.Features[^4..]);
        Assert.Equal([1, 0, 0, 1], b.Features[^4..]);
        Assert.Equal(new SnapshotTaker(history, plain, GroupRates.From(history, [])).Take(0, HandMadeHistory.AsOfDay(14))!.Features, a.Features[..^4]);
        Assert.Equal(("4", 2, 1), (a.Attributes["Fit"], a.Activities.Count, a.Changes.Count));
        Assert.Null(a.Value("no_such_column"));

        OpportunitySnapshot Take(int index) => new SnapshotTaker(history, features, GroupRates.From(history, [])).Take(index, HandMadeHistory.AsOfDay(14))!;
    }

    [Fact]
    public void The_same_source_gives_the_same_bytes_and_an_assembly_the_same_features()
    {
        var (first, second) = (CustomFeatureCode.Compile(Source, "a.cs"), CustomFeatureCode.Compile(Source.ReplaceLineEndings("\r\n"), "b.cs"));
        Assert.Equal(first.Sha256, second.Sha256);
        var loaded = CustomFeatureCode.Load(first.Bytes, null, "a.dll");
        Assert.Equal(first.Features.Select(f => f.Identity), loaded.Features.Select(f => f.Identity));
    }

    [Theory]
    [InlineData("deal => System.IO.File.Exists(deal.OpportunityId) ? 1 : 0", "a use of System.IO.File")]
    [InlineData("deal => (DateTimeOffset.UtcNow - deal.CreatedAt).TotalDays", "a use of System.DateTimeOffset.UtcNow")]
    [InlineData("deal => DateTime.Now.Hour", "a use of System.DateTime.Now")]
    [InlineData("deal => new Random(1).NextDouble()", "a use of System.Random")]
    [InlineData("deal => Environment.ProcessorCount", "a use of System.Environment")]
    [InlineData("deal => deal.OpportunityId.GetHashCode()", ".GetHashCode; expected a pure function")]
    [InlineData("deal => deal.GetType().Assembly.GetName().Name!.Length", "a use of System.Reflection")]
    [InlineData("deal => System.Threading.Interlocked.MemoryBarrierProcessWide() is var x ? 1 : 0", "CS")]
    public void What_is_not_a_function_of_the_snapshot_is_refused_before_it_is_loaded(string expression, string found)
    {
        var fault = Assert.Throws<CustomFeatureException>(() => CustomFeature.Compile("mine", "units", "a test", expression));
        Assert.Contains(found, fault.Message, StringComparison.Ordinal);
        Assert.StartsWith("Custom features in feature mine: found ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void State_native_code_and_nothing_at_all_are_refused()
    {
        Assert.Contains("found the static field MyFeatures._seen, which can change between calls", Refusal(Source.Replace("{\n    [", "{\n    private static int _seen;\n    [", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("found none; expected a public static method", Refusal("public static class Nothing { }"), StringComparison.Ordinal);
        Assert.Contains("found talks twice; expected a name each", Refusal(Source.Replace("age_weeks", "talks", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("found the name \"Talks\"; expected small letters", Refusal(Source.Replace("\"talks\"", "\"Talks\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("line 4, column", Refusal(Source.Replace("deal.Activities.Count == 0", "deal.Nothing", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("found no readable assembly", Assert.Throws<CustomFeatureException>(() => CustomFeatureCode.Load([1, 2, 3], null, "a.dll")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_the_engine_uses_is_refused() => Assert.Contains("found another column named age_days; expected a name of its own",
        Assert.Throws<CustomFeatureException>(() => new FeatureSet(FeatureSchema.From(new HandMadeHistory().Deal("A", 0).Until(9), [7, 28]) with { Custom = [CustomFeature.Compile("age_days", "days", "a test", "deal => 1")] })).Message, StringComparison.Ordinal);

    private static string Refusal(string source) => Assert.Throws<CustomFeatureException>(() => CustomFeature.Compile(source, "my.cs")).Message;
}
