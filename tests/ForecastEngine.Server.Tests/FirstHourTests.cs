using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ForecastEngine.Server.Security;
using ForecastEngine.Tests;

namespace ForecastEngine.Server.Tests;

/// <summary>
/// A data scientist's first hour, with nothing but the program, a notebook and a server that runs all the while: open,
/// explore, add a feature, retrain, compare, promote, see it served.
/// </summary>
public sealed class FirstHourTests(SmallCompany company)
{
    private const string Feature = """
        public static class Mine
        {
            [CustomFeature("meetings_30d", "meetings", "a meeting is entered on the day it is held")]
            public static double? Meetings(OpportunitySnapshot deal) => deal.Activities.Count(a => a.Kind == "Meeting" && a.At > deal.AsOf.Instant.AddDays(-30));
        }
        """;

    [Fact]
    public async Task A_model_with_a_feature_of_ones_own_is_made_in_a_notebook_and_served_without_a_restart()
    {
        var folder = company.Copy();
        await using var server = await RunningServer.Start(folder, null, "ForecastEngine:CustomFeatures=true");
        var champion = server.Workspace.Models.State.Champion!;
        var (source, table) = (Path.Combine(folder, "mine.cs"), Path.Combine(folder, "training.csv"));
        File.WriteAllText(source, Feature);

        Forecast(folder, "export", "snapshots", "--labels", "--out", table);
        Assert.Contains("days_in_stage", File.ReadLines(table).First(), StringComparison.Ordinal);
        var outputs = Notebook(folder,
            $"var bench = Workbench.Open(@\"{folder}\", seed: 1);\nbench.Card().Version",
            "#!sql --as deals\nSELECT count(*) AS n FROM opportunities",
            $"var recipe = new TrainingOptions {{ CustomFeatures = CustomFeature.FromFile(@\"{source}\"), Win = new() {{ Trees = 20 }}, Size = new() {{ Trees = 10 }} }};\nbench.Snapshots(recipe: recipe).Columns.Any(c => c.Name == \"meetings_30d\")",
            "var trained = bench.Train(recipe: recipe, hold: true);\ntrained.Card.Version",
            "bench.Promote(trained.Card.Version, \"tried in a notebook\");\nbench.Models().Rows.Count");
        var version = outputs[3];
        Assert.Equal((champion, "True"), (outputs[0], outputs[2]));
        Assert.NotEqual(champion, version);
        Assert.Contains("meetings_30d", Forecast(folder, "models", "compare", champion, version), StringComparison.Ordinal);

        using var client = server.Client(server.Key($"{Scopes.ModelsManage} {Scopes.ScoresRead}"));
        using var started = await client.PostAsJsonAsync("/api/v1/runs", new { kind = "rescoring" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        JsonElement run;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        do
        {
            await Task.Delay(100, patience.Token);
            run = await client.GetFromJsonAsync<JsonElement>(started.Headers.Location, TestContext.Current.CancellationToken);
        }
        while (run.GetProperty("status").GetString() is not ("succeeded" or "failed"));
        Assert.Equal("succeeded", run.GetProperty("status").GetString());
        var pipeline = await client.GetFromJsonAsync<JsonElement>("/api/v1/pipeline?limit=1", TestContext.Current.CancellationToken);
        Assert.Equal(version, pipeline.GetProperty("source").GetProperty("modelVersion").GetString());
    }

    [Fact]
    public void The_same_training_in_a_notebook_and_on_the_command_line_gives_the_same_scores()
    {
        var (noted, typed) = (company.Copy(), company.Copy());
        var version = Notebook(noted, $"var bench = Workbench.Open(@\"{noted}\", seed: 3);\nvar trained = bench.Train(hold: true);\ntrained.Card.Version")[0];
        using var trained = JsonDocument.Parse(Forecast(typed, "train", "--seed", "3", "--hold", "--json"));
        Assert.Equal(version, trained.RootElement.GetProperty("card").GetProperty("version").GetString());
        var scores = new[] { noted, typed }.Select(folder =>
        {
            var file = Path.Combine(folder, "scores.csv");
            Forecast(folder, "models", "promote", version, "--reason", "a test");
            Forecast(folder, "score");
            Forecast(folder, "export", "scores", "--out", file);
            return File.ReadAllText(file);
        }).ToArray();
        Assert.Equal(scores[0], scores[1]);
        Assert.Contains(version, scores[0], StringComparison.Ordinal);
    }

    // Runs cells from clean and answers the text of each one's value.
    private static string[] Notebook(string folder, params string[] cells)
    {
        var file = Path.Combine(folder, "hour.ipynb");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            nbformat = 4, nbformat_minor = 5, metadata = new { },
            cells = cells.Select((source, i) => new { cell_type = "code", id = $"c{i}", metadata = new { }, source, execution_count = (int?)null, outputs = Array.Empty<object>() }),
        }));
        Forecast(null, "notebook", "run", file);
        using var run = JsonDocument.Parse(File.ReadAllText(file));
        return [.. run.RootElement.GetProperty("cells").EnumerateArray().Select(cell => cell.GetProperty("outputs").EnumerateArray().Last().GetProperty("data").GetProperty("text/plain"))
            .Select(text => text.ValueKind == JsonValueKind.Array ? string.Concat(text.EnumerateArray().Select(line => line.GetString())) : text.GetString()!)];
    }

    private static string Forecast(string? workspace, params string[] arguments)
    {
        // .../bin/<configuration>/<framework>/ of the tests tells which build of the program stands beside them.
        var build = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(Repository.Root, "src", "ForecastEngine.Cli", "bin", build.Parent!.Name, build.Name, "forecast.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments, "--quiet"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (workspace is not null)
            foreach (var word in (string[])["--workspace", workspace]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"forecast {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }
}
