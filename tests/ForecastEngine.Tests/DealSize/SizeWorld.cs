using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.DealSize;

/// <summary>A small CRM whose law of final amounts is known.</summary>
internal sealed record SizeWorld(DataFrame Table, IReadOnlyList<string> Features)
{
    private static readonly DateTimeOffset Start = new(2023, 1, 2, 9, 0, 0, TimeSpan.Zero);

    /// <summary>55 % close as typed, 35 % at a discount e^{−.12 + .1 ε}, 10 % at e^{.15 + .2 |ε|} more.</summary>
    public static double Usual(double typed, CounterRandom draw) =>
        draw.Uniform(50) < 0.55 ? typed
        : draw.Uniform(51) < 0.35 / 0.45 ? typed * Math.Exp(-0.12 + 0.1 * draw.Normal(52))
        : typed * Math.Exp(0.15 + 0.2 * Math.Abs(draw.Normal(53)));

    /// <summary>Never as typed: e^{.1 + .4 ε}.</summary>
    public static double Spread(double typed, CounterRandom draw) => typed * Math.Exp(0.1 + 0.4 * draw.Normal(52));

    /// <summary>Builds it.</summary>
    /// <param name="deals">Deals; 60 % are won.</param>
    /// <param name="seed">Draws everything.</param>
    /// <param name="final">Amount at close from the typed one; null leaves it unknown.</param>
    /// <param name="typed">Amount as typed; null leaves it unknown. Usual: e^{10 + .8 ε}.</param>
    public static SizeWorld Create(int deals, long seed, Func<double, CounterRandom, double?> final, Func<CounterRandom, double?>? typed = null)
    {
        var (opportunities, changes) = (new List<Opportunity>(), new List<OpportunityChange>());
        for (var i = 0; i < deals; i++)
        {
            var draw = CounterRandom.For(seed, i);
            var id = string.Create(CultureInfo.InvariantCulture, $"D{i:00000}");
            var created = Start.AddHours(Math.Floor(draw.Uniform(1) * 24 * 500));
            var days = 3 + 80 * draw.Uniform(2);
            var amount = typed is null ? Math.Round(Math.Exp(10 + 0.8 * draw.Normal(3)), 2) : typed(draw);
            opportunities.Add(new Opportunity
            {
                Id = id, CreatedAt = created, RecordedAt = created, Stage = "New", Amount = (decimal?)amount,
                OwnerId = "R" + draw.Below(4, 4), ProductId = "P" + draw.Below(3, 5), Source = draw.Below(2, 6) == 0 ? "web" : "referral",
            });
            Change(id, OpportunityField.Stage, "New", "Offer", created.AddDays(days / 2));
            var won = draw.Uniform(7) < 0.6;
            var closed = created.AddDays(days);
            if (won && final(amount ?? Math.Exp(10), draw) is { } paid && Math.Round((decimal)paid, 2) is var cents && cents != (decimal?)amount)
                Change(id, OpportunityField.Amount, Text((decimal?)amount), Text(cents), closed);
            Change(id, OpportunityField.Stage, "Offer", won ? "Won" : "Lost", closed);
        }
        var history = new CrmHistory(new CrmFacts
        {
            Currency = "EUR",
            Stages = [new("New", 0, StageKind.Open), new("Offer", 1, StageKind.Open), new("Won", 2, StageKind.Won), new("Lost", 3, StageKind.Lost)],
            Opportunities = opportunities, Changes = changes, ExportedAt = Start.AddDays(600),
        });
        var grid = TimeGrid.Create(7, 90);
        var schema = FeatureSchema.From(history, grid.DecayDays);
        var features = new FeatureSet(schema);
        var table = TrainingTable.Build(history, features, GroupRates.From(history, []), grid, AsOf.At(history.ExportedAt));
        return new SizeWorld(table, [.. features.Features.Select(f => f.Name)]);

        void Change(string id, string field, string? before, string? after, DateTimeOffset at) =>
            changes.Add(new OpportunityChange { OpportunityId = id, Field = field, OldValue = before, NewValue = after, At = at, RecordedAt = at });
    }

    /// <summary>The features of a row.</summary>
    public float[] Row(int row) => [.. Features.Select(f => ((PrimitiveDataFrameColumn<float>)Table.Columns[f])[row]!.Value)];

    private static string? Text(decimal? amount) => amount?.ToString(CultureInfo.InvariantCulture);
}
