using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;
using ForecastEngine.Snapshots;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Tests.WinProbability;

/// <summary>The portable model, read by the reference in Python, against the engine. By hand with FORECASTENGINE_PORTABLE_DEALS=10000.</summary>
public sealed class PortableModelTests
{
    private const int Within1 = 30;
    private const double Within2 = 45.5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_reference_in_Python_agrees_with_the_engine(bool onlyRates)
    {
        var wanted = int.Parse(Environment.GetEnvironmentVariable("FORECASTENGINE_PORTABLE_DEALS") ?? "300", CultureInfo.InvariantCulture);
        var simulated = TrainingWorld.Simulated(new SimulationOptions { Seed = 61, Weeks = 80, OpportunitiesPerWeek = 15, ActivityDensity = 0.3 });
        var world = new TrainingWorld(new CrmHistory(simulated.Facts), TrainingWorld.Before(simulated, 80));
        var model = world.Train(new WinProbabilityOptions { Trees = 60, ControlsPerEvent = 4, MinClosedPerClass = onlyRates ? int.MaxValue : 40 }).Model;
        Assert.Equal(onlyRates, model.Won.Trees is null);
        double[] shift = [.. Enumerable.Range(0, world.Grid.Count).Select(k => 0.3 * Math.Pow(0.9, k) - 0.1)];

        var taker = new SnapshotTaker(world.Known, world.Features, world.Rates);
        var dates = Enumerable.Range(20, 60).Select(week => AsOf.At(TrainingWorld.Before(simulated, week).Instant.AddHours(-5.25 * (week % 7)))).ToList();
        var deals = Enumerable.Range(0, world.Known.Opportunities.Length).SelectMany(i => taker.Take(i, dates)).ToList();
        deals = [.. deals.Where((_, i) => (long)i * wanted / deals.Count != (long)(i + 1) * wanted / deals.Count)];

        Agrees(model, deals, shift, world.Cutoff);
        Assert.True(deals.Select(d => model.Evaluate(d).WinProbability).Distinct().Count() > (onlyRates ? 10 : deals.Count / 2));
    }

    /// <summary>Scores the deals in Python and asserts that it comes to the engine's own numbers.</summary>
    internal static void Agrees(WinProbabilityModel model, IReadOnlyList<OpportunitySnapshot> deals, double[] shift, AsOf market)
    {
        var folder = Directory.CreateTempSubdirectory("portable-").FullName;
        try
        {
            var (json, csv) = (Path.Combine(folder, "model.json"), Path.Combine(folder, "deals.csv"));
            using (var file = File.Create(json)) PortableModel.Write(file, model, shift, "2026-01-01-0000", market.Date);
            File.WriteAllLines(csv, deals.Select(Line).Prepend("opportunity_id,as_of,stage," + string.Join(',', model.Features.Features.Select(f => f.Name))));
            var lines = Python(json, csv);
            Assert.Equal($"opportunity_id,as_of,win_probability,won_within_{Within1},won_within_{Within2.ToString(CultureInfo.InvariantCulture)}", lines[0]);
            Assert.Equal(deals.Count, lines.Length - 1);
            var furthest = 0.0;
            for (var i = 0; i < deals.Count; i++)
            {
                var cells = lines[i + 1].Split(',');
                Assert.Equal(deals[i].OpportunityId, cells[0]);
                var curve = model.Evaluate(deals[i]).Shifted(shift);
                double[] own = [curve.WinProbability, curve.WonWithin(Within1), curve.WonWithin(Within2)];
                furthest = own.Zip(cells[2..], (a, b) => Math.Abs(a - double.Parse(b, CultureInfo.InvariantCulture))).Append(furthest).Max();
            }
            TestContext.Current.TestOutputHelper?.WriteLine($"{deals.Count} deals, largest difference {furthest:G3}");
            Assert.InRange(furthest, 0, 1e-6);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Line(OpportunitySnapshot deal) => string.Join(',', deal.Features.Select(f => f.ToString("R", CultureInfo.InvariantCulture))
        .Prepend(deal.Stage).Prepend(deal.AsOf.Instant.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)).Prepend(deal.OpportunityId));

    private static string[] Python(string json, string csv)
    {
        var start = new ProcessStartInfo("python3", [Path.Combine(Repository.Root, "models", "portable_score.py"), json, csv, "--within", string.Create(CultureInfo.InvariantCulture, $"{Within1},{Within2}")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "There is no python3 here.");
            throw;
        }
        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }
}
