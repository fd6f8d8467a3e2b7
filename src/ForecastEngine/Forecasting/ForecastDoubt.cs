using System.Globalization;
using System.Text.Json.Serialization;

namespace ForecastEngine.Forecasting;

/// <summary>A reason to trust a forecast of revenue less, or what was done about one.</summary>
public enum ForecastDoubtKind
{
    /// <summary>The forecast leans on a method that was nearer on this team's own past: the amount, the method's weight, windows, gain in
    /// WAPE; once for each method.</summary>
    LeansOnPast,

    /// <summary>The models' sum lies far outside what the team ever did, and a method that goes by the past answers: the models' sum,
    /// the least and the most revenue of such a period, periods.</summary>
    OutsideOwnPast,

    /// <summary>Bands of such forecasts held too seldom in the newest backtest: level, forecasts that held, forecasts.</summary>
    BandsHeldLess,

    /// <summary>A model that claims to tell deals apart puts nearly all in one grade: deals in it, deals.</summary>
    OneGrade,

    /// <summary>The market factor stands beyond its own past: how many of its standard deviations from the mean.</summary>
    MarketBeyondPast,
}

/// <summary>A finding about a forecast: code and figures, and words for them.</summary>
/// <param name="Kind">Which, and thereby what the figures mean.</param>
/// <param name="Figures">See <see cref="ForecastDoubtKind"/>; fractions are 0–1, amounts in the forecast's currency.</param>
/// <param name="Method">The method that is leaned on; null where none is.</param>
public sealed record ForecastDoubt(
    [property: JsonConverter(typeof(JsonStringEnumConverter<ForecastDoubtKind>))] ForecastDoubtKind Kind,
    IReadOnlyList<double> Figures,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Method = null
)
{
    /// <summary>In English words.</summary>
    /// <param name="currency">The forecast's currency.</param>
    public string InWords(string currency) =>
        Kind switch
        {
            ForecastDoubtKind.LeansOnPast => Text(
                $"It leans on {Method} by {Figures[0]:+#,##0;-#,##0;0} {currency} (weight {100 * Figures[1]:0} %): on {Figures[2]:0} forecasts of this team's own past such a lean was nearer by {100 * Figures[3]:0} % of revenue."
            ),
            ForecastDoubtKind.OutsideOwnPast => Text(
                $"The models add up to {Figures[0]:#,##0} {currency}, far outside what {Figures[3]:0} such periods brought ({Figures[1]:#,##0} to {Figures[2]:#,##0}): {Method} answers instead. Look at the open deals' amounts and close dates."
            ),
            ForecastDoubtKind.BandsHeldLess => Text(
                $"Bands of {100 * Figures[0]:0} % held in {Figures[1]:0} of {Figures[2]:0} forecasts of the newest backtest: take them for narrower than they should be."
            ),
            ForecastDoubtKind.OneGrade => Text(
                $"{Figures[0]:0} of {Figures[1]:0} open deals have the same grade, although the model tells deals apart: look at what has changed in the data."
            ),
            ForecastDoubtKind.MarketBeyondPast => Text(
                $"The market stands {Math.Abs(Figures[0]):0.0} standard deviations {(Figures[0] > 0 ? "above" : "below")} its mean, farther than it ever should: look at the closings of the last weeks."
            ),
            _ => throw new InvalidOperationException(
                $"{nameof(ForecastDoubt)}: found {Kind}; expected a kind with words."
            ),
        };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
