using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Crm.Import;

namespace ForecastEngine.Tests.Import;

/// <summary>The times at which deals entered their stages, as screen exports have them, become a history.</summary>
public sealed class StageTimeTests : IDisposable
{
    private readonly TestExport _export = new() { Map = Map() };

    public void Dispose() => _export.Dispose();

    private static ImportMap Map(string more = "") => ImportMap.Parse($$"""
        {
          "name": "Wide", "currency": "EUR",
          "stages": [ { "name": "Talk", "kind": "open" }, { "name": "Quote", "kind": "open" }, { "name": "Deal", "kind": "open" }, { "name": "Won", "kind": "won" }, { "name": "Lost", "kind": "lost" } ],
          "aliases": { "stage": { "Talk (Sales)": "Talk" } },
          "entities": {
            "opportunities": {
              "files": "deals.csv",
              "fields": { "id": "Record ID", "createdAt": "Create Date", "stage": "Deal Stage", "closedAt": "Close Date", "stageSince": "Since" },
              "entered": { "In Talk": "Talk (Sales)", "In Quote": "Quote", "In Deal": "Deal", "In Won": "Won", "In Lost": "Lost" }
            }{{more}}
          }
        }
        """);

    private ImportResult Read(params string[] rows) => _export.With("deals.csv", ["Record ID,Create Date,Deal Stage,Close Date,In Talk,In Quote,In Deal,In Won,In Lost", .. rows]).Read();

    private static string Way(ImportResult result, string id = "D1") => string.Join(" ", result.Facts.Changes
        .Where(c => c.OpportunityId == id && c.Field == OpportunityField.Stage)
        .Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.OldValue}>{c.NewValue}@{c.RecordedAt:MM-dd}")));

    [Fact]
    public void Stage_times_become_changes_that_follow_each_other()
    {
        var result = Read("D1,2025-01-01T08:00:00Z,Won,2025-02-01,2025-01-01T08:00:00Z,2025-01-10T08:00:00Z,,2025-02-03T08:00:00Z,");
        Assert.Equal(">Talk@01-01 Talk>Quote@01-10 Quote>Won@02-03", Way(result));
        Assert.Equal("Talk", result.Facts.Opportunities[0].Stage);
        Assert.Equal(new DateOnly(2025, 2, 1), result.Facts.Changes[^1].CloseOn);
        Assert.False(result.Report.IsDegraded);
        Assert.Empty(result.Report.AddedChanges);
    }

    [Fact]
    public void An_empty_closing_leaves_it_to_the_close_date() =>
        Assert.Equal(">Talk@01-01 Talk>Quote@01-10 Quote>Lost@02-01", Way(Read(
            "D1,2025-01-01T08:00:00Z,Lost,2025-02-01,2025-01-01T08:00:00Z,2025-01-10T08:00:00Z,,,",
            "D2,2025-01-01T08:00:00Z,Won,2025-03-01,2025-01-01T08:00:00Z,,,2025-03-01T08:00:00Z,")));

    [Fact]
    public void A_deal_that_went_back_was_born_in_the_earliest_stage_that_it_has_been_in()
    {
        var result = Read("D1,2025-01-01T08:00:00Z,Talk,,2025-03-01T08:00:00Z,2025-01-10T08:00:00Z,,,");
        Assert.Equal("Talk", result.Facts.Opportunities[0].Stage);
        Assert.Equal(">Talk@01-01 Talk>Quote@01-10 Quote>Talk@03-01", Way(result));
    }

    [Fact]
    public void Stages_of_one_day_stand_in_their_order_and_the_present_one_last() =>
        Assert.Equal(">Talk@01-01 Talk>Deal@01-05 Deal>Quote@01-05", Way(Read("D1,2025-01-01,Quote,,2025-01-01,2025-01-05,2025-01-05,,")));

    [Fact]
    public void A_closing_ends_the_way_of_a_closed_deal()
    {
        var result = Read("D1,2025-01-01T08:00:00Z,Won,2025-02-01,2025-01-01T08:00:00Z,2025-02-09T08:00:00Z,,2025-02-01T08:00:00Z,");
        Assert.Equal(">Talk@01-01 Talk>Won@02-01", Way(result));
        Assert.Contains(result.Report.Warnings, w => w.StartsWith("1 closed opportunities entered other stages after", StringComparison.Ordinal));
    }

