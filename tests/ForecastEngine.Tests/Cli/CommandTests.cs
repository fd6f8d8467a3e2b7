using System.Diagnostics;
using System.Text.Json;
using ForecastEngine.Snapshots.Custom;

namespace ForecastEngine.Tests.Cli;

/// <summary>Every command on a real workspace: what it prints for people and for programs.</summary>
[Collection(nameof(ForecastProgram))]
public sealed class CommandTests(SmallWorkspace world) : IClassFixture<SmallWorkspace>
{
    [Fact]
    public void Import_tells_what_was_read_and_added()
    {
        var json = world.Imported.Json;
        Assert.Equal(world.Simulated.Json.GetProperty("opportunities").GetInt32(), json.GetProperty("opportunities").GetInt32());
        Assert.True(json.GetProperty("changes").GetInt32() > json.GetProperty("opportunities").GetInt32());
        Assert.True(json.GetProperty("activities").GetInt32() > 0);
        Assert.Equal(0, json.GetProperty("rejectedRows").GetInt32());
        Assert.Equal("ForecastEngine", json.GetProperty("report").GetProperty("map").GetString());
    }

    [Fact]
    public void Importing_the_same_export_again_adds_nothing()
    {
        var again = ForecastProgram.RunHere(world.Copy(), "import", world.Export, "--map", "forecastengine", "--json").Expect(0);
        var total = again.Json.GetProperty("total");
        Assert.Equal((0, 0, 0), (total.GetProperty("added").GetInt32(), total.GetProperty("updated").GetInt32(), total.GetProperty("replaced").GetInt32()));
    }

