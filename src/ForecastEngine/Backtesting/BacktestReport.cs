using System.Text.Json.Serialization;

namespace ForecastEngine.Backtesting;

/// <summary>Every figure of a backtest that any view shows. Fractions are 0–1, amounts in the history's currency; what does not exist is null, never NaN.</summary>
public sealed record BacktestReport
{
    /// <summary>How it was summed up.</summary>
    public required BacktestReportOptions Options { get; init; }
    /// <summary>Windows.</summary>
    public required int Windows { get; init; }
    /// <summary>Histories they come from; above 1 for simulated worlds.</summary>
    public required int Series { get; init; }
    /// <summary>Different periods of different histories: the clusters that intervals draw.</summary>
    public required int Periods { get; init; }
    /// <summary>First origin.</summary>
    public required DateOnly FirstCutoff { get; init; }
    /// <summary>Last origin.</summary>
    public required DateOnly LastCutoff { get; init; }
    /// <summary>By method, the engine first.</summary>
    public required IReadOnlyList<MethodFigures> Methods { get; init; }
    /// <summary>The engine's bands by rising level.</summary>
    public required IReadOnlyList<CoverageFigures> Coverage { get; init; }
    /// <summary>Shape of the engine's distributions; null where it gave none.</summary>
    public required PitFigures? Pit { get; init; }
    /// <summary>The engine by how far the period has gone.</summary>
    public required IReadOnlyList<GroupFigures> Kinds { get; init; }
    /// <summary>By days to the end of the period.</summary>
    public required IReadOnlyList<GroupFigures> Horizons { get; init; }
    /// <summary>By thirds of the forecast; empty for few windows.</summary>
    public required IReadOnlyList<GroupFigures> Sizes { get; init; }
    /// <summary>By team.</summary>
    public required IReadOnlyList<PartFigures> Teams { get; init; }
    /// <summary>By sales pipeline; empty where there is one only.</summary>
    public required IReadOnlyList<PartFigures> Pipelines { get; init; }
    /// <summary>Against the truth of simulated worlds; null elsewhere.</summary>
    public required TruthFigures? Truth { get; init; }
    /// <summary>The single deals; null where there were none.</summary>
    public required DealsFigures? Deals { get; init; }
    /// <summary>Reasons to trust the figures less, the gravest first.</summary>
    public IReadOnlyList<Doubt> Doubts { get; init; } = [];

    /// <summary>The engine's figures.</summary>
    [JsonIgnore]
    public MethodFigures Engine => Methods[0];
    /// <summary>Coverage of the main band; null where the engine gave none.</summary>
    [JsonIgnore]
    public CoverageFigures? MainCoverage => Coverage.FirstOrDefault(c => Math.Abs(c.Level - Options.MainLevel) < 1e-9);
    /// <summary>The method that the headline holds the engine against: the reference or, where it never answered, the strongest other one by WAPE; null without any.</summary>
    [JsonIgnore]
    public MethodFigures? Reference => Methods.FirstOrDefault(m => m.Method == Options.Reference && m.Method != Method.Engine)
        ?? Methods.Where(m => m.Method is not (Method.Engine or Method.Oracle) && m.Wape is not null).OrderBy(m => m.Wape).FirstOrDefault();

    /// <summary>The simple method with the least WAPE of those that answered four windows of five: the one worth beating; null without any.</summary>
    [JsonIgnore]
    public MethodFigures? Strongest => Methods.Where(m => m.Method is not (Method.Engine or Method.Oracle) && m.Wape is not null && m.Windows >= 0.8 * Windows).OrderBy(m => m.Wape).FirstOrDefault();

    /// <summary>Sums up a backtest. The same windows and options give the same report.</summary>
    /// <exception cref="ArgumentException">There are no windows, or the engine did not answer one.</exception>
    public static BacktestReport From(IReadOnlyList<WindowResult> windows, BacktestReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        options ??= new BacktestReportOptions();
        if (windows.Count == 0) throw new ArgumentException($"{nameof(BacktestReport)}: found no windows; expected at least one. Choose a longer stretch of history.");
        foreach (var window in windows)
            if (window.Of(Method.Engine) is null) throw new ArgumentException($"{nameof(BacktestReport)}: found no forecast of the engine for {window.Window.Period.Label} as of {window.Window.Cutoff}; expected one in every window.");

        var numbers = new Dictionary<(string, string), int>();
        var clusters = new int[windows.Count];
        for (var w = 0; w < windows.Count; w++)
        {
            var key = (windows[w].Series, windows[w].Window.Period.Label);
            if (!numbers.TryGetValue(key, out clusters[w])) numbers.Add(key, clusters[w] = numbers.Count);
        }
        var revenue = new RevenueReport(windows, clusters, options);
        var report = new BacktestReport
        {
            Options = options, Windows = windows.Count, Series = windows.Select(w => w.Series).Distinct().Count(), Periods = numbers.Count,
            FirstCutoff = windows.Min(w => w.Window.Cutoff.Date), LastCutoff = windows.Max(w => w.Window.Cutoff.Date),
            Methods = revenue.Methods(), Coverage = revenue.Coverage(), Pit = revenue.Pit(), Kinds = revenue.Kinds(), Horizons = revenue.Horizons(), Sizes = revenue.Sizes(),
            Teams = revenue.Teams(), Pipelines = revenue.Pipelines(), Truth = revenue.Truth(), Deals = new DealReport(windows, options).Report(),
        };
        return report with { Doubts = Doubt.Of(report, options) };
    }
}
