using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

public sealed class ReadyMadeMapTests
{
    public static TheoryData<string> Fixtures => ["forecastengine", "salesforce", "hubspot", "dynamics365", "pipedrive"];

    [Theory, MemberData(nameof(Fixtures))]
    public void An_export_of_its_CRM_is_read_without_a_rejected_row(string crm)
    {
        var result = CrmImport.Read(TestExport.Fixture(crm), TestExport.Load(crm));
        Assert.Empty(result.Rejected);
        Assert.False(result.Report.IsDegraded);
        Assert.Equal(crm == "salesforce" ? 40 : 30, result.Facts.Opportunities.Count);
        Assert.All(result.Facts.Opportunities, o => Assert.True(o.RecordedAt <= result.Report.ExportedAt));
        Assert.DoesNotContain(result.Report.AddedChanges, a => a.Key.Contains("differs", StringComparison.Ordinal));
        var json = JsonSerializer.Serialize(result.Report);
        Assert.Contains("\"Warnings\"", json, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Fixtures))]
    public void A_third_of_the_deals_ends_won_lost_and_open(string crm)
    {
        var facts = CrmImport.Read(TestExport.Fixture(crm), TestExport.Load(crm)).Facts;
        var kinds = facts.Stages.ToDictionary(s => s.Name, s => s.Kind);
        var ends = facts.Opportunities.Select(o => kinds[facts.Changes.LastOrDefault(c => c.OpportunityId == o.Id && c.Field == OpportunityField.Stage)?.NewValue ?? o.Stage!]).ToList();
        Assert.Equal(facts.Opportunities.Count == 40 ? 14 : 10, ends.Count(k => k == StageKind.Won));
        Assert.Equal(facts.Opportunities.Count == 40 ? 13 : 10, ends.Count(k => k == StageKind.Lost));
    }

    [Theory, MemberData(nameof(Fixtures))]
    public void A_second_import_gives_the_same_facts(string crm)
    {
        var (first, second) = (CrmImport.Read(TestExport.Fixture(crm), TestExport.Load(crm)).Facts, CrmImport.Read(TestExport.Fixture(crm), TestExport.Load(crm)).Facts);
        Assert.Equal(first.Opportunities, second.Opportunities);
        Assert.Equal(first.Changes, second.Changes);
        Assert.Equal(first.Activities, second.Activities);
        Assert.Equal(first.LineItems, second.LineItems);
    }

    [Theory, InlineData("forecastengine"), InlineData("hubspot")]
    public void Every_deal_is_born_in_the_first_stage(string crm)
    {
        var facts = CrmImport.Read(TestExport.Fixture(crm), TestExport.Load(crm)).Facts;
        Assert.All(facts.Opportunities, o => Assert.Equal(facts.Stages[0].Name, o.Stage));
    }

    [Fact]
    public void Salesforce_owner_history_counts_by_id_and_private_tasks_are_skipped()
    {
        var result = CrmImport.Read(TestExport.Fixture("salesforce"), TestExport.Load("salesforce"));
        Assert.All(result.Facts.Changes.Where(c => c.Field == OpportunityField.OwnerId), c => Assert.StartsWith("005", c.NewValue, StringComparison.Ordinal));
        Assert.Equal("005A00000000009", result.Facts.Opportunities.Single(o => o.Id == "006A00000000005").OwnerId);
        Assert.Equal(1, result.Report.Entities.Single(e => e.Entity == "activities").Skipped.Values.Single());
        Assert.Contains("second line", result.Facts.Opportunities[0].Name, StringComparison.Ordinal);
        Assert.Equal(20, result.Facts.LineItems.Count);
        Assert.Equal(8, result.Facts.Leads.Count(l => l.ConvertedAt is not null));
        Assert.Equal(8, result.Facts.Leads.Count(l => l.DisqualifiedAt is not null));
    }

    [Fact]
    public void HubSpot_history_without_old_values_is_chained()
    {
        var facts = CrmImport.Read(TestExport.Fixture("hubspot"), TestExport.Load("hubspot")).Facts;
        foreach (var deal in facts.Changes.Where(c => c.Field == OpportunityField.Stage).GroupBy(c => c.OpportunityId))
        {
            string? before = null;
            foreach (var change in deal)
            {
                Assert.Equal(before, change.OldValue);
                before = change.NewValue;
            }
        }
        Assert.Equal(1200.5m, facts.Opportunities[0].Amount);
    }

    [Fact]
    public void Dynamics_reopened_deal_returns_to_its_last_open_step()
    {
        var facts = CrmImport.Read(TestExport.Fixture("dynamics365"), TestExport.Load("dynamics365")).Facts;
        var stages = facts.Changes.Where(c => c.OpportunityId.EndsWith("000000000004", StringComparison.Ordinal) && c.Field == OpportunityField.Stage).ToList();
        Assert.Contains(stages, c => c.OldValue == "Lost" && c.NewValue is not null and not "Lost");
        Assert.Equal("Lost", stages[^1].NewValue);
    }

    [Fact]
    public void Pipedrive_dollars_stay_dollars_with_the_map_s_rate_beside_them()
    {
        var result = CrmImport.Read(TestExport.Fixture("pipedrive"), TestExport.Load("pipedrive"));
        var foreign = Assert.Single(result.Report.ForeignAmounts);
        Assert.Equal(("USD", 0.92m), (foreign.Currency, foreign.Rate));
        var deal = result.Facts.Opportunities.Single(o => o.Id == "4");
        Assert.Equal((930m, "USD"), (deal.Amount, deal.Currency));
    }

    [Fact]
    public void The_stages_file_overrides_the_stages_of_the_map()
    {
        var result = CrmImport.Read(TestExport.Fixture("forecastengine"), TestExport.Load("forecastengine"));
        Assert.Equal(0.4, result.Facts.Stages.Single(s => s.Name == "Discovery").CrmProbability!.Value, 9);
        Assert.All(result.Facts.Opportunities, o => Assert.True(o.Attributes.ContainsKey("fit_score")));
        Assert.Single(result.Facts.Quotas);
        Assert.Equal(20, result.Facts.Leads.Count(l => l.OpportunityId is not null));
    }
}
