using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>
/// Leads, about three per opportunity. An opportunity that grew from a lead tells when the lead came in; the leads that
/// never convert come in at the rate that makes the true conversion of their source.
/// </summary>
internal sealed class LeadRecorder
{
    private const double MeanDaysToConvert = 9, MostDaysToConvert = 28, MeanDaysToGiveUp = 20, GivenUpShare = 0.85;

    private readonly WorldCourse _course;
    private readonly SimulationOptions _options;
    private readonly RecordingClock _clock;
    private readonly List<Planned> _planned = [];
    private readonly string?[] _leadOf;
    private readonly List<Lead> _leads = [];

    private readonly record struct Planned(
        DateTimeOffset CreatedAt, int Opportunity, long Key, int Source, int Region, int Segment, int Account, int Rep, DateTimeOffset? ConvertedAt);

    private LeadRecorder(WorldCourse course)
    {
        (_course, _options, _clock) = (course, course.Options, new RecordingClock(course.Options));
        _leadOf = new string?[course.Opportunities.Length];
    }

    /// <summary>Activities on leads.</summary>
    public List<Activity> Activities { get; } = [];

    /// <summary>Id of the lead from which an opportunity grew, or null.</summary>
    public string? LeadOf(int opportunity) => _leadOf[opportunity];

    /// <summary>Finds all leads of the world.</summary>
    public static LeadRecorder Record(WorldCourse course)
    {
        var recorder = new LeadRecorder(course);
        if (course.Options.LeadDensity == 0) return recorder;
        for (var i = 0; i < course.Opportunities.Length; i++) recorder.PlanConverted(course.Opportunities[i], i);
        recorder.PlanThoseThatConvertAfterTheEnd();
        for (var week = 0; week < course.Options.Weeks; week++) recorder.PlanLost(course.Week(week));
        recorder.WriteDown();
        return recorder;
    }

    /// <summary>The leads as the CRM knows them: a conversion counts when its opportunity is recorded.</summary>
    public Lead[] Known(IReadOnlyList<Opportunity> opportunities)
    {
        var known = opportunities.Select(o => o.Id).ToHashSet(StringComparer.Ordinal);
        return [.. _leads.Select(l => l.OpportunityId is { } id && !known.Contains(id) ? l with { OpportunityId = null, ConvertedAt = null } : l)];
    }

    private void PlanConverted(in SimulatedOpportunity o, int index)
    {
        var draws = CounterRandom.For(_options.Seed, o.Key, 0, Draw.Lead);
        if (draws.Uniform(0) >= Catalogue.ShareFromLeads || draws.Uniform(1) >= _options.LeadDensity) return;
        var convertedAt = OpportunityRecorder.CreatedAt(_clock, _options.Seed, o);
        var days = Math.Min(MostDaysToConvert, 0.02 - MeanDaysToConvert * Math.Log(draws.Uniform(2)));
        var createdAt = RecordingClock.Later(convertedAt, -days);
        _planned.Add(new Planned(createdAt, index, o.Key, o.Source, o.Region, o.Segment, o.Account, o.Rep, convertedAt));
    }

    private void PlanThoseThatConvertAfterTheEnd()
    {
        var bought = _course.AccountsThatBoughtBefore(_options.Weeks);
        for (var w = _options.Weeks; w < _options.Weeks + WorldCourse.LeadWeeks; w++)
        {
            var week = _course.Week(w);
            var (ordinary, campaign) = Market.Arrivals(week, _options.Seed);
            for (var i = 0; i < ordinary; i++) PlanConverted(_course.Market.Birth(week, i, false, _options.Seed, bought), -1);
            for (var i = 0; i < campaign; i++) PlanConverted(_course.Market.Birth(week, i, true, _options.Seed, bought), -1);
        }
    }

