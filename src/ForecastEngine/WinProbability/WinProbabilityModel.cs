using ForecastEngine.Snapshots;
using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>Which rung of the ladder answered.</summary>
public enum Rung
{
    /// <summary>All stages together: too few closed deals, or a stage never seen.</summary>
    GlobalRate,
    /// <summary>The stage's own rate, shrunk toward all stages.</summary>
    StageRate,
    /// <summary>The team's own model, shrunk toward the stage rate.</summary>
    OwnModel,
    /// <summary>A model grown on several teams' deals, adapted to this team.</summary>
    PooledModel,
}

/// <summary>
/// Will it be won, and by when: a landmark discrete-time hazard with two causes. Immutable and safe to share between threads.
/// </summary>
public sealed class WinProbabilityModel
{
    private readonly int _age;
    private readonly int _planned;
    private readonly int _plannedMissing;

    /// <param name="schema">What the features are computed from.</param>
    /// <param name="grid">Cells.</param>
    /// <param name="won">Hazard of winning.</param>
    /// <param name="lost">Hazard of losing.</param>
    /// <param name="tailWinShare">Share won of deals that close past the horizon.</param>
    /// <param name="late">How deals that outlive the horizon still close; null in models of before it was known, which
    /// lay all such wins at the horizon.</param>
    public WinProbabilityModel(FeatureSchema schema, TimeGrid grid, CauseModel won, CauseModel lost,
        double tailWinShare, LateClosings? late) : this(new FeatureSet(schema), grid, won, lost, tailWinShare, late) { }

    /// <param name="features">The columns that it was trained on.</param>
    /// <param name="grid">Cells.</param>
    /// <param name="won">Hazard of winning.</param>
    /// <param name="lost">Hazard of losing.</param>
    /// <param name="tailWinShare">Share won of deals that close past the horizon.</param>
    /// <param name="late">How deals that outlive the horizon still close.</param>
    internal WinProbabilityModel(FeatureSet features, TimeGrid grid, CauseModel won, CauseModel lost,
        double tailWinShare, LateClosings? late)
    {
        (Features, Grid, Won, Lost, TailWinShare, Late) = (features, grid, won, lost, tailWinShare, late);
        var names = Features.Features.Select(f => f.Name).ToList();
        (_age, _planned, _plannedMissing) = (names.IndexOf("age_days"), names.IndexOf("days_to_planned_close"), names.IndexOf("planned_close_missing"));
    }

    /// <summary>Feature definition.</summary>
    public FeatureSet Features { get; }
    /// <summary>Cells.</summary>
    public TimeGrid Grid { get; }
    /// <summary>Hazard of winning.</summary>
    public CauseModel Won { get; }
    /// <summary>Hazard of losing.</summary>
    public CauseModel Lost { get; }
    /// <summary>Share won of deals that close past the horizon.</summary>
    public double TailWinShare { get; }
    /// <summary>How deals that outlive the horizon still close; null in models of before it was known.</summary>
    public LateClosings? Late { get; }
    /// <summary>Which way closings go, where that was learned from closed deals beside the hazards; else null.</summary>
    public OutcomeModel? Outcome { get; init; }

    /// <summary>The rung that answers for a deal in <paramref name="stage"/>.</summary>
    public Rung RungFor(string? stage) =>
        Won.Trees is not null ? Won.IsPooled ? Rung.PooledModel : Rung.OwnModel
        : stage is not null && Won.StageRates.ByStage.ContainsKey(stage) ? Rung.StageRate : Rung.GlobalRate;

    /// <summary>The curve of one opportunity.</summary>
    public HazardCurve Evaluate(OpportunitySnapshot snapshot)
    {
        Span<float> ahead = stackalloc float[AheadFeatures.Count * GridScorer.MaxPoints];
        WriteAhead(snapshot, ahead);
        var (won, lost) = (new double[Grid.Count], new double[Grid.Count]);
        Won.LogOdds(KeyOf(snapshot), snapshot.Features, ahead, won);
        Lost.LogOdds(KeyOf(snapshot), snapshot.Features, ahead, lost);
        if (Outcome is not null)
        {
            Span<double> outcome = stackalloc double[Grid.Count];
            Outcome.LogOdds(snapshot.Features, ahead, outcome);
            Outcome.Part(outcome, won, lost);
        }
        return FromLogOdds(won, lost, new PaceClock(Won.Pace, snapshot.AsOf.Instant.UtcDateTime), AgeOf(snapshot));
    }

