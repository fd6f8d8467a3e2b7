using System.Text.Json.Serialization;
using ForecastEngine.Crm;
using ForecastEngine.DealSize;
using ForecastEngine.Snapshots;
using ForecastEngine.Snapshots.Custom;
using ForecastEngine.Statistics;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Registry;

/// <summary>How a version is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Win probability.</summary>
    public WinProbabilityOptions Win { get; init; } = new();
    /// <summary>Deal size.</summary>
    public DealSizeOptions Size { get; init; } = new();
    /// <summary>Share of the observed span that is kept out of time to check and calibrate, at most a year.</summary>
    public double OutOfTimeShare { get; init; } = 0.25;
    /// <summary>Start of the window kept out of time, such as a champion's cutoff; null for <see cref="OutOfTimeShare"/>.</summary>
    public AsOf? CheckFrom { get; init; }
    /// <summary>Rank AUC of a single custom column at creation beyond which it is refused as a leak, 0.5–1.</summary>
    public double LeakAuc { get; init; } = 0.95;
    /// <summary>What other teams' deals teach; null to learn from this team's alone. It answers where it does better on a time that neither had seen.</summary>
    [JsonIgnore]
    public PooledPrior? Prior { get; init; }
    /// <summary>Features that a data scientist defined, in any order; null for those of the champion, empty for none.</summary>
    [JsonIgnore]
    public IReadOnlyList<CustomFeature>? CustomFeatures { get; init; }
    /// <summary>What <see cref="CustomFeatures"/> are, by name and code; null without any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CustomFeatureIdentity => CustomFeatures is { Count: > 0 } features ? string.Join(' ', features.Select(f => f.Identity).Order(StringComparer.Ordinal)) : null;
    /// <summary>Fingerprint of <see cref="Prior"/>; empty without one.</summary>
    public string PriorHash => Prior?.Hash ?? "";
    /// <summary>Seed of every draw.</summary>
    public long Seed { get; init; } = 1;
    /// <summary>Threads; changes no bit.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Too little can be learnt from the history to train anything.</summary>
public sealed class TrainingException(string message) : Exception(message);

/// <summary>A column that was left out because it knows the outcome.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Auc">How well it alone tells won from lost at creation.</param>
public sealed record RefusedColumn(string Column, double Auc);

/// <summary>Freshly trained models with all that the model card tells of them.</summary>
public sealed record TrainedBundle
{
    /// <summary>The models.</summary>
    public required ModelBundle Bundle { get; init; }
    /// <summary>Their files, by name.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }
    /// <summary>What the same recipe said about a window that it had not seen; null when history is too short.</summary>
    public OutOfTimeCheck? Check { get; init; }
    /// <summary>The same for deal size.</summary>
    public DealSizeReport? SizeCheck { get; init; }
    /// <summary>The models of <see cref="Check"/>: the same recipe, trained until its start and calibrated on nothing after it; null when history is too short.</summary>
    public (WinProbabilityModel Win, DealSizeModel Size)? Earlier { get; init; }
    /// <summary>The deals' columns, and which of them are features.</summary>
    public required IReadOnlyList<DealColumn> Columns { get; init; }
    /// <summary>Columns refused as leaks.</summary>
    public IReadOnlyList<RefusedColumn> Refused =>
        [.. Columns.Where(c => c.Use == ColumnUse.Leak).Select(c => new RefusedColumn(c.Name, c.LeakAuc!.Value))];
    /// <summary>What each custom feature tells alone.</summary>
    public IReadOnlyList<CustomFeatureStrength> Custom { get; init; } = [];
    /// <summary>Opportunities known, and of them won and lost.</summary>
    public required (int Known, int Won, int Lost) Deals { get; init; }
    /// <summary>Rows of the training table.</summary>
    public required int Landmarks { get; init; }
    /// <summary>Training rows per cause.</summary>
    public required (int Won, int Lost) Rows { get; init; }
    /// <summary>Doubts, in words.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>
/// Trains a version from what was known at a cutoff: first the recipe on an earlier cutoff, to check it out of time and
/// calibrate it; then the recipe on everything, and the market against it.
/// </summary>
public static class BundleTrainer
{
    private const int MinClosedForCheck = 10;
    private const int MinClosedSinceBegin = 50;
    private const double StrongAlone = 0.80;

