using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ForecastEngine.Server.Api;

/// <summary>Stable codes of problems: programs compare these, people read the detail.</summary>
public static class ProblemCode
{
    /// <summary>400: a value cannot be read or is out of range.</summary>
    public const string InvalidRequest = "invalid-request";
    /// <summary>401: no key, or one that is unknown, revoked or expired.</summary>
    public const string NotAuthenticated = "not-authenticated";
    /// <summary>403: the key lacks a scope.</summary>
    public const string NotAllowed = "not-allowed";
    /// <summary>404: there is none, or the key may not see it.</summary>
    public const string NotFound = "not-found";
    /// <summary>409: the state of things does not allow it now.</summary>
    public const string Conflict = "conflict";
    /// <summary>412: the thing changed since it was read.</summary>
    public const string Changed = "changed";
    /// <summary>413: the body is too large.</summary>
    public const string TooLarge = "too-large";
    /// <summary>415: the body is of a kind that is not read here.</summary>
    public const string UnknownMediaType = "unknown-media-type";
    /// <summary>429: too many requests.</summary>
    public const string TooMany = "too-many-requests";
    /// <summary>503: nothing is scored yet, or the database does not answer.</summary>
    public const string Unavailable = "unavailable";
    /// <summary>500: a defect.</summary>
    public const string Defect = "defect";

    /// <summary>The code of a status that has no better one.</summary>
    public static string Of(int status) => status switch
    {
        401 => NotAuthenticated, 403 => NotAllowed, 404 or 405 => NotFound, 409 => Conflict, 412 => Changed, 413 => TooLarge,
        415 => UnknownMediaType, 429 => TooMany, 503 => Unavailable, >= 500 => Defect, _ => InvalidRequest,
    };
}

/// <summary>Answers that tell what is wrong, as RFC 9457 has it, each with a stable <c>code</c>.</summary>
public static class Problems
{
    /// <summary>400. <paramref name="detail"/>: <c>where: found …; expected ….</c></summary>
    public static ProblemHttpResult Invalid(string detail) => Of(StatusCodes.Status400BadRequest, ProblemCode.InvalidRequest, detail);

    /// <summary>403.</summary>
    public static ProblemHttpResult NotAllowed(string detail) => Of(StatusCodes.Status403Forbidden, ProblemCode.NotAllowed, detail);

    /// <summary>404.</summary>
    public static ProblemHttpResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, ProblemCode.NotFound, detail);

    /// <summary>409.</summary>
    public static ProblemHttpResult Conflict(string detail) => Of(StatusCodes.Status409Conflict, ProblemCode.Conflict, detail);

    /// <summary>503.</summary>
    public static ProblemHttpResult Unavailable(string detail) => Of(StatusCodes.Status503ServiceUnavailable, ProblemCode.Unavailable, detail);

    /// <summary>Any other.</summary>
    public static ProblemHttpResult Of(int status, string code, string detail) => TypedResults.Problem(new ProblemDetails
    {
        Status = status, Detail = detail, Extensions = { ["code"] = code },
    });
}

/// <summary>A request that cannot be answered, raised below an endpoint; answered as its problem.</summary>
public sealed class ProblemException(int status, string code, string detail) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;

    /// <summary>400: <c>where: found …; expected ….</c></summary>
    public static ProblemException Invalid(string detail) => new(StatusCodes.Status400BadRequest, ProblemCode.InvalidRequest, detail);
}
