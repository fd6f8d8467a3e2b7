using ForecastEngine.Tests.Cli;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>A notebook with a cell for everything that a cell can do, run once by the command line.</summary>
public sealed class NotebookThatWorks : IDisposable
{
    public NotebookThatWorks()
    {
        Folder = Directory.CreateTempSubdirectory("forecast-notebook-").FullName;
        Notebook = NotebookText.Write(Path.Combine(Folder, "works.ipynb"),
            "var x = 41;\nConsole.WriteLine($\"hello {x}\");\nConsole.Error.WriteLine(\"oh\");\nx + 1", // 1
            "record Deal(string Id, int Days);\nDeal Make(int days) => new(\"D\", days);\nvar deal = Make(x);", // 2
            "await Task.Delay(1);\ndeal.Days * 2.5", // 3
            "Display(\"first\");\nDisplay(new Html(\"<b>second</b>\"));\nnew[] { 1, 2 }", // 4
            $"var bench = Workbench.Open({Literal(Path.Combine(Folder, "workspace"))});\nFile.Exists(\"works.ipynb\")", // 5
            "#!sql --as answer\nSELECT 3 AS n, 0.25 AS share, 'a<b' AS name UNION ALL SELECT 4, NULL, 'c' ORDER BY n", // 6
            "(answer.Rows.Count, answer[\"n\"].DataType.Name, answer[\"share\"].NullCount, (string)answer[\"name\"][0])", // 7
            "new Drawing(\"<svg xmlns='http://www.w3.org/2000/svg'/>\", \"nothing\")", // 8
            "#r \"Lib/Some.dll\"\ntypeof(ForecastEngine.Tests.Cli.ProgramRun).Name", // 9
            ""); // 10: an empty cell is passed over
        Directory.CreateDirectory(Path.Combine(Folder, "Lib"));
        File.Copy(typeof(NotebookRunTests).Assembly.Location, Path.Combine(Folder, "Lib", "Some.dll"));
        Run = ForecastProgram.Run(Folder, "notebook", "run", Notebook);
    }

