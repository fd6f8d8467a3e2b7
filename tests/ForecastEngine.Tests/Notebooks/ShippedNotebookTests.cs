using ForecastEngine.Tests.Cli;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>The notebooks of the checkout, run from clean: a copy beside a copy of the data, where no workspace is.</summary>
public sealed class ShippedNotebookTests
{
    private static readonly string Shipped = Path.Combine(Repository.Root, "notebooks");

    [Fact]
    public void Every_notebook_runs_from_clean_and_gives_what_is_saved_in_it()
    {
        var root = Directory.CreateTempSubdirectory("forecast-notebooks-").FullName;
        try
        {
            string[] names = [.. Directory.EnumerateFiles(Shipped, "*.ipynb").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
            Assert.Contains("01-explore-the-pipeline.ipynb", names);
            foreach (var folder in new[] { "notebooks", "data/sample", "data/maps" })
            {
                Directory.CreateDirectory(Path.Combine(root, folder));
                foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder))) File.Copy(file, Path.Combine(root, folder, Path.GetFileName(file)));
            }
            var run = ForecastProgram.Run(TimeSpan.FromMinutes(15), Path.Combine(root, "elsewhere"), ["notebook", "run", .. names.Select(n => Path.Combine(root, "notebooks", n)), "--check", "--json", "--quiet"]).Expect(0);
            Assert.Equal(names.Length, run.Json.GetArrayLength());
            Assert.True(File.Exists(Path.Combine(root, ".forecast", "notebooks", "forecast.db")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Every_notebook_is_saved_as_this_program_writes_it_with_all_its_outputs_and_no_path_of_a_machine()
    {
        foreach (var file in Directory.EnumerateFiles(Shipped, "*.ipynb"))
        {
            var text = File.ReadAllText(file);
            var notebook = ForecastEngine.Cli.Notebooks.NotebookFile.Parse(text, file);
            notebook.NameKernel();
            Assert.True(text == notebook.ToJson(), $"{file} is not in the form that forecast notebook run writes.");
            Assert.All(notebook.Cells.Where(c => c.IsCode), c => Assert.True(c.Outputs.Count > 0, $"{file} cell {c.Number} has no output"));
            Assert.DoesNotContain("\"error\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Repository.Root, text, StringComparison.Ordinal);
        }
    }
}
