using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Tests.Import;

/// <summary>What a deal was born with, and what an export may not tell about its past.</summary>
public sealed class BirthValueTests : IDisposable
{
    private readonly TestExport _export = new();

    public void Dispose() => _export.Dispose();

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void The_old_value_of_the_first_change_is_the_value_at_birth()
    {
        var deal = Assert.Single(_export.Deals("D1,2025-01-01T08:00:00Z,Proposal,900,EUR,R2,,,,")
            .History("D1,Amount,500,900,2025-01-05T08:00:00Z,,", "D1,Stage,Discovery,Proposal,2025-01-04T08:00:00Z,,", "D1,OwnerId,R1,R2,2025-01-03T08:00:00Z,,").Read().Facts.Opportunities);
        Assert.Equal((500m, "Discovery", "R1"), (deal.Amount, deal.Stage, deal.OwnerId));
    }

    [Fact]
    public void A_first_row_at_creation_without_old_value_gives_the_birth_value_and_stays_a_change()
    {
        var facts = _export.Deals("D1,2025-01-01T08:00:00Z,Qualification,,,,,,,").History("D1,Stage,,Qualification,2025-01-01T08:00:01Z,,").Read().Facts;
        Assert.Equal("Qualification", Assert.Single(facts.Opportunities).Stage);
        Assert.Equal("Qualification", Assert.Single(facts.Changes).NewValue);
    }

    [Fact]
    public void A_value_filled_in_later_was_not_known_at_birth() =>
        Assert.Null(_export.Deals("D1,2025-01-01T08:00:00Z,Qualification,700,,,,,,").History("D1,Amount,,700,2025-01-09T08:00:00Z,,").Read().Facts.Opportunities[0].Amount);

    [Fact]
    public void A_tracked_field_without_rows_for_a_deal_never_changed()
    {
        var facts = _export.Deals("D1,2025-01-01T08:00:00Z,Qualification,900,,R1,,,,", "D2,2025-01-01T08:00:00Z,Qualification,300,,R1,,,,")
            .History("D1,Amount,500,900,2025-01-05T08:00:00Z,,").Read().Facts;
        Assert.Equal(300m, facts.Opportunities[1].Amount);
    }

    [Fact]
    public void A_field_that_no_history_covers_is_known_from_the_export_only()
    {
        _export.Mapped(m => m.Replace("{ \"column\": \"owner_id\", \"known\": \"created\" }", "\"owner_id\"", StringComparison.Ordinal));
        var result = _export.Deals("D1,2025-01-01T08:00:00Z,Qualification,900,,R1,,,EU,web").History("D1,Stage,,Qualification,2025-01-01T08:00:00Z,2025-01-02T08:00:00Z,").Read();
        var deal = Assert.Single(result.Facts.Opportunities);
        Assert.Equal((null, "EU", "web"), (deal.OwnerId, deal.Region, deal.Source));
        var owner = Assert.Single(result.Facts.Changes, c => c.Field == OpportunityField.OwnerId);
        Assert.Equal((null, "R1", At("2025-01-02T08:00:00Z"), At("2025-01-02T08:00:00Z")), (owner.OldValue, owner.NewValue, owner.At, owner.RecordedAt));
        Assert.Equal(result.Report.ExportedAt, owner.At);
    }

    [Fact]
    public void A_field_declared_created_is_known_at_birth_unless_the_history_tells_otherwise()
    {
        var result = _export.Deals("D1,2025-01-01T08:00:00Z,Qualification,900,,R1,,,EU,web", "D2,2025-01-01T08:00:00Z,Qualification,900,,R2,,,EU,web")
            .History("D2,OwnerId,R9,R2,2025-01-05T08:00:00Z,2025-01-05T08:00:00Z,").Read();
        Assert.Equal(["R1", "R9"], result.Facts.Opportunities.OrderBy(o => o.Id, StringComparer.Ordinal).Select(o => o.OwnerId));
    }

    [Fact]
    public void Two_times_are_kept_apart()
    {
        var change = Assert.Single(_export.Deals("D1,2025-01-01T08:00:00Z,Proposal,,,,,,,").History("D1,Stage,Discovery,Proposal,2025-01-05T08:00:00Z,2025-02-01T08:00:00Z,").Read().Facts.Changes);
        Assert.Equal((At("2025-01-05T08:00:00Z"), At("2025-02-01T08:00:00Z")), (change.At, change.RecordedAt));
    }

