using System.Diagnostics;
using System.Text.Json.Nodes;
using ForecastEngine.Tests.Cli;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>Jupyter itself finds the installed kernel and runs a notebook with it. Without Jupyter on PATH the test skips; under CI=true it fails.</summary>
public sealed class JupyterTests
{
    [Fact]
    public void Jupyter_runs_a_notebook_with_the_installed_kernel()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "jupyter-nbconvert")).FirstOrDefault(File.Exists);
        if (program is null)
        {
            const string reason = "No Jupyter: found no jupyter-nbconvert on PATH.";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.Fail(reason);
        }
        var folder = Directory.CreateTempSubdirectory("forecast-jupyter-").FullName;
        try
        {
            var installed = ForecastProgram.Run(folder, "notebook", "install", "--prefix", Path.Combine(folder, "env"), "--json").Expect(0).Json;
            var spec = JsonNode.Parse(File.ReadAllText(Path.Combine(installed.GetProperty("folder").GetString()!, "kernel.json")))!;
            Assert.True(Path.IsPathFullyQualified(spec["argv"]![0]!.GetValue<string>()));
            Assert.Equal("{connection_file}", spec["argv"]!.AsArray()[^1]!.GetValue<string>());

            var file = NotebookText.Write(Path.Combine(folder, "a.ipynb"), "var x = 20;\nConsole.WriteLine(\"from C#\");", "await Task.Delay(1);\nx + 22",
                $"var bench = Workbench.Open({NotebookThatWorks.Literal(Path.Combine(folder, "workspace"))});", "#!sql --as t\nSELECT 1 AS one", "t.Rows.Count");
            var (code, told) = Jupyter(program, folder, file, "done.ipynb");
            Assert.True(code == 0, told);
            var done = Path.Combine(folder, "done.ipynb");
            Assert.Equal("from C#\n", NotebookText.Text(NotebookText.Outputs(done, 1)[0]!["text"]!));
            Assert.Equal("42", NotebookText.Plain(done, 2));
            Assert.Contains("<td align=\"right\">1</td>", NotebookText.Text(NotebookText.Outputs(done, 4)[0]!["data"]!["text/html"]!), StringComparison.Ordinal);
            Assert.Equal("1", NotebookText.Plain(done, 5));
            Assert.Equal([1, 2, 3, 4, 5], JsonNode.Parse(File.ReadAllText(done))!["cells"]!.AsArray().Select(c => c!["execution_count"]!.GetValue<int>()));

            // What Jupyter saved, this program finds unchanged.
            ForecastProgram.Run(folder, "notebook", "run", done, "--check", "--quiet").Expect(0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (int Code, string Told) Jupyter(string program, string folder, string file, string output)
    {
        var start = new ProcessStartInfo(program, ["--to", "notebook", "--execute", "--ExecutePreprocessor.kernel_name=forecast", "--output", output, file]) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = folder };
        start.Environment["JUPYTER_PATH"] = Path.Combine(folder, "env", "share", "jupyter");
        foreach (var place in new[] { "HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR" }) start.Environment[place] = Path.Combine(folder, "home");
        using var process = Process.Start(start)!;
        var (printed, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(5)), "Jupyter did not end.");
        return (process.ExitCode, printed.GetAwaiter().GetResult() + error.GetAwaiter().GetResult());
    }
}
