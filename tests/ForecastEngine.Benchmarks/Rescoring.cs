using System.Diagnostics;
using System.Globalization;
using ForecastEngine.Operations;
using ForecastEngine.Registry;
using ForecastEngine.Scoring;
using ForecastEngine.Storage;
using Npgsql;

namespace ForecastEngine.Benchmarks;

/// <summary>
/// A rescoring run of many open deals on PostgreSQL, step by step, beside what COPY alone takes to read the same facts and to write the
/// same scores. A small simulated company is trained on; its open deals, with their changes and activities, are copied until there are enough.
/// </summary>
public static class Rescoring
{
    /// <summary>First argument of a process that measures one size.</summary>
    public const string Child = "rescoring-one";
    /// <summary>First argument of a process that takes parts of a run.</summary>
    public const string Worker = "rescoring-parts";

    private static string? _numbers;

    private const string Facts = "opportunities,opportunity_changes,activities";

    /// <summary><c>rescoring --postgres "Host=…;Username=…;Database=postgres" --rows 10k,100k --processes 1,2 --threads 2</c>; the account may create databases.</summary>
    public static void RunAll(string[] args)
    {
        var server = OwnProcess.Option(args, "--postgres", Environment.GetEnvironmentVariable("FORECASTENGINE_TEST_POSTGRES") ?? "");
        if (server.Length == 0) throw new ArgumentException("rescoring: found no --postgres; expected a connection string that may create databases.");
        Console.WriteLine("| open deals | processes | step | seconds | rows/s | processor seconds | rows per processor second | peak MB |\n|---:|---:|---|---:|---:|---:|---:|---:|");
        foreach (var rows in OwnProcess.Option(args, "--rows", "10k,100k").Split(','))
        {
            using var process = OwnProcess.Start(Child, server, rows, OwnProcess.Option(args, "--processes", "1"), OwnProcess.Option(args, "--threads", "2"));
            process.WaitForExit();
            if (process.ExitCode != 0) Console.WriteLine($"| {rows} | failed with code {process.ExitCode} |");
        }
    }

