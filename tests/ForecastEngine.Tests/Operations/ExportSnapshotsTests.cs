using ForecastEngine.Crm;
using ForecastEngine.Operations;
using ForecastEngine.Snapshots;
using ForecastEngine.Tests.Forecasting;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Tests.Operations;

/// <summary>What is exported is what scoring and training see.</summary>
public sealed class ExportSnapshotsTests
{
    private static readonly ForecastWorld World = ForecastWorld.Shared;

    [Fact]
    public void Open_deals_stand_in_it_bit_by_bit_as_scoring_sees_them()
    {
        var (table, features) = (ExportSnapshots.Open(World.Bundle.Win, World.Known, World.AsOf), World.Bundle.Win.Features.Features);
        string[] columns = [TrainingTable.OpportunityId, TrainingTable.AsOfColumn, TrainingTable.Stage, .. features.Select(f => f.Name), TrainingTable.AmountNow, TrainingTable.Currency];
        Assert.Equal(columns, table.Columns.Select(c => c.Name));
        var open = World.Pipeline.Open;
        Assert.True(open.Count > 30);
        Assert.Equal(open.Select(s => s.OpportunityId), (StringDataFrameColumn)table.Columns[0]);
        Assert.Equal(open.Select(s => s.Stage), (StringDataFrameColumn)table.Columns[2]);
        Assert.Equal(open.Select(s => (double?)s.Amount), (PrimitiveDataFrameColumn<double>)table.Columns[TrainingTable.AmountNow]);
        Assert.All((PrimitiveDataFrameColumn<DateTime>)table.Columns[1], at => Assert.Equal((World.AsOf.Instant.UtcDateTime, DateTimeKind.Utc), (at!.Value, at.Value.Kind)));
        for (var f = 0; f < features.Count; f++)
            Assert.Equal(open.Select(s => Bits.Of(s.Features[f])), ((PrimitiveDataFrameColumn<float>)table.Columns[features[f].Name]).Select(v => Bits.Of(v!.Value)));
    }

    [Fact]
    public void Labelled_landmarks_are_the_table_that_training_learns_from()
    {
        var win = World.Bundle.Win;
        var eaten = TrainingTable.Build(World.Known, win.Features, GroupRates.From(World.Known, win.Features.Schema.CategoricalAttributes), win.Grid, World.AsOf);
        var table = ExportSnapshots.Labelled(win, World.Known, World.AsOf, threads: 2);
        Assert.Equal([.. eaten.Columns.Select(c => c.Name), TrainingTable.Currency], table.Columns.Select(c => c.Name));
        foreach (var column in eaten.Columns) Assert.Equal(column.Cast<object?>(), table.Columns[column.Name].Cast<object?>());
        Assert.All((StringDataFrameColumn)table.Columns[TrainingTable.Currency], c => Assert.Equal(World.Known.Currency, c));
    }
}
