using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Backtesting;
using ForecastEngine.Crm;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>
/// What a rescoring run was begun with, kept as its <see cref="RescoringRun.Metadata"/>, so that every process that takes a part of
/// it starts from the same. Two runs of one date and model version with the same import and the same run before are one run.
/// </summary>
/// <param name="Import">Number of the latest import, an event's included: what came in later is left out.</param>
/// <param name="KnownUntil">Instant: facts recorded later are left out, even where the as-of date would allow
/// them.</param>
/// <param name="PreviousRun">The published run that the trend is told against; null for none.</param>
/// <param name="ExplainTop">How many deals get drivers.</param>
/// <param name="Periods">Periods whose end P(won by) speaks of, in order.</param>
internal sealed record RescoringPlan(long Import, DateTimeOffset KnownUntil, long? PreviousRun, int ExplainTop, IReadOnlyList<PlannedPeriod> Periods)
{
    /// <summary>The calendar that was in force; null for the default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BusinessCalendar? Calendar { get; init; }

    /// <summary>What the newest backtest had measured when the run was begun; null before the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeasuredQuality? Measured { get; init; }

    public static RescoringPlan Of(RescoringRun run) => Find(run) ?? throw new StorageException($"rescoring run {run.Id}: found no plan in its metadata; expected one. Begin a new run.");

    /// <summary>What the run may know of the history: the same for every process that takes a part of it.</summary>
    public HistoryCut CutOf(RescoringRun run) => new(AsOf.At((Calendar ?? BusinessCalendar.Default).ToBusiness(KnownUntil)), Import, run.DataExportedAt, Calendar ?? BusinessCalendar.Default);

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>True for a run begun with the same import, the same run before and the same calendar. One of an earlier
    /// release, which has no plan, is another.</summary>
    public bool IsSame(RescoringRun run) => Find(run) is { } other && (Import, PreviousRun, Calendar) == (other.Import, other.PreviousRun, other.Calendar);

    private static RescoringPlan? Find(RescoringRun run) => JsonSerializer.Deserialize<RescoringPlan>(run.Metadata) is { Periods: not null } plan ? plan : null;
}

/// <summary>A <see cref="Period"/> as a plan keeps it.</summary>
/// <param name="From">First day.</param>
/// <param name="Until">Last day.</param>
/// <param name="Label">Its label.</param>
/// <param name="Kind">Its kind; null in plans of before kinds were kept, which knew quarters and months of the default
/// calendar alone.</param>
internal sealed record PlannedPeriod(DateOnly From, DateOnly Until, string Label, PeriodKind? Kind = null)
{
    public static PlannedPeriod Of(Period period) => new(period.From, period.Until, period.Label, period.Kind);

    public Period ToPeriod() => Kind is { } kind ? new(From, Until, Label, kind) : BusinessCalendar.Default.Find(From, Until);
}
