using ForecastEngine.Crm;
using ForecastEngine.Storage;

namespace ForecastEngine.Tests.Storage;

public sealed class FactKeysTests
{
    [Fact]
    public void Keys_and_buckets_are_promises() // values computed in Python: hashlib.sha256 over the documented layout, FNV-1a and SplitMix64
    {
        var change = new OpportunityChange { OpportunityId = "1", Field = "Stage", NewValue = "Ž", At = DateTimeOffset.UnixEpoch, RecordedAt = DateTimeOffset.UnixEpoch };
        Assert.Equal("0225122A3392581BF421D44C42430DCC", Convert.ToHexString(FactKeys.Of(change)));
        Assert.Equal((549, 454, 923), (FactKeys.BucketOf("1"), FactKeys.BucketOf("0061t000001"), FactKeys.BucketOf("Ž")));
        OpportunityChange[] others = [change with { OldValue = "" }, change with { NewValue = "Z" }, change with { ChangedBy = "" }, change with { Sequence = 1 }, change with { At = change.At.AddMicroseconds(1) }, change with { RecordedAt = change.At.AddMicroseconds(1) }, change with { OpportunityId = "1S", Field = "tage" }];
        Assert.Equal(8, others.Append(change).Select(c => Convert.ToHexString(FactKeys.Of(c))).Distinct().Count());
    }

    [Fact]
    public void Deals_spread_evenly_over_the_buckets()
    {
        var counts = new int[FactKeys.Buckets];
        for (var i = 0; i < 102_400; i++) counts[FactKeys.BucketOf($"006{i:D9}")]++;
        Assert.InRange(counts.Sum(c => (c - 100.0) * (c - 100.0) / 100.0), 850, 1200); // chi-square with 1023 degrees of freedom
    }
}
