namespace ForecastEngine.Tests.Cli;

/// <summary>One small simulated company, imported, trained and scored once by the command line; tests that change it take a copy.</summary>
public sealed class SmallWorkspace : IDisposable
{
    private int _copies;

    public SmallWorkspace()
    {
        Root = Directory.CreateTempSubdirectory("forecast-cli-").FullName;
        (Export, Folder) = (Path.Combine(Root, "export"), Path.Combine(Root, "workspace"));
        Simulated = ForecastProgram.Run(Folder, "simulate", "--out", Export, "--wins-per-quarter", "25", "--weeks", "120", "--json").Expect(0);
        Imported = ForecastProgram.Run(Folder, "import", Export, "--map", "forecastengine", "--json").Expect(0);
        Trained = ForecastProgram.Run(Folder, "train", "--json").Expect(0);
        Scored = ForecastProgram.Run(Folder, "score", "--json").Expect(0);
    }

    public string Root { get; }
    public string Export { get; }
    public string Folder { get; }
    public ProgramRun Simulated { get; }
    public ProgramRun Imported { get; }
    public ProgramRun Trained { get; }
    public ProgramRun Scored { get; }

    /// <summary>An open deal.</summary>
    public string OpenDeal => Scored.Json.GetProperty("scores")[0].GetProperty("opportunityId").GetString()!;

    /// <summary>A folder that no other test uses.</summary>
    public string Fresh() => Path.Combine(Root, $"fresh-{Interlocked.Increment(ref _copies)}");

    /// <summary>A copy of the whole workspace.</summary>
    public string Copy() => FolderCopy.Make(Folder, Fresh());

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
