using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>Turns the true course of a world into what its CRM knew at the export.</summary>
internal static class CrmRecorder
{
    private const int ChunkSize = 1024;

    public static CrmFacts Record(WorldCourse course, int threads)
    {
        var leads = LeadRecorder.Record(course);
        var parts = RecordOpportunities(course, leads, threads);
        var opportunities = Joined(parts, p => p.Opportunities);
        var recordedLeads = leads.Known(opportunities);
        return new CrmFacts
        {
            Currency = course.Options.Currency,
            Calendar = course.Options.Calendar,
            ExportedAt = course.Options.ExportedAt,
            Stages = Catalogue.Stages,
            Opportunities = opportunities,
            Changes = Joined(parts, p => p.Changes),
            Activities = [.. Joined(parts, p => p.Activities), .. leads.Activities],
            Leads = recordedLeads,
            Accounts = Accounts(course, opportunities, recordedLeads),
            Products = Products(course),
            LineItems = Joined(parts, p => p.LineItems),
            SalesReps = [.. Enumerable.Range(0, course.Options.Reps).Select(r =>
                new SalesRep(CrmIds.Rep(r), CrmIds.RepName(r), CrmIds.Team(course.Market.TeamOfRep(r))))],
            Teams = [new Team(CrmIds.Company, "Company", null), .. Enumerable.Range(0, course.Options.Teams).Select(t =>
                new Team(CrmIds.Team(t), "Team " + Catalogue.Regions[t], CrmIds.Company))],
            Quotas = QuotaRecorder.Record(course),
        };
    }

    // Chunks are cut by position alone, so the number of threads changes nothing.
    private static OpportunityRecorder[] RecordOpportunities(WorldCourse course, LeadRecorder leads, int threads)
    {
        var parts = new OpportunityRecorder[(course.Opportunities.Length + ChunkSize - 1) / ChunkSize];
        Parallel.For(0, parts.Length, WorldWork.Options(threads), p =>
        {
            var part = new OpportunityRecorder(course);
            for (var i = p * ChunkSize; i < Math.Min((p + 1) * ChunkSize, course.Opportunities.Length); i++) part.Record(i, leads.LeadOf(i));
            parts[p] = part;
        });
        return parts;
    }

    private static T[] Joined<T>(OpportunityRecorder[] parts, Func<OpportunityRecorder, List<T>> list)
    {
        var all = new T[parts.Sum(p => list(p).Count)];
        var next = 0;
        foreach (var part in parts)
        {
            list(part).CopyTo(all, next);
            next += list(part).Count;
        }
        return all;
    }

    // An account enters the CRM with the first lead or opportunity that names it.
    private static Account[] Accounts(WorldCourse course, Opportunity[] opportunities, Lead[] leads)
    {
        var first = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        void See(string? id, DateTimeOffset at)
        {
            if (id is not null && (!first.TryGetValue(id, out var seen) || at < seen)) first[id] = at;
        }
        foreach (var opportunity in opportunities) See(opportunity.AccountId, opportunity.RecordedAt);
        foreach (var lead in leads) See(lead.AccountId, lead.RecordedAt);
        var (market, accounts) = (course.Market, new List<Account>(first.Count));
        for (var a = 0; a < market.AccountCount; a++)
            if (first.TryGetValue(CrmIds.Account(a, market.AccountCount), out var recordedAt))
                accounts.Add(new Account(CrmIds.Account(a, market.AccountCount), CrmIds.AccountName(a, market.AccountCount),
                    Catalogue.Industries[market.IndustryOf(a)], Catalogue.Regions[market.RegionOf(a)], Catalogue.Segments[market.SegmentOf(a)].Name, recordedAt));
        return [.. accounts];
    }

    private static Product[] Products(WorldCourse course)
    {
        var recordedAt = new DateTimeOffset(course.Options.FirstWeek.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return [.. Catalogue.Products.Take(course.Options.Products).Select((p, i) => new Product(CrmIds.Product(i), p.Name, p.Family, p.ListPrice, recordedAt))];
    }
}
