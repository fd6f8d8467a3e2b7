using ForecastEngine.Crm;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using Microsoft.Data.Analysis;

namespace ForecastEngine.WinProbability;

/// <summary>The columns of a training table that the trainer reads, taken out once.</summary>
internal sealed class LandmarkColumns
{
    private readonly float[] _features;
    private readonly int _stride;
    private readonly int _age;
    private readonly int _planned;
    private readonly int _plannedMissing;

    private LandmarkColumns(DataFrame table, IReadOnlyList<string> features, BusinessCalendar calendar, IReadOnlyList<FeatureKind>? kinds)
    {
        Calendar = calendar;
        Count = (int)table.Rows.Count;
        _stride = features.Count;
        _features = new float[Count * _stride];
        for (var f = 0; f < _stride; f++)
        {
            var column = (PrimitiveDataFrameColumn<float>)table.Columns[features[f]];
            if (column.NullCount > 0) throw new InvalidOperationException($"Training table, column {features[f]}: found {column.NullCount} rows without a value; expected a number in each. Impute in the feature's definition.");
            var at = f;
            foreach (var buffer in column.GetReadOnlyDataBuffers())
                foreach (var value in buffer.Span)
                {
                    if (at >= _features.Length) break;
                    _features[at] = value;
                    at += _stride;
                }
        }
        _age = features.ToList().IndexOf("age_days");
        _planned = features.ToList().IndexOf("days_to_planned_close");
        _plannedMissing = features.ToList().IndexOf("planned_close_missing");
        LevelColumns = [.. Enumerable.Range(0, _stride).Where(f => kinds?[f] == FeatureKind.Level)];
        LineColumns = [.. Enumerable.Range(0, _stride).Except(LevelColumns)];
        RateColumns = [.. Enumerable.Range(0, _stride).Where(f => kinds?[f] == FeatureKind.Rate)];
        HasSeasons = features.Contains("month");
        AsOf = [.. ((PrimitiveDataFrameColumn<DateTime>)table.Columns[TrainingTable.AsOfColumn]).Select(v => v!.Value)];
        Outcome = [.. ((PrimitiveDataFrameColumn<int>)table.Columns[TrainingTable.Outcome]).Select(v => v!.Value)];
        DaysObserved = [.. ((PrimitiveDataFrameColumn<double>)table.Columns[TrainingTable.DaysObserved]).Select(v => v!.Value)];
        DaysWatched = [.. ((PrimitiveDataFrameColumn<double>)table.Columns[TrainingTable.DaysWatched]).Select(v => v!.Value)];
        HasTime = table.Columns.Any(c => c.Name == TrainingTable.HasTime)
            ? [.. ((PrimitiveDataFrameColumn<int>)table.Columns[TrainingTable.HasTime]).Select(v => v != 0)]
            : Always(Count);
        Ids = [.. (StringDataFrameColumn)table.Columns[TrainingTable.OpportunityId]];
        Stages = [.. (StringDataFrameColumn)table.Columns[TrainingTable.Stage]];
        if (_age >= 0 && Array.TrueForAll(Stages, s => s.Length == 0))
            for (var row = 0; row < Count; row++) Stages[row] = AgeBands.Of(AgeDays(row));
        Keys = [.. Enumerable.Range(0, Count).Select(i => CounterRandom.HashOf(Ids[i]) ^ AsOf[i].Ticks)];
    }

    private LandmarkColumns(IReadOnlyList<LandmarkColumns> parts)
    {
        var first = parts[0];
        Calendar = first.Calendar;
        (LineColumns, LevelColumns, RateColumns) = (first.LineColumns, first.LevelColumns, first.RateColumns);
        (_stride, _age, _planned, _plannedMissing, HasSeasons, Count) = (first._stride, first._age, first._planned, first._plannedMissing, first.HasSeasons, parts.Sum(p => p.Count));
        _features = [.. parts.SelectMany(p => p._features)];
        (AsOf, Outcome) = ([.. parts.SelectMany(p => p.AsOf)], [.. parts.SelectMany(p => p.Outcome)]);
        (DaysObserved, DaysWatched) = ([.. parts.SelectMany(p => p.DaysObserved)], [.. parts.SelectMany(p => p.DaysWatched)]);
        HasTime = [.. parts.SelectMany(p => p.HasTime)];
        Ids = [.. parts.SelectMany((p, n) => p.Ids.Select(id => $"{n}:{id}"))];
        Stages = new string[Count];
        Array.Fill(Stages, "");
        Keys = [.. Enumerable.Range(0, Count).Select(i => CounterRandom.HashOf(Ids[i]) ^ AsOf[i].Ticks)];
    }

    /// <summary>By the features' definition.</summary>
    public static LandmarkColumns From(DataFrame table, FeatureSet features, BusinessCalendar calendar) =>
        new(table, [.. features.Features.Select(f => f.Name)], calendar, [.. features.Features.Select(f => f.Kind)]);

    /// <summary>By names alone: all lie on scales.</summary>
    public static LandmarkColumns From(DataFrame table, IReadOnlyList<string> features, BusinessCalendar? calendar = null) => new(table, features, calendar ?? BusinessCalendar.Default, null);

    /// <summary>The landmarks of several teams together. Their stages bear names of their own and count as one: what a stage means is told by features.</summary>
    public static LandmarkColumns Pool(IReadOnlyList<LandmarkColumns> teams) => new(teams);

    public BusinessCalendar Calendar { get; }
    public int Count { get; }
    public int FeatureCount => _stride;
    public bool HasSeasons { get; }
    /// <summary>The columns whose values lie on a scale: all but <see cref="LevelColumns"/>.</summary>
    public IReadOnlyList<int> LineColumns { get; }
    /// <summary>The columns whose numbers name levels of a category.</summary>
    public IReadOnlyList<int> LevelColumns { get; }
    /// <summary>The columns that hold rates of groups.</summary>
    public IReadOnlyList<int> RateColumns { get; }
    public string[] Ids { get; }
    /// <summary>The stage of each landmark, or its <see cref="AgeBands"/> where no stages are told.</summary>
    public string[] Stages { get; }
    public long[] Keys { get; }
    public DateTime[] AsOf { get; }
    public int[] Outcome { get; }
    public double[] DaysObserved { get; }
    public double[] DaysWatched { get; }
    /// <summary>False where the deal's closing stands at a moment that was drawn.</summary>
    public bool[] HasTime { get; }

    private static bool[] Always(int count)
    {
        var always = new bool[count];
        Array.Fill(always, true);
        return always;
    }

    public ReadOnlySpan<float> Features(int row) => _features.AsSpan(row * _stride, _stride);
    public float AgeDays(int row) => _features[row * _stride + _age];
    /// <summary>Of each deal the row of its first landmark.</summary>
    public IReadOnlyCollection<int> FirstOfDeals()
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var row = 0; row < Count; row++)
            if (!first.TryGetValue(Ids[row], out var known) || AsOf[row] < AsOf[known]) first[Ids[row]] = row;
        return first.Values;
    }

    /// <summary>How many units of its deal's life a landmark stands for.</summary>
    public float Units(int row, TimeGrid grid) => TrainingTable.IntervalUnits(AgeDays(row) / grid.UnitDays);
    public float? DaysToPlannedClose(int row) => WinProbabilityModel.PlannedDays(Features(row), _planned, _plannedMissing);
}
