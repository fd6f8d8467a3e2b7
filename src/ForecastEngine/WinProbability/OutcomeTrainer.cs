using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.WinProbability;

/// <summary>
/// Trains <see cref="OutcomeModel"/>: of every closed deal the row at its first landmark and the cell in which it closed. How
/// large the trees are, and how much trees and line count, is told by the newest fifth of the rows, from models of the rest.
/// </summary>
internal sealed class OutcomeTrainer
{
    private const double NewestShare = 0.2;
    private const int MostSearched = 60_000;
    private const int FewestOfLevel = 10,
        MostLevels = 300;

    // Deals that a normal prior on each coefficient of a standardised column of the line weighs like.
    private const double LinePrecision = 30;
    private const double SharePrecision = 4;
    private static readonly double[] ShareMeans = [0, 0.6, 0.4];
    private static readonly (int Trees, int Leaves, int MinRows, double Step)[] Sizes =
    [
        (200, 5, 20, 0.1),
        (300, 31, 20, 0.04),
    ];

    private readonly LandmarkColumns _landmarks;
    private readonly WinProbabilityOptions _options;
    private readonly ColumnLevel[] _levels;
    private readonly int _stride;
    private readonly float[] _values;
    private readonly bool[] _won;

    private OutcomeTrainer(
        LandmarkColumns landmarks,
        TimeGrid grid,
        CalendarPace winPace,
        CalendarPace lossPace,
        WinProbabilityOptions options
    )
    {
        (_landmarks, _options) = (landmarks, options);
        int[] rows =
        [
            .. landmarks
                .FirstOfDeals()
                .Where(r => landmarks.Outcome[r] != 0)
                .OrderBy(r => landmarks.AsOf[r])
                .ThenBy(r => landmarks.Keys[r]),
        ];
        if (rows.Length > options.MaxRows)
            rows =
            [
                .. rows.Where(r =>
                    CounterRandom.For(options.Seed, 5, landmarks.Keys[r]).Uniform()
                    < (double)options.MaxRows / rows.Length
                ),
            ];
        _levels = LevelsIn(rows);
        _stride = landmarks.FeatureCount + _levels.Length + AheadFeatures.Count;
        _values = new float[rows.Length * _stride];
        _won = new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            var own = _values.AsSpan(i * _stride, _stride);
            OutcomeModel.Write(landmarks.Features(row), _levels, own);
            var cell = grid.CellOf(landmarks.DaysObserved[row]);
            AheadFeatures.WriteCell(
                grid,
                cell < 0 ? grid.Count - 1 : cell,
                landmarks.Calendar,
                landmarks.AsOf[row],
                landmarks.AgeDays(row),
                landmarks.DaysToPlannedClose(row),
                landmarks.HasSeasons,
                winPace,
                lossPace,
                own[^AheadFeatures.Count..],
                1
            );
            _won[i] = landmarks.Outcome[row] == (int)Cause.Won;
        }
    }

    // The most frequent levels first, where there are too many for a column each.
    private ColumnLevel[] LevelsIn(int[] rows)
    {
        var counts = new Dictionary<ColumnLevel, int>();
        foreach (var row in rows)
        foreach (var column in _landmarks.LevelColumns)
        {
            var level = new ColumnLevel(column, (int)_landmarks.Features(row)[column]);
            if (level.Level > 0)
                counts[level] = counts.GetValueOrDefault(level) + 1;
        }
        return
        [
            .. counts
                .Where(c => c.Value >= FewestOfLevel)
                .OrderByDescending(c => c.Value)
                .ThenBy(c => c.Key.Column)
                .ThenBy(c => c.Key.Level)
                .Take(MostLevels)
                .Select(c => c.Key)
                .OrderBy(c => c.Column)
                .ThenBy(c => c.Level),
        ];
    }

    /// <summary>Trains.</summary>
    /// <returns>The model and ML.NET's file of its trees; null where the newest deals or the others hold one outcome
    /// only.</returns>
    public static (OutcomeModel Model, byte[] File)? Train(
        LandmarkColumns landmarks,
        TimeGrid grid,
        CalendarPace winPace,
        CalendarPace lossPace,
        WinProbabilityOptions options
    ) => new OutcomeTrainer(landmarks, grid, winPace, lossPace, options).Train();

    private (OutcomeModel, byte[])? Train()
    {
        var count = _won.Length;
        var newest = count - (int)(NewestShare * count);
        var from = Math.Max(0, newest - MostSearched);
        if (!IsBoth(from, newest) || !IsBoth(newest, count))
            return null;

        var (line, level) = LineOf(from, newest);
        var lineSaid = LineScores(line, level, newest, count);
        var best = (Loss: double.PositiveInfinity, Size: Sizes[0], Said: Array.Empty<double>());
        foreach (var size in Sizes)
        {
            var (trees, scale, _) = TreesOf(from, newest, size);
            var (loss, grown, said) = BestPrefix(trees, scale, newest, count);
            if (loss < best.Loss)
                best = (loss, size with { Trees = grown }, said);
        }
        // a and b from deals that neither had seen.
        var shares = Stack(lineSaid, best.Said, newest);

        (line, level) = LineOf(0, count);
        var whole = TreesOf(0, count, best.Size);
        var scores = new double[count];
        whole.Trees.Score(_values, _stride, scores);
        double[] offsets =
        [
            .. LineScores(line, level, 0, count)
                .Select((l, i) => shares.Line * l + shares.Trees * whole.Scale * scores[i]),
        ];
        var intercept = LogisticRegression.Level(Outcomes(0, count), [], offsets, 0, 1e-6);
        return (
            new OutcomeModel
            {
                Levels = _levels,
                Trees = whole.Trees,
                Covers = TreeCovers.Count(whole.Trees, _values, _stride),
                Scale = shares.Trees * whole.Scale,
                Line = line is null
                    ? null
                    : line with
                    {
                        Coefficients = [.. line.Coefficients.Select(c => shares.Line * c)],
                    },
                Intercept = intercept + shares.Line * level,
            },
            whole.File
        );
    }

    private bool IsBoth(int from, int until) =>
        _won.AsSpan(from, until - from).Contains(true) && _won.AsSpan(from, until - from).Contains(false);

    private (HazardLine? Line, double Level) LineOf(int from, int until)
    {
        var columns = _landmarks.LineColumns;
        return
            HazardLine.Fit(
                _values.AsSpan(from * _stride, (until - from) * _stride),
                _stride,
                columns,
                Outcomes(from, until),
                [],
                [],
                LinePrecision
            )
                is { } fit
            ? (fit.Line, fit.Intercept)
            : (null, 0);
    }

    private double[] LineScores(HazardLine? line, double level, int from, int until) =>
        [
            .. Enumerable
                .Range(from, until - from)
                .Select(r => level + (line?.Of(_values.AsSpan(r * _stride, _stride)) ?? 0)),
        ];

    // Trees find for themselves what the rates of groups and the numbers of levels tell: they see a column for each level.
    private (TreeEnsemble Trees, double Scale, byte[] File) TreesOf(
        int from,
        int until,
        (int Trees, int Leaves, int MinRows, double Step) size
    )
    {
        var values = _values[(from * _stride)..(until * _stride)];
        for (var at = 0; at < values.Length; at += _stride)
        {
            // At its birth a deal's days ahead are its age then; of an older deal only the age is what was learned.
            values[at + _stride - AheadFeatures.Count] = 0;
            foreach (var column in _landmarks.LevelColumns)
                values[at + column] = 0;
            foreach (var column in _landmarks.RateColumns)
                values[at + column] = 0;
        }
        var options = _options with
        {
            Trees = size.Trees,
            Leaves = size.Leaves,
            MinRowsPerLeaf = Math.Min(size.MinRows, Math.Max(2, (until - from) / 10)),
            LearningRate = size.Step,
            Threads = 2 * _options.Threads,
        };
        var (fitted, file) = WinProbabilityTrainer.Grow(values, _stride, _won[from..until], options);
        var (grown, scale) = WinProbabilityTrainer.Unpack(fitted.Model);
        return (grown, scale, file);
    }

    // The number of trees at which the log loss of the newest deals is least, and their log odds there.
    private (double Loss, int Trees, double[] Said) BestPrefix(TreeEnsemble trees, double scale, int from, int until)
    {
        var said = new double[until - from];
        Array.Fill(said, scale * trees.Bias);
        var best = (Loss: double.PositiveInfinity, Trees: 1, Said: said);
        for (var t = 0; t < trees.Trees.Count; t++)
        {
            var (tree, loss) = (trees.Trees[t], 0.0);
            for (var i = 0; i < said.Length; i++)
            {
                said[i] += scale * tree.Leaves[tree.LeafOf(_values.AsSpan((from + i) * _stride, _stride))];
                loss += Math.Log(1 + Math.Exp(_won[from + i] ? -said[i] : said[i]));
            }
            if (loss < best.Loss)
                best = (loss, t + 1, [.. said]);
        }
        return best;
    }

    private (double Line, double Trees) Stack(double[] line, double[] trees, int from)
    {
        var design = new double[line.Length, 3];
        for (var i = 0; i < line.Length; i++)
            (design[i, 0], design[i, 1], design[i, 2]) = (1, line[i], trees[i]);
        var fit = LogisticRegression
            .Fit(
                design,
                Outcomes(from, from + line.Length),
                priorMean: ShareMeans,
                priorPrecision: [0.1, SharePrecision, SharePrecision]
            )
            .Coefficients;
        return (Math.Max(0, fit[1]), Math.Max(0, fit[2]));
    }

    private double[] Outcomes(int from, int until) => [.. _won.Skip(from).Take(until - from).Select(w => w ? 1.0 : 0)];
}
