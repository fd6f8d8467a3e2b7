using ForecastEngine.Crm;

namespace ForecastEngine.Tests.Import;

/// <summary>Splits of deals, and since when a rep is in a team, as files tell them.</summary>
public sealed class SplitImportTests
{
    private const string Splits = "opportunity_id,owner_id,share,amount,kind,recorded_at";

    [Fact]
    public void Splits_are_read_with_their_kind_and_share()
    {
        using var export = Deals().With("splits.csv", Splits, "A,R1,0.6,,revenue,2025-03-01T00:00:00Z", "A,R2,,100,,", "A,R3,2.5,,Overlay,", "B,R1,1/3,,revenue,", "B,R1,0.2,,bonus,", "C,R1,0.5,,,", "B,R1,,5,,", "A,R4,1.5,,revenue,", "A,R5,,,,");
        var result = export.Read();
        Assert.Equal(
            [("A", "R1", 0.6m, SplitKind.Revenue), ("A", "R2", 0.25m, SplitKind.Revenue), ("A", "R3", 2.5m, SplitKind.Overlay)],
            result.Facts.Splits.Select(s => (s.OpportunityId, s.OwnerId, s.Share, s.Kind)));
        Assert.Equal(new DateTimeOffset(2025, 3, 1, 0, 0, 0, TimeSpan.Zero), result.Facts.Splits[0].RecordedAt);
        Assert.Equal(result.Report.ExportedAt, result.Facts.Splits[1].RecordedAt);
        Assert.Equal(["share", "kind", "opportunity_id", "amount", "share", "amount"], result.Rejected.Select(r => r.Column));
        Assert.Contains(result.Rejected, r => r.ToString().Contains("\"bonus\"", StringComparison.Ordinal) && r.ToString().Contains("revenue, overlay or the id of a split type", StringComparison.Ordinal));
    }

    [Fact]
    public void Revenue_splits_above_the_whole_are_told_and_kept()
    {
        using var export = Deals().With("splits.csv", Splits, "A,R1,0.8,,revenue,", "A,R2,0.7,,revenue,", "B,R1,0.5,,revenue,", "B,R2,3,,overlay,");
        var result = export.Read();
        Assert.Equal(4, result.Facts.Splits.Count);
        Assert.Contains("Deals whose revenue splits sum to more than 100 %: 1, for instance A. Each of these splits counts by its ratio to the sum.", result.Report.Warnings);
    }

    [Fact]
    public void Salesforce_splits_take_their_kind_from_the_split_types()
    {
        using var export = new TestExport { Map = TestExport.Load("salesforce") }
            .With("Opportunity.csv", "Id,Name,CreatedDate,StageName,Amount,CloseDate,OwnerId", "006A,A,2025-01-01T00:00:00.000Z,Prospecting,100,2025-06-30,005A")
            .With("OpportunitySplitType.csv", "Id,DeveloperName,MasterLabel,IsTotalValidated", "149R,Revenue,Umsatz,true", "149O,Overlay,Overlay,false", "149C,Commission,Provision,false")
            .With("OpportunitySplit.csv", "Id,OpportunityId,SplitOwnerId,SplitPercentage,SplitAmount,SplitTypeId,CreatedDate,IsDeleted",
                "1SA,006A,005A,60,60,149R,2025-01-02T00:00:00.000Z,false", "1SB,006A,005B,40,40,149R,2025-01-02T00:00:00.000Z,false",
                "1SC,006A,005C,100,100,149O,2025-01-02T00:00:00.000Z,false", "1SD,006A,005C,100,100,149C,2025-01-02T00:00:00.000Z,false",
                "1SE,006A,005C,10,10,149R,2025-01-02T00:00:00.000Z,true");
        var result = export.Read();
        Assert.Equal([("005A", 0.6m, SplitKind.Revenue), ("005B", 0.4m, SplitKind.Revenue), ("005C", 1m, SplitKind.Overlay)], result.Facts.Splits.Select(s => (s.OwnerId, s.Share, s.Kind)));
        Assert.Equal(["1SE"], result.Facts.GoneSplits);
        Assert.Equal(1, result.Report.Entities.Single(e => e.Entity == "splits").Skipped["of a split type that is neither revenue nor overlay"]);
        Assert.Empty(result.Rejected);
    }

    [Fact]
    public void Since_when_a_rep_is_in_a_team_makes_the_present_team_and_those_before()
    {
        using var export = Deals().With("sales_reps.csv", "id,name,team_id,since", "R1,Ana,T1,", "R1,Ana,T2,2024-12-01", "R1,Ana,T3,2099-01-01", "R2,Bo,T1,");
        var facts = export.Read().Facts;
        Assert.Equal([new SalesRep("R1", "Ana", "T2"), new SalesRep("R2", "Bo", "T1")], facts.SalesReps);
        TeamMembership[] expected = [new("R1", "T1", null), new("R1", "T2", new(2024, 12, 1)), new("R1", "T3", new(2099, 1, 1))];
        Assert.Equal(expected, facts.Memberships);
    }

    private static TestExport Deals() => new TestExport().With("stages.csv", "name,order,kind,crm_probability", "New,0,open,0.1", "Won,1,won,1", "Lost,2,lost,0")
        .Deals("A,2025-01-01T00:00:00Z,New,400,EUR,R1,,,,", "B,2025-01-02T00:00:00Z,New,,EUR,R2,,,,");
}
