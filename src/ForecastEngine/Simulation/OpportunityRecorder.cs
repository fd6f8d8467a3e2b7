using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>
/// Writes down opportunities as a CRM sees them: birth, changes, activities, line items. Changes of one opportunity are
/// recorded in the order in which they happened, also when they are recorded late.
/// </summary>
internal sealed class OpportunityRecorder(WorldCourse course)
{
    private const double PushShare = 0.7;
    private static readonly string[] Texts = [.. Catalogue.Stages.Select(s => s.CrmProbability!.Value.ToString("0.00", CultureInfo.InvariantCulture))];

    private readonly SimulationOptions _options = course.Options;
    private readonly RecordingClock _clock = new(course.Options);

    // The opportunity being written.
    private string _id = "", _owner = "";
    private string? _category;
    private SimulatedOpportunity _o;
    private OpportunityState _state;
    private DateOnly _planned;
    private DateTimeOffset _lastRecordedAt;
    private int _activityNumber;

    public List<Opportunity> Opportunities { get; } = [];
    public List<OpportunityChange> Changes { get; } = [];
    public List<Activity> Activities { get; } = [];
    public List<LineItem> LineItems { get; } = [];

    /// <summary>When an opportunity came into being.</summary>
    public static DateTimeOffset CreatedAt(in RecordingClock clock, long seed, in SimulatedOpportunity o)
    {
        var draws = CounterRandom.For(seed, o.Key, o.BirthWeek, Draw.Record);
        return clock.Working(o.BirthWeek, draws.Below(5, 0), draws.Uniform(1));
    }

    /// <summary>Writes down the opportunity at <paramref name="index"/>, as far as it was recorded before the export.</summary>
    public void Record(int index, string? leadId)
    {
        _o = course.Opportunities[index];
        _state = new OpportunityState { Amount = _o.BirthAmount };
        (_id, _owner, _category, _activityNumber) = (course.IdOf(index), CrmIds.Rep(_o.Rep), null, 0);
        if (!RecordBirth(leadId)) return;
        var moves = course.MovesOf(index);
        var next = 0;
        for (var week = _o.BirthWeek + 1; week < _options.Weeks; week++)
        {
            RecordPush(week);
            var move = next < moves.Length && moves[next].Week == week ? moves[next++] : (Move?)null;
            var at = move is { } m ? MoveAt(m) : (DateTimeOffset?)null;
            if (move?.Kind != MoveKind.Purge) RecordActivities(week, move is { IsClose: true } ? at : null);
            if (move is not { } happened) continue;
            RecordMove(happened, at!.Value);
            if (happened.IsClose) break;
        }
    }

    private bool RecordBirth(string? leadId)
    {
        var draws = CounterRandom.For(_options.Seed, _o.Key, _o.BirthWeek, Draw.Record);
        var createdAt = CreatedAt(_clock, _options.Seed, _o);
        var recordedAt = leadId is null ? _clock.Recorded(createdAt, draws, 2) : createdAt;
        if (recordedAt > _options.ExportedAt) return false;
        _planned = FirstPlan(createdAt, draws);
        _lastRecordedAt = recordedAt;
        var account = course.Market.AccountCount;
        Opportunities.Add(new Opportunity
        {
            Id = _id,
            Name = CrmIds.AccountName(_o.Account, account) + " " + Catalogue.Products[_o.Product].Family,
            CreatedAt = createdAt,
            RecordedAt = recordedAt,
            AccountId = CrmIds.Account(_o.Account, account),
            LeadId = leadId,
            OwnerId = _owner,
            ProductId = CrmIds.Product(_o.Product),
            Source = Catalogue.Sources[_o.Source].Name,
            Region = Catalogue.Regions[_o.Region],
            Segment = Catalogue.Segments[_o.Segment].Name,
            Stage = Catalogue.Stages[0].Name,
            Amount = (decimal)_o.BirthAmount,
            PlannedCloseOn = _planned,
            CrmProbability = _options.TracksCrmProbability ? Catalogue.Stages[0].CrmProbability : null,
            Attributes = new Dictionary<string, string>(1) { [Catalogue.FitScore] = _o.Fit.ToString("0.000", CultureInfo.InvariantCulture) },
        });
        Change(OpportunityField.Stage, null, Catalogue.Stages[0].Name, createdAt, recordedAt);
        RecordLineItems(recordedAt);
        return true;
    }