    /// <summary>Both hazards blended with the stage rate: see <see cref="CauseModel.Toward"/>.</summary>
    public WinProbabilityModel Toward(double weight) =>
        With(Won.Toward(weight), Lost.Toward(weight), Outcome is { } o && weight > 0 ? o with { Weight = weight * o.Weight } : null);

    /// <summary>The same model with the outcome of closings counted by a weight against the hazards' own ratio; at 0
    /// without it.</summary>
    /// <param name="weight">v, 0–1.</param>
    internal WinProbabilityModel WithOutcome(double weight) =>
        With(Won, Lost, Outcome is { } o && weight > 0 ? o with { Weight = weight } : null);

    /// <summary>The same model with other hazards.</summary>
    internal WinProbabilityModel With(CauseModel won, CauseModel lost, OutcomeModel? outcome) =>
        new(Features, Grid, won, lost, TailWinShare, Late) { Outcome = outcome };

    /// <summary>The same model, asked about the first days only: as many cells as hold them. Cheaper where no more is needed.</summary>
    public WinProbabilityModel Until(double days)
    {
        var cells = Enumerable.Range(1, Grid.Count).FirstOrDefault(k => Grid.Edges[k] >= days, Grid.Count);
        return cells == Grid.Count ? this
            : new WinProbabilityModel(Features, Grid with { Edges = [.. Grid.Edges.Take(cells + 1)] }, Won, Lost,
            TailWinShare, Late) { Outcome = Outcome };
    }

    /// <summary>What the honest stage rate alone says of a deal in its stage, or of its age where no stages are told: the
    /// baseline.</summary>
    public HazardCurve StageRateCurve(OpportunitySnapshot deal) =>
        FromLogOdds(Won.StageRates.LogOdds(KeyOf(deal)), Lost.StageRates.LogOdds(KeyOf(deal)));

    /// <summary>Under what the rates keep deals like this: its stage, or its age where no stages are told.</summary>
    internal string? KeyOf(OpportunitySnapshot deal) => deal.Stage ?? (IsByAge ? AgeBands.Of(deal.Features[_age]) : null);

    /// <summary>True where rates are kept by age, because no stages are told.</summary>
    internal bool IsByAge => AgeBands.Are(Won.StageRates);

    /// <summary>The curve of given log odds per cell; where the two hazards exceed 1 together they are scaled to 1.</summary>
    /// <param name="wonLogOdds">Log odds of winning.</param>
    /// <param name="lostLogOdds">Log odds of losing.</param>
    /// <param name="clock">How time runs inside a cell.</param>
    /// <param name="ageDays">The deal's age, in days.</param>
    public HazardCurve FromLogOdds(ReadOnlySpan<double> wonLogOdds, ReadOnlySpan<double> lostLogOdds,
        PaceClock clock = default, double ageDays = 0)
    {
        var (won, lost) = (new double[Grid.Count], new double[Grid.Count]);
        for (var k = 0; k < Grid.Count; k++)
            (won[k], lost[k]) = (1 / (1 + Math.Exp(-wonLogOdds[k])), 1 / (1 + Math.Exp(-lostLogOdds[k])));
        return new HazardCurve(Grid, won, lost, TailWinShare, clock, LateOf(ageDays));
    }

    /// <summary>How a deal that is so old closes once it has outlived the horizon.</summary>
    internal LateClosing LateOf(double ageDays) => Late?.At(ageDays + Grid.HorizonDays) ?? LateClosing.AtOnce;

    /// <summary>Age of a deal at its snapshot, in days.</summary>
    internal double AgeOf(OpportunitySnapshot snapshot) => snapshot.Features[_age];

    /// <summary>The columns that vary over the cells, for one snapshot.</summary>
    public void WriteAhead(OpportunitySnapshot snapshot, Span<float> ahead) =>
        AheadFeatures.Write(Grid, Features.Schema.Calendar, snapshot.AsOf.Instant.UtcDateTime, snapshot.Features[_age], PlannedDays(snapshot.Features, _planned, _plannedMissing), Features.Schema.HasSeasons, Won.Pace, Lost.Pace, ahead);

    internal static float? PlannedDays(ReadOnlySpan<float> features, int planned, int missing) =>
        planned < 0 || missing < 0 || features[missing] > 0.5f ? null : features[planned];
}
