using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

public sealed class SimulationOptionsTests
{
    [Fact]
    public void All_faults_are_reported_together()
    {
        var options = new SimulationOptions { FirstWeek = new DateOnly(2022, 1, 4), Weeks = 0, Teams = 9, ZombieShare = 1.5 };
        var message = Assert.Throws<ArgumentException>(() => SimulatedWorld.Generate(options)).Message;
        foreach (var name in new[] { "FirstWeek", "Weeks", "Teams", "ZombieShare" }) Assert.Contains($"SimulationOptions.{name}: found", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Reps", message.Replace("per sales rep", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_does_not_go_with_switches_that_leave_a_signal()
    {
        Assert.Throws<ArgumentException>(() => new SimulationOptions { IsPureNoise = true, ZombieShare = 0.15 }.Validate());
        new SimulationOptions { IsPureNoise = true }.Validate();
    }

    [Theory]
    [InlineData(24)]
    [InlineData(100)]
    public void A_world_can_be_ordered_by_its_wins_per_quarter(double wins)
    {
        var options = new SimulationOptions { OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(wins), Weeks = 312, FactorDeviation = 0, ActivityDensity = 0, LeadDensity = 0 };
        var course = WorldCourse.Run(options);
        var perQuarter = course.Moves.ToArray().Count(m => m.Kind == MoveKind.Win && m.Week >= 52) / 20.0;
        Assert.InRange(perQuarter / wins, 0.85, 1.15);
    }

    [Fact]
    public void The_export_is_taken_on_the_friday_of_the_last_week()
    {
        var options = new SimulationOptions { FirstWeek = new DateOnly(2022, 1, 3), Weeks = 2 };
        Assert.Equal((new DateOnly(2022, 1, 14), DayOfWeek.Friday), (options.LastDay, options.LastDay.DayOfWeek));
        Assert.Equal(new DateTimeOffset(2022, 1, 14, 20, 0, 0, TimeSpan.Zero), options.ExportedAt);
    }
}
