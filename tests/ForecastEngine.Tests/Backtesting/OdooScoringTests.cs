using ForecastEngine.Backtesting.Baselines;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Snapshots;

namespace ForecastEngine.Tests.Backtesting;

/// <summary>Odoo's predictive lead scoring against an example computed by hand, and its rules one by one.</summary>
public sealed class OdooScoringTests
{
    private static readonly OdooScoringOptions SourceAndPhone = new() { Fields = ["source", "Phone"], FieldsWhereEmptyCounts = ["Phone"] };

    // Won: 2 × (web, correct), (fair, empty). Lost: (web, empty) at S1; (fair, empty) at S2; (fair, correct) at S3; (none, empty) at S1.
    private static CrmHistory Example(string? team = "A") => new SalesTeams()
        .Won(team, "web", "correct").Won(team, "web", "correct").Won(team, "fair", null)
        .Lost(team, "S1", "web", null).Lost(team, "S2", "fair", null).Lost(team, "S3", "fair", "correct").Lost(team, "S1", null, null)
        .Open("O1", team, "S2", "web", "correct").Open("O2", team, "S1", "fair", null).Open("O3", team, "S1", "referral", "correct").Open("O4", team, "S2", null, null)
        .History();

    [Fact]
    public void Counts_are_those_of_the_worked_example()
    {
        var counts = OdooScoring.Train(Example(), SourceAndPhone).Counts;
        Row(3.1, 4.1, OdooCounts.Stage, "S1");
        Row(3.1, 2.1, OdooCounts.Stage, "S2");
        Row(3.1, 1.1, OdooCounts.Stage, "S3");
        Row(3.1, 0.1, OdooCounts.Stage, "S4");
        Row(2.1, 1.1, "source", "web");
        Row(1.1, 2.1, "source", "fair");
        Row(2.1, 1.1, "Phone", "correct");
        Row(1.1, 3.1, "Phone", "");
        Assert.Null(counts.Of("A", OdooCounts.Stage, "Lost"));
        Assert.Null(counts.Of("A", "source", ""));

        void Row(double won, double lost, string variable, string value)
        {
            var row = Assert.NotNull(counts.Of("A", variable, value));
            Assert.Equal(won, row.Won, 1e-12);
            Assert.Equal(lost, row.Lost, 1e-12);
        }
    }

    [Theory]
    [InlineData("O1", 87.60)]
    [InlineData("O2", 15.57)]
    [InlineData("O3", 65.45)]
    [InlineData("O4", 40.74)]
    public void Open_deals_score_as_in_the_worked_example(string deal, double percent)
    {
        var history = Example();
        Assert.Equal(percent, Math.Round(100 * Score(OdooScoring.Train(history, SourceAndPhone), history, deal), 2));
    }

    [Fact]
    public void A_deal_of_no_team_and_one_of_a_team_without_rows_take_the_sum_over_all_teams()
    {
        var history = new SalesTeams().Won("A", "web", null).Lost("A", "S1", "web", null).Won("B", "web", null).Won("B", "fair", null).Lost("B", "S2", "fair", null).Won(null, "web", null)
            .Open("own", "A", "S1", "web", null).Open("none", null, "S1", "web", null).Open("other", "C", "S1", "web", null).History();
        var scoring = OdooScoring.Train(history, new OdooScoringOptions { Fields = ["source"] });
        // A alone: 1.1/1.1 each. Summed: S1 (1.1 + 2.1 + 1.1, 1.1 + 1.1 + 0.1), web (1.1 + 1.1 + 1.1, 1.1 + 0.1 + 0.1), fair (1.1, 1.1).
        Assert.Equal(0.5, Score(scoring, history, "own"), 1e-12);
        var odds = 4.3 / 2.3 * (3.3 / 4.4) / (1.3 / 2.4);
        Assert.Equal(odds / (1 + odds), Score(scoring, history, "none"), 1e-12);
        Assert.Equal(odds / (1 + odds), Score(scoring, history, "other"), 1e-12);
    }

    [Fact]
    public void A_closing_taken_back_leaves_the_earlier_counts_and_never_less_than_a_tenth()
    {
        var counts = new OdooCounts();
        counts.Add("A", "source", "web", won: true);
        counts.Add("A", "source", "web", won: false);
        counts.Remove("A", "source", "web", won: false);
        AsBefore();
        counts.Remove("A", "source", "web", won: false);
        AsBefore();
        counts.Remove("A", "source", "fair", won: true);
        Assert.Null(counts.Of("A", "source", "fair"));

        void AsBefore()
        {
            var row = Assert.NotNull(counts.Of("A", "source", "web"));
            Assert.Equal(1.1, row.Won, 1e-12);
            Assert.Equal(0.1, row.Lost, 1e-12);
        }
    }

