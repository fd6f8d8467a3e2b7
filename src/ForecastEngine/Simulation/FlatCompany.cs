using System.Globalization;
using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>How the closings of a <see cref="FlatCompany"/> came to be dated.</summary>
public enum FlatClosings
{
    /// <summary>On the day on which they happened.</summary>
    Dated,
    /// <summary>A third of the losses is marked on one of six days of tidying, long after.</summary>
    MassEdits,
    /// <summary>A third of the wins has no close date.</summary>
    Undated,
    /// <summary>Typed: the last day of the month.</summary>
    MonthEnds,
    /// <summary>Entered after the fact: closed on the day of creation.</summary>
    SameDay,
    /// <summary>As they happened, but one loss is dated half a year ahead.</summary>
    OneInTheFuture,
}

/// <summary>What a <see cref="FlatCompany"/> is like.</summary>
public sealed record FlatCompanyOptions
{
    /// <summary>Seed of every draw.</summary>
    public required long Seed { get; init; }
    /// <summary>Deals made in three years, at least 20.</summary>
    public int Deals { get; init; } = 3000;
    /// <summary>Columns known at birth, 0 or more: numbers and categories by turns.</summary>
    public int Columns { get; init; } = 10;
    /// <summary>Of them those that tell anything.</summary>
    public int Telling { get; init; } = 5;
    /// <summary>Standard deviation of the deals' log odds of winning; 0 for coin tosses.</summary>
    public double Signal { get; init; } = 1;
    /// <summary>Share won of the average deal, 0–1.</summary>
    public double WinRate { get; init; } = 0.3;
    /// <summary>Median days to a close.</summary>
    public double MedianDays { get; init; } = 40;
    /// <summary>Log of how much longer a deal takes whose log odds are one standard deviation higher.</summary>
    public double SlowWins { get; init; }
    /// <summary>Share of each column's cells that are blank; blanks lose more often in every other column.</summary>
    public double Blank { get; init; } = 0.1;
    /// <summary>True where pairs of columns tell what neither tells alone.</summary>
    public bool Interacts { get; init; }
    /// <summary>True where open deals are not exported.</summary>
    public bool IsClosedOnly { get; init; }
    /// <summary>How closings are dated.</summary>
    public FlatClosings Closings { get; init; }

    /// <summary>A company drawn at random: any size to <paramref name="mostDeals"/>, any of the faults.</summary>
    public static FlatCompanyOptions Any(long seed, int mostDeals = 10_000)
    {
        var draw = CounterRandom.For(seed, 991);
        var columns = draw.Below(38, 1);
        return new FlatCompanyOptions
        {
            Seed = seed, Deals = (int)Math.Exp(Math.Log(60) + draw.Uniform(0) * Math.Log(mostDeals / 60.0)), Columns = columns, Telling = draw.Below(1 + columns / 2, 2),
            Signal = new[] { 0, 0.5, 1, 2 }[draw.Below(4, 3)], WinRate = 0.05 + 0.6 * draw.Uniform(4), MedianDays = new[] { 3.0, 20, 60, 150 }[draw.Below(4, 5)],
            SlowWins = new[] { -0.5, 0, 0, 0.5 }[draw.Below(4, 6)], Blank = new[] { 0, 0.1, 0.4 }[draw.Below(3, 7)], Interacts = draw.Below(3, 8) == 0,
            IsClosedOnly = draw.Below(5, 9) == 0, Closings = (FlatClosings)draw.Below(6, 10),
        };
    }
}

/// <summary>
/// A company that exports one table: a row a deal, columns known at its birth, how it ended and when, and no history. For
/// trials of what such exports do to a forecast.
/// </summary>
public static class FlatCompany
{
    private static readonly DateOnly Begins = new(2023, 1, 2), Ends = new(2025, 12, 31);

    /// <summary>Columns by name: numbers <c>n…</c> and categories <c>c…</c>.</summary>
    public static IReadOnlyList<string> ColumnsOf(FlatCompanyOptions options) =>
        [.. Enumerable.Range(0, options.Columns).Select(c => string.Create(CultureInfo.InvariantCulture, $"{(c % 2 == 0 ? "n" : "c")}{c + 1}"))];

    /// <summary>The import map of its table.</summary>
    public static string Map(FlatCompanyOptions options) => $$"""
        { "name": "A flat company", "currency": "EUR",
          "stages": [{ "name": "Open", "kind": "open" }, { "name": "Won", "kind": "won" }, { "name": "Lost", "kind": "lost" }],
          "entities": { "opportunities": { "files": "deals.csv",
            "fields": { "id": "Id", "createdAt": "Created", "stage": "Status", "closedAt": "Closed",
                        "amount": { "column": "Value", "known": "created" }, "ownerId": { "column": "Owner", "known": "created" } },
            "columns": { {{string.Join(", ", ColumnsOf(options).Select(c => $"\"{c}\": \"created\""))}} } } } }
        """;

