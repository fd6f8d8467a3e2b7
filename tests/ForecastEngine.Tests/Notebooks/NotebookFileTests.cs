using ForecastEngine.Cli.Notebooks;
using ForecastEngine.Operations;

namespace ForecastEngine.Tests.Notebooks;

/// <summary>Notebooks are read and written as Jupyter does it, and what is not known is kept.</summary>
public sealed class NotebookFileTests
{
    // As Jupyter writes it: keys in order, one space, a line feed at the end.
    private const string AsJupyterWrites = """
        {
         "cells": [
          {
           "cell_type": "markdown",
           "id": "aaaa",
           "metadata": {
            "tags": [
             "hers"
            ]
           },
           "source": [
            "# Žetev\n",
            "<b>x</b> & \"y\""
           ]
          },
          {
           "cell_type": "code",
           "execution_count": 1,
           "id": "bbbb",
           "metadata": {},
           "outputs": [
            {
             "data": {
              "text/plain": [
               "2"
              ]
             },
             "execution_count": 1,
             "metadata": {},
             "output_type": "execute_result"
            }
           ],
           "source": [
            "1 + 1"
           ]
          }
         ],
         "metadata": {
          "kernelspec": {
           "display_name": "ForecastEngine (C#)",
           "language": "C#",
           "name": "forecast"
          },
          "language_info": {
           "file_extension": ".cs",
           "mimetype": "text/x-csharp",
           "name": "C#",
           "pygments_lexer": "csharp"
          },
          "something_else": 7
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }

        """;

    [Fact]
    public void Reading_and_writing_changes_no_byte()
    {
        var notebook = NotebookFile.Parse(AsJupyterWrites, "a.ipynb");
        Assert.Equal(AsJupyterWrites, notebook.ToJson());
        notebook.NameKernel();
        notebook.Cells[1].Replace([new DisplayOutput(new Dictionary<string, string> { ["text/plain"] = "2" }, IsResult: true)]);
        Assert.Equal(AsJupyterWrites, notebook.ToJson());
    }

    [Fact]
    public void Every_kind_of_output_is_kept_in_its_form()
    {
        var notebook = NotebookFile.Parse(AsJupyterWrites, "a.ipynb");
        var cell = notebook.Cells[1];
        Assert.Equal((1, 0, "1 + 1"), (cell.Number, notebook.Cells[0].Number, cell.Source));
        cell.Replace([new StreamOutput("stdout", "a\nb"), new DisplayOutput(new Dictionary<string, string> { ["text/html"] = "<p>\n</p>", ["image/png"] = "AAAA" }, IsResult: false), new ErrorOutput("E", "v", ["t1", "t2"])]);
        var outputs = NotebookFile.Parse(notebook.ToJson(), "a.ipynb").Cells[1].Outputs;
        Assert.Equal(["stream", "display_data", "error"], outputs.Select(o => o["output_type"]!.GetValue<string>()));
        Assert.Equal("[\"a\\n\",\"b\"]", outputs[0]["text"]!.ToJsonString());
        Assert.Equal("AAAA", outputs[1]["data"]!["image/png"]!.GetValue<string>());
        Assert.Equal(2, outputs[1]["data"]!["text/html"]!.AsArray().Count);
        Assert.Equal("[\"t1\",\"t2\"]", outputs[2]["traceback"]!.ToJsonString());
    }

    [Fact]
    public void A_cell_without_an_id_gets_the_same_one_every_time()
    {
        var old = AsJupyterWrites.Replace("   \"id\": \"bbbb\",\n", "", StringComparison.Ordinal).Replace("\"nbformat_minor\": 5", "\"nbformat_minor\": 4", StringComparison.Ordinal);
        var (a, b) = (NotebookFile.Parse(old, "a.ipynb"), NotebookFile.Parse(old, "a.ipynb"));
        Assert.Contains("\"id\": \"aaaa\"", a.ToJson(), StringComparison.Ordinal);
        Assert.Equal(2, a.ToJson().Split("\"id\":").Length - 1);
        Assert.Equal(a.ToJson(), b.ToJson());
    }

    [Theory]
    [InlineData("{ \"cells\": ", "no readable JSON")]
    [InlineData("[]", "no notebook of nbformat 4")]
    [InlineData("{ \"nbformat\": 3, \"worksheets\": [] }", "no notebook of nbformat 4")]
    [InlineData("{ \"nbformat\": 4, \"cells\": [ 1 ] }", "a.ipynb cell 1")]
    public void What_is_no_notebook_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<OperationException>(() => NotebookFile.Parse(text, "a.ipynb")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("SELECT 1", false, "SELECT 1", null)]
    [InlineData("#!csharp\nx", false, "\nx", null)]
    [InlineData("\n  #!sql\nSELECT 1", true, "\nSELECT 1", null)]
    [InlineData("#!sql --as deals\nSELECT 1", true, "\nSELECT 1", "deals")]
    public void A_marker_in_the_first_line_tells_the_language(string source, bool isSql, string code, string? keepAs) =>
        Assert.Equal(new CellText(isSql, code, keepAs), CellText.Of(source));

    [Theory]
    [InlineData("#!python\n1")]
    [InlineData("#!sql --into x\n1")]
    [InlineData("#!sql --as 1x\n1")]
    public void A_marker_that_is_not_known_is_refused(string source) =>
        Assert.Contains("expected #!sql", Assert.Throws<OperationException>(() => CellText.Of(source)).Message, StringComparison.Ordinal);
}