    /// <summary>Trains.</summary>
    /// <param name="history">Any history; only what was known at the cutoff is used.</param>
    /// <param name="cutoff">Last instant whose events may be known.</param>
    /// <param name="options">Settings.</param>
    /// <param name="progress">Told the name of each step and the share done, 0–1.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="TrainingException">No opportunity, or none closed.</exception>
    /// <exception cref="CustomFeatureException">A custom feature knows the future, is not pure, or tells too much by itself.</exception>
    public static TrainedBundle Train(CrmHistory history, AsOf cutoff, TrainingOptions options, IProgress<(string Step, double Share)>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report(("Looking back to the cutoff", 0));
        var known = history.KnownAt(cutoff);
        var deals = CountDeals(known);
        if (deals.Won + deals.Lost == 0)
            throw new TrainingException($"Training: found {deals.Known} opportunities and none closed by {cutoff.Date:yyyy-MM-dd}; expected at least one won or lost. Import closed opportunities too, or choose a later as-of date.");

        if (options.Prior is { } later && later.Cutoff.CompareTo(cutoff) > 0)
            throw new TrainingException($"Training: found a pooled model that knows data until {later.Cutoff.Date:yyyy-MM-dd}; expected none after {cutoff.Date:yyyy-MM-dd}, or the model knows the future. Pool the teams as of an earlier date.");
        var own = Own(known, cutoff, options, out var columns);
        var (schema, grid) = (own.Schema, own.Grid);
        var warnings = Doubts(known, deals, columns, options);
        var (from, span) = Window(known, cutoff, options);
        var custom = schema.Custom;
        if (custom.Count > 0) progress?.Report(("Testing custom features for leaks", 0.02));
        var strengths = CustomFeatureTest.Require(custom, known, schema with { Custom = [] }, from, cutoff, options.LeakAuc, cancellation);
        foreach (var strong in strengths.Where(s => s.AtCreation > StrongAlone))
            warnings.Add(FormattableString.Invariant($"Custom feature {strong.Feature} alone tells won from lost at creation with an AUC of {strong.AtCreation:0.000} on {strong.Deals} deals: make sure that it is known then."));
        var prior = options.Prior;
        if (prior?.Misfit(schema, grid) is { } misfit)
        {
            warnings.Add($"The pooled model is not used: {misfit}.");
            prior = null;
        }
        var recipe = own;

        var earlier = known.KnownAt(from);
        var before = CountDeals(earlier);
        OutOfTimeCheck? check = null;
        DealSizeReport? sizeCheck = null;
        (WinProbabilityModel, DealSizeModel)? models = null;
        prior = prior?.In(schema.Calendar);
        Recipe? pooled = prior is null ? null : new(prior.Schema, prior.Trained.Model.Grid, GroupRates.From(known, prior.Schema.CategoricalAttributes), prior, options);
        if (span < 60 || before.Won < MinClosedForCheck || before.Lost < MinClosedForCheck)
        {
            warnings.Add("History is too short to check the model on a time that it has not seen: probabilities are not calibrated and nothing is measured.");
            recipe = pooled ?? own;
        }
        else
        {
            progress?.Report(("Training on the earlier part", 0.1));
            (recipe, check, var win, var table) = Better(own, pooled, known, earlier, from, cutoff, progress, cancellation);
            var size = DealSizeTrainer.Train(table, recipe.Names, Size(options), cancellation);
            models = (win, size.Model);
            sizeCheck = DealSizeEvaluation.Evaluate(size.Model, TrainingTable.Build(known, new FeatureSet(recipe.Schema), recipe.Rates, recipe.Grid, cutoff, from, options.Threads, cancellation));
        }
        if (recipe != own && custom.Count > 0) warnings.Add($"The pooled model answers, and it does not know {string.Join(", ", custom.Select(f => f.Name))}.");

        progress?.Report(("Taking snapshots", 0.5));
        var whole = recipe.Table(known, cutoff, cancellation);
        progress?.Report(("Training win probability", 0.55));
        var trained = recipe.Train(whole, cancellation);
        var isMeasured = check is { IsOfRate: false } || recipe.Prior is not null || trained.Model.Won.Trees is null;
        if (isMeasured && check is not null && Skill(check) is { } doubt) warnings.Add(doubt);
        if (!isMeasured && check is not null)
            check = check with { Weight = OutOfTimeCheck.UnmeasuredWeight, OutcomeWeight = trained.Model.Outcome is null ? 0 : OutOfTimeCheck.UnmeasuredWeight };
        if (!isMeasured)
            warnings.Add(FormattableString.Invariant($"No model of the earlier part could be measured on a later one: this one counts {100 * OutOfTimeCheck.UnmeasuredWeight:0} % against the average rate."));
        trained = !isMeasured ? OutOfTimeCheck.Unmeasured(trained) : check?.Calibrate(trained) ?? trained;
        progress?.Report(("Training deal size", 0.85));
        var trainedSize = DealSizeTrainer.Train(whole, recipe.Names, Size(options), cancellation);
        warnings.AddRange(trainedSize.Model.Warnings.Select(w => w.Text));
        progress?.Report(("Following the market", 0.95));
        var market = MarketState.Follow(trained.Model, known, recipe.Rates, cutoff, options.Threads, cancellation);
        progress?.Report(("Done", 1));
        return new TrainedBundle
        {
            Bundle = new ModelBundle(trained.Model, trainedSize.Model, market), Files = ModelBundle.Save(trained, trainedSize, market),
            Check = check, SizeCheck = sizeCheck, Earlier = models, Columns = columns, Custom = strengths, Deals = deals, Landmarks = (int)whole.Rows.Count, Rows = trained.Rows, Warnings = warnings,
        };
    }

