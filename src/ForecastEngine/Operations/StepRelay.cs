namespace ForecastEngine.Operations;

/// <summary>Passes the steps of a training on as those of an operation.</summary>
internal sealed class StepRelay(IProgress<OperationProgress> progress) : IProgress<(string Step, double Share)>
{
    public void Report((string Step, double Share) value) => progress.Report(new OperationProgress(value.Step, value.Share));
}