    private void PlanLost(in MarketWeek week)
    {
        for (var source = 0; source < Catalogue.Sources.Length; source++)
        {
            var opportunities = source == Catalogue.CampaignSource ? week.CampaignArrivals : week.Arrivals * Catalogue.Sources[source].Share;
            if (opportunities == 0) continue;
            var conversion = _course.Market.ConversionOf(source);
            var mean = opportunities * Catalogue.ShareFromLeads * _options.LeadDensity * (1 - conversion) / conversion;
            var count = CounterRandom.For(_options.Seed, week.Index, source, Draw.LostLead).Poisson(mean);
            for (var i = 0; i < count; i++)
            {
                var key = -(((long)week.Index * Catalogue.Sources.Length + source << 24) + i + 1);
                var draws = CounterRandom.For(_options.Seed, key, 0, Draw.Lead);
                var account = _course.Market.AccountFor(draws, 3);
                var region = _course.Market.RegionOf(account);
                _planned.Add(new Planned(
                    _clock.Working(week.Index, draws.Below(5, 1), draws.Uniform(2)), -1, key, source, region, _course.Market.SegmentOf(account),
                    draws.Uniform(5) < 0.5 ? account : -1, _course.Market.RepFor(region, draws, 4), null));
            }
        }
    }

    private void WriteDown()
    {
        _planned.RemoveAll(p => p.CreatedAt > _options.ExportedAt);
        _planned.Sort((a, b) => a.CreatedAt != b.CreatedAt ? a.CreatedAt.CompareTo(b.CreatedAt) : a.Key.CompareTo(b.Key));
        for (var i = 0; i < _planned.Count; i++)
        {
            var plan = _planned[i];
            var id = CrmIds.Lead(i, _planned.Count);
            if (plan.Opportunity >= 0) _leadOf[plan.Opportunity] = id;
            var draws = CounterRandom.For(_options.Seed, plan.Key, 1, Draw.Lead);
            DateTimeOffset? disqualifiedAt = plan.ConvertedAt is null && draws.Uniform(0) < GivenUpShare
                ? RecordingClock.Later(plan.CreatedAt, 0.05 - MeanDaysToGiveUp * Math.Log(draws.Uniform(1))) : null;
            var endedAt = plan.ConvertedAt ?? disqualifiedAt ?? DateTimeOffset.MaxValue;
            var recordedAt = _clock.Recorded(plan.CreatedAt, draws, 2);
            if (recordedAt > endedAt) recordedAt = endedAt;
            if (recordedAt > _options.ExportedAt) continue;
            var isConverted = plan.Opportunity >= 0 && plan.ConvertedAt <= _options.ExportedAt;
            _leads.Add(new Lead
            {
                Id = id,
                CreatedAt = plan.CreatedAt,
                RecordedAt = recordedAt,
                Source = Catalogue.Sources[plan.Source].Name,
                Region = Catalogue.Regions[plan.Region],
                Segment = Catalogue.Segments[plan.Segment].Name,
                AccountId = plan.Account >= 0 ? CrmIds.Account(plan.Account, _course.Market.AccountCount) : null,
                OwnerId = CrmIds.Rep(plan.Rep),
                ConvertedAt = isConverted ? plan.ConvertedAt : null,
                OpportunityId = isConverted ? _course.IdOf(plan.Opportunity) : null,
                DisqualifiedAt = disqualifiedAt <= _options.ExportedAt ? disqualifiedAt : null,
            });
            WriteActivities(id, plan, endedAt, recordedAt, draws);
        }
    }

    // A first answer within a day or so and perhaps another, while the lead lives.
    private void WriteActivities(string id, in Planned plan, DateTimeOffset endedAt, DateTimeOffset leadRecordedAt, in CounterRandom draws)
    {
        var at = plan.CreatedAt;
        for (var n = 0; n < 2; n++)
        {
            at = RecordingClock.Later(at, 1 / 86400.0 - (n == 0 ? 1.2 : 6) * Math.Log(draws.Uniform(10 + 8 * n)));
            if (at >= endedAt || draws.Uniform(11 + 8 * n) >= _options.ActivityDensity) continue;
            var recordedAt = _clock.Recorded(at, draws, 12 + 8 * n);
            if (recordedAt < leadRecordedAt) recordedAt = leadRecordedAt;
            if (recordedAt > _options.ExportedAt) continue;
            Activities.Add(new Activity
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"{id}-{n + 1}"),
                LeadId = id,
                Kind = Catalogue.ActivityKinds[draws.Uniform(14 + 8 * n) < 0.6 ? 0 : 1],
                At = at,
                RecordedAt = recordedAt,
                OwnerId = CrmIds.Rep(plan.Rep),
            });
        }
    }
}
