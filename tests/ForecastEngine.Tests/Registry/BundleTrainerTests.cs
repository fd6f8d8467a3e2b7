using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Registry;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.Tests.Forecasting;
using ForecastEngine.Tests.Storage;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.Registry;

/// <summary>What a training says of good, poor and poisoned histories, and that the same data give the same bits.</summary>
public sealed class BundleTrainerTests
{
    private static readonly TrainingOptions Quick = ForecastWorld.Training;
    private static readonly AsOf Cutoff = HandMadeHistory.AsOfDay(400);

    private static readonly JsonSerializerOptions Json = new() { Converters = { new AmountOf() } };

    private static ForecastWorld W => ForecastWorld.Shared;

    [Fact]
    public void Without_a_closed_deal_nothing_is_trained()
    {
        var made = new HandMadeHistory().Deal("A", 0).Deal("B", 10).Stage("B", "Talks", 20).Stage("A", "Won", 50);
        var fault = Assert.Throws<TrainingException>(() => BundleTrainer.Train(made.Until(100), HandMadeHistory.AsOfDay(40), Quick));
        Assert.Equal("Training: found 2 opportunities and none closed by 2024-02-10; expected at least one won or lost. Import closed opportunities too, or choose a later as-of date.", fault.Message);
        Assert.Throws<TrainingException>(() => BundleTrainer.Train(new HandMadeHistory().Until(100), HandMadeHistory.AsOfDay(40), Quick));
    }