    /// <summary>The table that <see cref="Train"/> learns from where no pooled model is asked for: the same rows, features and labels.</summary>
    /// <param name="history">Any history; only what was known at the cutoff is used.</param>
    /// <param name="cutoff">Last instant whose events may be known.</param>
    /// <param name="options">Settings; <see cref="TrainingOptions.LeakAuc"/> decides which columns are left out.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static DataFrame Table(CrmHistory history, AsOf cutoff, TrainingOptions options, CancellationToken cancellation = default)
    {
        var known = history.KnownAt(cutoff);
        return Own(known, cutoff, options, out _).Table(known, cutoff, cancellation);
    }

    /// <summary>What becomes of the deals' columns in a training, and the features that are made of them.</summary>
    /// <param name="history">Any history; only what was known at the cutoff is used.</param>
    /// <param name="cutoff">Last instant whose events may be known.</param>
    /// <param name="options">Settings; <see cref="TrainingOptions.LeakAuc"/> decides which columns are left out.</param>
    public static (IReadOnlyList<DealColumn> Columns, FeatureSet Features) Columns(
        CrmHistory history, AsOf cutoff, TrainingOptions options)
    {
        var own = Own(history.KnownAt(cutoff), cutoff, options, out var columns);
        return (columns, new FeatureSet(own.Schema));
    }

    private static Recipe Own(
        CrmHistory known, AsOf cutoff, TrainingOptions options, out IReadOnlyList<DealColumn> columns)
    {
        var grid = TimeGrid.From(known);
        columns = DealColumns.Of(known);
        var schema = FeatureSchema.From(known, columns, grid.DecayDays);
        (schema, columns) = RefuseLeaks(known, schema, columns, options);
        schema = schema with { Custom = [.. (options.CustomFeatures ?? []).OrderBy(f => f.Name, StringComparer.Ordinal)] };
        return new Recipe(schema, grid, GroupRates.From(known, schema.CategoricalAttributes), null, options);
    }