    [Fact]
    public void The_entry_into_the_present_stage_alone_is_known_and_no_history()
    {
        var result = _export.With("deals.csv", "Record ID,Create Date,Deal Stage,Close Date,Since",
            "D1,2025-01-01T08:00:00Z,Deal,,2025-01-20T08:00:00Z", "D2,2025-01-01T08:00:00Z,Won,2025-02-01,2025-02-01T09:00:00Z").Read();
        Assert.Equal(">Deal@01-20", Way(result));
        Assert.Equal(">Won@02-01", Way(result, "D2"));
        Assert.True(result.Report.IsDegraded);
        Assert.Contains(SuccessiveExports.WeeksToLearn + " weeks", result.Report.DegradedMode, StringComparison.Ordinal);
    }

    [Fact]
    public void A_return_into_the_present_stage_counts_where_the_columns_have_its_first_entry() =>
        Assert.Equal(">Talk@01-01 Talk>Quote@01-10 Quote>Talk@02-01", Way(_export.With("deals.csv", "Record ID,Create Date,Deal Stage,In Talk,In Quote,Since",
            "D1,2025-01-01T08:00:00Z,Talk,2025-01-01T08:00:00Z,2025-01-10T08:00:00Z,2025-02-01T08:00:00Z").Read()));

    [Fact]
    public void History_rows_tell_more_and_stage_times_only_what_came_before_them()
    {
        _export.Map = Map(""", "changes": { "files": "log.csv", "fields": { "opportunityId": "Id", "field": { "constant": "Stage" }, "oldValue": "From Stage", "newValue": "To Stage", "at": "Last Modified" } }""");
        _export.With("log.csv", "Id,From Stage,To Stage,Last Modified", "D1,Quote,Deal,2025-01-20T08:00:00Z", "D1,Deal,Quote,2025-01-25T08:00:00Z");
        Assert.Equal(">Talk@01-01 Talk>Quote@01-10 Quote>Deal@01-20 Deal>Quote@01-25",
            Way(Read("D1,2025-01-01T08:00:00Z,Quote,,2025-01-01T08:00:00Z,2025-01-10T08:00:00Z,2025-01-20T08:00:00Z,,")));
    }

    [Fact]
    public void A_history_report_with_a_row_for_each_field_is_read()
    {
        _export.Map = Map(""", "changes": { "files": "log.csv", "fields": { "opportunityId": "Opportunity ID", "field": "Field / Event", "oldValue": "Old Value", "newValue": "New Value", "at": "Edit Date" }, "history": { "Stage": "Stage", "Created.": null } }""");
        _export.With("log.csv", "Opportunity ID,Field / Event,Old Value,New Value,Edit Date", "D1,Created.,,,2025-01-01T08:00:00Z", "D1,Stage,Talk,Quote,2025-01-08T08:00:00Z");
        Assert.Equal("Talk>Quote@01-08", Way(Read("D1,2025-01-01T08:00:00Z,Quote,,,,,,")));
    }

    [Fact]
    public void An_unknown_stage_in_the_map_is_named() =>
        Assert.Contains("the stage \"Offer\" for the column \"In Offer\"", Assert.Throws<ImportException>(() =>
        {
            _export.Map = ImportMap.Parse("""{ "name": "x", "currency": "EUR", "stages": [ { "name": "Talk", "kind": "open" } ], "entities": { "opportunities": { "files": "deals.csv", "fields": { "id": "Record ID", "stage": "Deal Stage" }, "entered": { "In Offer": "Offer" } } } }""");
            Read("D1,2025-01-01,Talk,,,,,,");
        }).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(SuccessiveExports.WeeksToLearn - 1, 7, false)]
    [InlineData(SuccessiveExports.WeeksToLearn, 7, true)]
    [InlineData(7 * SuccessiveExports.WeeksToLearn - 7, 1, false)]
    [InlineData(7 * SuccessiveExports.WeeksToLearn, 1, true)]
    public void Exports_of_enough_different_weeks_tell_stages(int exports, int daysApart, bool expected) =>
        Assert.Equal(expected, SuccessiveExports.TellStages([.. Enumerable.Range(0, exports).Select(i => new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero).AddDays(i * daysApart))]));
}
