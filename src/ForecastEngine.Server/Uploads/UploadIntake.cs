using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ForecastEngine.Crm.Import;
using ForecastEngine.Crm.Import.Recognition;
using ForecastEngine.Operations;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Settings;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ForecastEngine.Server.Uploads;

/// <summary>
/// Receives an export part by part straight to disk: memory does not grow with it. File names are judged, never followed; what is
/// too large, too many or no plain file is refused as soon as it shows, and leaves nothing behind.
/// </summary>
public sealed class UploadIntake(Workspace workspace, UploadSettings settings)
{
    private static readonly JsonSerializerOptions Understandings = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
    private const int MostMapBytes = 1 << 20;
    private const int Buffer = 1 << 16;
    // Longer than the slowest sender is let alone.
    private static readonly TimeSpan Unreceived = TimeSpan.FromDays(2);
    private static readonly TimeSpan Lost = TimeSpan.FromDays(7);
    private readonly SemaphoreSlim _places = new(settings.AtOnce);

    /// <summary>Where the files of an upload are.</summary>
    public string FolderOf(string uploadId) => Path.Combine(workspace.Folder, "uploads", uploadId);

    /// <summary>The oldest upload that is to be done and whose files are here, whoever received it; null when there is none.</summary>
    public Upload? Next() => workspace.Requests.Unfinished().FirstOrDefault(u => Directory.Exists(FolderOf(u.Id)));

