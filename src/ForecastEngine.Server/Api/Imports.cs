using System.Text.Json;
using ForecastEngine.Operations;
using ForecastEngine.Server.Security;
using ForecastEngine.Server.Settings;
using ForecastEngine.Server.Uploads;
using ForecastEngine.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ForecastEngine.Server.Api;

/// <summary>An uploaded export and what became of it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status"><c>queued</c>, <c>running</c>, <c>succeeded</c> or <c>failed</c>.</param>
/// <param name="ReceivedAt">When it came in.</param>
/// <param name="FinishedAt">When it was done with.</param>
/// <param name="Map">Name of the import map.</param>
/// <param name="Files">The files.</param>
/// <param name="Fault">Why it failed; nothing was changed then.</param>
/// <param name="Report">What was read, set aside and added; null before it is imported.</param>
public sealed record ImportAnswer(string Id, UploadStatus Status, DateTimeOffset ReceivedAt, DateTimeOffset? FinishedAt, string Map, IReadOnlyList<string> Files, string? Fault, JsonElement? Report)
{
    /// <summary>As the API writes it.</summary>
    public static ImportAnswer Of(Upload upload) => new(upload.Id, upload.Status, upload.ReceivedAt, upload.FinishedAt, upload.Map, upload.Files.Split('\n'), upload.Fault,
        upload.Result is null ? null : JsonDocument.Parse(upload.Result).RootElement);
}

/// <summary>Exports of the CRM, uploaded.</summary>
public static class Imports
{
    /// <summary>Maps /imports.</summary>
    public static RouteGroupBuilder MapImports(this RouteGroupBuilder v1)
    {
        var imports = v1.MapGroup("/imports").WithTags("Data").RequireAuthorization(Scopes.DataWrite, Scopes.WholeCompany);
        imports.MapPost("", Receive).WithName("UploadExport").WithSummary("Uploads an export of the CRM; it is imported in the background")
            .WithDescription("A form with the field `map` (the name of a ready-made map, or a map as JSON) and the exported files: .csv, .tsv, .txt, each also as .gz, or all in one .zip. Importing the same export twice changes nothing. `whole=true`: the export is all there is, and what it lacks is gone from then on; one that lacks more than the share `maxRemoved` (default 0.1) is refused. `exportedAt`: when the files were exported, where they do not tell it rightly; `takeBack=true`: earlier exports that claim a later time count as made then.")
            .Accepts<IFormFileCollection>("multipart/form-data").Produces<ImportAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        imports.MapGet("", List).WithName("ListImports").WithSummary("The latest uploads, newest first");
        imports.MapGet("/{id}", Get).WithName("GetImport").WithSummary("What became of an upload, with its report").ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static async Task<Accepted<ImportAnswer>> Receive(HttpContext context, UploadIntake intake, UploadWork work, UploadSettings settings, AuditTrail audit, CancellationToken cancellation)
    {
        // The form's own words come on top of the files.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = settings.Bytes + (2 << 20);
        var upload = await intake.Receive(context.Request, cancellation);
        audit.Add(context, "import.upload", upload.Id, new { upload.Map, files = upload.Files.Split('\n') });
        work.Wake();
        return TypedResults.Accepted($"/api/v1/imports/{upload.Id}", ImportAnswer.Of(upload));
    }

    private static Ok<IReadOnlyList<ImportAnswer>> List(Workspace workspace) => TypedResults.Ok<IReadOnlyList<ImportAnswer>>([.. workspace.Requests.Uploads().Select(u => ImportAnswer.Of(u) with { Report = null })]);

    private static Results<Ok<ImportAnswer>, ProblemHttpResult> Get(string id, Workspace workspace) =>
        id.Length <= 100 && !id.Contains('\0') && workspace.Requests.FindUpload(id) is { } upload ? TypedResults.Ok(ImportAnswer.Of(upload)) : Problems.NotFound("Import: found none of this id; expected one that is listed.");
}
