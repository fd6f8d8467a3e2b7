using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>Which way closings go, learned from closed deals beside the hazards.</summary>
public sealed class OutcomeModelTests(OutcomeModelTests.Company company) : IClassFixture<OutcomeModelTests.Company>
{
    /// <summary>A company whose columns tell in pairs what neither tells alone, and a model of its first two and a half years.</summary>
    public sealed class Company
    {
        public Company()
        {
            var options = new FlatCompanyOptions
            {
                Seed = 12,
                Deals = 4000,
                Columns = 8,
                Telling = 4,
                Signal = 2,
                WinRate = 0.4,
                MedianDays = 30,
                Interacts = true,
            };
            (History, Truth) = Made(options);
            Cutoff = AsOf.At(new DateTimeOffset(2025, 6, 1, 0, 0, 0, TimeSpan.Zero));
            Trained = BundleTrainer.Train(History, Cutoff, new TrainingOptions { Threads = 2 });
            var taker = new SnapshotTaker(
                History,
                Model.Features,
                GroupRates.From(History, Model.Features.Schema.CategoricalAttributes)
            );
            Newborns =
            [
                .. Enumerable
                    .Range(0, History.Opportunities.Length)
                    .Where(i => History.Opportunities[i].CreatedAt > Cutoff.Instant)
                    .Select(i => taker.Take(i, AsOf.At(History.Opportunities[i].RecordedAt)))
                    .OfType<OpportunitySnapshot>(),
            ];
        }

        internal static (CrmHistory History, IReadOnlyDictionary<string, double> Truth) Made(FlatCompanyOptions options)
        {
            var folder = Directory.CreateTempSubdirectory("outcome").FullName;
            try
            {
                var truth = FlatCompany.Write(folder, options);
                var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
                return (
                    new CrmHistory(
                        CrmImport
                            .Read(folder, ImportMap.Parse(FlatCompany.Map(options)), new ImportOptions { Now = now })
                            .Facts
                    ),
                    truth
                );
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        public CrmHistory History { get; }
        public IReadOnlyDictionary<string, double> Truth { get; }
        public AsOf Cutoff { get; }
        public TrainedBundle Trained { get; }
        public WinProbabilityModel Model => Trained.Bundle.Win;
        public IReadOnlyList<OpportunitySnapshot> Newborns { get; }
    }

    [Fact]
    public void It_finds_what_columns_tell_together_where_hazards_alone_do_not()
    {
        Assert.InRange(company.Trained.Check!.OutcomeWeight, 0.6, 1);
        var alone = company.Model.WithOutcome(0);
        double Off(WinProbabilityModel model) =>
            company.Newborns.Average(d =>
                Math.Pow(Logit.Of(model.Evaluate(d).WinProbability) - Logit.Of(company.Truth[d.OpportunityId]), 2)
            );
        var (with, without) = (Off(company.Model), Off(alone));
        Assert.True(
            with < 0.8 * without,
            $"mean square error of the log odds {with:0.000} with, {without:0.000} without"
        );
        Assert.InRange(
            company.Newborns.Average(d => company.Model.Evaluate(d).WinProbability)
                - company.Newborns.Average(d => company.Truth[d.OpportunityId]),
            -0.03,
            0.03
        );
    }

    [Fact]
    public void An_older_deal_is_not_told_as_a_newborn_that_closes_at_once()
    {
        // Given that it closes in a cell, how a deal ends hangs on its age then, not on how far ahead that is.
        var deal = company.Newborns[0];
        var ages = company.Model.Features.Features.Select((f, i) => (f.Name, i)).Single(f => f.Name == "age_days").i;
        Assert.DoesNotContain(company.Model.Outcome!.Trees.Trees, t =>
            t.Features.Contains(deal.Features.Length + company.Model.Outcome.Levels.Count)
        );
        Assert.DoesNotContain(company.Model.Outcome.Trees.Trees, t => t.Features.Contains(ages));
    }

    [Fact]
    public void When_deals_close_is_left_to_the_hazards()
    {
        var alone = company.Model.WithOutcome(0);
        foreach (var deal in company.Newborns.Take(50))
        {
            var (with, without) = (company.Model.Evaluate(deal), alone.Evaluate(deal));
            for (var k = 0; k < company.Model.Grid.Count; k++)
                Assert.Equal(without.Won[k] + without.Lost[k], with.Won[k] + with.Lost[k], 2e-6);
        }
    }

    [Fact]
    public void It_is_saved_and_loaded_to_the_bit()
    {
        var loaded = ModelBundle.Load(company.Trained.Files).Win;
        Assert.Contains("win-outcome.zip", company.Trained.Files.Keys);
        foreach (var deal in company.Newborns.Take(100))
            Assert.Equal(company.Model.Evaluate(deal).WinProbability, loaded.Evaluate(deal).WinProbability);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.4)]
    public void The_base_and_the_drivers_add_up(double market)
    {
        double[] shift = [.. Enumerable.Range(0, company.Model.Grid.Count).Select(_ => market)];
        foreach (var model in (WinProbabilityModel[])[company.Model, company.Model.Toward(0.6)])
        {
            var explainer = new ScoreExplainer(model);
            foreach (var deal in company.Newborns.Take(60))
            {
                var (start, drivers) = explainer.Explain(deal, shift);
                Assert.InRange(
                    start + drivers.Sum(d => d.Contribution) - model.Evaluate(deal).Shifted(shift).WinProbability,
                    -1e-9,
                    1e-9
                );
            }
        }
    }