    /// <summary>Writes <c>deals.csv</c> into a folder.</summary>
    /// <returns>The deals' true probabilities of being won, by id.</returns>
    public static IReadOnlyDictionary<string, double> Write(string folder, FlatCompanyOptions options)
    {
        var truth = new Dictionary<string, double>(StringComparer.Ordinal);
        using var file = new StreamWriter(Path.Combine(folder, "deals.csv"));
        file.Write(string.Join(',', (string[])["Id", "Created", "Status", "Closed", "Value", "Owner", .. ColumnsOf(options)]) + "\n");
        var row = new CsvRow(file);
        var days = Ends.DayNumber - Begins.DayNumber;
        var future = options.Closings == FlatClosings.OneInTheFuture;
        for (var i = 0; i < options.Deals; i++)
        {
            var draw = CounterRandom.For(options.Seed, i);
            var created = Begins.AddDays((int)((long)i * days / options.Deals));
            var cells = new string?[options.Columns];
            var strength = Strength(options, i, cells);
            var logOdds = Logit.Of(options.WinRate) + options.Signal * strength;
            var probability = 1 / (1 + Math.Exp(-logOdds));
            var isWon = draw.Uniform(1) < probability;
            var lasted = Math.Clamp(options.MedianDays * Math.Exp(0.8 * draw.Normal(2) + options.SlowWins * strength), 0, 3000);
            var (closed, isTold) = Dated(options, created, lasted, isWon, draw);
            var isOpen = closed > Ends;
            if (isOpen && options.IsClosedOnly) continue;
            if (future && !isOpen && !isWon && i > options.Deals / 2) (closed, future) = (Ends.AddDays(180), false);
            var id = string.Create(CultureInfo.InvariantCulture, $"D{i + 1:000000}");
            truth[id] = probability;
            row.Add(id).Add(created).Add(isOpen ? "Open" : isWon ? "Won" : "Lost").Add(isOpen || !isTold ? null : closed)
                .Add(Math.Round((decimal)Math.Exp(8.5 + 0.9 * draw.Normal(3)), 0)).Add($"R{draw.Below(12, 4) + 1}");
            foreach (var cell in cells) row.Add(cell);
            row.End();
        }
        return truth;
    }

    private static (DateOnly On, bool IsTold) Dated(FlatCompanyOptions options, DateOnly created, double lasted, bool isWon, CounterRandom draw)
    {
        var on = created.AddDays((int)lasted);
        switch (options.Closings)
        {
            case FlatClosings.MassEdits when !isWon && draw.Uniform(5) < 1.0 / 3:
                // The next of six days of tidying that comes after the deal was really lost.
                var step = (Ends.DayNumber - Begins.DayNumber) / 6;
                return (Begins.AddDays(((on.DayNumber - Begins.DayNumber) / step + 1) * step), true);
            case FlatClosings.Undated when isWon && draw.Uniform(5) < 1.0 / 3: return (on, false);
            case FlatClosings.MonthEnds:
                var end = new DateOnly(on.Year, on.Month, 1).AddMonths(1).AddDays(-1);
                return (end > Ends && on <= Ends ? Ends : end, true);
            case FlatClosings.SameDay: return (created, true);
            default: return (on, true);
        }
    }

    // The deal's strength, of mean about 0 and deviation about 1, and its cells.
    private static double Strength(FlatCompanyOptions options, int deal, string?[] cells)
    {
        var sum = 0.0;
        Span<double> values = stackalloc double[Math.Max(1, options.Telling)];
        for (var c = 0; c < cells.Length; c++)
        {
            var draw = CounterRandom.For(options.Seed, deal, c + 1);
            var isBlank = draw.Uniform(0) < options.Blank;
            double value;
            if (c % 2 == 0)
            {
                value = draw.Normal(1);
                // Normal, skewed, or whole numbers.
                cells[c] = isBlank ? null : (c / 2 % 3) switch
                {
                    0 => value.ToString("0.000", CultureInfo.InvariantCulture),
                    1 => Math.Exp(1.5 * value + 4).ToString("0.00", CultureInfo.InvariantCulture),
                    _ => Math.Round(3 * value + 10).ToString("0", CultureInfo.InvariantCulture),
                };
                // In every other one only a threshold tells.
                if (c / 2 % 2 == 1) value = value > 0.7 ? 1.6 : -0.5;
            }
            else
            {
                var levels = new[] { 2, 5, 12, 40 }[c / 2 % 4];
                // Few levels are frequent, most are rare.
                var level = (int)(levels * Math.Pow(draw.Uniform(1), 1.7));
                value = CounterRandom.For(options.Seed, -1 - c, level).Normal();
                cells[c] = isBlank ? null : $"level {level + 1}";
            }
            if (isBlank) value = c % 4 < 2 ? -0.8 : 0;
            if (c < options.Telling) values[c] = value;
        }
        for (var c = 0; c < options.Telling; c++)
            sum += options.Interacts && c + 1 < options.Telling ? values[c] * values[c + 1] : values[c];
        return options.Telling == 0 ? 0 : sum / Math.Sqrt(options.Telling);
    }
}
