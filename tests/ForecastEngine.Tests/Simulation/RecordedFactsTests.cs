using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Simulation;

namespace ForecastEngine.Tests.Simulation;

/// <summary>What the CRM was told is whole and consistent.</summary>
public sealed class RecordedFactsTests
{
    private static readonly SimulatedWorld World = SimulatedWorld.Generate(new SimulationOptions { Seed = 8, RecordingLagShare = 0.1, ZombieShare = 0.05, Weeks = 220 });
    private static readonly CrmFacts Facts = World.Facts;

    [Fact]
    public void Every_id_that_is_named_exists_and_is_unique()
    {
        HashSet<string> Unique(IEnumerable<string> ids)
        {
            var set = new HashSet<string>(StringComparer.Ordinal);
            foreach (var id in ids) Assert.True(set.Add(id), id);
            return set;
        }
        var (opportunities, leads, accounts) = (Unique(Facts.Opportunities.Select(o => o.Id)), Unique(Facts.Leads.Select(l => l.Id)), Unique(Facts.Accounts.Select(a => a.Id)));
        var (products, reps, teams) = (Unique(Facts.Products.Select(p => p.Id)), Unique(Facts.SalesReps.Select(r => r.Id)), Unique(Facts.Teams.Select(t => t.Id)));
        Unique(Facts.Activities.Select(a => a.Id));
        Unique(Facts.LineItems.Select(l => l.Id));
        Assert.All(Facts.Opportunities, o =>
        {
            Assert.Contains(o.AccountId!, accounts);
            Assert.Contains(o.OwnerId!, reps);
            Assert.Contains(o.ProductId!, products);
            if (o.LeadId is { } lead) Assert.Contains(lead, leads);
        });
        Assert.All(Facts.Changes, c => Assert.Contains(c.OpportunityId, opportunities));
        Assert.All(Facts.Activities, a => Assert.True(a.OpportunityId is { } o ? opportunities.Contains(o) : leads.Contains(a.LeadId!)));
        Assert.All(Facts.LineItems, l => Assert.True(opportunities.Contains(l.OpportunityId) && products.Contains(l.ProductId)));
        Assert.All(Facts.SalesReps, r => Assert.Contains(r.TeamId!, teams));
        Assert.All(Facts.Teams, t => Assert.True(t.Id == "T0" ? t.ParentTeamId is null : t.ParentTeamId == "T0"));
        Assert.All(Facts.Quotas, q => Assert.True(q.OwnerId is null && (q.TeamId is null || teams.Contains(q.TeamId))));
    }

    [Fact]
    public void Line_items_sum_to_the_amount_at_birth()
    {
        var sums = Facts.LineItems.GroupBy(l => l.OpportunityId).ToDictionary(g => g.Key, g => g.Sum(l => l.Amount));
        Assert.Equal(Facts.Opportunities.Count, sums.Count);
        Assert.All(Facts.Opportunities, o => Assert.Equal(o.Amount, sums[o.Id]));
        Assert.All(Facts.LineItems, l => Assert.True(l.Quantity >= 1 && l.Amount >= 0));
    }