    [Fact]
    public void Without_history_a_closed_deal_closes_at_the_end_of_its_close_date()
    {
        var result = _export.Deals("D1,2025-01-01,Won,900,,,,2025-01-31,,").Read();
        var stage = Assert.Single(result.Facts.Changes, c => c.Field == OpportunityField.Stage);
        Assert.Equal((null, "Won", At("2025-01-31T23:59:59Z"), At("2025-01-31T23:59:59Z")), (stage.OldValue, stage.NewValue, stage.At, stage.RecordedAt));
        Assert.Null(result.Facts.Opportunities[0].Stage);
        Assert.Equal(At("2025-01-01T00:00:00Z"), result.Facts.Opportunities[0].CreatedAt);
        Assert.True(result.Facts.IsDegraded);
        Assert.Equal(At("2025-01-31T23:59:59Z"), Assert.Single(result.Facts.Changes, c => c.Field == OpportunityField.Amount).At);
    }

    [Fact]
    public void Dates_without_a_zone_are_local_to_the_map_s_zone()
    {
        _export.Mapped(m => m.Replace("\"currency\": \"EUR\",", "\"currency\": \"EUR\", \"timeZone\": \"Europe/Ljubljana\",", StringComparison.Ordinal));
        var result = _export.Deals("D1,2025-07-01,Won,,,,,2025-07-31,,").Read();
        Assert.Equal(At("2025-06-30T22:00:00Z"), result.Facts.Opportunities[0].CreatedAt);
        Assert.Equal(At("2025-07-31T21:59:59Z"), result.Facts.Changes[0].At);
    }

    [Fact]
    public void A_deal_closed_on_an_unknown_day_closes_at_the_export_and_is_counted()
    {
        var result = _export.Deals("D1,2025-01-01,Lost,,,,,,,", "D2,2025-03-01,Qualification,,,,,,,").Read();
        Assert.Equal(result.Report.ExportedAt, result.Facts.Changes[0].RecordedAt);
        Assert.Contains(result.Report.Warnings, w => w.StartsWith("1 opportunities are closed on an unknown day", StringComparison.Ordinal));
    }

    [Fact]
    public void A_history_that_disagrees_with_the_current_stage_is_completed_at_the_export()
    {
        var result = _export.Deals("D1,2025-01-01,Won,,,,,2025-01-20,,", "D2,2025-01-01,Lost,,,,,2025-02-20,,")
            .History("D1,Stage,,Discovery,2025-01-01T00:00:10Z,,", "D2,Stage,Discovery,Lost,2025-02-20T10:00:00Z,,").Read();
        var added = result.Facts.Changes.Single(c => c.NewValue == "Won");
        Assert.Equal(("Discovery", result.Report.ExportedAt), (added.OldValue, added.RecordedAt));
        Assert.Contains(result.Report.Warnings, w => w.Contains("another Stage than the end of their history", StringComparison.Ordinal));
    }

    [Fact]
    public void A_history_that_never_tells_closings_leaves_them_to_the_close_date()
    {
        var result = _export.Deals("D1,2025-01-01,Won,,,,,2025-01-20,,").History("D1,Stage,Qualification,Discovery,2025-01-05T00:00:10Z,,").Read();
        Assert.Equal(At("2025-01-20T23:59:59Z"), result.Facts.Changes.Single(c => c.NewValue == "Won").RecordedAt);
    }

    [Fact]
    public void A_deal_closed_before_its_creation_is_kept_on_its_day_and_told()
    {
        var result = _export.Deals("D1,2025-03-01,Won,900,,,,2025-01-31,,", "D2,2025-01-01,Qualification,,,,,,,").Read();
        var closing = Assert.Single(result.Facts.Changes, c => c.NewValue == "Won");
        Assert.Equal((At("2025-01-31T23:59:59Z"), At("2025-03-01T00:00:00Z"), new DateOnly(2025, 1, 31)), (closing.At, closing.RecordedAt, closing.CloseOn));
        Assert.Contains(result.Report.Warnings, w => w.StartsWith("1 opportunities were closed before the CRM says", StringComparison.Ordinal));
        Assert.Contains(HistoryGaps.Of(result.Facts), g => g is { Kind: HistoryGapKind.ClosedBeforeBirth, Count: 1 });
    }

