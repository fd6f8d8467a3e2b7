namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// The whole state of Odoo's predictive lead scoring: won and lost counts per team, variable and value, and the naive Bayes
/// rule over them. Written from a description of its behaviour; counts are real numbers as there.
/// </summary>
public sealed class OdooCounts
{
    /// <summary>The variable under which stages are counted.</summary>
    public const string Stage = "stage";

    /// <summary>What a row's counts begin with on both sides, and the floor under them.</summary>
    public const double Start = 0.1;

    /// <summary>A tag row with fewer won and lost deals than this is not looked at.</summary>
    public const double LeastTagCount = 50;

    /// <summary>The bounds of an answer, 0–1: 0.01 % and 99.99 %.</summary>
    public const double Least = 0.0001, Greatest = 0.9999;

    private readonly SortedDictionary<(string Team, string Variable, string Value), (double Won, double Lost)> _rows = new(ByOrdinal);
    private readonly HashSet<string> _tags;
    private readonly HashSet<string> _teams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Table> _tables = new(StringComparer.Ordinal);

    /// <param name="tags">Variables that are tags: a deal may have several values, and rows below <see cref="LeastTagCount"/> do not count.</param>
    public OdooCounts(params IEnumerable<string> tags) => _tags = new HashSet<string>(tags, StringComparer.Ordinal);

    /// <summary>Won and lost as counted for one team; null where there is no such row.</summary>
    /// <param name="team">The team; null for the deals of no team.</param>
    /// <param name="variable">The variable.</param>
    /// <param name="value">Its value.</param>
    public (double Won, double Lost)? Of(string? team, string variable, string value) => _rows.TryGetValue((team ?? "", variable, value), out var row) ? row : null;

    /// <summary>Counts one more won or lost deal; a new row begins at <see cref="Start"/> on both sides.</summary>
    public void Add(string? team, string variable, string value, bool won)
    {
        var (w, l) = Of(team, variable, value) ?? (Start, Start);
        Set(team, variable, value, won ? w + 1 : w, won ? l : l + 1);
    }

    /// <summary>Takes one won or lost deal back; a count that would fall to 0 or below stays at <see cref="Start"/>. No row is made.</summary>
    public void Remove(string? team, string variable, string value, bool won)
    {
        if (Of(team, variable, value) is not { } row) return;
        var left = (won ? row.Won : row.Lost) - 1;
        if (left <= 0) left = Start;
        Set(team, variable, value, won ? left : row.Won, won ? row.Lost : left);
    }

    /// <summary>Writes a row that was counted elsewhere.</summary>
    public void Set(string? team, string variable, string value, double won, double lost)
    {
        _rows[(team ?? "", variable, value)] = (won, lost);
        if (!string.IsNullOrEmpty(team)) _teams.Add(team);
        _tables.Clear();
    }

    /// <summary>P(won), 0–1; null where the first stage has no won or no lost count, as before any deal is counted. Values never counted are left out of the product.</summary>
    /// <param name="team">The deal's team: its rows answer if it has any, else the sum over all teams, as for a deal without a team.</param>
    /// <param name="firstStage">The first stage, whose counts are those of all deals.</param>
    /// <param name="stage">The deal's stage; null leaves the stage out.</param>
    /// <param name="values">The deal's other variables and values.</param>
    /// <remarks>p = s_won / (s_won + s_lost), s_c = N_c / (W + L) × Π n_c(value) / N_c(variable), N_c(stage) = W or L; cut to [0.0001, 0.9999].</remarks>
    public double? WinProbability(string? team, string firstStage, string? stage, IEnumerable<(string Variable, string Value)> values)
    {
        var table = TableOf(team);
        if (table.Find(Stage, firstStage) is not { Won: > 0, Lost: > 0 } all) return null;
        var odds = all.Won / all.Lost;
        if (stage is not null && table.Find(Stage, stage) is { } reached) odds *= reached.Won / all.Won / (reached.Lost / all.Lost);
        foreach (var (variable, value) in values)
            if (table.Find(variable, value) is { } row && table.Totals[variable] is { Won: > 0, Lost: > 0 } total)
                odds *= row.Won / total.Won / (row.Lost / total.Lost);
        return Math.Clamp(1 / (1 + 1 / odds), Least, Greatest);
    }

    private Table TableOf(string? team)
    {
        var key = team is not null && _teams.Contains(team) ? team : "";
        if (_tables.TryGetValue(key, out var table)) return table;
        table = new Table();
        foreach (var ((owner, variable, value), (won, lost)) in _rows)
            if ((key.Length == 0 || owner == key) && !(_tags.Contains(variable) && won + lost < LeastTagCount)) table.Add(variable, value, won, lost);
        _tables.Add(key, table);
        return table;
    }

    private static Comparer<(string Team, string Variable, string Value)> ByOrdinal { get; } = Comparer<(string Team, string Variable, string Value)>.Create((a, b) =>
    {
        var order = string.CompareOrdinal(a.Team, b.Team);
        if (order == 0) order = string.CompareOrdinal(a.Variable, b.Variable);
        return order == 0 ? string.CompareOrdinal(a.Value, b.Value) : order;
    });

    private sealed class Table
    {
        private readonly Dictionary<(string, string), (double Won, double Lost)> _values = [];

        public Dictionary<string, (double Won, double Lost)> Totals { get; } = new(StringComparer.Ordinal);

        public (double Won, double Lost)? Find(string variable, string value) => _values.TryGetValue((variable, value), out var row) ? row : null;

        public void Add(string variable, string value, double won, double lost)
        {
            var own = _values.GetValueOrDefault((variable, value));
            _values[(variable, value)] = (own.Won + won, own.Lost + lost);
            var total = Totals.GetValueOrDefault(variable);
            Totals[variable] = (total.Won + won, total.Lost + lost);
        }
    }
}