    [Theory]
    [InlineData(29.9, false)]
    [InlineData(30, true)]
    public void A_tag_counts_from_fifty_closed_deals_on(double won, bool counts)
    {
        var table = FortyWonSixtyLost(new OdooCounts("tag"));
        table.Set("A", "tag", "hot", won, 20);
        table.Set("A", "tag", "cold", 10, 40);
        var prior = 40.0 / 60;
        // A row that is too small is missing from the sums too, so that cold then is all there is.
        Same(counts ? prior * (30.0 / 40) / (20.0 / 60) : prior, [("tag", "hot")]);
        Same(counts ? prior * (10.0 / 40) / (40.0 / 60) : prior, [("tag", "cold")]);
        Same(counts ? prior * (30.0 / 40) / (20.0 / 60) * (10.0 / 40) / (40.0 / 60) : prior, [("tag", "hot"), ("tag", "cold")]);

        void Same(double odds, (string, string)[] values) => Assert.Equal(odds / (1 + odds), table.WinProbability("A", "S1", "S1", values)!.Value, 1e-12);
    }

    [Fact]
    public void Tag_rows_are_judged_team_by_team_even_when_teams_are_summed()
    {
        var table = FortyWonSixtyLost(new OdooCounts("tag"));
        table.Set("A", "tag", "hot", 30, 20);
        table.Set("A", "tag", "cold", 10, 40);
        table.Set("B", "tag", "hot", 0, 49.9);
        Assert.Equal(table.WinProbability("A", "S1", "S1", [("tag", "hot")]), table.WinProbability(null, "S1", "S1", [("tag", "hot")]));
    }

    [Fact]
    public void Extreme_counts_end_at_the_bounds()
    {
        var table = new OdooCounts();
        table.Set(null, OdooCounts.Stage, "S1", 5000, 5000);
        table.Set(null, "source", "good", 4999.9, 0.1);
        table.Set(null, "source", "bad", 0.1, 4999.9);
        Assert.Equal(0.9999, table.WinProbability(null, "S1", "S1", [("source", "good")]));
        Assert.Equal(0.0001, table.WinProbability(null, "S1", "S1", [("source", "bad")]));
        Assert.Equal(0.9999, table.WinProbability(null, "S1", "S1", Enumerable.Repeat(("source", "good"), 500)));
        Assert.Equal(0.0001, table.WinProbability(null, "S1", "S1", Enumerable.Repeat(("source", "bad"), 500)));
    }

    [Fact]
    public void Before_any_deal_is_closed_there_is_no_score()
    {
        var history = new SalesTeams().Open("O1", "A", "S1", "web", null).History();
        Assert.Null(OdooScoring.Train(history, SourceAndPhone).WonWithin(Snapshot(history, "O1"), 30));
    }

    [Fact]
    public void Training_takes_values_at_the_close_and_scoring_those_of_the_snapshot()
    {
        var history = new HandMadeHistory().Deal("won", 0, attributes: [("Need", "vague")]).Change("won", "Need", "vague", "clear", 5).Stage("won", "Offer", 6).Stage("won", "Won", 10)
            .Deal("lost", 0, attributes: [("Need", "vague"), ("Tags", "a; b")]).Stage("lost", "Talks", 3).Stage("lost", "Lost", 10)
            .Deal("open", 15, attributes: [("Need", "vague")]).Change("open", "Need", "vague", "clear", 18).Until(20);
        var scoring = OdooScoring.Train(history, new OdooScoringOptions { Fields = ["Need"], TagFields = ["Tags"] });
        Assert.Equal((1.1, 0.1), scoring.Counts.Of(null, "Need", "clear"));
        Assert.Equal((0.1, 1.1), scoring.Counts.Of(null, "Need", "vague"));
        Assert.Equal((1.1, 1.1), scoring.Counts.Of(null, OdooCounts.Stage, "Talks"));
        Assert.Equal((1.1, 0.1), scoring.Counts.Of(null, OdooCounts.Stage, "Offer"));
        Assert.Equal((0.1, 1.1), scoring.Counts.Of(null, "Tags", "a"));
        Assert.Equal((0.1, 1.1), scoring.Counts.Of(null, "Tags", "b"));
        Assert.Equal(1 / 12.0, Score(scoring, history, "open", HandMadeHistory.AsOfDay(16)), 1e-12);
        Assert.Equal(11 / 12.0, Score(scoring, history, "open", HandMadeHistory.AsOfDay(19)), 1e-12);
        Assert.Null(OdooScoring.Train(history, new OdooScoringOptions { CreatedFrom = new DateOnly(2024, 1, 2) }).Counts.Of(null, OdooCounts.Stage, "New"));
    }

    [Fact]
    public void A_deal_lost_from_an_unknown_stage_counts_in_the_first()
    {
        var history = new HandMadeHistory().Deal("won", 0).Stage("won", "Won", 3).Deal("lost", 0, stage: null).Stage("lost", "Lost", 3).Until(9);
        var counts = OdooScoring.Train(history).Counts;
        Assert.Equal((1.1, 1.1), counts.Of(null, OdooCounts.Stage, "New"));
        Assert.Equal((1.1, 0.1), counts.Of(null, OdooCounts.Stage, "Talks"));
    }

