using System.Collections.Concurrent;
using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests;

/// <summary>Small histories made by hand, a fact per call. Days count from Monday 2024-01-01, 00:00 UTC.</summary>
public sealed class HandMadeHistory
{
    private static readonly Stage[] Process =
        [new("New", 0, StageKind.Open, 0.1), new("Talks", 1, StageKind.Open, 0.3), new("Offer", 2, StageKind.Open, 0.6), new("Won", 3, StageKind.Won, 1), new("Lost", 4, StageKind.Lost, 0)];

    private readonly List<Opportunity> _deals = [];
    private readonly List<OpportunityChange> _changes = [];
    private readonly List<Activity> _activities = [];

    public static DateTimeOffset Day(double day) => new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day);

    public static AsOf AsOfDay(double day) => AsOf.At(Day(day));

    public HandMadeHistory Deal(string id, double created, double? recorded = null, string? stage = "New", decimal? amount = null, string? owner = null,
        string? account = null, string? source = null, DateOnly? planned = null, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var own = new Dictionary<string, string>();
        foreach (var (name, value) in attributes) own.Add(name, value);
        _deals.Add(new Opportunity
        {
            Id = id, CreatedAt = Day(created), RecordedAt = Day(recorded ?? created), Stage = stage, Amount = amount, OwnerId = owner, AccountId = account,
            Source = source, PlannedCloseOn = planned, Attributes = own,
        });
        return this;
    }

    public HandMadeHistory Change(string id, string field, string? before, string? after, double at, double? recorded = null)
    {
        _changes.Add(new OpportunityChange { OpportunityId = id, Field = field, OldValue = before, NewValue = after, At = Day(at), RecordedAt = Day(recorded ?? at) });
        return this;
    }

    public HandMadeHistory Stage(string id, string stage, double at, double? recorded = null) => Change(id, OpportunityField.Stage, null, stage, at, recorded);

    public HandMadeHistory Activity(string id, string kind, double at, double? recorded = null)
    {
        _activities.Add(new Activity { Id = $"A{_activities.Count}", OpportunityId = id, Kind = kind, At = Day(at), RecordedAt = Day(recorded ?? at) });
        return this;
    }

    public CrmHistory Until(double day, bool isDegraded = false) => new(new CrmFacts
    {
        Currency = "EUR", ExportedAt = Day(day), Stages = Process, Opportunities = [.. _deals], Changes = [.. _changes], Activities = [.. _activities], IsDegraded = isDegraded,
    });
}

/// <summary>A history cut at a date with all that a model is trained on.</summary>
public sealed class TrainingWorld
{
    private static readonly ConcurrentDictionary<SimulationOptions, Lazy<SimulatedWorld>> Worlds = new();

    public TrainingWorld(CrmHistory history, AsOf cutoff, int threads = 2)
    {
        (Whole, Cutoff, Known) = (history, cutoff, history.KnownAt(cutoff));
        Grid = TimeGrid.From(Known);
        Schema = FeatureSchema.From(Known, Grid.DecayDays);
        Features = new FeatureSet(Schema);
        Rates = GroupRates.From(Known, CategoricalAttributes(Schema));
        Table = TrainingTable.Build(Known, Features, Rates, Grid, cutoff, threads: threads);
    }

    public CrmHistory Whole { get; }
    public CrmHistory Known { get; }
    public AsOf Cutoff { get; }
    public TimeGrid Grid { get; }
    public FeatureSchema Schema { get; }
    public FeatureSet Features { get; }
    public GroupRates Rates { get; }
    public DataFrame Table { get; }

    public GroupRates RatesOfWhole => GroupRates.From(Whole, CategoricalAttributes(Schema));

    public TrainedWinProbability Train(WinProbabilityOptions? options = null) => WinProbabilityTrainer.Train(Table, Schema, Grid, options ?? new WinProbabilityOptions());

    /// <summary>A simulated world, made once per set of options.</summary>
    public static SimulatedWorld Simulated(SimulationOptions options) =>
        Worlds.GetOrAdd(options, o => new Lazy<SimulatedWorld>(() => SimulatedWorld.Generate(o, 2))).Value;

    /// <summary>The end of the Sunday before a week of a simulated world.</summary>
    public static AsOf Before(SimulatedWorld world, int week) => AsOf.EndOf(world.Options.FirstWeek.AddDays(7 * week - 1));

    public static IReadOnlyList<string> CategoricalAttributes(FeatureSchema schema) =>
        [.. schema.RateColumns.Where(c => c.StartsWith("attribute:", StringComparison.Ordinal)).Select(c => c["attribute:".Length..])];
}

/// <summary>Every bit of a result as text, so that equality means equal bits.</summary>
public static class Bits
{
    public static string Of(float value) => BitConverter.SingleToUInt32Bits(value).ToString("x8", CultureInfo.InvariantCulture);

    public static string Of(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);

    public static string Of(OpportunitySnapshot s) =>
        $"{s.OpportunityId}|{s.Name}|{s.AsOf}|{s.CreatedAt:O}|{s.Stage}|{s.StageOrder}|{s.Amount}|{s.PlannedCloseOn}|{s.OwnerId}|{s.TeamId}|{s.ProductId}|{s.Region}|{s.CrmProbability}|{s.ForecastCategory}|{string.Join(' ', s.Features.Select(Of))}";

    /// <summary>A line per row.</summary>
    public static IReadOnlyList<string> Of(DataFrame table)
    {
        var columns = table.Columns.Select(Cells).ToList();
        return [string.Join(',', table.Columns.Select(c => c.Name)), .. Enumerable.Range(0, (int)table.Rows.Count).Select(r => string.Join('|', columns.Select(c => c[r])))];
    }

    public static string Of(HazardCurve curve) => string.Join(' ', curve.Won.Concat(curve.Lost).Append(curve.TailWinShare).Append(curve.WinProbability).Select(Of));

    private static string[] Cells(DataFrameColumn column) => column switch
    {
        PrimitiveDataFrameColumn<float> floats => [.. floats.Select(v => Of(v!.Value))],
        PrimitiveDataFrameColumn<double> doubles => [.. doubles.Select(v => Of(v!.Value))],
        PrimitiveDataFrameColumn<int> whole => [.. whole.Select(v => v!.Value.ToString(CultureInfo.InvariantCulture))],
        PrimitiveDataFrameColumn<DateTime> dates => [.. dates.Select(v => v!.Value.Ticks.ToString(CultureInfo.InvariantCulture))],
        StringDataFrameColumn texts => [.. texts],
        _ => throw new NotSupportedException(column.GetType().Name),
    };
}
