using System.Text.Json;
using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// A win probability model as one JSON file that a warehouse or another language can score with: trees, calibration, stage
/// rates, calendar and the market of one date, nothing of any deal. <c>models/README.md</c> describes the format and
/// <c>models/portable_score.py</c> reads it. What it leaves out: amounts, drivers and the bands of revenue.
/// </summary>
public static class PortableModel
{
    /// <summary>What <c>format</c> says.</summary>
    public const string Format = "forecastengine-portable-model";
    /// <summary>What <c>formatVersion</c> says; raised when a reader of before would score wrongly.</summary>
    public const int FormatVersion = 5;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes it.</summary>
    /// <param name="to">Where to, UTF-8.</param>
    /// <param name="model">The model.</param>
    /// <param name="marketShift">What the market adds to the log odds of winning in each cell: see <see cref="MarketTracker.Shift"/>.</param>
    /// <param name="version">The model version's id.</param>
    /// <param name="marketAsOf">The date whose market it is: deals should be scored as of that date.</param>
    public static void Write(Stream to, WinProbabilityModel model, IReadOnlyList<double> marketShift, string version, DateOnly marketAsOf)
    {
        if (marketShift.Count != model.Grid.Count) throw new ArgumentException($"{nameof(PortableModel)}: found {marketShift.Count} market shifts; expected one for each of {model.Grid.Count} cells.", nameof(marketShift));
        JsonSerializer.Serialize(to, new Contents(Format, FormatVersion, version, marketAsOf, [.. model.Features.Features.Select(f => new Column(f.Name, f.Description))], AheadFeatures.Names,
            model.Grid.Edges, model.Features.Schema.HasSeasons, model.IsByAge ? AgeBands.From : null, model.TailWinShare, model.Late, marketShift,
                CauseContents.Of(model.Won), CauseContents.Of(model.Lost), OutcomeContents.Of(model.Outcome)), Json);
    }

    private sealed record Contents(string Format, int FormatVersion, string Version, DateOnly MarketAsOf, IReadOnlyList<Column> Columns, IReadOnlyList<string> Ahead, IReadOnlyList<double> Edges,
        bool HasSeasons, IReadOnlyList<int>? AgeBands, double TailWinShare, LateClosings? Late, IReadOnlyList<double> MarketShift, CauseContents Won,
            CauseContents Lost, OutcomeContents? Outcome);

    private sealed record Column(string Name, string Description);

    private sealed record CauseContents(double Scale, double Intercept, double Slope, double TreeWeight, IReadOnlyDictionary<string, double[]> StageRates, IReadOnlyDictionary<string, double[]> Offsets,
        IReadOnlyDictionary<string, double[]>? Controls, HazardLine? Line, double LeastKept, PaceContents? Pace, double Bias, IEnumerable<TreeContents>? Trees)
    {
        public static CauseContents Of(CauseModel cause) => new(cause.Scale, cause.Intercept, cause.Slope, cause.TreeWeight, cause.StageRates.ByStage, cause.Offsets, cause.Controls, cause.Line, HazardRows.LeastKept,
            cause.Pace is { } pace ? new PaceContents(pace.Weekdays, pace.Places) : null, cause.Trees?.Bias ?? 0, cause.Trees?.Trees.Select(TreeContents.Of));
    }

    private sealed record OutcomeContents(IReadOnlyList<ColumnLevel> Levels, double Scale, double Intercept, double Weight, HazardLine? Line,
        double Bias, IEnumerable<TreeContents> Trees)
    {
        public static OutcomeContents? Of(OutcomeModel? outcome) => outcome is null ? null
            : new(outcome.Levels, outcome.Scale, outcome.Intercept, outcome.Weight, outcome.Line, outcome.Trees.Bias, outcome.Trees.Trees.Select(TreeContents.Of));
    }

    private sealed record PaceContents(IReadOnlyList<double> Weekdays, IReadOnlyList<double> Places);

    private sealed record TreeContents(IReadOnlyList<int> Columns, IReadOnlyList<float> Thresholds, IReadOnlyList<int> Left, IReadOnlyList<int> Right, IReadOnlyList<double> Leaves)
    {
        public static TreeContents Of(Tree tree) => new(tree.Features, tree.Thresholds, tree.Left, tree.Right, tree.Leaves);
    }
}
