using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;

namespace ForecastEngine.WinProbability;

/// <summary>
/// What a model trained before a window said about that window: the source of the calibration and of the figures on the model
/// card. Nothing in the window was known to that model.
/// </summary>
public sealed record OutOfTimeCheck
{
    /// <summary>End of that model's training data.</summary>
    public required AsOf From { get; init; }
    /// <summary>End of the window.</summary>
    public required AsOf Until { get; init; }
    /// <summary>A deal each: its id, as cluster for paired comparisons.</summary>
    public required IReadOnlyList<string> Deals { get; init; }
    /// <summary>The stage each deal stood in then; empty when unknown.</summary>
    public IReadOnlyList<string> Stages { get; init; } = [];
    /// <summary>P(won by the end of the window) of each deal at its first landmark in the window.</summary>
    public required IReadOnlyList<double> Probabilities { get; init; }
    /// <summary>The same from the model as it was trained, before the window's outcomes decided how much it counts.</summary>
    public IReadOnlyList<double> ModelProbabilities { get; init; } = [];
    /// <summary>The same from the stage rate alone.</summary>
    public required IReadOnlyList<double> StageRateProbabilities { get; init; }
    /// <summary>1 where the deal was won by then.</summary>
    public required IReadOnlyList<double> Outcomes { get; init; }
    /// <summary>
    /// What the model counts against the stage rate, 0–1, as <see cref="BlendWeight"/> tells from this window; 0 where it
    /// found no skill and does not count half, or many deals show that there is none: then the rate answers alone. Probabilities and scores here are the blend's.
    /// </summary>
    public double Weight { get; init; } = 1;
    /// <summary>True when the model of before the window was a mere rate, so that nothing tells how much one of more deals
    /// should count.</summary>
    public bool IsOfRate { get; init; }
    /// <summary>What the outcome of closings counts against the hazards' own ratio, 0–1, told likewise; 0 where it was not
    /// learned.</summary>
    public double OutcomeWeight { get; init; }
    /// <summary>Calibration of the hazard of winning.</summary>
    public required HazardCalibration Won { get; init; }
    /// <summary>Calibration of the hazard of losing.</summary>
    public required HazardCalibration Lost { get; init; }
    /// <summary>Log loss in nats.</summary>
    public double LogLoss => Deals.Count == 0 ? double.NaN : ProbabilityScores.LogLoss([.. Probabilities], [.. Outcomes]);
    /// <summary>Log loss of the stage rate.</summary>
    public double StageRateLogLoss => Deals.Count == 0 ? double.NaN : ProbabilityScores.LogLoss([.. StageRateProbabilities], [.. Outcomes]);
    /// <summary>Brier score.</summary>
    public double Brier => Deals.Count == 0 ? double.NaN : ProbabilityScores.Brier([.. Probabilities], [.. Outcomes]);
    /// <summary>Brier score of the stage rate.</summary>
    public double StageRateBrier => Deals.Count == 0 ? double.NaN : ProbabilityScores.Brier([.. StageRateProbabilities], [.. Outcomes]);
    /// <summary>Area under the ROC curve of "won by the end of the window"; NaN with one class.</summary>
    public double Auc => Deals.Count == 0 ? double.NaN : ProbabilityScores.Auc([.. Probabilities], [.. Outcomes]);
    /// <summary>Does the win probability tell won from lost? Among closed deals that were created next to each other, see <see cref="PeerAuc"/>.</summary>
    public required (double Auc, double StandardError) AucAmongPeers { get; init; }
    /// <summary>True when won deals cannot be told from lost ones better than by a coin at two standard errors.</summary>
    public bool FindsNoSkill => !IsSkill(AucAmongPeers);

    private static bool IsSkill((double Auc, double StandardError) among) => among.Auc - 2 * among.StandardError > 0.5;

    // However well a model tells when deals close: where many deals show that it cannot tell which way, the rate answers.
    private static bool IsSurelyNone((double Auc, double StandardError) among) => among.Auc + 2 * among.StandardError < NoSkill;

    private const double LeastWeight = 0.1, NoSkill = 0.53;

    /// <summary>What a model counts against the rate where no window could measure it.</summary>
    internal const double UnmeasuredWeight = 0.5;

    /// <summary>
    /// Weeks a window must span before a calibration is considered.
    /// </summary>
    public const int MinCalibrationWeeks = 26;