    [Fact]
    public void The_portable_model_says_the_same() =>
        PortableModelTests.Agrees(
            company.Model,
            [.. company.Newborns.Take(60)],
            [.. Enumerable.Repeat(0.2, company.Model.Grid.Count)],
            company.Cutoff
        );

    [Fact]
    public void The_slopes_are_those_of_the_parting()
    {
        var draw = CounterRandom.For(7);
        for (var i = 0; i < 200; i++)
        {
            var model = company.Model.Outcome! with { Weight = draw.Uniform(4 * i) };
            double[] at =
            [
                3 * draw.Normal(4 * i + 1),
                -1.5 + 2 * draw.Normal(4 * i + 2),
                -1.5 + 2 * draw.Normal(4 * i + 3),
            ];
            if (Logit.Inverse(at[1]) + Logit.Inverse(at[2]) is > 0.99 and < 1.01)
                continue;
            var slopes = model.SlopesAt(at[0], at[1], at[2]);
            AssertSlope(0, slopes.WonByOutcome, slopes.LostByOutcome);
            AssertSlope(1, slopes.WonByWon, slopes.LostByWon);
            AssertSlope(2, slopes.WonByLost, slopes.LostByLost);

            void AssertSlope(int argument, double won, double lost)
            {
                const double step = 1e-5;
                double[] up = [.. at],
                    down = [.. at];
                up[argument] += step;
                down[argument] -= step;
                var (high, low) = (model.Part(up[0], up[1], up[2]), model.Part(down[0], down[1], down[2]));
                Assert.Equal((high.Won - low.Won) / (2 * step), won, 1e-3 * Math.Max(1, Math.Abs(won)));
                Assert.Equal((high.Lost - low.Lost) / (2 * step), lost, 1e-3 * Math.Max(1, Math.Abs(lost)));
            }
        }
    }

    [Fact]
    public void Training_on_other_threads_gives_the_same_files()
    {
        var (history, _) = Company.Made(
            new FlatCompanyOptions
            {
                Seed = 13,
                Deals = 700,
                Columns = 6,
                Telling = 4,
                Signal = 2,
                WinRate = 0.4,
                MedianDays = 20,
            }
        );
        TrainedBundle Train(int threads) =>
            BundleTrainer.Train(history, AsOf.At(history.ExportedAt), new TrainingOptions { Threads = threads });
        var (one, two) = (Train(1), Train(2));
        Assert.Contains("win-outcome.zip", one.Files.Keys);
        Assert.Equal(one.Files["win.json"], two.Files["win.json"]);
        Assert.Equal(
            one.Bundle.Win.Outcome!.Trees.Trees.SelectMany(t => t.Leaves),
            two.Bundle.Win.Outcome!.Trees.Trees.SelectMany(t => t.Leaves)
        );
    }
}
