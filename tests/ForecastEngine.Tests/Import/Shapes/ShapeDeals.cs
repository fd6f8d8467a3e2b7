using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Import.Shapes;

/// <summary>Makes deals of two pipelines, in three currencies, of which some are won, some lost and some open.</summary>
internal static class ShapeDeals
{
    /// <summary>After everything that happens to the deals.</summary>
    public static readonly DateTime ExportedAt = new(2025, 12, 1, 8, 0, 0, DateTimeKind.Utc);

    /// <summary>The open stages of each pipeline.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Pipelines = new Dictionary<string, string[]>
    {
        ["Sales Pipeline"] = ["Qualification", "Discovery", "Proposal", "Negotiation"],
        ["Renewals"] = ["Outreach", "Quote Sent"],
    };

    private static readonly string[] Owners = ["Maja Novak", "Jan Vidmar", "Sarah Müller", "John O'Brien"];
    private static readonly string[] Sources = ["Web", "Partner", "Event", "Referral"];
    private static readonly string[] Reasons = ["Price", "Competitor", "No decision"];

    public static IReadOnlyList<ShapeDeal> Make(int count = 60, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(1, count).Select(n => Make(n, random))];
    }

    private static ShapeDeal Make(int number, Random random)
    {
        var pipeline = number % 4 == 0 ? "Renewals" : "Sales Pipeline";
        var stages = Pipelines[pipeline];
        var at = new DateTime(2024, 1, 8, 8, 0, 0, DateTimeKind.Utc).AddHours(random.Next(24 * 660));
        var told = new List<(string, DateTime)>();
        var reached = random.Next(1, stages.Length + 1);
        for (var s = 0; s < reached && at < ExportedAt.AddDays(-2); s++)
        {
            told.Add((stages[s], at));
            at = at.AddMinutes(random.Next(3 * 1440, 30 * 1440));
        }
        var outcome = at >= ExportedAt.AddDays(-1) || random.Next(5) == 0 ? StageKind.Open : random.Next(2) == 0 ? StageKind.Won : StageKind.Lost;
        return new ShapeDeal
        {
            Number = number,
            Name = number % 10 == 3 ? $"Söhne & Co, phase \"{number}\"" : $"Deal {number:000}",
            Account = $"Account {number % 17:00}",
            Owner = Owners[random.Next(Owners.Length)],
            Pipeline = pipeline,
            Stages = told,
            Outcome = outcome,
            ClosedAt = outcome == StageKind.Open ? null : at,
            PlannedCloseOn = DateOnly.FromDateTime(at).AddDays(random.Next(-10, 40)),
            Amount = random.Next(500, 90_000) + random.Next(100) / 100m,
            Currency = (number % 8) switch { 1 => "USD", 2 => "GBP", _ => "EUR" },
            Source = Sources[random.Next(Sources.Length)],
            LossReason = outcome == StageKind.Lost ? Reasons[random.Next(Reasons.Length)] : "",
        };
    }
}
