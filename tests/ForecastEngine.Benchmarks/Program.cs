using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using ForecastEngine.Benchmarks;

switch (args.FirstOrDefault())
{
    case "steps": OwnProcess.RunAll(Steps.All, args); break;
    case "compare": OwnProcess.RunAll(Comparisons.All, args); break;
    case "rescoring": Rescoring.RunAll(args); break;
    case Rescoring.Child: Rescoring.RunOne(args); break;
    case Rescoring.Worker: Rescoring.Work(args); break;
    case "drift": DriftTrials.Run(args); break;
    case "flat": FlatTrials.Run(args); break;
    case "api": await ApiLoad.Run(args); break;
    case ApiLoad.Bare: ApiLoad.RunBare(args); break;
    case OwnProcess.Child: OwnProcess.RunOne(args); break;
    default:
        // In this process, so that central package versions and warnings as errors apply to what is measured.
        BenchmarkSwitcher.FromAssembly(typeof(GridScoringBenchmarks).Assembly)
            .Run(args, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)).AddDiagnoser(MemoryDiagnoser.Default));
        break;
}