    /// <summary>The child: <c>rescoring-one &lt;server&gt; &lt;rows&gt; &lt;processes&gt; &lt;threads&gt;</c>.</summary>
    public static void RunOne(string[] args)
    {
        var (count, threads) = (OwnProcess.Size(args[2]), int.Parse(args[4], CultureInfo.InvariantCulture));
        var name = string.Create(CultureInfo.InvariantCulture, $"forecast_rescoring_{Environment.ProcessId}");
        var folder = Directory.CreateTempSubdirectory("rescoring-").FullName;
        Execute(args[1], $"CREATE DATABASE {name} TEMPLATE template0");
        var database = new NpgsqlConnectionStringBuilder(args[1]) { Database = name, CommandTimeout = 0 }.ConnectionString;
        try
        {
            using var workspace = Workspace.Open(folder, TimeProvider.System, database);
            Fill(workspace, database, count);
            Row(count, 0, "floor: COPY of the facts out", Watch(() => Array.ForEach(Facts.Split(','), t => CopyOut(database, t, Stream.Null))), count);
            foreach (var processes in args[3].Split(',').Select(p => int.Parse(p, CultureInfo.InvariantCulture))) Measure(workspace, folder, database, count, processes, threads);
            CopyScores(database, count);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            Execute(args[1], $"DROP DATABASE {name} WITH (FORCE)");
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A process that takes parts: <c>rescoring-parts &lt;folder&gt; &lt;database&gt; &lt;run&gt; &lt;number&gt; &lt;processes&gt; &lt;threads&gt;</c>.</summary>
    public static void Work(string[] args)
    {
        var (number, processes) = (int.Parse(args[4], CultureInfo.InvariantCulture), int.Parse(args[5], CultureInfo.InvariantCulture));
        using var workspace = Workspace.Open(args[1], TimeProvider.System, args[2]);
        ScoreParts(workspace, long.Parse(args[3], CultureInfo.InvariantCulture), number, processes, int.Parse(args[6], CultureInfo.InvariantCulture), null);
    }

    private static void Measure(Workspace workspace, string folder, string database, int count, int processes, int threads)
    {
        Execute(database, "TRUNCATE rescoring_runs, rescoring_parts, opportunity_scores, revenue_forecasts");
        var options = new ScoringOptions { Threads = threads };
        var steps = new StepTimes();
        var whole = Moment.Now();
        steps.Report(new OperationProgress("Planning"));
        var run = RescorePipeline.Begin(workspace, null, options);
        if (processes == 1) ScoreParts(workspace, run.Id, 0, 1, threads, steps);
        else
        {
            steps.Report(new OperationProgress($"Scoring {run.Parts} parts in {processes} processes"));
            var others = Enumerable.Range(0, processes).Select(k => OwnProcess.Start(Worker, folder, database, run.Id.ToString(CultureInfo.InvariantCulture), k.ToString(CultureInfo.InvariantCulture),
                processes.ToString(CultureInfo.InvariantCulture), Math.Max(1, threads / processes).ToString(CultureInfo.InvariantCulture))).ToList();
            foreach (var other in others) other.WaitForExit();
        }
        var rollups = Text(database, "SELECT pg_size_pretty(coalesce(sum(length(rollup)), 0)) FROM rescoring_parts");
        var published = RescorePipeline.Publish(workspace, run.Id, options, steps);
        steps.Report(new OperationProgress("Done"));
        var total = whole.Passed();
        if (published.ScoreCount != count) throw new InvalidOperationException($"rescoring: found {published.ScoreCount} scores; expected {count}.");
        var numbers = Text(database, "SELECT md5(string_agg(concat_ws('|', dimension, key, period_from, period_until, mean, low, high), ';' ORDER BY dimension, key, period_from, period_until)) FROM revenue_forecasts")
            + Text(database, "SELECT md5(string_agg(md5(concat_ws('|', opportunity_id, win_probability, expected_revenue, details)), '' ORDER BY opportunity_id)) FROM opportunity_scores");
        if ((_numbers ??= numbers) != numbers) throw new InvalidOperationException($"rescoring: found other numbers with {processes} processes; expected the same to the bit.");
        foreach (var (step, time) in steps.Times) Row(count, processes, step, time, count);
        Row(count, processes, $"whole run, {run.Parts} parts with {rollups} of roll-ups, {published.ForecastCount} forecasts", total, count);
    }

    private static void ScoreParts(Workspace workspace, long run, int number, int processes, int threads, IProgress<OperationProgress>? steps)
    {
        while (workspace.Scores.MissingParts(run) is { Count: > 0 } missing)
        {
            var own = missing.Where(p => p % processes == number).ToList();
            foreach (var part in own.Count > 0 ? own : missing.Take(1)) RescorePipeline.ScorePart(workspace, run, part, new ScoringOptions { Threads = threads }, steps);
        }
    }

    private static void Fill(Workspace workspace, string database, int count)
    {
        var world = new BenchmarkWorld(3_000);
        workspace.History.Append(world.Facts, new ImportRun { At = DateTimeOffset.UnixEpoch, MapName = "native", SourceHash = "", Report = "{}" });
        TrainModels.Run(workspace, null, new TrainingOptions { Win = new() { Trees = 150, MinRowsPerLeaf = 40 }, Threads = 2 });
        Execute(database, """
            CREATE TABLE copied AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS r FROM opportunities AS o WHERE NOT EXISTS (
                SELECT 1 FROM opportunity_changes AS c JOIN stages AS s ON s.name = c.new_value WHERE c.opportunity_id = o.id AND c.field = 'Stage' AND s.kind <> 'Open');
            ANALYZE copied; ANALYZE opportunity_changes; ANALYZE activities
            """);
        Copy("opportunities", "id", ("id", "t.id || '-' || g"));
        Copy("opportunity_changes", "opportunity_id", ("opportunity_id", "t.opportunity_id || '-' || g"), ("key", "decode(md5(encode(t.key, 'hex') || g), 'hex')"));
        Copy("activities", "opportunity_id", ("opportunity_id", "t.opportunity_id || '-' || g"), ("id", "t.id || '-' || g"));
        Execute(database, "ANALYZE");
        var facts = Facts.Split(',').Select(t => $"{Number(database, $"SELECT count(*) FROM {t}"):N0} {t}");
        Console.WriteLine($"| {count:N0} | | {string.Join(", ", facts)} | | | | | |");

        void Copy(string table, string owner, params (string Column, string Value)[] changed)
        {
            var columns = Columns(database, table);
            var values = columns.Select(c => changed.FirstOrDefault(x => x.Column == c).Value ?? "t." + c);
            Execute(database, string.Create(CultureInfo.InvariantCulture, $"""
                INSERT INTO {table} ({string.Join(", ", columns)}) SELECT {string.Join(", ", values)} FROM {table} AS t JOIN copied AS c ON c.id = t.{owner}
                CROSS JOIN LATERAL generate_series(1, (({count} - 1 - c.r) / (SELECT count(*) FROM copied))::int) AS g
                """));
        }
    }

    private static void CopyScores(string database, int count)
    {
        var file = Path.GetTempFileName();
        try
        {
            using (var target = File.Create(file)) CopyOut(database, "opportunity_scores", target);
            Execute(database, "CREATE TABLE scores_alone (LIKE opportunity_scores INCLUDING ALL)");
            Row(count, 0, $"floor: COPY of the scores in, {new FileInfo(file).Length / count} bytes each", Watch(() =>
            {
                using var connection = new NpgsqlConnection(database);
                connection.Open();
                using var source = File.OpenRead(file);
                using var copy = connection.BeginRawBinaryCopy("COPY scores_alone FROM STDIN (FORMAT BINARY)");
                source.CopyTo(copy, 1 << 16);
            }), count);
        }
        finally { File.Delete(file); }
    }

    private static void CopyOut(string database, string table, Stream target)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var copy = connection.BeginRawBinaryCopy($"COPY {table} TO STDOUT (FORMAT BINARY)");
        copy.CopyTo(target, 1 << 16);
    }

    private static string[] Columns(string database, string table)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand($"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position", connection);
        using var reader = command.ExecuteReader();
        var columns = new List<string>();
        while (reader.Read()) columns.Add(reader.GetString(0));
        return [.. columns];
    }