    [Fact]
    public void The_calendar_is_set_and_shown_and_a_model_of_another_one_refuses()
    {
        var workspace = world.Copy();
        var holidays = Path.Combine(workspace, "holidays.txt");
        File.WriteAllText(holidays, "# of the company\n2026-12-25 Christmas\n\n2026-01-01\n");
        var set = ForecastProgram.RunHere(workspace, "calendar", "--time-zone", "America/Los_Angeles", "--fiscal-year-starts", "february", "--pattern", "4-4-5",
            "--week-starts", "sunday", "--holidays", holidays, "--json").Expect(0).Json;
        Assert.Contains("forecast train", set.GetProperty("consequences")[0].GetString(), StringComparison.Ordinal);
        var shown = ForecastProgram.RunHere(workspace, "calendar", "--json").Expect(0).Json.GetProperty("settings");
        Assert.Equal(("America/Los_Angeles", "february", "4-4-5", "sunday", 2), (shown.GetProperty("timeZone").GetString(), shown.GetProperty("fiscalYearStarts").GetString(),
            shown.GetProperty("pattern").GetString(), shown.GetProperty("weekStarts").GetString(), shown.GetProperty("holidays").GetArrayLength()));
        Assert.Contains("Saturday", ForecastProgram.RunHere(workspace, "calendar").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("Train again: forecast train.", ForecastProgram.RunHere(workspace, "forecast", "--period", "year").Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("fiscalYearStarts: found \"smarch\"", ForecastProgram.RunHere(workspace, "calendar", "--fiscal-year-starts", "smarch").Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_gives_the_card_and_the_decision()
    {
        var json = world.Trained.Json;
        Assert.True(json.GetProperty("decision").GetProperty("promote").GetBoolean());
        Assert.NotEmpty(json.GetProperty("decision").GetProperty("reason").GetString()!);
        Assert.True(json.GetProperty("card").GetProperty("counts").GetProperty("won").GetInt32() > 100);
        Assert.Contains(json.GetProperty("card").GetProperty("metrics").EnumerateArray(), m => m.GetProperty("name").GetString() == "log loss");
    }

    [Fact]
    public void Scores_carry_everything_an_answer_must_carry()
    {
        var json = world.Scored.Json;
        var provenance = json.GetProperty("provenance");
        foreach (var name in new[] { "asOf", "modelVersion", "dataTimestamp", "currency", "rungs", "warnings" }) Assert.True(provenance.TryGetProperty(name, out _), name);
        Assert.Equal(world.Trained.Json.GetProperty("card").GetProperty("version").GetString(), provenance.GetProperty("modelVersion").GetString());
        foreach (var score in json.GetProperty("scores").EnumerateArray())
        {
            Assert.InRange(score.GetProperty("winProbability").GetDouble(), 0, 1);
            Assert.Contains(score.GetProperty("grade").GetString(), (string[])["A", "B", "C", "D"]);
            Assert.Contains(score.GetProperty("rung").GetString(), (string[])["GlobalRate", "StageRate", "OwnModel"]);
        }
        Assert.Equal(json.GetProperty("run").GetProperty("scoreCount").GetInt32(), json.GetProperty("scores").GetArrayLength());
    }

    [Fact]
    public void Drivers_of_an_explained_deal_add_up_to_its_win_probability()
    {
        var score = ForecastProgram.RunHere(world.Folder, "explain", world.OpenDeal, "--json").Expect(0).Json.GetProperty("score");
        var sum = score.GetProperty("baseProbability").GetDouble() + score.GetProperty("drivers").EnumerateArray().Sum(d => d.GetProperty("contribution").GetDouble());
        Assert.Equal(score.GetProperty("winProbability").GetDouble(), sum, 6);
    }

    [Fact]
    public void Points_shown_for_a_deal_add_up_to_the_number_shown()
    {
        var lines = ForecastProgram.RunHere(world.Folder, "explain", world.OpenDeal).Expect(0).Output.Split('\n').SkipWhile(l => !l.StartsWith("average deal", StringComparison.Ordinal))
            .TakeWhile(l => !l.StartsWith("Percentage", StringComparison.Ordinal)).ToList();
        var numbers = lines.Select(l => System.Text.RegularExpressions.Regex.Match(l, @"[-+]?\d+\.\d")).Where(m => m.Success)
            .Select(m => double.Parse(m.Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.True(numbers.Count > 3);
        Assert.Equal(numbers[^1], numbers.SkipLast(1).Sum(), 6);
    }

    [Fact]
    public void A_closed_deal_says_how_it_was_closed()
    {
        var closed = File.ReadLines(Path.Combine(world.Export, "opportunities.csv")).First(l => l.Contains("Lost", StringComparison.Ordinal) || l.Contains("Won", StringComparison.Ordinal)).Split(',')[0];
        var run = ForecastProgram.RunHere(world.Folder, "explain", closed).Expect(0);
        Assert.Contains("Closed: ", run.Output, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, ForecastProgram.RunHere(world.Folder, "explain", closed, "--json").Expect(0).Json.GetProperty("score").ValueKind);
    }

    [Fact]
    public void An_unknown_deal_is_answered_with_similar_ids() =>
        Assert.Contains("Did you mean", ForecastProgram.RunHere(world.Folder, "explain", world.OpenDeal[..^1]).Expect(1).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("team")]
    [InlineData("owner")]
    [InlineData("product")]
    [InlineData("region")]
    public void Parts_of_a_forecast_add_up_to_the_whole(string by)
    {
        double Sum(params string[] args) => ForecastProgram.RunHere(world.Folder, ["forecast", "--periods", "1", "--json", .. args]).Expect(0).Json.GetProperty("forecasts").EnumerateArray().Sum(f => f.GetProperty("mean").GetDouble());
        var (whole, parts) = (Sum(), Sum("--by", by));
        Assert.InRange(parts / whole, 0.999, 1.001);
    }

    [Fact]
    public void Months_are_forecast_with_bands_of_three_levels()
    {
        var forecasts = ForecastProgram.RunHere(world.Folder, "forecast", "--period", "month", "--periods", "4", "--json").Expect(0).Json.GetProperty("forecasts");
        Assert.Equal(4, forecasts.GetArrayLength());
        foreach (var forecast in forecasts.EnumerateArray())
        {
            Assert.Equal([0.5, 0.8, 0.95], forecast.GetProperty("bands").EnumerateArray().Select(b => b.GetProperty("level").GetDouble()));
            Assert.Matches(@"^\d{4}-\d{2}$", forecast.GetProperty("period").GetProperty("label").GetString());
        }
    }

    [Fact]
    public void Evaluation_judges_each_age_and_registers_nothing()
    {
        var copy = world.Copy();
        var json = ForecastProgram.RunHere(copy, "evaluate", "--cut", "0.7", "--ages", "0,14", "--json").Expect(0).Json;
        Assert.Equal([0, 14], json.GetProperty("landmarks").EnumerateArray().Select(l => l.GetProperty("ageDays").GetInt32()));
        Assert.All(json.GetProperty("landmarks").EnumerateArray(), l => Assert.True(l.GetProperty("aucStandardError").GetDouble() > 0));
        foreach (var (landmark, comparison) in json.GetProperty("landmarks").EnumerateArray().Zip(json.GetProperty("comparisons").EnumerateArray()))
        {
            Assert.Equal(landmark.GetProperty("ageDays").GetInt32(), comparison.GetProperty("ageDays").GetInt32());
            Assert.InRange(comparison.GetProperty("odooAuc").GetDouble(), 0.4, 1);
            Apart(landmark.GetProperty("stageRateLogLoss"), "lessStageRate");
            Apart(comparison.GetProperty("odooLogLoss"), "lessOdoo");

            void Apart(JsonElement other, string name)
            {
                var difference = comparison.GetProperty(name);
                Assert.Equal(landmark.GetProperty("logLoss").GetDouble() - other.GetDouble(), difference.GetProperty("estimate").GetDouble(), 1e-9);
                Assert.InRange(difference.GetProperty("estimate").GetDouble(), difference.GetProperty("lower").GetDouble(), difference.GetProperty("upper").GetDouble());
                Assert.Equal(0.95, difference.GetProperty("level").GetDouble());
            }
        }
        Assert.NotEmpty(json.GetProperty("verdict").GetString()!);
        Assert.Equal(1, ForecastProgram.RunHere(copy, "status", "--json").Expect(0).Json.GetProperty("versions").GetInt32());
    }

    [Fact]
    public void Controls_hold_on_an_honest_history_and_list_what_tells_most()
    {
        var run = ForecastProgram.RunHere(world.Folder, "controls", "--json").Expect(0);
        Assert.All(run.Json.GetProperty("controls").EnumerateArray(), c => Assert.True(c.GetProperty("holds").GetBoolean(), c.ToString()));
        Assert.Equal(6, run.Json.GetProperty("controls").GetArrayLength());
        Assert.True(run.Json.GetProperty("features").GetArrayLength() > 10);
        Assert.Contains("Learning from shuffled outcomes", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_control_that_fails_ends_with_1_and_names_the_column()
    {
        // Seven of eight deals have their outcome in a column that is declared known at birth: the guards of import and training let it through.
        var copy = Directory.CreateDirectory(world.Fresh()).FullName;
        foreach (var file in Directory.GetFiles(world.Export)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var deals = Path.Combine(copy, "opportunities.csv");
        var lines = File.ReadAllLines(deals);
        File.WriteAllLines(deals, [lines[0], .. lines.Skip(1).Select((l, i) => l[..(l.LastIndexOf(',') + 1)] + (l.Contains("Closed Won", StringComparison.Ordinal) ^ i % 8 == 0 ? "1" : "0"))]);
        var folder = world.Fresh();
        ForecastProgram.RunHere(folder, "import", copy, "--map", "forecastengine", "--quiet").Expect(0);
        var run = ForecastProgram.RunHere(folder, "controls", "--quiet").Expect(1);
        run.ExpectPlain();
        Assert.StartsWith("error: control \"every feature alone\": found fit_score at 0 days", run.Error, StringComparison.Ordinal);
        Assert.Contains("Map the column as ignored", run.Error, StringComparison.Ordinal);
        Assert.Contains("A control failed", run.Output, StringComparison.Ordinal);
        Assert.Contains("suspicious", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_are_imported_listed_and_refused_with_the_line()
    {
        var (folder, file) = (world.Copy(), Path.Combine(Directory.CreateDirectory(world.Fresh()).FullName, "rates.csv"));
        File.WriteAllText(file, "date,currency,rate,source\n2024-01-01,USD,0.9,ECB\n,CHF,1.05,\n");
        Assert.Equal((2, 0), Counts(ForecastProgram.RunHere(folder, "rates", "import", file, "--json").Expect(0).Json));
        File.WriteAllText(file, "date,currency,rate,source\n2024-01-01,USD,0.8,ECB\n");
        Assert.Equal((0, 1), Counts(ForecastProgram.RunHere(folder, "rates", "import", file, "--json").Expect(0).Json));
        Assert.Equal(["CHF", "USD", "USD"], ForecastProgram.RunHere(folder, "rates", "list", "--json").Expect(0).Json.GetProperty("rates").EnumerateArray().Select(r => r.GetProperty("currency").GetString()));
        Assert.Contains("every day", ForecastProgram.RunHere(folder, "rates", "list").Expect(0).Output, StringComparison.Ordinal);
        File.WriteAllText(file, "date,currency,rate,source\n2024-01-01,USD,many,ECB\n");
        Assert.Contains("rates.csv line 2", ForecastProgram.RunHere(folder, "rates", "import", file).Expect(1).Error, StringComparison.Ordinal);

        static (int, int) Counts(JsonElement json) => (json.GetProperty("added").GetInt32(), json.GetProperty("updated").GetInt32());
    }

    [Fact]
    public void Status_is_content_with_a_scored_workspace()
    {
        var json = ForecastProgram.RunHere(world.Folder, "status", "--json").Expect(0).Json;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("nextStep").ValueKind);
        Assert.Equal(json.GetProperty("champion").GetString(), json.GetProperty("lastRun").GetProperty("modelVersion").GetString());
    }

    [Fact]
    public void A_version_with_a_feature_of_ones_own_is_on_record_compared_shown_promoted_by_hand_and_rolled_back()
    {
        var copy = world.Copy();
        var library = Path.Combine(copy, "mine.dll");
        File.WriteAllBytes(library, CustomFeatureCode.Compile("""
            public static class Mine
            {
                [CustomFeature("weeks_open", "weeks", "the creation is known")]
                public static double Weeks(OpportunitySnapshot deal) => (deal.AsOf.Instant - deal.CreatedAt).TotalDays / 7;
            }
            """, "mine.cs").Bytes);
        var first = world.Trained.Json.GetProperty("card").GetProperty("version").GetString();
        var second = ForecastProgram.RunHere(copy, "train", "--seed", "2", "--feature", library, "--json").Expect(0).Json.GetProperty("card").GetProperty("version").GetString()!;
        var runs = ForecastProgram.RunHere(copy, "models", "runs", "--json").Expect(0).Json;
        Assert.Equal([second, first], runs.EnumerateArray().Select(r => r.GetProperty("version").GetString()));
        var compared = ForecastProgram.RunHere(copy, "models", "compare", "1", second, "--json").Expect(0).Json;
        Assert.Equal(["weeks_open", "weeks_open_missing"], compared.GetProperty("onlyB").EnumerateArray().Select(c => c.GetString()));
        ForecastProgram.RunHere(copy, "models", "compare", first!, second).Expect(0).ExpectPlain();
        var page = Path.Combine(copy, "card.html");
        ForecastProgram.RunHere(copy, "models", "card", second, "--html", page).Expect(0);
        Assert.Contains("weeks_open, in weeks: a feature of this team&#x27;s own", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains("expected C# source (.cs) or an assembly (.dll)", ForecastProgram.RunHere(copy, "train", "--feature", page).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("found none of this number", ForecastProgram.RunHere(copy, "models", "compare", "1", "99").Expect(1).Error, StringComparison.Ordinal);
        ForecastProgram.RunHere(copy, "models", "promote", second).Expect(2);
        ForecastProgram.RunHere(copy, "models", "promote", second, "--reason", "a trial").Expect(0);
        Assert.Equal(second, Champion());
        Assert.Contains("forecast score", ForecastProgram.RunHere(copy, "status", "--json").Expect(0).Json.GetProperty("nextStep").GetString(), StringComparison.Ordinal);
        ForecastProgram.RunHere(copy, "score", "--quiet").Expect(0);
        ForecastProgram.RunHere(copy, "models", "rollback").Expect(0);
        Assert.Equal(first, Champion());
        Assert.StartsWith("error: registry.json", ForecastProgram.RunHere(copy, "models", "rollback").Expect(1).Error, StringComparison.Ordinal);

        string? Champion() => ForecastProgram.RunHere(copy, "models", "list", "--json").Expect(0).Json.GetProperty("champion").GetString();
    }

    [Fact]
    public void An_interrupted_training_leaves_the_workspace_as_it_was()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        var copy = world.Copy();
        using var process = ForecastProgram.Start(copy, "train", "--seed", "99");
        while (process.StandardError.ReadLine() is { } line && !line.StartsWith("Training on the earlier part", StringComparison.Ordinal)) { }
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("", process.StandardOutput.ReadToEnd());
        Assert.Equal(1, ForecastProgram.RunHere(copy, "models", "list", "--json").Expect(0).Json.GetProperty("versions").GetArrayLength());
        ForecastProgram.RunHere(copy, "score", "--quiet").Expect(0);
    }

    [Fact]
    public void A_model_file_that_was_altered_is_not_loaded()
    {
        var copy = world.Copy();
        File.AppendAllText(Directory.GetFiles(Path.Combine(copy, "models"), "win.json", SearchOption.AllDirectories).Single(), " ");
        Assert.Contains("win.json: found SHA-256", ForecastProgram.RunHere(copy, "score", "--quiet").Expect(1).Error, StringComparison.Ordinal);
    }

    public static TheoryData<string> Printed => [.. new[]
    {
        "status", "score --top 5", "forecast", "forecast --by product", "forecast --period month --periods 12", "models list", "models show CHAMPION", "explain DEAL", "import EXPORT --map forecastengine",
        "--help", "import --help", "controls --seed 2", "controls --help", "simulate --help", "models promote --help", "models runs", "models card CHAMPION", "models compare --help", "models reproduce --help", "train --help", "export --help", "export snapshots --help",
    }];

    [Theory]
    [MemberData(nameof(Printed))]
    public void Nothing_redirected_is_wider_than_80_columns_or_typeset(string command)
    {
        var champion = world.Trained.Json.GetProperty("card").GetProperty("version").GetString()!;
        var args = command.Replace("CHAMPION", champion, StringComparison.Ordinal).Replace("DEAL", world.OpenDeal, StringComparison.Ordinal).Replace("EXPORT", world.Export, StringComparison.Ordinal);
        ForecastProgram.RunHere(command.StartsWith("import E", StringComparison.Ordinal) ? world.Copy() : world.Folder, args.Split(' ')).Expect(0).ExpectPlain();
    }

    [Fact]
    public void Progress_goes_to_stderr_and_quiet_silences_it()
    {
        Assert.Contains("Training", world.Trained.Error, StringComparison.Ordinal);
        Assert.Equal("", ForecastProgram.RunHere(world.Folder, "forecast", "--quiet").Expect(0).Error);
    }

    [Fact]
    public void An_as_of_date_before_the_end_of_training_is_refused_with_advice() =>
        Assert.Contains("forecast train --as-of 2023-01-01", ForecastProgram.RunHere(world.Folder, "score", "--as-of", "2023-01-01").Expect(1).Error, StringComparison.Ordinal);

    [Fact]
    public void A_validation_trains_with_the_features_that_were_named()
    {
        var source = Path.Combine(world.Fresh() + ".cs");
        File.WriteAllText(source, """
            public static class Mine
            {
                [CustomFeature("meetings_30d", "meetings", "a meeting is entered on the day it is held")]
                public static double? Meetings(OpportunitySnapshot deal) => deal.Activities.Count(a => a.Kind == "Meeting" && a.At > deal.AsOf.Instant.AddDays(-30));
            }
            """);
        string[] command = ["validate", "--worlds", "1", "--wins-per-quarter", "24", "--quarters", "1", "--futures", "20", "--threads", "2", "--json"];
        var (with, without) = (ForecastProgram.RunHere(world.Fresh(), [.. command, "--feature", source]).Expect(0).Json, ForecastProgram.RunHere(world.Fresh(), command).Expect(0).Json);
        Assert.StartsWith("meetings_30d@", with.GetProperty("request").GetProperty("training").GetProperty("customFeatureIdentity").GetString(), StringComparison.Ordinal);
        // The same world: people's own arithmetic says the same, and what the models say differs.
        Assert.Equal(Of(without, "weighted pipeline"), Of(with, "weighted pipeline"));
        Assert.NotEqual(Of(without, "engine"), Of(with, "engine"));

        static string Of(JsonElement json, string method) => json.GetProperty("report").GetProperty("methods").EnumerateArray().Single(m => m.GetProperty("method").GetString() == method).GetProperty("wape").GetRawText();
    }

    [Fact]
    public void A_backtest_tells_engine_baselines_and_coverage_writes_its_page_and_is_stated_from_then_on()
    {
        var folder = world.Copy();
        Assert.Contains("has not been measured yet", ForecastProgram.RunHere(folder, "forecast", "--periods", "1").Expect(0).Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var page = Path.Combine(folder, "porocilo.html");
        var scores = Path.Combine(folder, "scores.csv");
        File.WriteAllLines(scores, ["opportunity_id,as_of,probability", "nobody's,2020-01-01,1", .. File.ReadLines(Path.Combine(world.Export, "opportunities.csv")).Skip(1).Select(l => $"{l.Split(',')[0]},2020-01-01,0.3")]);
        string[] command = ["backtest", "--stride", "70", "--min-history", "560", "--retrain", "400", "--scores", $"theirs={scores}"];
        var json = ForecastProgram.RunHere(folder, [.. command, "--html", page, "--language", "sl", "--json"]).Expect(0).Json;
        var report = json.GetProperty("report");
        Assert.Equal(json.GetProperty("windows").GetArrayLength(), report.GetProperty("windows").GetInt32());
        var methods = report.GetProperty("methods").EnumerateArray().Select(m => m.GetProperty("method").GetString()).ToList();
        foreach (var name in new[] { "engine", "weighted pipeline", "conversion and growth", "mean of the last four" }) Assert.Contains(name, methods);
        Assert.Equal([0.5, 0.8, 0.95], json.GetProperty("quality").GetProperty("levels").EnumerateArray().Select(l => l.GetProperty("level").GetDouble()));
        Assert.Contains("<html lang=\"sl\"", File.ReadAllText(page), StringComparison.Ordinal);
        var theirs = report.GetProperty("deals").GetProperty("methods").EnumerateArray().Single(m => m.GetProperty("method").GetString() == "theirs");
        Assert.Equal((false, 0.5, report.GetProperty("deals").GetProperty("rows").GetInt32()), (theirs.GetProperty("knowsTime").GetBoolean(), theirs.GetProperty("auc").GetDouble(), theirs.GetProperty("rows").GetInt32()));
        Assert.Contains(report.GetProperty("doubts").EnumerateArray(), d => d.GetProperty("kind").GetString() == "FromFile" && d.GetProperty("figures")[2].GetInt32() == 1);
        Assert.Contains("theirs*", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains("* Ne pozna časa", File.ReadAllText(page), StringComparison.Ordinal);
        var rows = File.ReadAllLines(Export(folder, "backtest", "past.csv").File);
        Assert.StartsWith("cutoff,trained_until,period,period_from,period_until,kind,method,median,mean,low_50,high_50,low_80,high_80,low_95,high_95,actual,", rows[0], StringComparison.Ordinal);
        Assert.Equal(json.GetProperty("windows").EnumerateArray().Sum(w => w.GetProperty("forecasts").GetArrayLength()), rows.Length - 1);

        var shown = ForecastProgram.RunHere(folder, [.. command]).Expect(0);
        shown.ExpectPlain();
        Assert.Contains("weighted pipeline", shown.Output, StringComparison.Ordinal);
        Assert.Contains("Bands", shown.Output, StringComparison.Ordinal);
        foreach (var part in (string[])["theirs*", "\"won eventually\"", "not in the history: 1."]) Assert.Contains(part, System.Text.RegularExpressions.Regex.Replace(shown.Output, @"\s+", " "), StringComparison.Ordinal);
        foreach (var answer in new[] { ForecastProgram.RunHere(folder, "forecast", "--periods", "1").Expect(0), ForecastProgram.RunHere(folder, "score").Expect(0) })
            Assert.Contains("Measured by the backtest of", answer.Output, StringComparison.Ordinal);
        Assert.Equal(report.GetProperty("windows").GetInt32(), ForecastProgram.RunHere(folder, "forecast", "--json").Expect(0).Json.GetProperty("provenance").GetProperty("measured").GetProperty("windows").GetInt32());
    }

    [Fact]
    public void Snapshots_scores_and_forecasts_are_exported_and_a_file_that_is_there_is_not_written_over()
    {
        var folder = world.Copy();
        var deals = world.Scored.Json.GetProperty("scores").GetArrayLength();
        var (open, labelled, scores, forecasts) = (Export(folder, "snapshots", "open.csv"), Export(folder, "snapshots", "training.parquet", "--labels"), Export(folder, "scores", "scores.csv"), Export(folder, "forecasts", "forecasts.parquet"));
        Assert.Equal((deals, deals), (open.Rows, scores.Rows));
        Assert.True(labelled.Rows > 5 * deals && labelled.Columns > open.Columns, $"{labelled}");
        Assert.Equal(world.Scored.Json.GetProperty("run").GetProperty("forecastCount").GetInt32(), forecasts.Rows);
        var lines = File.ReadAllLines(open.File);
        Assert.Equal((open.Rows + 1, open.Columns), (lines.Length, lines[0].Split(',').Length));
        Assert.StartsWith("opportunity_id,as_of,stage,age_days,", lines[0], StringComparison.Ordinal);
        Assert.Contains("T23:59:59.9999999Z,", lines[1], StringComparison.Ordinal);
        var won = File.ReadAllLines(scores.File)[0].Split(',').Where(c => c.StartsWith("won_by_", StringComparison.Ordinal)).ToList();
        Assert.Equal(world.Scored.Json.GetProperty("scores")[0].GetProperty("wonBy").GetArrayLength(), won.Count);

        Assert.Contains("--force", ForecastProgram.RunHere(folder, "export", "scores", "--out", scores.File).Expect(1).Error, StringComparison.Ordinal);
        ForecastProgram.RunHere(folder, "export", "scores", "--out", scores.File, "--force").Expect(0).ExpectPlain();
        Assert.Contains("forecast score --as-of 2001-01-01", ForecastProgram.RunHere(folder, "export", "scores", "--out", Path.Combine(folder, "old.csv"), "--as-of", "2001-01-01").Expect(1).Error, StringComparison.Ordinal);
    }

    private static (string File, int Rows, int Columns) Export(string folder, string what, string name, params string[] more)
    {
        var json = ForecastProgram.RunHere(folder, ["export", what, "--out", Path.Combine(folder, name), "--json", .. more]).Expect(0).Json;
        return (json.GetProperty("file").GetString()!, json.GetProperty("rows").GetInt32(), json.GetProperty("columns").GetInt32());
    }

    [Fact]
    public void Numbers_that_people_gave_are_read_and_faults_in_them_are_told()
    {
        var folder = world.Copy();
        var file = Path.Combine(folder, "people.csv");
        File.WriteAllText(file, "made_on,from,until,amount\n2024-01-02,2024-01-01,2024-03-31,12k\nyesterday,2024-04-01,2024-06-30,5\n");
        var fault = ForecastProgram.RunHere(folder, "backtest", "--people", file).Expect(1);
        Assert.Contains("people.csv line 2, column amount: found \"12k\"", fault.Error, StringComparison.Ordinal);
        Assert.Contains("people.csv line 3, column made_on: found \"yesterday\"", fault.Error, StringComparison.Ordinal);
        Assert.Contains("expected 1 to 4", ForecastProgram.RunHere(folder, "backtest", "--horizon", "9").Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_team_may_learn_from_another_ones_workspace()
    {
        var folder = world.Copy();
        var trained = ForecastProgram.RunHere(folder, "train", "--donor", world.Folder, "--seed", "2", "--json").Expect(0).Json.GetProperty("card");
        Assert.NotEqual("none", trained.GetProperty("options").GetProperty("pooled model").GetString());
        Assert.Contains("found no workspace", ForecastProgram.RunHere(folder, "train", "--donor", Path.Combine(folder, "nobody")).Expect(1).Error, StringComparison.Ordinal);
    }
}