    // Own and pooled recipe are trained alike on the earlier part; the later part decides by log loss. Where a mere rate stands against
    // the pool there are too few deals to tell: the rate must win by a standard error.
    private static (Recipe, OutOfTimeCheck, WinProbabilityModel, DataFrame) Better(Recipe own, Recipe? pooled, CrmHistory known, CrmHistory earlier, AsOf from, AsOf cutoff,
        IProgress<(string Step, double Share)>? progress, CancellationToken cancellation)
    {
        var hasOwnModel = false;
        var first = Checked(own);
        if (pooled is null) return first;
        var second = Checked(pooled);
        var lead = second.Check.LogLoss - first.Check.LogLoss;
        return lead < (hasOwnModel ? 0 : StandardErrorOfLead(first.Check, second.Check)) ? second : first;

        (Recipe, OutOfTimeCheck Check, WinProbabilityModel, DataFrame) Checked(Recipe recipe)
        {
            var table = recipe.Table(earlier, from, cancellation);
            var win = recipe.Train(table, cancellation);
            if (recipe == own) hasOwnModel = win.Model.Won.Trees is not null;
            progress?.Report(("Checking it on the later part", 0.35));
            return (recipe, OutOfTimeCheck.Run(win.Model, known, recipe.Rates, from, cutoff, recipe.Options.Threads, cancellation), win.Model, table);
        }
    }

    // Both judged the same deals, in the same order.
    private static double StandardErrorOfLead(OutOfTimeCheck a, OutOfTimeCheck b)
    {
        double[] leads = [.. a.Outcomes.Select((y, i) => ProbabilityScores.LogLoss(b.Probabilities[i], y) - ProbabilityScores.LogLoss(a.Probabilities[i], y))];
        var mean = leads.Average();
        return Math.Sqrt(leads.Sum(l => (l - mean) * (l - mean)) / Math.Max(1, leads.Length - 1) / leads.Length);
    }

    // How a win probability model is made from a history: from this team's deals alone, or from a pool adapted to them.
    private sealed record Recipe(FeatureSchema Schema, TimeGrid Grid, GroupRates Rates, PooledPrior? Prior, TrainingOptions Options)
    {
        public string[] Names { get; } = [.. new FeatureSet(Schema).Features.Select(f => f.Name)];

        public DataFrame Table(CrmHistory history, AsOf cutoff, CancellationToken cancellation) =>
            TrainingTable.Build(history, new FeatureSet(Schema), Rates, Grid, cutoff, FirstLandmark(history),
                Options.Threads, cancellation);

        public TrainedWinProbability Train(DataFrame table, CancellationToken cancellation) => Prior is null
            ? WinProbabilityTrainer.Train(table, Schema, Grid, Options.Win with { Seed = Options.Seed, Threads = Options.Threads }, cancellation)
            : PriorAdaptation.Fit(Prior, table, Options.Seed);
    }

    // Where changes are told from a day on only, a landmark before it would pretend to know the stage. Too few closings
    // since, and all landmarks are better than none.
    private static AsOf? FirstLandmark(CrmHistory history)
    {
        if (HistoryGaps.BeginOfChanges(history) is not { } begin) return null;
        var since = 0;
        for (var i = 0; i < history.Opportunities.Length && since < MinClosedSinceBegin; i++)
            if (Closing.FirstAfter(history, i, begin) is not null) since++;
        return since >= MinClosedSinceBegin ? begin : null;
    }

    private static DealSizeOptions Size(TrainingOptions options) => options.Size with { Seed = options.Seed, Threads = options.Threads };

    private static (AsOf From, double SpanDays) Window(CrmHistory known, AsOf cutoff, TrainingOptions options)
    {
        var span = (cutoff.Instant - known.Opportunities[0].CreatedAt).TotalDays;
        return (options.CheckFrom ?? AsOf.At(cutoff.Instant.AddDays(-Math.Min(365, Math.Round(options.OutOfTimeShare * span)))), span);
    }

    private static (int Known, int Won, int Lost) CountDeals(CrmHistory history)
    {
        var (won, lost) = (0, 0);
        for (var i = 0; i < history.Opportunities.Length; i++)
            if (Closing.Final(history, i) is { } closing)
                if (closing.Won) won++; else lost++;
        return (history.Opportunities.Length, won, lost);
    }

