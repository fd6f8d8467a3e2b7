using System.Globalization;

namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>
/// Which stages there are, in which order, and which are won, lost and open. What the user says counts first, then what
/// was imported before, then columns of the export that tell it, then the names, then the CRM's probability of 100 %.
/// Where signs disagree nothing is decided.
/// </summary>
internal sealed class StageReading
{
    private const int Overdue = 30, FewDeals = 5, ManyDeals = 20;
    private const double MostlyOverdue = 0.8, AllOverdue = 0.95;
    private readonly LayoutMatch _match;
    private readonly RecognitionOptions _options;
    private readonly Func<string, DateOnly?> _day;
    private readonly DateOnly? _newest;
    private readonly Dictionary<string, StageKind> _ready;
    private readonly Dictionary<string, int> _readyOrder;
    private readonly Dictionary<string, StageKind> _known;

    /// <param name="match">The layout and its files.</param>
    /// <param name="rows">The rows of deals.</param>
    /// <param name="options">What is known beside the files.</param>
    /// <param name="day">Reads a planned close date; null where it cannot be read, or dates are not settled.</param>
    /// <param name="newest">The newest day on which a deal was created; null where none is told.</param>
    public StageReading(LayoutMatch match, DealRows rows, RecognitionOptions options, Func<string, DateOnly?> day, DateOnly? newest)
    {
        (_match, _options, _day, _newest) = (match, options, day, newest);
        var ready = ReadyStages(match.Layout).ToList();
        _ready = ready.DistinctBy(s => s.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(s => s.Name, s => s.Kind, StringComparer.OrdinalIgnoreCase);
        _readyOrder = ready.Select((s, i) => (s.Name, i)).DistinctBy(s => s.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(s => s.Name, s => s.i, StringComparer.OrdinalIgnoreCase);
        _known = options.KnownStages.DistinctBy(s => s.Name).ToDictionary(s => s.Name, s => s.Kind, StringComparer.Ordinal);
        Statuses = rows.HasOutcome ? StatusesOf(rows) : [];
        Stages = StagesOf(rows);
    }

    /// <summary>The stages of the deals, in order within each pipeline.</summary>
    public IReadOnlyList<StageUnderstood> Stages { get; }

    /// <summary>What each status means; null where only the user can say. Empty where no column tells.</summary>
    public IReadOnlyDictionary<string, (StageKind? Kind, long Deals)> Statuses { get; }

    /// <summary>What is left to ask about stages.</summary>
    public IEnumerable<ImportQuestion> Questions()
    {
        var unclear = Stages.Where(s => s.Kind is null).ToList();
        if (unclear.Count > 0)
            yield return new ImportQuestion(QuestionAbout.Stages, "stage", unclear.ToDictionary(Shown, s => s.Deals, StringComparer.Ordinal));
        var odd = Statuses.Where(s => s.Value.Kind is null).ToList();
        if (odd.Count > 0)
            yield return new ImportQuestion(QuestionAbout.Statuses, string.Join(", ", _match.Outcomes), odd.ToDictionary(s => s.Key, s => s.Value.Deals, StringComparer.Ordinal));
        if (unclear.Count + odd.Count == 0
            && !Stages.Any(s => s.Kind == StageKind.Won) && !Statuses.Values.Any(s => s.Kind == StageKind.Won))
            yield return new ImportQuestion(QuestionAbout.Stages, "won", Stages.DistinctBy(Shown).ToDictionary(Shown, s => s.Deals, StringComparer.Ordinal));
        if (IsLostMissing())
            yield return new ImportQuestion(QuestionAbout.NoLost, "lost", Stages.Where(s => s.Kind == StageKind.Open).DistinctBy(Shown).ToDictionary(Shown, s => s.Deals, StringComparer.Ordinal));
    }

    // Some deals are won and none is lost, and nobody said that it is so.
    private bool IsLostMissing()
    {
        long Of(StageKind kind) => Stages.Where(s => s.Kind == kind).Sum(s => s.Deals) + Statuses.Values.Where(s => s.Kind == kind).Sum(s => s.Deals);
        return Of(StageKind.Won) >= FewDeals && Of(StageKind.Lost) == 0 && !_options.Without.Contains("lost")
            && (_options.KnownStages.Count == 0 || _options.KnownStages.Any(s => s.Kind == StageKind.Lost));
    }

    /// <summary>A stage with its pipeline in brackets.</summary>
    public static string Shown(StageUnderstood stage) => stage.Pipeline is null ? stage.Name : $"{stage.Name} ({stage.Pipeline})";

    /// <summary>How a deal ended as its row says; null while that is unclear.</summary>
    public StageKind? KindOf(DealRow row)
    {
        if (row.Status is { Length: > 0 } status && Statuses.TryGetValue(status, out var told) && told.Kind is StageKind.Won or StageKind.Lost) return told.Kind;
        return Stages.FirstOrDefault(s => s.Name == row.Stage && s.Pipeline == row.Pipeline)?.Kind;
    }

    private SortedDictionary<string, (StageKind? Kind, long Deals)> StatusesOf(DealRows rows)
    {
        var found = new SortedDictionary<string, (StageKind?, long)>(StringComparer.Ordinal);
        var meant = new Dictionary<string, StageKind>(StringComparer.OrdinalIgnoreCase);
        foreach (var (value, stage) in _match.Layout.Root["outcome"]?["values"] as System.Text.Json.Nodes.JsonObject ?? [])
            meant.TryAdd(value, stage is null ? StageKind.Open : _ready.GetValueOrDefault(stage.GetValue<string>(), StageKind.Open));
        foreach (var (table, _) in _match.Deals)
            if (_match.OutcomeOf(table) is { } name && table.Find(name) is { } column)
            {
                if (column.Filled < column.Rows) found[Blank] = (Stated(Blank, Blank) ?? (meant.TryGetValue("", out var blank) ? blank : null), found.GetValueOrDefault(Blank).Item2 + column.Rows - column.Filled);
                foreach (var (status, count) in column.Levels)
                    if (!Words.Is("deleted", status))
                        found[status] = (Stated(status, status) ?? (meant.TryGetValue(status, out var kind) ? kind : Words.KindOf(status)), found.GetValueOrDefault(status).Item2 + count);
            }
        return found;
    }

    private sealed class Seen
    {
        public long Deals, Hundred, Zero, WithProbability, Planned, Overdue;
        public double Probability;
        public readonly Dictionary<StageKind, long> Flags = [], Statuses = [];
    }

    private List<StageUnderstood> StagesOf(DealRows rows)
    {
        var seen = new Dictionary<(string? Pipeline, string Stage), Seen>();
        var isPercent = Percent();
        foreach (var row in rows.All())
        {
            // Where a column of its own tells how deals ended, a deal may do without a stage.
            if (row.Stage.Length == 0 && rows.HasOutcome) continue;
            var stage = row.Stage.Length == 0 ? Blank : row.Stage;
            if (!seen.TryGetValue((row.Pipeline, stage), out var s)) seen.Add((row.Pipeline, stage), s = new Seen());
            s.Deals++;
            if (row.Flag is { } flag) s.Flags[flag] = s.Flags.GetValueOrDefault(flag) + 1;
            if (row.Status is { Length: > 0 } status && Statuses.TryGetValue(status, out var told) && told.Kind is { } kind) s.Statuses[kind] = s.Statuses.GetValueOrDefault(kind) + 1;
            if (_newest is { } newest && _day(row.Planned) is { } planned)
            {
                s.Planned++;
                if (planned.DayNumber < newest.DayNumber - Overdue) s.Overdue++;
            }
            // What closed deals show is the outcome, not the stage's.
            var isClosed = row.Status is { Length: > 0 } ended && Statuses.TryGetValue(ended, out var end) && end.Kind is StageKind.Won or StageKind.Lost;
            if (isClosed || !TryProbability(row.Probability, isPercent, out var probability)) continue;
            s.WithProbability++;
            s.Probability += probability;
            if (probability >= 1) s.Hundred++;
            else if (probability <= 0) s.Zero++;
        }
        return [.. seen
            .Select(s => Decide(s.Key.Pipeline, s.Key.Stage, s.Value, HasBoth(s.Key.Pipeline)))
            .GroupBy(s => s.Pipeline)
            .OrderByDescending(p => p.Sum(s => s.Deals)).ThenBy(p => p.Key, StringComparer.Ordinal)
            .SelectMany(InOrder)];

        bool HasBoth(string? pipeline) => ((StageKind[])[StageKind.Won, StageKind.Lost])
            .All(kind => seen.Keys.Any(k => k.Pipeline == pipeline && Words.KindOf(k.Stage) == kind));
    }

    // Open stages as the map has them, where it has all; else by the CRM's probability, where it tells all; else by the
    // number that their names begin with; then won and lost.
    private IEnumerable<StageUnderstood> InOrder(IEnumerable<StageUnderstood> pipeline)
    {
        var stages = pipeline.ToList();
        var open = stages.Where(s => s.Kind is not (StageKind.Won or StageKind.Lost)).ToList();
        Func<StageUnderstood, double> place = open.All(s => _readyOrder.ContainsKey(s.Name)) ? s => _readyOrder[s.Name]
            : open.All(s => s.Probability is not null) ? s => s.Probability!.Value
            : s => Leading(s.Name);
        return open.OrderBy(place).ThenBy(s => Leading(s.Name)).ThenBy(s => s.Name, StringComparer.Ordinal)
            .Concat(stages.Except(open).OrderBy(s => s.Kind).ThenBy(s => s.Name, StringComparer.Ordinal));
    }

    private StageUnderstood Decide(string? pipeline, string name, Seen s, bool hasBoth)
    {
        double? probability = s.WithProbability == 0 ? null : s.Probability / s.WithProbability;
        StageUnderstood As(StageKind? kind, StageEvidence by) => new(name, pipeline, kind, by, s.Deals, kind is StageKind.Won or StageKind.Lost ? null : probability);
        var full = pipeline is null ? name : $"{name} ({pipeline})";
        if (Stated(name, full) is { } said) return As(said, StageEvidence.Stated);
        if (_known.TryGetValue(full, out var known) || _known.TryGetValue(name, out known)) return As(known, StageEvidence.Known);
        if (name == Blank) return As(null, StageEvidence.Unclear);
        var byWord = Words.KindOf(name);
        if (s.Flags.Count == 1 && s.Flags.Keys.First() is var flag)
            return byWord is not null && byWord != flag && byWord != StageKind.Open ? As(null, StageEvidence.Unclear) : As(flag, StageEvidence.Column);
        if (s.Flags.Count > 1 && (!s.Flags.ContainsKey(StageKind.Open) || s.Flags[StageKind.Open] < s.Deals)) return As(null, StageEvidence.Unclear);
        if (s.Statuses.Count > 0)
        {
            // A column tells how deals ended; a stage that is itself closed must not say otherwise.
            if (byWord is not (StageKind.Won or StageKind.Lost)) return As(StageKind.Open, StageEvidence.Column);
            // An active record is one that is not lost; that a deal is open is more.
            return s.Statuses.Keys.All(k => k == byWord || k == StageKind.Open && OpenIsActive) ? As(byWord, StageEvidence.Column) : As(null, StageEvidence.Unclear);
        }
        if (_ready.TryGetValue(name, out var ready)) return As(ready, StageEvidence.Known);
        if (Words.IsDoubtful(name) && s.Hundred < s.WithProbability) return As(null, StageEvidence.Unclear);
        if (Words.IsDoubtful(name) && s.WithProbability == 0) return As(null, StageEvidence.Unclear);
        if (byWord is StageKind.Won && s.WithProbability > 0 && s.Zero == s.WithProbability || byWord is StageKind.Lost && s.WithProbability > 0 && s.Hundred == s.WithProbability)
            return As(null, StageEvidence.Unclear);
        if (byWord is { } word) return As(word, StageEvidence.Name);
        if (s.WithProbability > 0 && s.Hundred == s.WithProbability) return As(StageKind.Won, StageEvidence.Probability);
        if (s.WithProbability > 0 && s.Zero == s.WithProbability) return As(null, StageEvidence.Unclear);
        if (s.WithProbability > 0) return As(StageKind.Open, StageEvidence.Probability);
        // A stage that was not there before, and of which nothing tells what it means.
        if (_options.KnownStages.Count > 0) return As(null, StageEvidence.Unclear);
        // Nothing says that it is closed; deals that nearly all should have closed long ago say that it may be.
        // Where names tell both won and lost, it takes more to doubt the others.
        var (few, most) = hasBoth ? (ManyDeals, AllOverdue) : (FewDeals, MostlyOverdue);
        return s.Planned >= few && s.Overdue >= most * s.Planned ? As(null, StageEvidence.Unclear) : As(StageKind.Open, StageEvidence.Default);
    }

    private bool OpenIsActive => Statuses.Where(s => s.Value.Kind == StageKind.Open).All(s => Words.Is("true", s.Key));

    /// <summary>What stands for a stage or status that is not filled in.</summary>
    public const string Blank = "(empty)";

    private StageKind? Stated(string name, string full)
    {
        bool In(IReadOnlyList<string> names) => names.Any(n => string.Equals(n, name, StringComparison.OrdinalIgnoreCase) || string.Equals(n, full, StringComparison.OrdinalIgnoreCase));
        return In(_options.Won) ? StageKind.Won : In(_options.Lost) ? StageKind.Lost : In(_options.Open) ? StageKind.Open : null;
    }

    private bool Percent() => _match.Deals.Any(d => d.Source.Fields.GetValueOrDefault("crmProbability", []).Select(d.Table.Find).OfType<ColumnProfile>().Any(IsPercent));

    /// <summary>True where probabilities are written 0 to 100.</summary>
    public static bool IsPercent(ColumnProfile column) => column.Numbers.Percent > 0 || column.Numbers.Largest > 1;

    private static bool TryProbability(string text, bool isPercent, out double probability)
    {
        var isRead = double.TryParse(text.TrimEnd('%', ' ', '\u00A0').Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out probability);
        if (isPercent) probability /= 100;
        return isRead;
    }

    private static int Leading(string name)
    {
        var digits = name.TakeWhile(char.IsAsciiDigit).ToArray();
        return digits.Length is > 0 and < 6 ? int.Parse(digits, CultureInfo.InvariantCulture) : int.MaxValue;
    }

    private static IEnumerable<(string Name, StageKind Kind)> ReadyStages(MapLayout layout)
    {
        IEnumerable<System.Text.Json.Nodes.JsonNode?> lists = [layout.Root["stages"], .. (layout.Root["pipelines"] as System.Text.Json.Nodes.JsonArray ?? []).Select(p => p?["stages"])];
        foreach (var stage in lists.OfType<System.Text.Json.Nodes.JsonArray>().SelectMany(l => l))
            if (stage?["name"] is { } name)
                yield return (name.GetValue<string>(), Enum.TryParse<StageKind>(stage["kind"]?.GetValue<string>(), true, out var kind) ? kind : StageKind.Open);
    }
}
