using System.Text.Json.Nodes;
using ForecastEngine.Tests.Cli;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>The kernel as Jupyter meets it: a process, real sockets, signed messages.</summary>
public sealed class JupyterKernelTests(KernelClient kernel) : IClassFixture<KernelClient>
{
    [Fact]
    public void It_says_what_it_is()
    {
        var (reply, published) = kernel.Ask("kernel_info_request", []);
        Assert.Equal(("ok", "5.3", "C#", ".cs"), (Text(reply, "status"), Text(reply, "protocol_version"), reply["language_info"]!["name"]!.GetValue<string>(), reply["language_info"]!["file_extension"]!.GetValue<string>()));
        Assert.Equal(["busy", "idle"], published.Select(p => Text(p.Content, "execution_state")));
        Assert.True(kernel.Beats());
    }

    [Fact]
    public void A_cell_is_announced_counted_printed_and_answered_and_the_next_one_knows_its_variables()
    {
        var (first, told) = kernel.Execute("var apples = 41;\nConsole.WriteLine(\"counting\");");
        Assert.Equal("ok", Text(first, "status"));
        Assert.Equal(["status", "execute_input", "stream", "status"], told.Select(p => p.Type));
        Assert.Equal(first["execution_count"]!.GetValue<int>(), told[1].Content["execution_count"]!.GetValue<int>());
        Assert.Equal("counting\n", Text(told[2].Content, "text"));

        var (second, shown) = kernel.Execute("apples + 1");
        Assert.Equal(first["execution_count"]!.GetValue<int>() + 1, second["execution_count"]!.GetValue<int>());
        Assert.Equal("42", shown.Single(p => p.Type == "execute_result").Content["data"]!["text/plain"]!.GetValue<string>());
    }

    [Fact]
    public void A_cell_that_fails_is_an_error_with_a_trace_and_the_kernel_goes_on()
    {
        var (reply, published) = kernel.Execute("throw new InvalidOperationException(\"not so\");");
        Assert.Equal(("error", "InvalidOperationException", "not so"), (Text(reply, "status"), Text(reply, "ename"), Text(reply, "evalue")));
        Assert.NotEmpty(published.Single(p => p.Type == "error").Content["traceback"]!.AsArray());
        Assert.Equal("ok", Text(kernel.Execute("1").Reply, "status"));
    }

    [Theory]
    [InlineData("var a = 1;\nint b = a + y;", "line 2, column 13: CS0103")]
    [InlineData("Console.ReadLine()", "asks for input")]
    [InlineData("#!sql\nSELECT 1", "found no workbench")]
    [InlineData("#!rust\n1", "expected #!sql")]
    [InlineData("#r \"nuget: ScottPlot\"", "State the version")]
    [InlineData("#r \"no/such/file.dll\"", "no/such/file.dll")]
    public void What_is_wrong_with_a_cell_is_told(string source, string expected) =>
        Assert.Contains(expected, Text(kernel.Execute(source).Reply, "evalue"), StringComparison.Ordinal);

    [Fact]
    public void What_is_not_signed_with_its_key_is_ignored()
    {
        kernel.Forge("var planted = 1;");
        var (reply, _) = kernel.Execute("planted");
        Assert.Equal("CompilationError", Text(reply, "ename"));
        Assert.Contains("CS0103", Text(reply, "evalue"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_comes_through_while_a_cell_runs()
    {
        var endless = kernel.Begin("Console.WriteLine(\"begun\");\nwhile (!Cancellation.IsCancellationRequested) System.Threading.Thread.Sleep(1);\nCancellation.ThrowIfCancellationRequested();");
        kernel.WaitForOutput(endless);
        Assert.Equal("ok", Text(kernel.Control("interrupt_request", []), "status"));
        Assert.Equal("Interrupted", Text(kernel.Answer(endless).Reply, "ename"));
    }

    [Fact]
    public void It_completes_names_and_tells_whole_cells_from_begun_ones()
    {
        kernel.Execute("var pears = new List<int> { 3 };");
        Assert.Contains("pears", Matches("pea", 3));
        Assert.Contains("AddRange", Matches("pears.Add", 9));
        Assert.Contains("WriteLine", Matches("Console.Wri", 11));
        Assert.Equal("complete", Text(kernel.Ask("is_complete_request", new JsonObject { ["code"] = "1 + 1" }).Reply, "status"));
        Assert.Equal("incomplete", Text(kernel.Ask("is_complete_request", new JsonObject { ["code"] = "void F() {" }).Reply, "status"));
        Assert.Equal("ok", Text(kernel.Ask("inspect_request", new JsonObject { ["code"] = "1", ["cursor_pos"] = 0 }).Reply, "status"));
        Assert.Equal("ok", Text(kernel.Ask("history_request", []).Reply, "status"));
        Assert.Equal("ok", Text(kernel.Ask("comm_info_request", []).Reply, "status"));
    }

    [Fact]
    public void A_shutdown_is_answered_and_ends_the_process()
    {
        using var own = new KernelClient();
        Assert.Equal("ok", Text(own.Control("shutdown_request", new JsonObject { ["restart"] = false }), "status"));
        Assert.True(own.Process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, own.Process.ExitCode);
    }

    [Theory]
    [InlineData("not json", "no connection file of Jupyter")]
    [InlineData("""{"ip":"127.0.0.1","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"key":""}""", "found no key")]
    [InlineData("""{"transport":"ipc","ip":"x","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"key":"k"}""", "expected tcp")]
    public void A_connection_file_that_does_not_fit_is_refused(string text, string expected)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        try
        {
            Assert.Contains(expected, ForecastProgram.Run(Path.GetTempPath(), "notebook", "kernel", file).Expect(1).Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private IEnumerable<string> Matches(string code, int cursor) =>
        kernel.Ask("complete_request", new JsonObject { ["code"] = code, ["cursor_pos"] = cursor }).Reply["matches"]!.AsArray().Select(m => m!.GetValue<string>());

    private static string Text(JsonObject content, string name) => content[name]?.GetValue<string>() ?? "";
}
