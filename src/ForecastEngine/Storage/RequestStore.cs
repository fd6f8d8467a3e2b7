using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>An answer that is kept, so that a request sent twice is done once.</summary>
public sealed record KeptAnswer
{
    /// <summary>Whose request and which: the sender's idempotency key with the sender's own id.</summary>
    public required string Key { get; init; }
    /// <summary>Hash of what was asked: the same key for another request is a mistake of the sender.</summary>
    public required string RequestHash { get; init; }
    /// <summary>HTTP status; 0 while the first request is at work.</summary>
    public int Status { get; init; }
    /// <summary>Media type of the answer.</summary>
    public string? ContentType { get; init; }
    /// <summary>The answer.</summary>
    public string? Body { get; init; }
    /// <summary>When it was asked or answered.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>What an upload has come to.</summary>
public enum UploadStatus
{
    /// <summary>On disk, waiting.</summary>
    Queued,
    /// <summary>Being imported.</summary>
    Running,
    /// <summary>Imported; the report stands.</summary>
    Succeeded,
    /// <summary>Not imported; nothing was changed.</summary>
    Failed,
    /// <summary>Came without a map and was looked at: it waits for somebody to agree.</summary>
    Understood,
}

/// <summary>An export that somebody uploaded.</summary>
public sealed record Upload
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }
    /// <summary>When it came in.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
    /// <summary>When it was done with.</summary>
    public DateTimeOffset? FinishedAt { get; init; }
    /// <summary>Where it stands.</summary>
    public UploadStatus Status { get; init; }
    /// <summary>Name of the import map.</summary>
    public required string Map { get; init; }
    /// <summary>Names of the files, separated by new lines.</summary>
    public required string Files { get; init; }
    /// <summary>Name of the machine that received the files, for people; who has them imports them.</summary>
    public required string Machine { get; init; }
    /// <summary>What is being done.</summary>
    public string? Step { get; init; }
    /// <summary>The report as JSON; from the moment on at which it is imported.</summary>
    public string? Result { get; init; }
    /// <summary>Why it failed.</summary>
    public string? Fault { get; init; }
}

/// <summary>Requests that must be done once, and uploads.</summary>
public sealed class RequestStore(ForecastDatabase database)
{
    /// <summary>Begins a request, or tells what is known of it: null when this call is the first, or the first one died before <paramref name="diedBefore"/>.</summary>
    /// <exception cref="StorageBusyException">Another writer held the database longer than <paramref name="patience"/>.</exception>
    public KeptAnswer? Begin(KeptAnswer request, DateTimeOffset diedBefore, TimeSpan? patience = null)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange, patience);
        var known = session.Db.GetTable<KeptAnswer>().FirstOrDefault(a => a.Key == request.Key);
        if (known is not null && (known.Status != 0 || known.At >= diedBefore)) return known;
        session.Db.GetTable<KeptAnswer>().Where(a => a.Key == request.Key).Delete();
        session.Db.Insert(request with { Status = 0 });
        session.Commit();
        return null;
    }

    /// <summary>Keeps the answer.</summary>
    public void Finish(KeptAnswer answer)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<KeptAnswer>().Where(a => a.Key == answer.Key).Delete();
        session.Db.Insert(answer);
        session.Commit();
    }

    /// <summary>Forgets a request that failed, so that it can be made again.</summary>
    /// <exception cref="StorageBusyException">Another writer held the database longer than <paramref name="patience"/>.</exception>
    public void Forget(string key, TimeSpan? patience = null)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange, patience);
        session.Db.GetTable<KeptAnswer>().Where(a => a.Key == key).Delete();
        session.Commit();
    }

    /// <summary>Adds or replaces an upload.</summary>
    public void Put(Upload upload)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        session.Db.GetTable<Upload>().Where(u => u.Id == upload.Id).Delete();
        session.Db.Insert(upload);
        session.Commit();
    }

    /// <summary>The upload, or null.</summary>
    public Upload? FindUpload(string id)
    {
        using var db = database.Connect();
        return db.GetTable<Upload>().FirstOrDefault(u => u.Id == id);
    }

    /// <summary>Uploads, newest first.</summary>
    public IReadOnlyList<Upload> Uploads(int take = 100)
    {
        using var db = database.Connect();
        return [.. db.GetTable<Upload>().OrderByDescending(u => u.ReceivedAt).ThenByDescending(u => u.Id).Take(take)];
    }

    /// <summary>Uploads that are not done, oldest first.</summary>
    public IReadOnlyList<Upload> Unfinished()
    {
        using var db = database.Connect();
        return [.. db.GetTable<Upload>().Where(u => u.Status == UploadStatus.Queued || u.Status == UploadStatus.Running).OrderBy(u => u.ReceivedAt).ThenBy(u => u.Id)];
    }

    /// <summary>Uploads that wait for somebody to agree, oldest first.</summary>
    public IReadOnlyList<Upload> Understood()
    {
        using var db = database.Connect();
        return [.. db.GetTable<Upload>().Where(u => u.Status == UploadStatus.Understood).OrderBy(u => u.ReceivedAt).ThenBy(u => u.Id)];
    }

    /// <summary>Forgets answers from before <paramref name="before"/>.</summary>
    public long RemoveBefore(DateTimeOffset before)
    {
        using var session = database.BeginWrite(WritePurpose.Exchange);
        var count = session.Db.GetTable<KeptAnswer>().Where(a => a.At < before).Delete();
        session.Commit();
        return count;
    }
}
