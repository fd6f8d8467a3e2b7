using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

/// <summary>The sample in data/sample is what the generator makes, and what its README promises.</summary>
public sealed class SampleWorldTests
{
    private static readonly string Committed = Path.Combine(Repository.Root, "data", "sample");

    [Fact]
    public void The_committed_files_are_regenerated_byte_for_byte()
    {
        var folder = Directory.CreateTempSubdirectory("sample").FullName;
        try
        {
            SampleWorld.Write(folder);
            var names = Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(names, Directory.EnumerateFiles(Committed, "*.csv").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
            foreach (var name in names)
                Assert.True(File.ReadAllBytes(Path.Combine(folder, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Committed, name))), $"{name} differs; write the sample anew");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void It_is_small_and_of_the_promised_size()
    {
        Assert.True(Directory.EnumerateFiles(Committed).Sum(f => new FileInfo(f).Length) < 8_000_000);
        var world = SampleWorld.Generate();
        var wins = world.Facts.Changes.Count(c => c.NewValue == "Closed Won");
        Assert.InRange(world.Facts.Opportunities.Count, 5_500, 6_500);
        Assert.InRange(wins, 1_900, 2_200);
        Assert.InRange(world.Truth.At(world.Options.Weeks).OpenOpportunityIds.Count, 300, 800);
        Assert.Equal(new DateOnly(2026, 11, 6), world.Options.LastDay);
    }
}
