using ForecastEngine.Crm;
using ForecastEngine.Registry;

namespace ForecastEngine.Tests.Registry;

/// <summary>The company that saved bundles were trained on: made by arithmetic alone, so that it is the same in every release.</summary>
internal static class FixtureWorld
{
    private static readonly DateTimeOffset Begin = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static AsOf Cutoff { get; } = AsOf.At(Begin.AddDays(600));

    public static TrainingOptions Options { get; } = new()
    {
        Win = new() { Trees = 6, Leaves = 6, MinRowsPerLeaf = 20, MinClosedPerClass = 20 }, Size = new() { Trees = 6, Leaves = 4, MinRowsPerLeaf = 10, MinTreeDeals = 20 }, Threads = 2,
    };

    public static CrmHistory History()
    {
        var (deals, changes) = (new List<Opportunity>(), new List<OpportunityChange>());
        Stage[] stages = [new("New", 0, StageKind.Open, 0.1), new("Offer", 1, StageKind.Open, 0.5), new("Won", 2, StageKind.Won, 1), new("Lost", 3, StageKind.Lost, 0)];
        for (var i = 0; i < 260; i++)
        {
            var (id, born, amount) = ($"D{i:000}", Begin.AddDays(i * 2.4), 1000 + 137 * (i * 7 % 53));
            deals.Add(new Opportunity { Id = id, CreatedAt = born, RecordedAt = born, Stage = "New", Amount = amount, OwnerId = $"R{i % 3}", Source = i % 2 == 0 ? "Web" : "Fair" });
            if (i % 5 != 4) Change(id, "Offer", born.AddDays(10 + i % 9));
            // Deals of R0 and small ones are won more often.
            var isWon = (i * 31 % 100) < (i % 3 == 0 ? 55 : 25) + (amount < 4000 ? 15 : 0);
            Change(id, isWon ? "Won" : "Lost", born.AddDays(25 + i * 13 % 60));
        }
        return new CrmHistory(new CrmFacts { Currency = "EUR", ExportedAt = Cutoff.Instant, Stages = stages, Opportunities = deals, Changes = [.. changes.Where(c => c.RecordedAt <= Cutoff.Instant)], Activities = [] });

        void Change(string id, string stage, DateTimeOffset at) =>
            changes.Add(new OpportunityChange { OpportunityId = id, Field = OpportunityField.Stage, OldValue = null, NewValue = stage, At = at, RecordedAt = at });
    }
}
