using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>Real exports, where they are at hand.</summary>
public sealed class RealExportTests
{
    internal static string Folder(string name)
    {
        var folder = Repository.RealExport(name);
        Assert.SkipWhen(folder is null, $"the real export {name} is not on this machine");
        return folder!;
    }

    [Fact]
    public void Bpi2012_is_read_whole()
    {
        var (facts, report, rejected) = CrmImport.Read(Folder("bpi2012"), TestExport.Load("bpi2012"));
        Assert.Empty(rejected);
        Assert.Equal((13_087, 47_092, 64_031), (facts.Opportunities.Count, facts.Changes.Count, facts.Activities.Count));
        Assert.Empty(report.AddedChanges);
        Assert.False(report.IsDegraded);
        Assert.All(facts.Opportunities, o => Assert.Equal("Submitted", o.Stage));
        Assert.All(facts.Opportunities, o => Assert.NotNull(o.Amount));
        Assert.Equal(2_246, facts.Changes.Where(c => c.NewValue == "Closed Won").Select(c => c.OpportunityId).Distinct().Count());
        Assert.Equal(facts.Activities.Count, facts.Activities.Select(a => a.Id).Distinct().Count());
        var history = new CrmHistory(facts);
        Assert.Equal((47_092, 64_031), (history.ChangeCount, history.ActivityCount));
    }

    [Fact]
    public void Bpi2012_read_twice_gives_the_same_keys()
    {
        var (first, second) = (CrmImport.Read(Folder("bpi2012"), TestExport.Load("bpi2012")).Facts, CrmImport.Read(Folder("bpi2012"), TestExport.Load("bpi2012")).Facts);
        Assert.Equal(first.Changes, second.Changes);
        Assert.Equal(first.Activities, second.Activities);
        Assert.Equal(first.Changes.Count, first.Changes.Distinct().Count());
    }

    [Fact]
    public void Maven_crm_has_no_history_and_says_so()
    {
        var (facts, report, rejected) = CrmImport.Read(Folder("maven_crm"), TestExport.Load("maven_crm"));
        Assert.Empty(rejected);
        Assert.True(report.IsDegraded && facts.IsDegraded);
        Assert.Equal((8_800, 85, 7, 35, 9), (facts.Opportunities.Count, facts.Accounts.Count, facts.Products.Count, facts.SalesReps.Count, facts.Teams.Count));
        Assert.Equal(4_238, facts.Changes.Count(c => c is { Field: OpportunityField.Stage, NewValue: "Won" }));
        Assert.Equal(2_473, facts.Changes.Count(c => c is { Field: OpportunityField.Amount, NewValue: "0" }));
        Assert.DoesNotContain(facts.Opportunities, o => o.ProductId == "GTXPro");
        Assert.Contains(report.Warnings, w => w.StartsWith("500 opportunities have no creation time", StringComparison.Ordinal));
        Assert.Contains(report.Warnings, w => w.Contains("degraded mode", StringComparison.Ordinal));
        Assert.Empty(report.Suspicions);
        Assert.All(facts.Opportunities, o => Assert.True(o.Stage is null && o.Amount is null));
        Assert.Equal(new DateTimeOffset(2017, 12, 31, 23, 59, 59, TimeSpan.Zero), report.ExportedAt);
    }
}
