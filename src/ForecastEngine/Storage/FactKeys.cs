using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ForecastEngine.Crm;
using ForecastEngine.Statistics;

namespace ForecastEngine.Storage;

/// <summary>Keys of facts that the CRM gives no id, and the buckets by which work is shared out. Both are promises: stored rows depend on them.</summary>
internal static class FactKeys
{
    /// <summary>How many buckets the opportunities fall into.</summary>
    public const int Buckets = 1024;

    /// <summary>The bucket of an opportunity, 0 … 1023, the same on every machine.</summary>
    public static int BucketOf(string opportunityId) => (int)((ulong)CounterRandom.HashOf(opportunityId) >> 54);

    /// <summary>First and last bucket of a part of the work; parts are disjoint and together hold every bucket.</summary>
    public static (int First, int Last) BucketsOf(int partition, int partitions) =>
        partitions is >= 1 and <= Buckets && partition >= 0 && partition < partitions
            ? (FirstOf(partition, partitions), FirstOf(partition + 1, partitions) - 1)
            : throw new ArgumentOutOfRangeException(nameof(partition), $"partition {partition} of {partitions}: expected 1 to {Buckets} partitions, numbered from 0");

    /// <summary>Sixteen bytes that name a change: its bucket, so that rows written bucket by bucket are in order, and
    /// its values and times.</summary>
    public static byte[] Of(OpportunityChange change)
    {
        // A value that was corrected and came back is another fact than the first.
        var by = change.LearnedAt is { } learned ? string.Create(CultureInfo.InvariantCulture, $"{change.ChangedBy}\u001F{StorageMapping.ToMicroseconds(learned)}") : change.ChangedBy;
        var hash = Hash(change.OpportunityId, change.Field, change.OldValue, change.NewValue, by,
            StorageMapping.ToMicroseconds(change.At), StorageMapping.ToMicroseconds(change.RecordedAt), change.Sequence);
        hash.AsSpan(0, 14).CopyTo(hash.AsSpan(2));
        BinaryPrimitives.WriteUInt16BigEndian(hash, (ushort)BucketOf(change.OpportunityId));
        return hash;
    }

    /// <summary>Sixteen bytes that name a quota by whose it is and for which period.</summary>
    public static byte[] Of(Quota quota) => Hash("quota", quota.TeamId, quota.OwnerId, quota.Pipeline, null, quota.From.DayNumber, quota.Until.DayNumber, 0);

    private static int FirstOf(int partition, int partitions) => (partition * Buckets + partitions - 1) / partitions;

    private static byte[] Hash(string? a, string? b, string? c, string? d, string? e, long x, long y, int z)
    {
        var size = Encoding.UTF8.GetMaxByteCount((a?.Length ?? 0) + (b?.Length ?? 0) + (c?.Length ?? 0) + (d?.Length ?? 0) + (e?.Length ?? 0)) + 64;
        var buffer = size <= 1024 ? stackalloc byte[1024] : new byte[size];
        var length = 0;
        foreach (var text in (ReadOnlySpan<string?>)[a, b, c, d, e])
        {
            var count = text is null ? -1 : Encoding.UTF8.GetBytes(text, buffer[(length + 4)..]);
            BinaryPrimitives.WriteInt32LittleEndian(buffer[length..], count);
            length += 4 + Math.Max(count, 0);
        }
        BinaryPrimitives.WriteInt64LittleEndian(buffer[length..], x);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[(length + 8)..], y);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[(length + 16)..], z);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer[..(length + 20)], hash);
        return hash[..16].ToArray();
    }
}