    [Fact]
    public void Changes_of_a_field_form_a_chain_from_the_value_at_birth_to_the_close()
    {
        var stages = Facts.Stages.ToDictionary(s => s.Name);
        var history = new CrmHistory(Facts);
        Assert.Equal(Facts.Changes.Count, history.ChangeCount);
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var opportunity = history.Opportunities[i];
            var values = new Dictionary<string, string?>
            {
                [OpportunityField.Amount] = opportunity.Amount!.Value.ToString(CultureInfo.InvariantCulture),
                [OpportunityField.PlannedCloseOn] = opportunity.PlannedCloseOn!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                [OpportunityField.CrmProbability] = "0.10",
            };
            var closed = false;
            DateTimeOffset last = default;
            foreach (var change in history.ChangesOf(i))
            {
                Assert.False(closed && change.At > last, "a change after the close");
                Assert.Equal(values.GetValueOrDefault(change.Field), change.OldValue);
                Assert.NotEqual(change.OldValue, change.NewValue);
                Assert.True(change.At >= last && change.At >= opportunity.CreatedAt);
                values[change.Field] = change.NewValue;
                last = change.At;
                closed |= change.Field == OpportunityField.Stage && stages[change.NewValue!].Kind != StageKind.Open;
            }
            Assert.NotNull(values.GetValueOrDefault(OpportunityField.Stage));
            foreach (var activity in history.ActivitiesOf(i))
                Assert.True(activity.At >= opportunity.CreatedAt && !(closed && activity.At > last), "an activity outside the deal's life");
        }
    }

    [Fact]
    public void Won_amounts_add_up_to_the_true_revenue_when_nothing_is_late()
    {
        var world = SimulatedWorld.Generate(new SimulationOptions { Seed = 8, Weeks = 80 });
        var history = new CrmHistory(world.Facts);
        var won = 0m;
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var changes = history.ChangesOf(i).ToArray();
            if (!changes.Any(c => c.NewValue == "Closed Won")) continue;
            var amount = changes.LastOrDefault(c => c.Field == OpportunityField.Amount)?.NewValue;
            won += amount is null ? history.Opportunities[i].Amount!.Value : decimal.Parse(amount, CultureInfo.InvariantCulture);
        }
        Assert.True(won > 0);
        Assert.Equal(world.Truth.ActualRevenue(world.Options.FirstWeek, world.Options.LastDay), won);
    }

    [Fact]
    public void Every_close_in_the_crm_is_a_true_one()
    {
        Assert.All(Facts.Changes.Where(c => c.NewValue == "Closed Won"), c =>
            Assert.Equal(DateOnly.FromDateTime(c.At.UtcDateTime), World.Truth.WonOn(c.OpportunityId)));
    }

    [Fact]
    public void A_tenth_of_the_facts_is_recorded_late_and_none_early_or_after_the_export()
    {
        var late = Facts.Activities.Count(a => a.RecordedAt > a.At) / (double)Facts.Activities.Count;
        Assert.InRange(late, 0.08, 0.13);
        Assert.All(Facts.Activities, a => Assert.True(a.RecordedAt >= a.At && a.RecordedAt <= Facts.ExportedAt));
        Assert.All(Facts.Changes, c => Assert.True(c.RecordedAt >= c.At && c.RecordedAt <= Facts.ExportedAt));
        Assert.All(Facts.Opportunities, o => Assert.True(o.RecordedAt >= o.CreatedAt && o.RecordedAt <= Facts.ExportedAt));
        Assert.All(Facts.Leads, l => Assert.True(l.RecordedAt >= l.CreatedAt && l.RecordedAt <= Facts.ExportedAt));
        Assert.Contains(Facts.Changes, c => c.RecordedAt - c.At > TimeSpan.FromDays(2));
        Assert.Contains(Facts.Opportunities, o => o.RecordedAt > o.CreatedAt);
    }

    [Fact]
    public void Recording_late_changes_what_is_seen_and_nothing_that_happens()
    {
        var plain = SimulatedWorld.Generate(World.Options with { RecordingLagShare = 0 });
        Assert.All(plain.Facts.Changes, c => Assert.Equal(c.At, c.RecordedAt));
        Assert.Equal(plain.Truth.ActualRevenue(plain.Options.FirstWeek, plain.Options.LastDay), World.Truth.ActualRevenue(World.Options.FirstWeek, World.Options.LastDay));
        Assert.True(plain.Facts.Changes.Count > Facts.Changes.Count, "some late changes should have missed the export");
    }

    [Fact]
    public void Leads_and_opportunities_name_each_other()
    {
        var leads = Facts.Leads.ToDictionary(l => l.Id);
        var opportunities = Facts.Opportunities.ToDictionary(o => o.Id);
        Assert.InRange(Facts.Leads.Count / (double)Facts.Opportunities.Count, 2.6, 3.5);
        Assert.InRange(Facts.Opportunities.Count(o => o.LeadId is not null) / (double)Facts.Opportunities.Count, 0.76, 0.84);
        foreach (var o in Facts.Opportunities.Where(o => o.LeadId is not null))
        {
            var lead = leads[o.LeadId!];
            Assert.Equal((o.Id, (DateTimeOffset?)o.CreatedAt), (lead.OpportunityId, lead.ConvertedAt));
            Assert.Equal((o.Source, o.Region, o.AccountId), (lead.Source, lead.Region, lead.AccountId));
            Assert.True(lead.CreatedAt < o.CreatedAt);
        }
        foreach (var lead in Facts.Leads)
        {
            Assert.Equal(lead.OpportunityId is null, lead.ConvertedAt is null);
            if (lead.OpportunityId is { } id) Assert.Equal(lead.Id, opportunities[id].LeadId);
            Assert.False(lead.ConvertedAt is not null && lead.DisqualifiedAt is not null);
        }
    }

    [Fact]
    public void Leads_convert_as_often_as_the_truth_says_of_their_source()
    {
        var old = Facts.Leads.Where(l => l.CreatedAt < Facts.ExportedAt!.Value.AddDays(-35)).GroupBy(l => l.Source!);
        foreach (var source in old)
        {
            var (count, rate) = (source.Count(), World.Truth.LeadConversion(source.Key));
            Assert.True(count > 300);
            Assert.InRange(source.Count(l => l.ConvertedAt is not null) / (double)count, rate - 0.05, rate + 0.05);
        }
    }

    [Fact]
    public void Quotas_are_set_before_their_quarter_and_can_be_met()
    {
        var company = Facts.Quotas.Where(q => q.TeamId is null).ToArray();
        Assert.All(Facts.Quotas, q => Assert.True(q.RecordedAt < new DateTimeOffset(q.From.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)));
        var past = company.Where(q => q.Until <= World.Options.LastDay).Select(q => (double)(World.Truth.ActualRevenue(q.From, q.Until) / q.Amount)).ToArray();
        Assert.True(past.Length >= 6);
        Assert.All(past, attainment => Assert.InRange(attainment, 0.5, 1.8));
        Assert.InRange(past.Average(), 0.8, 1.25);
        foreach (var quarter in Facts.Quotas.GroupBy(q => q.From))
        {
            Assert.Equal(World.Options.Teams + 1, quarter.Count());
            var teams = quarter.Where(q => q.TeamId is not null).Sum(q => q.Amount);
            Assert.InRange(quarter.Single(q => q.TeamId is null).Amount / teams, 0.95m, 0.99m);
        }
    }

    [Fact]
    public void Close_dates_are_optimistic_and_pushed_by_weeks()
    {
        var pushes = Facts.Changes.Where(c => c.Field == OpportunityField.PlannedCloseOn).ToArray();
        Assert.InRange(pushes.Length / (double)Facts.Opportunities.Count, 0.3, 2);
        Assert.All(pushes, p =>
        {
            var (pushedOn, planned) = (DateOnly.FromDateTime(p.At.UtcDateTime), DateOnly.ParseExact(p.NewValue!, "yyyy-MM-dd", CultureInfo.InvariantCulture));
            Assert.True(planned > pushedOn && planned < pushedOn.AddDays(170));
        });
        var firstPlans = Facts.Opportunities.ToDictionary(o => o.Id, o => o.PlannedCloseOn!.Value);
        var wins = Facts.Changes.Where(c => c.NewValue == "Closed Won").ToArray();
        var afterFirstPlan = wins.Count(w => DateOnly.FromDateTime(w.At.UtcDateTime) > firstPlans[w.OpportunityId]);
        Assert.InRange(afterFirstPlan / (double)wins.Length, 0.6, 0.9);
    }
}