    public string Folder { get; }
    public string Notebook { get; }
    public ProgramRun Run { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    internal static string Literal(string text) => "@\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}

/// <summary>What <c>forecast notebook run</c> does with cells that work and cells that do not.</summary>
public sealed class NotebookRunTests(NotebookThatWorks works) : IClassFixture<NotebookThatWorks>
{
    [Fact]
    public void Cells_share_their_variables_and_show_what_they_print_and_answer()
    {
        works.Run.Expect(0).ExpectPlain();
        Assert.Contains("works.ipynb cell 9 of 9 ...", works.Run.Error, StringComparison.Ordinal);
        var first = NotebookText.Outputs(works.Notebook, 1);
        Assert.Equal(["stream stdout", "stream stderr", "execute_result "], first.Select(o => $"{o!["output_type"]} {o["name"]}"));
        Assert.Equal(("hello 41\n", "oh\n"), (NotebookText.Text(first[0]!["text"]!), NotebookText.Text(first[1]!["text"]!)));
        Assert.Equal("42", NotebookText.Text(first[2]!["data"]!["text/plain"]!));
        Assert.Empty(NotebookText.Outputs(works.Notebook, 2));
        Assert.Equal("102.5", NotebookText.Plain(works.Notebook, 3));
        Assert.Equal("True", NotebookText.Plain(works.Notebook, 5));
        Assert.Equal("ProgramRun", NotebookText.Plain(works.Notebook, 9));
    }

    [Fact]
    public void Values_are_shown_in_the_forms_that_a_reader_knows()
    {
        var shown = NotebookText.Outputs(works.Notebook, 4);
        Assert.Equal(["display_data", "display_data", "execute_result"], shown.Select(o => o!["output_type"]!.GetValue<string>()));
        Assert.Equal("<b>second</b>", NotebookText.Text(shown[1]!["data"]!["text/html"]!));
        Assert.Equal("int[2] { 1, 2 }", NotebookText.Text(shown[2]!["data"]!["text/plain"]!));
        Assert.Contains("svg", NotebookText.Text(NotebookText.Outputs(works.Notebook, 8)[0]!["data"]!["image/svg+xml"]!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_answers_a_table_that_is_shown_and_kept()
    {
        var data = Assert.Single(NotebookText.Outputs(works.Notebook, 6))!["data"]!;
        Assert.Contains("<td align=\"left\">a&lt;b</td>", NotebookText.Text(data["text/html"]!), StringComparison.Ordinal);
        Assert.Equal("n   share  name\n3  0.2500  a<b\n4          c\n2 rows, 3 columns", NotebookText.Text(data["text/plain"]!));
        Assert.Equal("(2, Int64, 1, a<b)", NotebookText.Plain(works.Notebook, 7));
    }

    [Fact]
    public void Running_it_again_changes_nothing_and_the_check_passes()
    {
        var before = File.ReadAllText(works.Notebook);
        var check = ForecastProgram.Run(works.Folder, "notebook", "run", works.Notebook, "--check", "--json").Expect(0);
        Assert.Equal(9, check.Json[0].GetProperty("cells").GetInt32());
        Assert.Equal(0, check.Json[0].GetProperty("changed").GetArrayLength());
        Assert.Equal(before, File.ReadAllText(works.Notebook));
    }

    [Fact]
    public void The_check_names_the_cell_that_changed_and_the_first_difference()
    {
        var file = Path.Combine(works.Folder, "changed.ipynb");
        File.WriteAllText(file, File.ReadAllText(works.Notebook).Replace("\"102.5\"", "\"102.75\"", StringComparison.Ordinal));
        var before = File.ReadAllText(file);
        var check = ForecastProgram.Run(works.Folder, "notebook", "run", file, "--check", "--quiet").Expect(1);
        Assert.Contains("changed.ipynb cell 3: text/plain line 1: saved \"102.75\", now \"102.5\"", check.Error, StringComparison.Ordinal);
        Assert.Single(check.Error.Trim().Split('\n'));
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public void A_cell_that_throws_stops_the_run_with_its_number_and_line()
    {
        var file = NotebookText.Write(Path.Combine(works.Folder, "throws.ipynb"), "var x = 1;", "void F()\n{\n    throw new InvalidOperationException(\"not so\");\n}\nx = 2;\nF();", "File.WriteAllText(\"reached\", \"\");");
        var before = File.ReadAllText(file);
        var to = Path.Combine(works.Folder, "throws.out.ipynb");
        var run = ForecastProgram.Run(works.Folder, "notebook", "run", file, "--out", to, "--quiet").Expect(1);
        Assert.Contains("cell 2 failed", run.Error, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: not so", run.Error, StringComparison.Ordinal);
        Assert.Contains("in cell 2, line 3", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
        Assert.False(File.Exists(Path.Combine(works.Folder, "reached")));
        var error = Assert.Single(NotebookText.Outputs(to, 2))!;
        Assert.Equal(("error", "InvalidOperationException", "not so"), (error["output_type"]!.GetValue<string>(), error["ename"]!.GetValue<string>(), error["evalue"]!.GetValue<string>()));
        Assert.Empty(NotebookText.Outputs(to, 3));
    }

    [Fact]
    public void An_interruption_ends_a_cell_that_would_never_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        var file = NotebookText.Write(Path.Combine(works.Folder, "endless.ipynb"), "File.WriteAllText(\"begun\", \"\");\nwhile (true) System.Threading.Thread.Sleep(1);");
        using var process = ForecastProgram.Start(works.Folder, "notebook", "run", file, "--quiet");
        try
        {
            while (!File.Exists(Path.Combine(works.Folder, "begun"))) Assert.False(process.WaitForExit(20), "ended before it was interrupted");
            System.Diagnostics.Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();
            Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
            Assert.Equal(130, process.ExitCode);
            Assert.StartsWith("Stopping ...", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        }
        finally
        {
            // The cell never ends by itself: where the interruption fails, it must not outlive the test.
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        Assert.Empty(NotebookText.Outputs(file, 1));
    }
}
