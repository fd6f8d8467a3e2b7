using System.Text.Json;
using ForecastEngine.Crm.Import.Recognition;
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
/// <param name="Status"><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c>, or <c>understood</c>: it came without a map and waits for somebody to agree.</param>
/// <param name="ReceivedAt">When it came in.</param>
/// <param name="FinishedAt">When it was done with.</param>
/// <param name="Map">Name of the import map; empty while none is agreed to.</param>
/// <param name="Files">The files.</param>
/// <param name="Fault">Why it failed; nothing was changed then.</param>
/// <param name="Report">What was read, set aside and added; null before it is imported.</param>
/// <param name="Understanding">What the files were understood as, with the questions that are open; null where there was a map.</param>
public sealed record ImportAnswer(string Id, UploadStatus Status, DateTimeOffset ReceivedAt, DateTimeOffset? FinishedAt, string Map, IReadOnlyList<string> Files, string? Fault, JsonElement? Report, JsonElement? Understanding = null)
{
    /// <summary>As the API writes it.</summary>
    public static ImportAnswer Of(Upload upload)
    {
        var result = upload.Result is null ? (JsonElement?)null : JsonDocument.Parse(upload.Result).RootElement;
        var isUnderstood = upload.Status == UploadStatus.Understood;
        return new(upload.Id, upload.Status, upload.ReceivedAt, upload.FinishedAt, upload.Map, upload.Files.Split('\n'), upload.Fault, isUnderstood ? null : result, isUnderstood ? result : null);
    }
}

/// <summary>What the user says of an export that came without a map.</summary>
/// <param name="Dates"><c>dmy</c> or <c>mdy</c>: whether the day or the month comes first.</param>
/// <param name="Decimal">The decimal sign, a point or a comma.</param>
/// <param name="Currency">The currency to report in (ISO 4217).</param>
/// <param name="TimeZone">Zone of times without an offset.</param>
/// <param name="Won">Stages or statuses that are won.</param>
/// <param name="Lost">Stages or statuses that are lost.</param>
/// <param name="Open">Stages or statuses that are open.</param>
/// <param name="NotRevenue">Pipelines whose deals are no revenue.</param>
/// <param name="Without">Fields that the CRM has not.</param>
public sealed record ImportConfirmation(
    string? Dates = null, string? Decimal = null, string? Currency = null, string? TimeZone = null, IReadOnlyList<string>? Won = null, IReadOnlyList<string>? Lost = null,
    IReadOnlyList<string>? Open = null, IReadOnlyList<string>? NotRevenue = null, IReadOnlyList<string>? Without = null)
{
    internal RecognitionOptions ToOptions() => new()
    {
        Dates = Dates switch { null => null, "dmy" => DateOrder.DayFirst, "mdy" => DateOrder.MonthFirst, _ => throw Wrong("dates", Dates, "dmy or mdy") },
        DecimalSeparator = Decimal switch { null => null, "." or "," => Decimal[0], _ => throw Wrong("decimal", Decimal, "a point or a comma") },
        Currency = Currency is null || Currency.Length == 3 && Currency.All(char.IsAsciiLetterUpper) ? Currency : throw Wrong("currency", Currency, "three capital letters such as EUR"),
        TimeZone = TimeZone is null || TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _) ? TimeZone : throw Wrong("timeZone", TimeZone, "a time zone such as Europe/Ljubljana"),
        Won = Won ?? [], Lost = Lost ?? [], Open = Open ?? [], NotRevenue = NotRevenue ?? [], Without = Without ?? [],
    };

    private static ProblemException Wrong(string field, string found, string expected) =>
        ProblemException.Invalid($"{field}: found \"{(found.Length > 60 ? found[..60] : found)}\"; expected {expected}.");
}