    private static long Number(string database, string sql) => (long)Scalar(database, sql);

    private static string Text(string database, string sql) => (string)Scalar(database, sql);

    private static object Scalar(string database, string sql)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return command.ExecuteScalar()!;
    }

    private static void Execute(string database, string sql)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.ExecuteNonQuery();
    }

    private static Moment Watch(Action work)
    {
        var start = Moment.Now();
        work();
        return start.Passed();
    }

    // Processor seconds are those of this process: the database's and other workers' come on top, other people's programs do not.
    private static void Row(int count, int processes, string step, Moment time, long rows) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {count:N0} | {processes} | {step} | {time.Seconds:0.00} | {rows / time.Seconds:N0} | {time.Processor:0.00} | {rows / time.Processor:N0} | {Stopclock.Megabytes("VmHWM"):N0} |"));

    private readonly record struct Moment(double Seconds, double Processor)
    {
        public static Moment Now() => new(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, Environment.CpuUsage.TotalTime.TotalSeconds);

        public Moment Passed() => Now() is var now ? new(now.Seconds - Seconds, now.Processor - Processor) : default;
    }

    /// <summary>How long each step took, by when the next one was told.</summary>
    private sealed class StepTimes : IProgress<OperationProgress>
    {
        private readonly List<string> _order = [];
        private readonly Dictionary<string, Moment> _times = [];
        private string? _step;
        private Moment _since;

        public IEnumerable<(string Step, Moment Time)> Times => _order.Select(s => (s, _times[s]));

        public void Report(OperationProgress value)
        {
            if (_step is not null)
            {
                if (!_times.ContainsKey(_step)) _order.Add(_step);
                var (passed, before) = (_since.Passed(), _times.GetValueOrDefault(_step));
                _times[_step] = new(before.Seconds + passed.Seconds, before.Processor + passed.Processor);
            }
            (_step, _since) = (value.Step, Moment.Now());
        }
    }
}