    [Theory]
    [InlineData("Won", "Only one class: 20 won and 0 lost.")]
    [InlineData("Lost", "Only one class: 0 won and 20 lost.")]
    public void One_class_alone_is_told_and_answered_off_certainty(string stage, string expected)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < 20; i++) made.Deal($"D{i}", 5 * i, amount: 100).Stage($"D{i}", stage, 5 * i + 40);
        made.Deal("Open", 380, amount: 100);
        var trained = BundleTrainer.Train(made.Until(400), Cutoff, Quick);
        Assert.Contains(trained.Warnings, w => w.StartsWith(expected, StringComparison.Ordinal));
        Assert.Contains(trained.Warnings, TooShort);
        var deals = ForecastWorld.Score(trained.Bundle, made.Until(400), Cutoff, 1).Deals;
        Assert.InRange(Assert.Single(deals).Score.WinProbability, stage == "Won" ? 0.5 : 0.001, stage == "Won" ? 0.999 : 0.5);
    }

    [Fact]
    public void Few_closed_deals_are_answered_by_the_stage_rate_and_said_so()
    {
        var made = Mixed(30);
        var trained = BundleTrainer.Train(made.Until(400), Cutoff, Quick);
        Assert.Equal((30, 15, 15), (trained.Deals.Won + trained.Deals.Lost, trained.Deals.Won, trained.Deals.Lost));
        Assert.Equal(Rung.StageRate, trained.Bundle.Win.RungFor("New"));
        Assert.Equal(Rung.GlobalRate, trained.Bundle.Win.RungFor("Nowhere"));
        Assert.Contains(trained.Warnings, w => w.StartsWith("15 won and 15 lost deals are too few for a model of one's own (40 each are needed): the stage rate answers.", StringComparison.Ordinal));
        var deals = ForecastWorld.Score(trained.Bundle, made.Until(400), Cutoff, 1).Deals;
        Assert.NotEmpty(deals);
        Assert.All(deals, d => Assert.Equal(Rung.StageRate, d.Score.Rung));
    }

    [Fact]
    public void A_short_history_cannot_be_checked_and_a_longer_one_is()
    {
        var made = Mixed(40, every: 1, takes: 5);
        var trained = BundleTrainer.Train(made.Until(55), HandMadeHistory.AsOfDay(55), Quick);
        Assert.Null(trained.Check);
        Assert.Null(trained.SizeCheck);
        Assert.Contains(trained.Warnings, TooShort);
        Assert.Empty(trained.Bundle.Market.Weeks);
        Assert.NotNull(BundleTrainer.Train(Mixed(60).Until(400), Cutoff, Quick).Check);
    }

    [Fact]
    public void The_window_kept_out_of_time_can_be_given()
    {
        var from = TrainingWorld.Before(W.World, 92);
        var trained = BundleTrainer.Train(W.Known, W.AsOf, Quick with { CheckFrom = from });
        Assert.Equal((from, W.AsOf), (trained.Check!.From, trained.Check.Until));
        // Below the least length for a calibration none is applied. The market is followed over the whole history, less a quarter to warm up.
        Assert.Equal(HazardCalibration.None, trained.Check.Won);
        Assert.Equal(110 - 13, trained.Bundle.Market.Weeks.Count, 1.0);
        var early = BundleTrainer.Train(W.Known, W.AsOf, Quick with { CheckFrom = TrainingWorld.Before(W.World, 3) });
        Assert.Null(early.Check);
        Assert.Contains(early.Warnings, TooShort);
    }

    [Fact]
    public void Noise_alone_is_told_to_be_no_skill()
    {
        var noise = TrainingWorld.Simulated(new SimulationOptions { Seed = 5, Weeks = 110, OpportunitiesPerWeek = 12, ActivityDensity = 0.1, LeadDensity = 0, IsPureNoise = true });
        Assert.Contains(BundleTrainer.Train(new CrmHistory(noise.Facts), TrainingWorld.Before(noise, 110), Quick).Warnings, w => w.StartsWith("No skill was found", StringComparison.Ordinal));
        Assert.DoesNotContain(W.Trained.Warnings, w => w.StartsWith("No skill was found", StringComparison.Ordinal));
    }

    [Fact]
    public void Columns_that_know_the_outcome_are_refused_and_leave_no_trace()
    {
        var plain = W.Known.ToFacts();
        var won = Enumerable.Range(0, W.Known.Opportunities.Length).Where(i => Closing.Final(W.Known, i) is { Won: true }).Select(i => W.Known.Opportunities[i].Id).ToHashSet();
        var planted = new CrmHistory(plain with
        {
            Opportunities = [.. plain.Opportunities.Select((o, i) => o with
            {
                Attributes = new Dictionary<string, string>(o.Attributes)
                {
                    ["final_score"] = ((won.Contains(o.Id) ? 700 : 300) + i % 97).ToString(CultureInfo.InvariantCulture),
                    ["close_reason"] = won.Contains(o.Id) ? (i % 2 == 0 ? "signed" : "paid") : "gone",
                },
            })],
        });
        var (clean, poisoned) = (W.Trained, BundleTrainer.Train(planted, W.AsOf, Quick));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", poisoned.Refused.Select(r => $"{r.Column} {r.Auc:0.000}")));
        Assert.Empty(clean.Refused);
        Assert.Equal(["close_reason", "final_score"], poisoned.Refused.Select(r => r.Column).Order(StringComparer.Ordinal));
        Assert.All(poisoned.Refused, r => Assert.InRange(r.Auc, 0.95, 1));
        foreach (var column in poisoned.Refused)
            Assert.Contains(poisoned.Warnings, w => w.StartsWith(FormattableString.Invariant($"Column {column.Column} was refused: it alone tells won from lost at creation (AUC {column.Auc:0.000})"), StringComparison.Ordinal));
        Assert.Equal(States(clean.Files), States(poisoned.Files));
        Assert.Equal(Answers(clean.Bundle, W.Known, 2), Answers(poisoned.Bundle, planted, 2));
    }

    [Fact]
    public async Task The_same_data_give_the_same_bits_whatever_the_threads_and_through_a_database()
    {
        var token = TestContext.Current.CancellationToken;
        var first = BundleTrainer.Train(W.Known, W.AsOf, Quick with { Threads = 1 }, null, token);
        var answers = Answers(first.Bundle, W.Known, 1);
        Assert.True(answers.Length > 100_000);
        var second = W.Trained;
        Assert.Equal(2, Quick.Threads);
        Assert.Equal(States(first.Files), States(second.Files));
        Assert.Equal(answers, Answers(second.Bundle, W.Known, 2));
        Assert.Equal(answers, Answers(ModelBundle.Load(first.Files), W.Known, 2));

        await using var database = TestDatabase.Sqlite();
        database.History.Append(W.World.Facts, new ImportRun { At = W.World.Options.ExportedAt, MapName = "own", SourceHash = "x" }, null, null, token);
        var loaded = database.History.Load(W.AsOf, token);
        var third = BundleTrainer.Train(loaded, W.AsOf, Quick with { Threads = 2 }, null, token);
        Assert.Equal(States(first.Files), States(third.Files));
        Assert.Equal(HistoryHash.Of(W.Known), HistoryHash.Of(loaded));
        Assert.Equal(answers, Answers(third.Bundle, loaded, 2));

        var other = BundleTrainer.Train(W.Known, W.AsOf, Quick with { Seed = 2 }, null, token);
        Assert.NotEqual(answers, Answers(other.Bundle, W.Known, 2));
    }

    [Fact]
    public void Facts_after_the_cutoff_change_no_bit()
    {
        var cutoff = TrainingWorld.Before(W.World, 80);
        var whole = new CrmHistory(W.World.Facts);
        Assert.Equal(States(BundleTrainer.Train(whole.KnownAt(cutoff), cutoff, Quick).Files), States(BundleTrainer.Train(whole, cutoff, Quick).Files));
    }

    [Fact]
    public void A_cancelled_training_stops()
    {
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => BundleTrainer.Train(W.Known, W.AsOf, Quick, new Stopper(source, "Taking snapshots"), source.Token));
    }

    private static bool TooShort(string warning) => warning.StartsWith("History is too short to check the model", StringComparison.Ordinal);

    // Every second deal is won; three are still open.
    private static HandMadeHistory Mixed(int closed, double every = 5, double takes = 30)
    {
        var made = new HandMadeHistory();
        for (var i = 0; i < closed + 3; i++) made.Deal($"D{i:00}", every * i, amount: 100 + i);
        for (var i = 0; i < closed; i++) made.Stage($"D{i:00}", i % 2 == 0 ? "Won" : "Lost", every * i + takes + i % 7);
        return made;
    }

    // ML.NET stamps its own files with the time; ours are compared to the byte.
    private static string[] States(IReadOnlyDictionary<string, byte[]> files) =>
        [.. files.Where(f => f.Key.EndsWith(".json", StringComparison.Ordinal)).OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + " " + Encoding.UTF8.GetString(f.Value))];

    // Scores with drivers, hazards to the bit, and forecasts of every dimension.
    private static string Answers(ModelBundle bundle, CrmHistory known, int threads)
    {
        var pipeline = ForecastWorld.Score(bundle, known, W.AsOf, threads, explain: int.MaxValue);
        var deals = pipeline.Deals;
        Assert.All(deals, d => Assert.Equal(d.Score.WinProbability, d.Score.BaseProbability!.Value + d.Score.Drivers.Sum(x => x.Contribution), 1e-6));
        var forecaster = pipeline.Forecaster;
        return string.Join('\n', [.. deals.Select(d => JsonSerializer.Serialize(d.Score, Json) + Bits.Of(d.Curve)),
            .. Enum.GetValues<Dimension>().SelectMany(d => forecaster.Forecast(BusinessCalendar.Default.Quarter(W.AsOf.Date).Next(), d, 1024, threads)).Select(f => JsonSerializer.Serialize(f, Json))]);
    }

    // A database keeps an amount, not how many zeros it was written with.
    private sealed class AmountOf : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString("0.############################", CultureInfo.InvariantCulture));
    }

    private sealed class Stopper(CancellationTokenSource source, string step) : IProgress<(string Step, double Share)>
    {
        public void Report((string Step, double Share) value)
        {
            if (value.Step == step) source.Cancel();
        }
    }
}