    [Fact]
    public void Scores_know_nothing_that_was_recorded_after_the_training_or_the_snapshot()
    {
        var world = TrainingWorld.Simulated(new SimulationOptions { Seed = 31, Weeks = 30, OpportunitiesPerWeek = 4, Reps = 4, Teams = 2, RecordingLagShare = 0.4, RecordingLagDays = 12, ActivityDensity = 0.3 });
        var asOf = TrainingWorld.Before(world, 21);
        var expected = Scores(world.Facts);
        Assert.True(expected.Count > 10 && expected.Distinct().Count() > 5);
        for (var mutant = 0; mutant < 20; mutant++) Assert.Equal(expected, Scores(new FutureMutation(world.Facts, asOf, new Random(mutant)).Apply(40)));

        List<(string, double?)> Scores(CrmFacts facts)
        {
            var whole = new CrmHistory(facts);
            var scoring = OdooScoring.Train(whole.KnownAt(asOf)).For(whole);
            return [.. new BaselineView(whole.KnownAt(asOf), new(asOf, BusinessCalendar.Default.Quarter(asOf.Date))).Pipeline.Select(d => (d.OpportunityId, scoring.WonWithin(d, 30)))];
        }
    }

    [Fact]
    public void A_deal_of_another_history_is_refused()
    {
        var history = Example();
        var scoring = OdooScoring.Train(history.KnownAt(AsOf.At(HandMadeHistory.Day(10))), SourceAndPhone);
        Assert.Contains("For(history)", Assert.Throws<ArgumentException>(() => scoring.WonWithin(Snapshot(history, "O1"), 30)).Message, StringComparison.Ordinal);
        Assert.NotNull(scoring.For(history).WonWithin(Snapshot(history, "O1"), 30));
    }

    [Fact]
    public void The_other_deal_baselines_state_the_rate_of_all_and_the_figure_of_the_crm()
    {
        var history = Example();
        var deal = Snapshot(history, "O1");
        Assert.Equal(3.5 / 8, new BaseRateBaseline(GroupRates.From(history, []), deal.AsOf).WonWithin(deal, 30));
        Assert.Null(new CrmProbabilityBaseline().WonWithin(deal, 30));
        Assert.Equal(0.3, new CrmProbabilityBaseline().WonWithin(deal with { CrmProbability = 0.3 }, 30));
    }

    private static OdooCounts FortyWonSixtyLost(OdooCounts counts)
    {
        counts.Set("A", OdooCounts.Stage, "S1", 40, 60);
        return counts;
    }

    private static OpportunitySnapshot Snapshot(CrmHistory history, string deal, AsOf? asOf = null) =>
        new BaselineView(history.KnownAt(asOf ?? AsOf.At(history.ExportedAt)), new(asOf ?? AsOf.At(history.ExportedAt), BusinessCalendar.Default.Month(new DateOnly(2024, 1, 1)))).Pipeline.Single(d => d.OpportunityId == deal);

    private static double Score(OdooScoring scoring, CrmHistory history, string deal, AsOf? asOf = null) => scoring.WonWithin(Snapshot(history, deal, asOf), 30)!.Value;

    /// <summary>Closed deals on days 0 to 1, open ones created on day 20, each with its team's only rep.</summary>
    private sealed class SalesTeams
    {
        private static readonly Stage[] Process =
            [new("S1", 0, StageKind.Open), new("S2", 1, StageKind.Open), new("S3", 2, StageKind.Open), new("S4", 3, StageKind.Won), new("Lost", 4, StageKind.Lost)];

        private readonly List<Opportunity> _deals = [];
        private readonly List<OpportunityChange> _changes = [];

        public SalesTeams Won(string? team, string? source, string? phone) => Deal($"D{_deals.Count}", team, "S1", source, phone, 0, "S4");

        public SalesTeams Lost(string? team, string stage, string? source, string? phone) => Deal($"D{_deals.Count}", team, stage, source, phone, 0, "Lost");

        public SalesTeams Open(string id, string? team, string stage, string? source, string? phone) => Deal(id, team, stage, source, phone, 20, null);

        public CrmHistory History() => new(new CrmFacts
        {
            Currency = "EUR", ExportedAt = HandMadeHistory.Day(21), Stages = Process, Opportunities = _deals, Changes = _changes,
            SalesReps = [new("rep A", "Rep A", "A"), new("rep B", "Rep B", "B"), new("rep C", "Rep C", "C")], Teams = [new("A", "A", null), new("B", "B", null), new("C", "C", null)],
        });

        private SalesTeams Deal(string id, string? team, string stage, string? source, string? phone, double day, string? closing)
        {
            var at = HandMadeHistory.Day(day);
            _deals.Add(new Opportunity
            {
                Id = id, CreatedAt = at, RecordedAt = at, Stage = stage, Source = source, OwnerId = team is null ? null : "rep " + team,
                Attributes = phone is null ? Opportunity.NoAttributes : new Dictionary<string, string> { ["Phone"] = phone },
            });
            if (closing is not null)
                _changes.Add(new OpportunityChange { OpportunityId = id, Field = OpportunityField.Stage, OldValue = stage, NewValue = closing, At = at.AddDays(1), RecordedAt = at.AddDays(1) });
            return this;
        }
    }
}