    // A custom column that tells won from lost all by itself at creation was written after the outcome.
    private static (FeatureSchema, IReadOnlyList<DealColumn>) RefuseLeaks(
        CrmHistory known, FeatureSchema schema, IReadOnlyList<DealColumn> all, TrainingOptions options)
    {
        // Where no change is told, owner and product stand as they do today: they are suspected alike.
        DealColumn[] suspected = [.. all.Where(c => c.Use == ColumnUse.Used && (c.IsCustom || known.IsDegraded && c.Name is DealColumns.Owner or DealColumns.Product))];
        if (suspected.Length == 0) return (schema, all);
        var features = new FeatureSet(schema);
        var taker = new SnapshotTaker(known, features, GroupRates.From(known, schema.CategoricalAttributes));
        var (columns, outcomes) = (new List<float[]>(), new List<double>());
        for (var i = 0; i < known.Opportunities.Length; i++)
        {
            var birth = AsOf.At(known.Opportunities[i].RecordedAt);
            if (Closing.FirstAfter(known, i, birth) is not { } closing || taker.Take(i, birth) is not { } snapshot) continue;
            columns.Add(snapshot.Features);
            outcomes.Add(closing.Won ? 1 : 0);
        }
        var refused = new Dictionary<string, double>(StringComparer.Ordinal);
        if (outcomes.Count < 30) return (schema, all);
        foreach (var column in suspected)
        {
            var driver = column.IsCustom ? GroupRates.Column(column.Name) : column.Name;
            var auc = Enumerable.Range(0, features.Count).Where(f => features.Features[f].Driver == driver)
                .Select(f => ProbabilityScores.Auc([.. columns.Select(c => (double)c[f])], [.. outcomes])).Select(a => Math.Max(a, 1 - a)).Where(a => !double.IsNaN(a)).DefaultIfEmpty(0.5).Max();
            if (auc > options.LeakAuc) refused.Add(driver, auc);
        }
        return (schema.Without(refused.Keys.ToHashSet(StringComparer.Ordinal)),
        [
            .. all.Select(c => refused.TryGetValue(c.IsCustom ? GroupRates.Column(c.Name) : c.Name, out var auc)
                ? c with { Use = ColumnUse.Leak, LeakAuc = auc } : c),
        ]);
    }

    private static List<string> Doubts(CrmHistory known, (int Known, int Won, int Lost) deals,
        IReadOnlyList<DealColumn> columns, TrainingOptions options)
    {
        var doubts = new List<string>();
        if (known.IsDegraded) doubts.Add("There is no stage history: the model knows when deals were created and closed and what was known at their birth, nothing in between.");
        if (deals.Won == 0 || deals.Lost == 0)
            doubts.Add($"Only one class: {deals.Won} won and {deals.Lost} lost. A rate answers, drawn away from certainty.");
        else if (Math.Min(deals.Won, deals.Lost) < options.Win.MinClosedPerClass)
            doubts.Add($"{deals.Won} won and {deals.Lost} lost deals are too few for a model of one's own ({options.Win.MinClosedPerClass} each are needed): the stage rate answers.");
        doubts.AddRange(HistoryGaps.Of(known).Where(g => !g.IsOneOutcome).Select(g => g.InWords(known.Currency)));
        foreach (var column in columns.Where(c => c.Use == ColumnUse.Leak))
            doubts.Add(FormattableString.Invariant($"Column {column.Name} was refused: it alone tells won from lost at creation (AUC {column.LeakAuc:0.000}), so it was most likely written after the outcome. Map it as ignored, or tell when it is known."));
        foreach (var column in columns.Where(c => c.IsCustom && c.Use is not (ColumnUse.Used or ColumnUse.Leak)))
            doubts.Add($"Column {column.Name} is not used: {column.WhyNot()}.");
        return doubts;
    }

    private static string? Skill(OutOfTimeCheck check)
    {
        var won = check.Outcomes.Sum();
        if (check.Deals.Count == 0 || won == 0 || won == check.Deals.Count) return "The later part holds one outcome only: nothing could be measured.";
        var among = FormattableString.Invariant($"AUC among deals of the same days {check.AucAmongPeers.Auc:0.000} ± {check.AucAmongPeers.StandardError:0.000}");
        return check.Weight == 0
            ? $"No skill was found: on deals that it had not seen, the model tells won from lost no better than a coin ({among}). What it answers is the average rate."
            : check.FindsNoSkill ? FormattableString.Invariant($"It is not sure that the model tells won from lost ({among}); its probabilities did better than the average rate, and count {100 * check.Weight:0} % against it.")
            : check.Weight < 1 ? FormattableString.Invariant($"On deals that it had not seen, the model was not surely better than the average rate: it counts {100 * check.Weight:0} % against it.")
            : null;
    }
}