    // Reps plan for about ten weeks, the surer of the deal the sooner, and like the end of a quarter.
    private DateOnly FirstPlan(DateTimeOffset createdAt, in CounterRandom draws)
    {
        var confidence = _options.IsPureNoise ? 0 : 0.1 * _o.Quality;
        var weeks = 11 * Math.Exp(0.35 * draws.Normal(4) - course.Law.RepOptimism[_o.Rep] - confidence);
        return Plan(DateOnly.FromDateTime(createdAt.UtcDateTime).AddDays((int)(7 * weeks)), draws.Uniform(6));
    }

    private DateOnly Plan(DateOnly date, double uniform)
    {
        if (uniform < 0.4) return _options.Calendar.Quarter(date).Until;
        return date.DayOfWeek switch { DayOfWeek.Saturday => date.AddDays(-1), DayOfWeek.Sunday => date.AddDays(-2), _ => date };
    }

    // A close date that has passed is moved four to nine weeks on, as a rule in the week after.
    private void RecordPush(int week)
    {
        var monday = _options.FirstWeek.AddDays(7 * week);
        if (_planned >= monday) return;
        var draws = CounterRandom.For(_options.Seed, _o.Key, week, Draw.Push);
        if (draws.Uniform(0) > PushShare) return;
        var planned = Plan(monday.AddDays(7 * (4 + draws.Below(6, 1)) + draws.Below(5, 2)), draws.Uniform(3) < 0.25 ? 0 : 1);
        var at = _clock.Early(week, 0, draws.Uniform(4));
        Change(OpportunityField.PlannedCloseOn, Text(_planned), Text(planned), at, NotBefore(_clock.Recorded(at, draws, 5)));
        _planned = planned;
    }

    private DateTimeOffset MoveAt(in Move move) =>
        _clock.Working(move.Week, move.Day, CounterRandom.For(_options.Seed, _o.Key, move.Week, Draw.Record).Uniform(0));

    private void RecordMove(in Move move, DateTimeOffset at)
    {
        var draws = CounterRandom.For(_options.Seed, _o.Key, move.Week, Draw.Record);
        var recordedAt = NotBefore(_clock.Recorded(at, draws, 1));
        var before = _state.Stage;
        var after = move.Kind switch { MoveKind.Win => Catalogue.OpenStages, MoveKind.Loss or MoveKind.Purge => Catalogue.OpenStages + 1, _ => move.After.Stage };
        if (move.After.Amount != _state.Amount) Change(OpportunityField.Amount, Text(_state.Amount), Text(move.After.Amount), at, recordedAt);
        if (_options.TracksCrmProbability) Change(OpportunityField.CrmProbability, Texts[before], Texts[after], at, recordedAt);
        var category = Category(after, draws.Uniform(3));
        if (category != _category) Change(OpportunityField.ForecastCategory, _category, category, at, recordedAt);
        if (move.Kind is MoveKind.Loss or MoveKind.Purge)
            Change(OpportunityField.LossReason, null,
                move.Kind == MoveKind.Purge ? Catalogue.PurgeReason : Catalogue.LossReasons[draws.Below(Catalogue.LossReasons.Length, 4)], at, recordedAt);
        Change(OpportunityField.Stage, Catalogue.Stages[before].Name, Catalogue.Stages[after].Name, at, recordedAt);
        (_state, _category) = (move.After, category);
    }

    // Reps begin to commit themselves at the proposal; before it, and for deals that never come so far, there is no category.
    private string? Category(int stage, double uniform)
    {
        var optimism = 2 * course.Law.RepOptimism[_o.Rep];
        return stage switch
        {
            0 or 1 => _category is null ? null : "Pipeline",
            2 => uniform < 0.25 + optimism ? "Best Case" : "Pipeline",
            3 => uniform < 0.20 + optimism ? "Commit" : "Best Case",
            4 => uniform < 0.80 + optimism ? "Commit" : "Best Case",
            5 => "Closed",
            _ => _category is null ? null : "Omitted",
        };
    }

