using System.Globalization;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Registry;
using ForecastEngine.Snapshots;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>One side of a comparison: a version, or a training that made none.</summary>
/// <param name="Name">The version's id, or <c>#</c> and the number of a training.</param>
/// <param name="Training">The training, where it is on record.</param>
/// <param name="Card">The card; null where there is no version.</param>
/// <param name="Settings">All settings, by name.</param>
/// <param name="Features">Names of the columns.</param>
/// <param name="Metrics">Figures of merit, each on a window of its own.</param>
public sealed record ComparedModel(string Name, TrainingRun? Training, ModelCard? Card, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<string> Features, IReadOnlyList<ModelMetric> Metrics)
{
    /// <summary>Last day of its data.</summary>
    public DateOnly? DataUntil => Card?.DataUntil ?? Training?.AsOf;
    /// <summary>Hash of its data.</summary>
    public string? DataHash => Card?.DataHash ?? Training?.DataHash;
}

/// <summary>A setting in which two trainings differ.</summary>
/// <param name="Setting">Its name.</param>
/// <param name="A">In the one; null where it was not known.</param>
/// <param name="B">In the other.</param>
public sealed record OtherSetting(string Setting, string? A, string? B);

/// <summary>Two versions or trainings side by side.</summary>
/// <param name="A">One.</param>
/// <param name="B">The other.</param>
/// <param name="OtherSettings">Settings in which they differ.</param>
/// <param name="OnlyA">Columns of A alone.</param>
/// <param name="OnlyB">Columns of B alone.</param>
/// <param name="Unseen">Both on the same deals that neither had seen; differences are B less A: below 0 B is better. Null where there are none.</param>
/// <param name="UnseenWindow">Which deals these are, or why there are none.</param>
/// <param name="Shadow">Both as they were scored side by side night by night, A answering; null where they never were.</param>
public sealed record CompareModelsResult(ComparedModel A, ComparedModel B, IReadOnlyList<OtherSetting> OtherSettings, IReadOnlyList<string> OnlyA, IReadOnlyList<string> OnlyB,
    GateFigures? Unseen, string UnseenWindow, GateFigures? Shadow);

/// <summary>Sets two model versions or trainings side by side: settings, data, figures, and where it can be done both on the same unseen deals.</summary>
public static class CompareModels
{
    private const int LeastDays = 28;

    /// <summary>Compares.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="a">A version's id or the number of a training.</param>
    /// <param name="b">Another.</param>
    /// <param name="threads">How many threads may work; changes no bit.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationException">There is no training of that number.</exception>
    public static CompareModelsResult Run(Workspace workspace, string a, string b, int? threads = null, CancellationToken cancellation = default)
    {
        var (first, second) = (Find(workspace, a), Find(workspace, b));
        var names = first.Settings.Keys.Union(second.Settings.Keys).Order(StringComparer.Ordinal);
        var (unseen, window) = Unseen(workspace, first, second, threads ?? Environment.ProcessorCount, cancellation);
        return new CompareModelsResult(first, second,
            [.. names.Select(n => (Setting: n, A: first.Settings.GetValueOrDefault(n), B: second.Settings.GetValueOrDefault(n))).Where(s => s.A != s.B).Select(s => new OtherSetting(s.Setting, s.A, s.B))],
            [.. first.Features.Except(second.Features)], [.. second.Features.Except(first.Features)], unseen, window,
            first.Card is null || second.Card is null ? null : ShadowScoring.Judge(workspace, first.Card.Version, second.Card.Version, cancellation));
    }

    private static ComparedModel Find(Workspace workspace, string name)
    {
        if (!long.TryParse(name.TrimStart('#'), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return Of(name, workspace.Trainings.Of(name), workspace.Models.Get(name).Card);
        var run = workspace.Trainings.Find(number) ?? throw new OperationException($"Training {number}: found none of this number; expected one that is listed: forecast models runs.");
        return Of(run.Version ?? $"#{number}", run, run.Version is { } version && workspace.Models.List().Contains(version) ? workspace.Models.Get(version).Card : null);
    }

    private static ComparedModel Of(string name, TrainingRun? run, ModelCard? card) => new(name, run, card,
        card?.Options ?? JsonSerializer.Deserialize<Dictionary<string, string>>(run!.Settings)!, card?.Features.Select(f => f.Name).ToList() ?? JsonSerializer.Deserialize<List<string>>(run!.Features)!,
        card?.Metrics ?? JsonSerializer.Deserialize<List<ModelMetric>>(run!.Metrics)!);

    // What came after the later of the two cutoffs, neither could know.
    private static (GateFigures?, string) Unseen(Workspace workspace, ComparedModel a, ComparedModel b, int threads, CancellationToken cancellation)
    {
        if (a.Card is null || b.Card is null) return (null, "One of them made no version that is kept: there is nothing to score.");
        var history = HistoryAt.Load(workspace, null, cancellation, out var until);
        if (new[] { a.Card, b.Card }.Any(c => !(c.Calendar ?? BusinessCalendar.Default).HasDaysOf(history.Calendar)))
            return (null, "One of them learnt by another business calendar than the one in force: it cannot score these data. Train again.");
        var last = a.Card.DataUntil > b.Card.DataUntil ? a.Card.DataUntil : b.Card.DataUntil;
        if (until.Date.DayNumber - last.DayNumber < LeastDays)
            return (null, $"One of them knows the data until {last:yyyy-MM-dd}, and the newest end on {until.Date:yyyy-MM-dd}: no {LeastDays} days that both have not seen. Train both as of an earlier day, or wait.");
        var from = AsOf.EndOf(last);
        var (left, right) = (Check(a.Card.Version), Check(b.Card.Version));
        var probability = right.Deals.Zip(right.Probabilities).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal);
        GateLoss[] losses = [.. left.Deals.Select((id, i) => (Id: id, Index: i)).Where(d => probability.ContainsKey(d.Id)).Select(d => GateLoss.Of(d.Id, left.Probabilities[d.Index], probability[d.Id], left.Outcomes[d.Index]))];
        return (PromotionGate.Figures(losses), $"Deals open after {last:yyyy-MM-dd}, won by {until.Date:yyyy-MM-dd} or not.");

        OutOfTimeCheck Check(string version)
        {
            var model = workspace.BundleOf(workspace.Models.Get(version)).Win;
            return OutOfTimeCheck.Run(model, history, GroupRates.From(history, model.Features.Schema.CategoricalAttributes), from, until, threads, cancellation);
        }
    }
}
