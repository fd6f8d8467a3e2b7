using ForecastEngine.Statistics.Trees;

namespace ForecastEngine.Tests.Statistics.Trees;

public sealed class TreeEnsembleTests
{
    public static TheoryData<bool, int, int, int, int> Shapes => new()
    {
        { false, 5, 400, 20, 8 }, { true, 5, 400, 20, 8 }, { false, 12, 1003, 60, 31 }, { true, 12, 1003, 60, 31 }, { false, 1, 50, 3, 2 }, { true, 3, 207, 1, 64 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Scores_have_the_very_bits_of_ml_net(bool binary, int columns, int rows, int trees, int leaves)
    {
        var trained = Train(binary, columns, rows, trees, leaves);
        Assert.Equal(rows, trained.MlScores.Length);
        Assert.True(trained.MlScores.Distinct().Count() > 1);
        for (var row = 0; row < rows; row++)
            Assert.Equal(BitConverter.SingleToInt32Bits(trained.MlScores[row]), BitConverter.SingleToInt32Bits((float)trained.Ensemble.Score(trained.Row(row))));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Many_rows_at_once_score_as_each_row_alone(bool binary, int columns, int rows, int trees, int leaves)
    {
        var trained = Train(binary, columns, rows, trees, leaves);
        foreach (var count in new[] { rows, 7, 8, 9, 1, 0 }.Where(c => c <= rows))
        {
            var scores = new double[count];
            trained.Ensemble.Score(trained.Rows.AsSpan(0, count * columns), columns, scores);
            for (var row = 0; row < count; row++) AssertSameBits(trained.Ensemble.Score(trained.Row(row)), scores[row]);
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(37, 2)]
    [InlineData(64, 4)]
    [InlineData(64, 0)]
    public void A_grid_scores_as_each_of_its_points_alone(int points, int varying)
    {
        var trained = TrainedTrees.Binary(11, 8, 900, 40, 24);
        var kept = 8 - varying;
        for (var row = 0; row + points < trained.Count; row += 97)
        {
            var ahead = new float[varying * GridScorer.MaxPoints];
            for (var point = 0; point < points; point++)
                for (var a = 0; a < varying; a++) ahead[a * GridScorer.MaxPoints + point] = trained.Row(row + point)[kept + a];
            var scores = new double[points];
            GridScorer.Score(trained.Ensemble, trained.Row(row)[..kept], ahead, scores);
            for (var point = 0; point < points; point++)
            {
                float[] whole = [.. trained.Row(row)[..kept], .. trained.Row(row + point)[kept..]];
                AssertSameBits(trained.Ensemble.Score(whole), scores[point]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void A_grid_of_another_size_is_refused(int points)
    {
        var trained = TrainedTrees.Regression(12, 3, 100, 2, 4);
        Assert.Throws<ArgumentException>(() => GridScorer.Score(trained.Ensemble, trained.Row(0), [], new double[points]));
    }

    [Fact]
    public void Every_training_row_is_counted_in_one_leaf_of_each_tree()
    {
        var trained = TrainedTrees.Regression(13, 4, 300, 6, 8);
        var covers = TreeCovers.Count(trained.Ensemble, trained.Rows, trained.Stride);
        Assert.All(covers.LeafCounts, leaves => Assert.Equal(300 + 0.01 * leaves.Length, leaves.Sum(), 9));
    }

    private static TrainedTrees Train(bool binary, int columns, int rows, int trees, int leaves) =>
        binary ? TrainedTrees.Binary(columns + rows, columns, rows, trees, leaves) : TrainedTrees.Regression(columns + rows, columns, rows, trees, leaves);

    private static void AssertSameBits(double expected, double found) => Assert.Equal(BitConverter.DoubleToInt64Bits(expected), BitConverter.DoubleToInt64Bits(found));
}
