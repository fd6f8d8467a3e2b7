namespace ForecastEngine.Operations;

/// <summary>A deal that may be among those shown with drivers.</summary>
internal readonly record struct ShownDeal(string OpportunityId, double ExpectedRevenue, double WinProbability);

/// <summary>What a part of a rescoring run leaves for its publication.</summary>
/// <param name="Revenue">Its roll-up as bytes; null where the pipeline is added up deal by deal.</param>
/// <param name="Shown">Its deals with the largest expected revenue, largest first.</param>
internal sealed record PartRollup(byte[]? Revenue, IReadOnlyList<ShownDeal> Shown)
{
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
        {
            writer.Write(Shown.Count);
            foreach (var (id, revenue, probability) in Shown)
            {
                writer.Write(id);
                writer.Write(revenue);
                writer.Write(probability);
            }
            writer.Write(Revenue?.Length ?? -1);
            if (Revenue is not null) writer.Write(Revenue);
        }
        return stream.ToArray();
    }

    public static PartRollup FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var shown = new ShownDeal[reader.ReadInt32()];
        for (var i = 0; i < shown.Length; i++) shown[i] = new ShownDeal(reader.ReadString(), reader.ReadDouble(), reader.ReadDouble());
        var length = reader.ReadInt32();
        return new PartRollup(length < 0 ? null : reader.ReadBytes(length), shown);
    }
}