    // The same activities that moved the deal, as far as the rep entered them; none after the close.
    private void RecordActivities(int week, DateTimeOffset? closedAt)
    {
        if (_options.ActivityDensity == 0) return;
        var count = course.Law.Activities(SalesLaw.DrawsOf(_options.Seed, _o, week), _o, _state.Stage, week - _o.BirthWeek);
        if (count == 0) return;
        var draws = CounterRandom.For(_options.Seed, _o.Key, week, Draw.Activity);
        for (var n = 0; n < count; n++)
        {
            var draw = 6 * n;
            if (draws.Uniform(draw) >= _options.ActivityDensity) continue;
            var lastDay = closedAt is { } close ? ((int)close.DayOfWeek + 6) % 7 : 4;
            var day = draws.Below(lastDay + 1, draw + 1);
            var at = closedAt is { } limit && day == lastDay
                ? RecordingClock.WorkingBefore(limit, draws.Uniform(draw + 2))
                : _clock.Working(week, day, draws.Uniform(draw + 2));
            var recordedAt = _clock.Recorded(at, draws, draw + 4);
            if (recordedAt < Opportunities[^1].RecordedAt) recordedAt = Opportunities[^1].RecordedAt;
            if (recordedAt > _options.ExportedAt) continue;
            var meeting = 0.10 + 0.08 * _state.Stage;
            var kind = draws.Uniform(draw + 3) switch { var u when u < meeting => 2, var u when u < meeting + 0.35 => 1, _ => 0 };
            Activities.Add(new Activity
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"{_id}-{++_activityNumber}"),
                OpportunityId = _id,
                Kind = Catalogue.ActivityKinds[kind],
                At = at,
                RecordedAt = recordedAt,
                OwnerId = _owner,
            });
        }
    }

    // One to three products whose amounts sum to the amount at birth.
    private void RecordLineItems(DateTimeOffset recordedAt)
    {
        var draws = CounterRandom.For(_options.Seed, _o.Key, 0, Draw.LineItem);
        Span<int> products = [_o.Product, -1, -1];
        var count = 1;
        for (var extra = 0; extra < 2; extra++)
        {
            if (draws.Uniform(4 * extra) >= (extra == 0 ? 0.35 : 0.12)) continue;
            var product = course.Market.ProductFor(_o.Account, draws.Uniform(4 * extra + 1));
            if (!products[..count].Contains(product)) products[count++] = product;
        }
        var rest = _o.BirthAmount;
        for (var n = count - 1; n >= 0; n--)
        {
            var amount = n == 0 ? rest : 10 * Math.Round(_o.BirthAmount * (0.1 + 0.15 * draws.Uniform(4 * n + 2)) / 10);
            rest -= amount;
            var quantity = Math.Max(1, Math.Round(amount / Catalogue.Products[products[n]].ListPrice));
            LineItems.Add(new LineItem(string.Create(CultureInfo.InvariantCulture, $"{_id}-{n + 1}"), _id, CrmIds.Product(products[n]), (decimal)quantity, (decimal)amount, recordedAt));
        }
    }

    private DateTimeOffset NotBefore(DateTimeOffset recordedAt) => recordedAt > _lastRecordedAt ? recordedAt : _lastRecordedAt;

    private void Change(string field, string? before, string? after, DateTimeOffset at, DateTimeOffset recordedAt)
    {
        _lastRecordedAt = recordedAt;
        if (recordedAt > _options.ExportedAt) return;
        Changes.Add(new OpportunityChange
        {
            OpportunityId = _id, Field = field, OldValue = before, NewValue = after, At = at, RecordedAt = recordedAt, ChangedBy = _owner,
        });
    }

    private static string Text(double amount) => ((decimal)amount).ToString(CultureInfo.InvariantCulture);

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
