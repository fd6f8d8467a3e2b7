using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// Conversion and growth: won so far + Σ value standing in each stage × what such value has become by the end of like periods +
/// what came in them from deals that were not there yet. Null with fewer than two like windows.
/// </summary>
/// <remarks>
/// conv_s = Σ_w revenue until the period's end from deals in stage s at the like origin / Σ_w their value then, over the newest
/// <see cref="MostWindows"/> like windows; a stage that held no value in them takes the conversion of all stages together.
/// growth = mean over them of the revenue from deals that had no value standing: not yet created, without an amount, or reopened.
/// On a window that is the mean of its like windows the forecast is their mean revenue.
/// </remarks>
public sealed class ConversionAndGrowth : IRevenueBaseline
{
    /// <summary>Like windows needed, and looked at.</summary>
    public const int LeastWindows = 2, MostWindows = 6;

    /// <inheritdoc/>
    public string Name => Method.ConversionAndGrowth;

    /// <inheritdoc/>
    public double? Forecast(BaselineView view)
    {
        var like = view.LikeWindows(MostWindows);
        if (like.Count < LeastWindows) return null;
        var (stages, all, growth) = (new Dictionary<string, Standing>(StringComparer.Ordinal), new Standing(), 0.0);
        foreach (var window in like)
        {
            growth += window.FromNew;
            foreach (var deal in window.Pipeline)
            {
                var brought = window.Brought(deal);
                if (deal.Amount is not > 0) growth += brought;
                else
                {
                    if (!stages.TryGetValue(StageOf(deal), out var stage)) stages.Add(StageOf(deal), stage = new Standing());
                    stage.Add((double)deal.Amount, brought);
                    all.Add((double)deal.Amount, brought);
                }
            }
        }
        var fromOpen = 0.0;
        foreach (var deal in view.Pipeline)
            if (deal.Amount is > 0) fromOpen += (double)deal.Amount * (stages.GetValueOrDefault(StageOf(deal)) ?? all).Conversion;
        return view.AlreadyWon + fromOpen + growth / like.Count;
    }

    private static string StageOf(OpportunitySnapshot deal) => deal.Stage ?? "";

    private sealed class Standing
    {
        private double _value, _brought;

        /// <summary>0 where nothing stood.</summary>
        public double Conversion => _value == 0 ? 0 : _brought / _value;

        public void Add(double value, double brought)
        {
            _value += value;
            _brought += brought;
        }
    }
}
