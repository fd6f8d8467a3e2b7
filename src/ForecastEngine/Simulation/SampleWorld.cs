namespace ForecastEngine.Simulation;

/// <summary>The sample under data/sample: one fixed world, the same bytes wherever it is made.</summary>
public static class SampleWorld
{
    /// <summary>Four years of a company with 14 sales reps in 4 teams, until Friday 2026-11-06, the middle of a quarter.</summary>
    public static SimulationOptions Options { get; } = new()
    {
        Seed = 20261106,
        FirstWeek = new DateOnly(2022, 11, 7),
        Weeks = 209,
        OpportunitiesPerWeek = 25,
        YearlyGrowth = 0.05,
        Seasonality = 0.12,
        Reps = 14,
        Teams = 4,
        Products = 9,
        Regions = 4,
        Accounts = 1500,
        Currency = "EUR",
        ActivityDensity = 0.085,
        LeadDensity = 0.8,
        TracksCrmProbability = false,
        RecordingLagShare = 0.04,
        RecordingLagDays = 4,
    };

    /// <summary>Makes the sample.</summary>
    public static SimulatedWorld Generate(int threads = 0) => SimulatedWorld.Generate(Options, threads);

    /// <summary>Makes the sample and writes its CSV files into <paramref name="folder"/>.</summary>
    public static void Write(string folder) => CrmExportWriter.Write(Generate().Facts, folder);
}
