using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Operations;

/// <summary>All that shapes a model, and nothing else, by name: what a version's id is made of and its card says, and back again.</summary>
internal static class TrainingSettings
{
    /// <summary>Start of the window kept out of time.</summary>
    public const string CheckFrom = "check from";
    /// <summary>Custom features, where there are any.</summary>
    public const string Custom = "custom features";
    /// <summary>Fingerprint of what other teams taught.</summary>
    public const string Pooled = "pooled model";
    /// <summary>Until when it knew them, where there is one.</summary>
    public const string PooledUntil = "pooled until";

    private const string RecipeName = "recipe";
    /// <summary>How this release trains; raised when the same data, settings and seed give another model, so that the versions' ids differ too.</summary>
    private const int Recipe = 4;

    /// <summary>The settings as text.</summary>
    public static Dictionary<string, string> Of(TrainingOptions options)
    {
        Dictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["trees"] = Text(options.Win.Trees), ["leaves"] = Text(options.Win.Leaves), ["learning rate"] = Text(options.Win.LearningRate),
            ["rows per leaf"] = Text(options.Win.MinRowsPerLeaf), ["feature fraction"] = Text(options.Win.FeatureFraction),
            ["controls per event"] = Text(options.Win.ControlsPerEvent), ["max rows"] = Text(options.Win.MaxRows), ["min closed per class"] = Text(options.Win.MinClosedPerClass),
            ["shrinkage deals"] = Text(options.Win.ShrinkageDeals),
            ["size trees"] = Text(options.Size.Trees), ["size leaves"] = Text(options.Size.Leaves), ["size learning rate"] = Text(options.Size.LearningRate),
            ["size rows per leaf"] = Text(options.Size.MinRowsPerLeaf), ["size feature fraction"] = Text(options.Size.FeatureFraction),
            ["size landmarks per deal"] = Text(options.Size.LandmarksPerDeal), ["size max deals"] = Text(options.Size.MaxDeals),
            ["size min tree deals"] = Text(options.Size.MinTreeDeals), ["size min line deals"] = Text(options.Size.MinLineDeals),
            ["size line shrinkage deals"] = Text(options.Size.LineShrinkageDeals), ["size min exact share"] = Text(options.Size.MinExactShare),
            ["size exact shrinkage deals"] = Text(options.Size.ExactShrinkageDeals), ["size folds"] = Text(options.Size.Folds),
            ["size max residual factor"] = Text(options.Size.MaxResidualFactor),
            [RecipeName] = Text(Recipe), ["leak AUC"] = Text(options.LeakAuc), ["out-of-time share"] = Text(options.OutOfTimeShare),
            [Pooled] = options.PriorHash.Length == 0 ? "none" : options.PriorHash,
            [CheckFrom] = options.CheckFrom?.Instant.ToString("O", CultureInfo.InvariantCulture) ?? "share",
        };
        if (options.Prior is { } prior) settings[PooledUntil] = prior.Cutoff.Instant.ToString("O", CultureInfo.InvariantCulture);
        if (options.CustomFeatureIdentity is { } custom) settings[Custom] = custom;
        return settings;
    }

    /// <summary>The options that a card was trained with, but for other teams' models.</summary>
    /// <param name="card">The card.</param>
    /// <param name="features">Its custom features, from the bundle.</param>
    public static TrainingOptions Parse(ModelCard card, IReadOnlyList<CustomFeature> features)
    {
        var where = $"Model version {card.Version}";
        if ((card.Options.GetValueOrDefault(RecipeName) ?? "1") is var recipe && recipe != Text(Recipe))
            throw new ModelRegistryException(where, $"a model trained by recipe {recipe}", $"recipe {Recipe}, which is this release's", "Make it again with the release that trained it.");
        return new TrainingOptions
        {
            Win = new()
            {
                Trees = Whole("trees"), Leaves = Whole("leaves"), LearningRate = Real("learning rate"), MinRowsPerLeaf = Whole("rows per leaf"), FeatureFraction = Real("feature fraction"),
                ControlsPerEvent = Real("controls per event"), MaxRows = Whole("max rows"), MinClosedPerClass = Whole("min closed per class"), ShrinkageDeals = Real("shrinkage deals"),
            },
            Size = new()
            {
                Trees = Whole("size trees"), Leaves = Whole("size leaves"), LearningRate = Real("size learning rate"), MinRowsPerLeaf = Whole("size rows per leaf"), FeatureFraction = Real("size feature fraction"),
                LandmarksPerDeal = Whole("size landmarks per deal"), MaxDeals = Whole("size max deals"), MinTreeDeals = Whole("size min tree deals"), MinLineDeals = Whole("size min line deals"),
                LineShrinkageDeals = Real("size line shrinkage deals"), MinExactShare = Real("size min exact share"), ExactShrinkageDeals = Real("size exact shrinkage deals"), Folds = Whole("size folds"),
                MaxResidualFactor = Real("size max residual factor"),
            },
            LeakAuc = Real("leak AUC"), OutOfTimeShare = Real("out-of-time share"), Seed = card.Seed, CustomFeatures = features,
            CheckFrom = Required(CheckFrom) is var from && from == "share" ? null : AsOf.At(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
        };

        string Required(string name) => card.Options.GetValueOrDefault(name)
            ?? throw new ModelRegistryException(where, $"a card without the setting \"{name}\"", "all settings of a training", "It was trained by a release that did not know it: use that one.");
        int Whole(string name) => int.Parse(Required(name), CultureInfo.InvariantCulture);
        double Real(string name) => double.Parse(Required(name), CultureInfo.InvariantCulture);
    }

    /// <summary>What a card says of the pooled model that its training was offered; null without one.</summary>
    public static (string Hash, AsOf Until)? PooledOf(ModelCard card)
    {
        if (card.Options.GetValueOrDefault(Pooled) is not { } hash || hash == "none") return null;
        var until = card.Options.GetValueOrDefault(PooledUntil)
            ?? throw new ModelRegistryException($"Model version {card.Version}", "a pooled model without the day until which it knew the other teams", $"the setting \"{PooledUntil}\"", "It was trained by a release that did not record it: train again with the same --donor folders.");
        return (hash, AsOf.At(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)));
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