/// <summary>Exports of the CRM, uploaded.</summary>
public static class Imports
{
    /// <summary>Maps /imports.</summary>
    public static RouteGroupBuilder MapImports(this RouteGroupBuilder v1)
    {
        var imports = v1.MapGroup("/imports").WithTags("Data").RequireAuthorization(Scopes.DataWrite, Scopes.WholeCompany);
        imports.MapPost("", Receive).WithName("UploadExport").WithSummary("Uploads an export of the CRM; it is imported in the background")
            .WithDescription("A form with the exported files and, on demand, the field `map` (the name of a ready-made map, or a map as JSON). Without `map` the files are looked at, and the answer (200, status `understood`) says what they are taken for and what is left to ask; `POST imports/{id}/confirm` has them imported, or `confirm=true` in the form, where no question is open. Files: .csv, .tsv, .txt, each also as .gz, .xlsx, or all in one .zip. Importing the same export twice changes nothing. `whole=true`: the export is all there is, and what it lacks is gone from then on; one that lacks more than the share `maxRemoved` (default 0.1) is refused. `exportedAt`: when the files were exported, where they do not tell it rightly; `takeBack=true`: earlier exports that claim a later time count as made then.")
            .Accepts<IFormFileCollection>("multipart/form-data").Produces<ImportAnswer>(StatusCodes.Status202Accepted).Produces<ImportAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        imports.MapPost("/{id}/confirm", Confirm).WithName("ConfirmImport").WithSummary("Agrees to what an upload without a map was understood as, with answers to its questions")
            .WithDescription("The body has the answers, or is `{}`. While a question is open the understanding comes back with status 200 and nothing is imported; else the upload is queued. The map that was agreed to reads the next exports too.")
            .Produces<ImportAnswer>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        imports.MapGet("", List).WithName("ListImports").WithSummary("The latest uploads, newest first");
        imports.MapGet("/{id}", Get).WithName("GetImport").WithSummary("What became of an upload, with its report").ProducesProblem(StatusCodes.Status404NotFound);
        return v1;
    }

    private static async Task<Results<Accepted<ImportAnswer>, Ok<ImportAnswer>>> Receive(HttpContext context, UploadIntake intake, UploadWork work, UploadSettings settings, AuditTrail audit, CancellationToken cancellation)
    {
        // The form's own words come on top of the files.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = settings.Bytes + (2 << 20);
        var upload = await intake.Receive(context.Request, cancellation);
        audit.Add(context, "import.upload", upload.Id, new { upload.Map, files = upload.Files.Split('\n') });
        if (upload.Status == UploadStatus.Understood) return TypedResults.Ok(ImportAnswer.Of(upload));
        work.Wake();
        return TypedResults.Accepted($"/api/v1/imports/{upload.Id}", ImportAnswer.Of(upload));
    }

    private static async Task<Results<Accepted<ImportAnswer>, Ok<ImportAnswer>, ProblemHttpResult>> Confirm(
        string id, ImportConfirmation answers, HttpContext context, Workspace workspace, UploadIntake intake, UploadWork work, AuditTrail audit, CancellationToken cancellation)
    {
        if (id.Length > 100 || id.Contains('\0') || workspace.Requests.FindUpload(id) is not { } upload) return Problems.NotFound("Import: found none of this id; expected one that is listed.");
        if (upload.Status != UploadStatus.Understood)
            throw new ProblemException(StatusCodes.Status409Conflict, ProblemCode.Conflict, $"Import {id}: found it {upload.Status.ToString().ToLowerInvariant()}; expected one that waits for somebody to agree.");
        if (!Directory.Exists(intake.FolderOf(id)))
            throw new ProblemException(StatusCodes.Status409Conflict, ProblemCode.Conflict, $"Import {id}: found its files with {upload.Machine}; expected them here. Confirm there, or upload the export again.");
        var options = answers.ToOptions();
        upload = await Task.Run(() => intake.Understood(upload, options, isAgreed: true, cancellation), cancellation);
        workspace.Requests.Put(upload);
        if (upload.Status == UploadStatus.Queued) audit.Add(context, "import.confirm", upload.Id, answers);
        if (upload.Status == UploadStatus.Understood) return TypedResults.Ok(ImportAnswer.Of(upload));
        work.Wake();
        return TypedResults.Accepted($"/api/v1/imports/{upload.Id}", ImportAnswer.Of(upload));
    }

    private static Ok<IReadOnlyList<ImportAnswer>> List(Workspace workspace) => TypedResults.Ok<IReadOnlyList<ImportAnswer>>([.. workspace.Requests.Uploads().Select(u => ImportAnswer.Of(u) with { Report = null, Understanding = null })]);

    private static Results<Ok<ImportAnswer>, ProblemHttpResult> Get(string id, Workspace workspace) =>
        id.Length <= 100 && !id.Contains('\0') && workspace.Requests.FindUpload(id) is { } upload ? TypedResults.Ok(ImportAnswer.Of(upload)) : Problems.NotFound("Import: found none of this id; expected one that is listed.");
}
