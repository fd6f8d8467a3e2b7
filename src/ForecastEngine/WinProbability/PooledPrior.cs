using System.Security.Cryptography;
using System.Text;
using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.WinProbability;

/// <summary>
/// What several other teams' deals teach: one model over all their landmarks, on features that all of them have. A team with
/// little history of its own starts from it and adapts it: <see cref="PriorAdaptation"/>. Only ever from histories that their
/// owners put in; none of their deals is in the model, only trees.
/// </summary>
/// <param name="Trained">The pooled model and its files.</param>
/// <param name="Cutoff">Nothing later was known to it.</param>
/// <param name="Hash">Of the histories and settings it came from.</param>
/// <param name="Teams">How many teams.</param>
public sealed record PooledPrior(TrainedWinProbability Trained, AsOf Cutoff, string Hash, int Teams)
{
    /// <summary>What its features are computed from.</summary>
    public FeatureSchema Schema => Trained.Model.Features.Schema;

    /// <summary>Trains on several histories as they were known at a cutoff.</summary>
    /// <exception cref="ArgumentException">No history, one without deals at the cutoff, or teams whose deals take days beside teams whose deals take months.</exception>
    public static PooledPrior Train(IReadOnlyList<CrmHistory> histories, AsOf cutoff, WinProbabilityOptions options, CancellationToken cancellation = default)
    {
        if (histories.Count == 0) throw new ArgumentException("Pooled model: found no histories; expected at least one. Name the teams to learn from.", nameof(histories));
        var known = histories.Select(h => h.KnownAt(cutoff)).ToArray();
        for (var n = 0; n < known.Length; n++)
            if (known[n].Opportunities.Length == 0) throw new ArgumentException($"Pooled model, history {n + 1}: found no opportunity known on {cutoff.Date:yyyy-MM-dd}; expected some. Choose a later date, or leave the team out.", nameof(histories));
        var grids = known.Select(TimeGrid.From).ToArray();
        if (grids.Select(g => g.UnitDays).Distinct().Count() > 1)
            throw new ArgumentException("Pooled model: found teams whose deals take days beside teams whose deals take months; expected one kind. Pool them apart.", nameof(histories));
        if (known.Any(k => !k.Calendar.HasQuartersOf(known[0].Calendar)))
            throw new ArgumentException("Pooled model: found teams whose quarters begin on different days; expected one calendar. Pool them apart.", nameof(histories));
        var grid = grids.MaxBy(g => g.HorizonDays)!;
        var schema = FeatureSchema.Common([.. known.Select(k => FeatureSchema.From(k, grid.DecayDays))]);
        var features = new FeatureSet(schema);
        var teams = new LandmarkColumns[known.Length];
        Parallel.For(0, known.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Threads), CancellationToken = cancellation }, n =>
            teams[n] = LandmarkColumns.From(TrainingTable.Build(known[n], features, GroupRates.From(known[n], schema.CategoricalAttributes), grid, cutoff, cancellation: cancellation), features, schema.Calendar));
        var trained = WinProbabilityTrainer.Train(LandmarkColumns.Pool(teams), schema, grid, options, cancellation, isPool: true);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('|', [.. known.Select(HistoryHash.Of), cutoff.ToString(), options with { Threads = 0 }])));
        return new PooledPrior(trained, cutoff, Convert.ToHexStringLower(hash)[..16], known.Length);
    }

    /// <summary>The same pool told in a team's own calendar, which cuts time into the same periods.</summary>
    internal PooledPrior In(BusinessCalendar calendar)
    {
        var model = Trained.Model;
        if (calendar == Schema.Calendar) return this;
        var own = new WinProbabilityModel(Schema with { Calendar = calendar }, model.Grid, In(model.Won), In(model.Lost), model.TailWinShare, model.Late);
        return this with { Trained = Trained with { Model = own } };

        CauseModel In(CauseModel cause) => cause with { Pace = cause.Pace?.In(calendar) };
    }

    /// <summary>Why a team cannot use it; null when it can.</summary>
    /// <param name="own">What the team's own data can feed.</param>
    /// <param name="grid">The team's own cells.</param>
    public string? Misfit(FeatureSchema own, TimeGrid grid)
    {
        if (Trained.Model.Won.Trees is null) return "its teams have too few closed deals for a model";
        if (grid.UnitDays != Trained.Model.Grid.UnitDays) return $"its teams' deals are told in units of {Trained.Model.Grid.UnitDays} days, this team's in units of {grid.UnitDays}";
        if (!Schema.Calendar.HasQuartersOf(own.Calendar)) return "its teams' quarters begin on other days than this team's";
        var missing = Schema.LackingIn(own);
        return missing.Count == 0 ? null : $"it needs {string.Join(", ", missing)}, which this team's data lack";
    }
}
