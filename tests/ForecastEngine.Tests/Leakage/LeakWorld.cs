using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Snapshots;

namespace ForecastEngine.Tests.Leakage;

/// <summary>A small simulated company in which leaks are looked for, and the leaks that are planted to see whether they would be found.</summary>
internal static class LeakWorld
{
    public static readonly SimulationOptions Options = new()
    {
        Seed = 41, Weeks = 110, OpportunitiesPerWeek = SimulationOptions.OpportunitiesPerWeekFor(25), ActivityDensity = 0.3, LeadDensity = 0.02, RecordingLagShare = 0.3, RecordingLagDays = 10,
    };

    public static readonly TrainingOptions Quick = new() { Win = new() { Trees = 12, MinRowsPerLeaf = 40 }, Size = new() { Trees = 8, MinRowsPerLeaf = 20 }, Threads = 2 };

    /// <summary>Learns its training rows by heart, and is worse on all others.</summary>
    public static readonly TrainingOptions ByHeart = Quick with { Win = Quick.Win with { Trees = 100, Leaves = 31, LearningRate = 1, MinRowsPerLeaf = 1 } };

    public static SimulatedWorld World => TrainingWorld.Simulated(Options);
    public static CrmHistory History { get; } = new(World.Facts);
    public static AsOf Cutoff { get; } = TrainingWorld.Before(World, 78);

    /// <summary>The same facts with everything recorded after a date altered, deleted or invented at random.</summary>
    public static CrmFacts WithAnotherFuture(CrmFacts facts, AsOf asOf, int seed, int changes = 200) => new FutureMutation(facts, asOf, new Random(seed)).Apply(changes);

    /// <summary>Facts as a recorder that leaks would hand them over: entered late, and dated as if they had been entered when they happened.</summary>
    public static CrmFacts RecordedWhenTheyHappened(CrmFacts facts) => facts with
    {
        Opportunities = [.. facts.Opportunities.Select(o => o with { RecordedAt = Earlier(o.RecordedAt, o.CreatedAt) })],
        Changes = [.. facts.Changes.Select(c => c with { RecordedAt = Earlier(c.RecordedAt, c.At) })],
        Activities = [.. facts.Activities.Select(a => a with { RecordedAt = Earlier(a.RecordedAt, a.At) })],
    };

    /// <summary>A history in which every closing seems to have been recorded at the birth of its deal.</summary>
    public static CrmHistory ClosedAtBirth(CrmHistory history)
    {
        var facts = history.ToFacts();
        return new CrmHistory(facts with
        {
            Changes = [.. facts.Changes.Select(c => IsClosing(history, c) ? c with { RecordedAt = history.Opportunities[history.IndexOf(c.OpportunityId)].RecordedAt } : c)],
        });
    }

    /// <summary>A history as a CRM would hand it over that renames a deal's earlier activities when the deal is won.</summary>
    public static CrmHistory RenamedAfterTheWin(CrmHistory history)
    {
        var facts = history.ToFacts();
        return new CrmHistory(facts with
        {
            Activities = [.. facts.Activities.Select(a => a.OpportunityId is { } id && Closing.Final(history, history.IndexOf(id)) is { Won: true } ? a with { Kind = "Signed" } : a)],
        });
    }

    /// <summary>True for a change into won or lost.</summary>
    public static bool IsClosing(CrmHistory history, OpportunityChange change) =>
        change.Field == OpportunityField.Stage && history.FindStage(change.NewValue) is { Kind: not StageKind.Open };

    /// <summary>The history with won and lost exchanged in the closings that <paramref name="which"/> chooses.</summary>
    public static CrmHistory WithOtherOutcomes(CrmHistory history, Func<OpportunityChange, bool> which, StageKind? to = null)
    {
        string NameOf(StageKind kind) => history.Stages.First(s => s.Kind == kind).Name;
        var facts = history.ToFacts();
        return new CrmHistory(facts with
        {
            Changes = [.. facts.Changes.Select(c => IsClosing(history, c) && which(c)
                ? c with { NewValue = NameOf(to ?? (history.FindStage(c.NewValue)!.Kind == StageKind.Won ? StageKind.Lost : StageKind.Won)) } : c)],
        });
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