    /// <summary>
    /// Runs a model over the window: one landmark per deal (its first in the window), so that rows are not counted twice.
    /// </summary>
    /// <param name="model">Trained on nothing after <paramref name="from"/>.</param>
    /// <param name="history">What is known at <paramref name="until"/>.</param>
    /// <param name="rates">Group rates of that history.</param>
    /// <param name="from">Start of the window.</param>
    /// <param name="until">End of the window.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static OutOfTimeCheck Run(WinProbabilityModel model, CrmHistory history, GroupRates rates, AsOf from, AsOf until, int threads, CancellationToken cancellation = default)
    {
        var looks = new Looks(model.Features, model.Grid, history, rates, from, until, cancellation);
        var outcomeWeight = OutcomeWeightOf(model, looks);
        model = model.WithOutcome(outcomeWeight);
        var blends = model.Won.Trees is null ? [model] : BlendWeight.Grid.Select(model.Toward).ToArray();
        var deals = new List<(string Id, string Stage, double[] P, double StageP, double Y)>();
        var (ultimate, outcomes) = (new List<double>(), new List<double>());
        var cells = new List<Cell>();
        foreach (var (snapshot, landmark, closing, watched, isJudged) in looks.All())
        {
            var curve = model.Evaluate(snapshot);
            var days = closing is null ? double.PositiveInfinity : Math.Max(0, (closing.At - landmark.Instant).TotalDays);
            if (closing is not null)
            {
                ultimate.Add(curve.WinProbability);
                outcomes.Add(closing.Won ? 1 : 0);
            }
            if (isJudged)
            {
                var said = new double[blends.Length];
                for (var b = 0; b < said.Length; b++) said[b] = (b == said.Length - 1 ? curve : blends[b].Evaluate(snapshot)).WonWithin(watched);
                deals.Add((snapshot.OpportunityId, snapshot.Stage ?? "", said, model.StageRateCurve(snapshot).WonWithin(watched), closing is { Won: true } ? 1 : 0));
            }
            for (var k = 0; k < model.Grid.Count && model.Grid.Edges[k + 1] <= watched; k++)
            {
                var ends = days < model.Grid.Edges[k + 1];
                var block = (int)(((landmark.Instant - from.Instant).TotalDays + model.Grid.Edges[k]) / (until.Instant - from.Instant).TotalDays * 5);
                cells.Add(new Cell(block, curve.Won[k], curve.Lost[k], ends && closing!.Won ? 1 : 0, ends && !closing!.Won ? 1 : 0));
                if (ends) break;
            }
        }
        if ((until.Instant - from.Instant).TotalDays < 7 * MinCalibrationWeeks) cells.Clear();
        var among = PeerAuc.Of(ultimate, outcomes);
        var weight = blends.Length == 1 || deals.Count == 0 ? 1
            : BlendWeight.Of([.. blends.Select((_, b) => deals.Sum(d => ProbabilityScores.LogLoss(d.P[b], d.Y)))]);
        if (weight < 0.5 && !IsSkill(among) || IsSurelyNone(among)) weight = 0;
        weight = RoundEnds(weight);
        var (won, lost) = (HazardCalibration.None, HazardCalibration.None);
        if (weight == 1 && model.Outcome is null)
        {
            int[] blocks = [.. cells.Select(c => c.Block)];
            won = HazardCalibration.Choose([.. cells.Select(c => c.Won)], [.. cells.Select(c => c.WasWon)], blocks);
            lost = HazardCalibration.Choose([.. cells.Select(c => c.Lost)], [.. cells.Select(c => c.WasLost)], blocks);
            if (!(won.IsIdentity && lost.IsIdentity) && !Answers(model.With(won.Apply(model.Won), lost.Apply(model.Lost), null), looks, [.. deals.Select(d => d.P[^1])]))
                (won, lost) = (HazardCalibration.None with { EvaluatedRows = won.EvaluatedRows }, HazardCalibration.None with { EvaluatedRows = lost.EvaluatedRows });
        }
        return new OutOfTimeCheck
        {
            From = from, Until = until, Weight = weight, OutcomeWeight = outcomeWeight, IsOfRate = blends.Length == 1,
            Deals = [.. deals.Select(d => d.Id)], Stages = [.. deals.Select(d => d.Stage)], Probabilities = [.. deals.Select(d => At(weight, d.P))],
            ModelProbabilities = [.. deals.Select(d => d.P[^1])],
            StageRateProbabilities = [.. deals.Select(d => d.StageP)], Outcomes = [.. deals.Select(d => d.Y)],
            AucAmongPeers = among,
            Won = won, Lost = lost,
        };
    }

