using System.Text;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>What champion and challenger said of one open deal at the same moment.</summary>
/// <param name="OpportunityId">The deal.</param>
/// <param name="Champion">The champion's P(won within the horizon), 0–1.</param>
/// <param name="Challenger">The challenger's.</param>
public readonly record struct ShadowScore(string OpportunityId, double Champion, double Challenger);

/// <summary>The shadow scores of a rescoring run.</summary>
public sealed record ShadowRun
{
    /// <summary>The run whose champion answered.</summary>
    public required long RunId { get; init; }
    /// <summary>Its date.</summary>
    public required DateOnly AsOf { get; init; }
    /// <summary>The version that answered.</summary>
    public required string Champion { get; init; }
    /// <summary>The version that waited.</summary>
    public required string Challenger { get; init; }
    /// <summary>Days ahead that the probabilities speak of.</summary>
    public required int HorizonDays { get; init; }
    /// <summary>How many deals.</summary>
    public required int Deals { get; init; }
    /// <summary>The scores; see <see cref="Unpack"/>.</summary>
    public required byte[] Scores { get; init; }

    /// <summary>The scores as bytes.</summary>
    public static byte[] Pack(IReadOnlyList<ShadowScore> scores)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
            foreach (var score in scores)
            {
                writer.Write(score.OpportunityId);
                writer.Write(score.Champion);
                writer.Write(score.Challenger);
            }
        return bytes.ToArray();
    }

    /// <summary>The scores again.</summary>
    public IEnumerable<ShadowScore> Unpack()
    {
        using var reader = new BinaryReader(new MemoryStream(Scores), Encoding.UTF8);
        for (var i = 0; i < Deals; i++) yield return new ShadowScore(reader.ReadString(), reader.ReadDouble(), reader.ReadDouble());
    }
}

/// <summary>Keeps shadow scores, one set per rescoring run.</summary>
public sealed class ShadowScoreStore(ForecastDatabase database)
{
    /// <summary>Writes the scores of a run in the place of what stood there.</summary>
    public void Put(ShadowRun run)
    {
        using var session = database.BeginWrite(WritePurpose.Runs);
        session.Db.GetTable<ShadowRun>().Delete(r => r.RunId == run.RunId || (r.AsOf == run.AsOf && r.Challenger == run.Challenger && r.Champion == run.Champion));
        session.Db.Insert(run);
        session.Commit();
    }

    /// <summary>Where two versions were scored side by side, by date.</summary>
    public IReadOnlyList<ShadowRun> Of(string champion, string challenger)
    {
        using var session = database.BeginRead();
        return [.. session.Db.GetTable<ShadowRun>().Where(r => r.Champion == champion && r.Challenger == challenger).OrderBy(r => r.AsOf)];
    }

    /// <summary>Removes those of runs before a date; returns how many.</summary>
    public int RemoveBefore(DateOnly date)
    {
        using var session = database.BeginWrite(WritePurpose.Runs);
        var removed = session.Db.GetTable<ShadowRun>().Delete(r => r.AsOf < date);
        session.Commit();
        return removed;
    }
}