    /// <summary>Removes the files of an upload.</summary>
    public void Remove(string uploadId)
    {
        if (FolderOf(uploadId) is var folder && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Removes files that no upload needs any more, and gives up uploads whose files have been gone for long: their machine did not come back.</summary>
    public void CleanUp()
    {
        var now = workspace.Clock.GetUtcNow();
        if (Path.Combine(workspace.Folder, "uploads") is var uploads && Directory.Exists(uploads))
            foreach (var folder in Directory.GetDirectories(uploads))
                if (workspace.Requests.FindUpload(Path.GetFileName(folder)) is { } known ? known.FinishedAt is not null : now - Directory.GetLastWriteTimeUtc(folder) > Unreceived)
                    Directory.Delete(folder, recursive: true);
        foreach (var waiting in workspace.Requests.Understood().Where(u => now - u.ReceivedAt > Lost))
        {
            workspace.Requests.Put(waiting with { Status = UploadStatus.Failed, FinishedAt = now, Result = null, Fault = $"Nobody agreed to it in {Lost.TotalDays:0} days; expected a confirmation. Upload the export again." });
            Remove(waiting.Id);
        }
        foreach (var lost in workspace.Requests.Unfinished().Where(u => now - u.ReceivedAt > Lost && !Directory.Exists(FolderOf(u.Id))))
            workspace.Requests.Put(lost with
            {
                Status = UploadStatus.Failed, Step = null, FinishedAt = now,
                Fault = $"Its files are with {lost.Machine}, which did not come back for {Lost.TotalDays:0} days; expected it to import them. Upload the export again.",
            });
    }

    /// <summary>Receives an upload; it stands in the database as queued then.</summary>
    /// <exception cref="ProblemException">It is refused.</exception>
    public async Task<Upload> Receive(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= 200 } boundary)
            throw new ProblemException(StatusCodes.Status415UnsupportedMediaType, ProblemCode.UnknownMediaType, "Content-Type: found no form with files; expected multipart/form-data.");
        if (!await _places.WaitAsync(TimeSpan.Zero, cancellation)) throw new ProblemException(StatusCodes.Status429TooManyRequests, ProblemCode.TooMany, "Imports: found as many uploads under way as there is place for; expected fewer. Try again later.");
        var id = RandomNumberGenerator.GetHexString(24, lowercase: true);
        var folder = Directory.CreateDirectory(FolderOf(id)).FullName;
        var isKept = false;
        try
        {
            var upload = await Read(id, folder, new MultipartReader(boundary, request.Body, Buffer) { HeadersCountLimit = 16, HeadersLengthLimit = 8192, BodyLengthLimit = null }, cancellation);
            workspace.Requests.Put(upload);
            isKept = true;
            return upload;
        }
        catch (InvalidDataException fault)
        {
            throw ProblemException.Invalid($"body: found a form that cannot be read ({fault.Message}); expected multipart/form-data.");
        }
        catch (IOException fault) when (fault is not BadHttpRequestException && !cancellation.IsCancellationRequested)
        {
            throw ProblemException.Invalid("body: found a form that ends too early; expected all of its parts.");
        }
        finally
        {
            _places.Release();
            if (!isKept) Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<Upload> Read(string id, string folder, MultipartReader form, CancellationToken cancellation)
    {
        string? map = null;
        var (names, fields) = (new List<string>(), new UploadFields());
        var (budget, unpacked) = (new UploadBudget(settings.Bytes), new UploadBudget(settings.UnpackedBytes));
        for (var parts = 0; await form.ReadNextSectionAsync(cancellation) is { } section; parts++)
        {
            if (parts > settings.Files + 8) throw ProblemException.Invalid($"body: found more than {settings.Files} files; expected fewer, or a setting Uploads:Files that allows them.");
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var part)) throw ProblemException.Invalid("body: found a part without Content-Disposition; expected a form with the fields map and files.");
            var name = HeaderUtilities.RemoveQuotes(part.FileNameStar.HasValue ? part.FileNameStar : part.FileName).Value;
            var field = HeaderUtilities.RemoveQuotes(part.Name).Value;
            if (string.IsNullOrEmpty(name))
            {
                var text = await Text(section.Body, cancellation);
                if (field == "map" && map is null) map = text;
                else fields.Add(field, text);
                continue;
            }
            if (field == "map" && map is null)
            {
                map = await Text(section.Body, cancellation);
                continue;
            }
            FileNames.Check(name);
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase)) throw ProblemException.Invalid("files: found the same name twice; expected each file once.");
            names.Add(name);
            var path = Path.Combine(folder, name);
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, Buffer, FileOptions.Asynchronous))
                await budget.Copy(section.Body, file, name, cancellation);
            if (name.EndsWith(".xlsx", StringComparison.OrdinalIgnoreCase)) await Unpacking.Measure(path, unpacked, cancellation);
            if (FileNames.IsPacked(name)) names = [.. names.Where(n => n != name), .. await Unpacking.Run(path, folder, unpacked, settings.Files - names.Count + 1, cancellation)];
            if (names.Count > settings.Files) throw ProblemException.Invalid($"files: found more than {settings.Files}; expected fewer.");
        }
        if (names.Count == 0) throw ProblemException.Invalid("files: found none; expected the exported files.");
        fields.Save(folder);
        var upload = new Upload { Id = id, ReceivedAt = workspace.Clock.GetUtcNow(), Map = "", Files = string.Join('\n', names.Order(StringComparer.Ordinal)), Machine = Environment.MachineName };
        return string.IsNullOrWhiteSpace(map) ? Understood(upload, RecognitionOptions.None, fields.IsConfirmed, cancellation) : upload with { Map = MapOf(map, folder).Name };
    }

    /// <summary>Looks at an upload that came without a map, or looks again with what the user says.</summary>
    /// <param name="upload">The upload, whose files are here.</param>
    /// <param name="answers">What the user says.</param>
    /// <param name="isAgreed">True to have it imported, as long as no question is open.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The upload: understood, or queued with the map that was agreed to.</returns>
    public Upload Understood(Upload upload, RecognitionOptions answers, bool isAgreed, CancellationToken cancellation)
    {
        var folder = FolderOf(upload.Id);
        var understood = UnderstandExport.Run(workspace, folder, answers, null, cancellation);
        var isClear = isAgreed && understood.Questions.Count == 0;
        if (isClear)
        {
            UnderstandExport.Agree(workspace, understood);
            File.WriteAllText(Path.Combine(folder, FileNames.OwnMap), understood.Map);
        }
        return upload with
        {
            Map = isClear ? FileNames.OwnMap : "", Status = isClear ? UploadStatus.Queued : UploadStatus.Understood,
            Result = isClear ? null : JsonSerializer.Serialize(understood, Understandings),
        };
    }

    /// <summary>The map of an upload that was received.</summary>
    public ImportMap MapOf(Upload upload) => MapOf(upload.Map, FolderOf(upload.Id)).Map;

    // A name is one of the ready-made maps; everything else must be a map itself, which is kept beside the files.
    private static (string Name, ImportMap Map) MapOf(string? map, string folder)
    {
        var own = Path.Combine(folder, FileNames.OwnMap);
        map = map?.Trim();
        if (map == FileNames.OwnMap) return (map, ImportMap.Load(own));
        if (map is not null && ReadyMaps.Find(map) is { } ready) return (map, ImportMap.Parse(ready, map));
        if (map is null or "" || !map.StartsWith('{')) throw ProblemException.Invalid($"map: found no map of this name; expected {string.Join(", ", ReadyMaps.Names)}, or a map as JSON.");
        var read = ImportMap.Parse(map, "map");
        File.WriteAllText(own, map);
        return (FileNames.OwnMap, read);
    }

    private static async Task<string> Text(Stream body, CancellationToken cancellation)
    {
        var bytes = new byte[MostMapBytes + 1];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        if (length > MostMapBytes) throw ProblemException.Invalid($"map: found more than {MostMapBytes} bytes; expected a map.");
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
