using ForecastEngine.Crm;

namespace ForecastEngine.Simulation;

/// <summary>A company's CRM as a simulation made it: what the CRM saw, and apart from it what was true.</summary>
public sealed class SimulatedWorld
{
    private SimulatedWorld(SimulationOptions options, CrmFacts facts, Truth truth) => (Options, Facts, Truth) = (options, facts, truth);

    /// <summary>What the world was made from.</summary>
    public SimulationOptions Options { get; }

    /// <summary>
    /// What the CRM knew at <see cref="SimulationOptions.ExportedAt"/>: every fact recorded until then, and nothing hidden.
    /// The first Stage of every opportunity also stands as a change, at its creation and without an old value; the
    /// line items of an opportunity sum to its amount at birth.
    /// </summary>
    public CrmFacts Facts { get; }

    /// <summary>What no CRM knows.</summary>
    public Truth Truth { get; }

    /// <summary>Makes the world of <paramref name="options"/>. The number of threads changes nothing but the time it takes.</summary>
    /// <param name="options">What kind of world.</param>
    /// <param name="threads">At most so many threads; 0 for all.</param>
    public static SimulatedWorld Generate(SimulationOptions options, int threads = 0)
    {
        options.Validate();
        var course = WorldCourse.Run(options);
        return new SimulatedWorld(options, CrmRecorder.Record(course, threads), new Truth(course, threads));
    }
}