    // A slope over a hazard's cells may be the shape of time and not the spread between deals: what is answered, won by the end of the
    // window, must be nearer with it by more than a standard error, or the identity stays.
    private static bool Answers(WinProbabilityModel calibrated, Looks looks, double[] without)
    {
        var gains = new List<double>(without.Length);
        foreach (var (snapshot, _, closing, watched, isJudged) in looks.All())
        {
            if (!isJudged) continue;
            var y = closing is { Won: true } ? 1.0 : 0;
            gains.Add(ProbabilityScores.LogLoss(without[gains.Count], y) - ProbabilityScores.LogLoss(calibrated.Evaluate(snapshot).WonWithin(watched), y));
        }
        if (gains.Count < 2) return false;
        var mean = gains.Average();
        return mean > Math.Sqrt(gains.Sum(g => (g - mean) * (g - mean)) / (gains.Count - 1) / gains.Count);
    }

    // How much the outcome of closings counts beside the hazards' own ratio, where it was learned.
    private static double OutcomeWeightOf(WinProbabilityModel model, Looks looks)
    {
        if (model.Outcome is null) return 0;
        var blends = BlendWeight.Grid.Select(model.WithOutcome).ToArray();
        var losses = new double[blends.Length];
        foreach (var (snapshot, _, closing, watched, isJudged) in looks.All())
            for (var b = 0; isJudged && b < blends.Length; b++)
                losses[b] += ProbabilityScores.LogLoss(blends[b].Evaluate(snapshot).WonWithin(watched), closing is { Won: true } ? 1 : 0);
        return RoundEnds(BlendWeight.Of(losses));
    }

    /// <summary>A model that no window could measure: it counts as where nothing tells, see
    /// <see cref="BlendWeight.Of"/>.</summary>
    internal static TrainedWinProbability Unmeasured(TrainedWinProbability trained) =>
        trained with { Model = trained.Model.WithOutcome(UnmeasuredWeight).Toward(UnmeasuredWeight) };

    // Near the ends a blend is the end, and easier to understand.
    private static double RoundEnds(double weight) => weight < LeastWeight ? 0 : weight > 1 - LeastWeight ? 1 : weight;

    /// <summary>The model as the window wants it: with the chosen calibrations of its two hazards, or blended with the
    /// stage rate.</summary>
    public TrainedWinProbability Calibrate(TrainedWinProbability trained)
    {
        var model = trained.Model.WithOutcome(OutcomeWeight).Toward(Weight);
        if (Weight == 0) trained = trained with { WonFile = null, LostFile = null, Rows = (0, 0) };
        return trained with
        {
            Model = model.With(Won.Apply(model.Won), Lost.Apply(model.Lost), model.Outcome),
            OutcomeFile = model.Outcome is null ? null : trained.OutcomeFile,
        };
    }

    // Between two weights of the grid the log odds lie on a line.
    private static double At(double weight, double[] said)
    {
        if (said.Length == 1) return said[0];
        var place = weight * (said.Length - 1);
        var below = Math.Min((int)place, said.Length - 2);
        var (low, high) = (Logit.Of(said[below]), Logit.Of(said[below + 1]));
        return 1 / (1 + Math.Exp(-(low + (place - below) * (high - low))));
    }

    // Every deal's first landmark in the window, with what came of it.
    private sealed class Looks(
        FeatureSet features, TimeGrid grid, CrmHistory history, GroupRates rates, AsOf from, AsOf until, CancellationToken cancellation)
    {
        public IEnumerable<Look> All()
        {
            var taker = new SnapshotTaker(history, features, rates);
            for (var i = 0; i < history.Opportunities.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var opportunity = history.Opportunities[i];
                var birth = opportunity.RecordedAt > opportunity.CreatedAt ? opportunity.RecordedAt : opportunity.CreatedAt;
                var landmark = birth >= from.Instant ? AsOf.At(birth) : from;
                if (landmark.CompareTo(until) >= 0 || taker.Take(i, landmark) is not { } snapshot) continue;
                var watched = (until.Instant - landmark.Instant).TotalDays;
                var closing = Closing.FirstAfter(history, i, landmark);
                // Nobody knows whether it was won inside the window; where a share has no day, a draw of when keeps their share.
                if (closing is { HasTime: false, IsUndated: false }) continue;
                yield return new Look(snapshot, landmark, closing, watched, watched >= grid.Edges[1]);
            }
        }
    }

    private sealed record Look(OpportunitySnapshot Snapshot, AsOf Landmark, Closing? Closing, double Watched, bool IsJudged);

    private readonly record struct Cell(int Block, double Won, double Lost, double WasWon, double WasLost);
}