    [Fact]
    public void A_tracked_custom_column_becomes_changes_under_its_name()
    {
        _export.Mapped(m => m.Replace("\"fit_score\": \"created\"", "\"tier\": \"tracked\"", StringComparison.Ordinal));
        var result = _export.With("opportunities.csv", "id,created_at,stage,tier", "D1,2025-01-01,Qualification,gold", "D2,2025-01-01,Qualification,silver")
            .History("D1,tier,bronze,gold,2025-01-05T08:00:00Z,,").Read();
        Assert.Equal(("tier", "bronze", "gold"), result.Facts.Changes.Where(c => c.Field == "tier").Select(c => (c.Field, c.OldValue!, c.NewValue!)).Single());
        Assert.Equal(("bronze", "silver"), (result.Facts.Opportunities[0].Attributes["tier"], result.Facts.Opportunities[1].Attributes["tier"]));
    }

    [Fact]
    public void Real_repetitions_are_all_kept_and_numbered()
    {
        const string row = "D1,Amount,5,6,2025-01-05T08:00:00Z,,";
        _export.Deals("D1,2025-01-01,Qualification,6,,,,,,").History(row, row, row)
            .With("activities.csv", "opportunity_id,kind,at", "D1,Call,2025-01-03T08:00:00Z", "D1,Call,2025-01-03T08:00:00Z");
        var (first, second) = (_export.Read().Facts, _export.Read().Facts);
        Assert.Equal([0, 1, 2], first.Changes.Where(c => c.Field == OpportunityField.Amount).Select(c => c.Sequence));
        Assert.Equal(2, first.Activities.Select(a => a.Id).Distinct().Count());
        Assert.All(first.Activities, a => Assert.Matches("^[0-9a-f]{16}$", a.Id));
        Assert.Equal(first.Activities, second.Activities);
        Assert.Equal(first.Changes, second.Changes);
    }

    [Fact]
    public void Line_items_without_a_time_are_known_from_the_export_only()
    {
        var result = _export.Deals("D1,2025-01-01,Qualification,6,,,,,,").With("products.csv", "id,name", "P1,Product")
            .With("line_items.csv", "opportunity_id,product_id,quantity,amount,recorded_at", "D1,P1,1,10,", "D1,P1,1,10,", "D1,P1,2,20,2025-03-01T00:00:00Z").Read();
        Assert.Equal(At("2025-03-01T00:00:00Z"), result.Report.ExportedAt);
        Assert.All(result.Facts.LineItems, l => Assert.Equal(result.Report.ExportedAt, l.RecordedAt));
        Assert.Equal(3, result.Facts.LineItems.Select(l => l.Id).Distinct().Count());
    }

    [Fact]
    public void A_closed_deal_without_a_creation_time_is_set_aside_even_with_the_fallback()
    {
        _export.Mapped(m => m.Replace("\"createdAt\": \"created_at\", \"recordedAt\": \"recorded_at\", \"accountId\": \"account_id\", \"leadId\": \"lead_id\",", "\"createdAt\": { \"column\": \"created_at\", \"ifEmpty\": \"exportedAt\" },", StringComparison.Ordinal));
        var result = _export.Deals("D1,,Qualification,,,,,,,", "D2,,Won,,,,,2025-01-05,,", "D3,2025-01-09,Qualification,,,,,,,").Read();
        Assert.Equal(["D1", "D3"], result.Facts.Opportunities.Select(o => o.Id));
        Assert.Equal(result.Report.ExportedAt, result.Facts.Opportunities[0].CreatedAt);
        Assert.Equal(3, Assert.Single(result.Rejected).Line);
    }

    [Fact]
    public void Amounts_of_the_history_stay_in_the_deal_s_currency()
    {
        _export.Mapped(m => m.Replace("\"currency\": \"EUR\",", "\"currency\": \"EUR\", \"rates\": { \"USD\": 0.5 },", StringComparison.Ordinal));
        var result = _export.Deals("D1,2025-01-01,Qualification,1000,USD,,,,,").History("D1,Amount,800,1000,2025-01-05T08:00:00Z,,").Read();
        Assert.Equal((800m, "USD"), (result.Facts.Opportunities[0].Amount, result.Facts.Opportunities[0].Currency));
        Assert.Equal("1000", Assert.Single(result.Facts.Changes, c => c.Field == OpportunityField.Amount).NewValue);
        Assert.Equal(new ForeignAmounts("opportunities", "USD", 1, 1000m, 0.5m), Assert.Single(result.Report.ForeignAmounts));
    }
}
