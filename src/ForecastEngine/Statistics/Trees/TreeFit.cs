using Microsoft.ML;

namespace ForecastEngine.Statistics.Trees;

/// <summary>
/// Fits a FastTree trainer on a thread of the pool. FastTree hands every column of every split to the pool and waits for it: a
/// pool thread takes its own work back at once, any other thread sleeps until one has done it, two hundred thousand times a model.
/// </summary>
internal static class TreeFit
{
    /// <summary>The fitted trees; the bits do not depend on the thread.</summary>
    public static T Fit<T>(IEstimator<T> trainer, MatrixView rows) where T : class, ITransformer =>
        Thread.CurrentThread.IsThreadPoolThread ? trainer.Fit(rows) : Task.Run(() => trainer.Fit(rows)).GetAwaiter().GetResult();
}
