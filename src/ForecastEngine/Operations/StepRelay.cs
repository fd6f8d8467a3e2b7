namespace ForecastEngine.Operations;

/// <summary>Passes the steps of a training on as those of an operation.</summary>
internal sealed class StepRelay(IProgress<OperationProgress> progress) : IProgress<(string Step, double Share)>
{
    public void Report((string Step, double Share) value) => progress.Report(new OperationProgress(value.Step, value.Share));
}

/// <summary>Passes progress of another kind on.</summary>
internal sealed class Relay<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
