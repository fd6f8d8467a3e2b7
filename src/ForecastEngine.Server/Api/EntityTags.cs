using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ForecastEngine.Server.Security;
using Microsoft.Net.Http.Headers;

namespace ForecastEngine.Server.Api;

/// <summary>ETags: an answer that the caller has already is not sent again.</summary>
public static class EntityTags
{
    /// <summary>The tag of what a run says to this caller.</summary>
    /// <param name="context">The request.</param>
    /// <param name="source">The run.</param>
    /// <param name="more">What else the answer depends on.</param>
    public static string Of(HttpContext context, Source source, long more = 0) =>
        Of(string.Create(CultureInfo.InvariantCulture, $"{source.RunId} {source.PublishedAt?.UtcTicks} {source.Measured?.MadeOn.DayNumber} {more} {Csv.IsWanted(context.Request)} {context.User.TeamId()}"));

    /// <summary>The tag of a content that the text names.</summary>
    public static string Of(string text) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12))}\"";

    /// <summary>Sets the tag; true when the caller has it already and 304 is the whole answer.</summary>
    public static bool IsKnown(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.Headers.Vary = "Accept, Authorization, X-Api-Key";
        if (context.Request.Headers.IfNoneMatch.Count == 0 || !EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)) return false;
        var own = EntityTagHeaderValue.Parse(tag);
        return known.Any(k => k.Tag == "*" || k.Compare(own, useStrongComparison: false));
    }
}
