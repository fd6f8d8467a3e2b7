using System.Buffers.Text;
using System.ComponentModel;
using System.Text.Json;
using ForecastEngine.Server.Security;
using ForecastEngine.Storage;

namespace ForecastEngine.Server.Api;

/// <summary>Which open deals are asked for, in what order, and which page of them.</summary>
public sealed record PipelineQuery
{
    /// <summary>Only deals that this person owns or has a revenue split of.</summary>
    [Description("Only deals that this person owns or has a revenue split of.")]
    public string? Owner { get; init; }
    /// <summary>Only this team and the teams below it.</summary>
    [Description("Only this team and the teams below it.")]
    public string? Team { get; init; }
    /// <summary>Only this product.</summary>
    [Description("Only this product.")]
    public string? Product { get; init; }
    /// <summary>Only this region.</summary>
    [Description("Only this region.")]
    public string? Region { get; init; }
    /// <summary>Only this stage.</summary>
    [Description("Only this stage.")]
    public string? Stage { get; init; }
    /// <summary>Only this sales pipeline.</summary>
    [Description("Only this sales pipeline.")]
    public string? Pipeline { get; init; }
    /// <summary>Only this grade.</summary>
    [Description("Only this grade: A, B, C or D.")]
    public string? Grade { get; init; }
    /// <summary>At least this win probability.</summary>
    [Description("At least this win probability, 0-1.")]
    public double? MinWinProbability { get; init; }
    /// <summary>Order.</summary>
    [Description("opportunityId, winProbability, expectedAmount, expectedRevenue or closeOn; a minus in front sorts largest first. Default: -expectedRevenue.")]
    public string? Sort { get; init; }
    /// <summary>Rows on a page.</summary>
    [Description("Rows on a page. Default: 100.")]
    public int? Limit { get; init; }
    /// <summary>The next page, as the one before told.</summary>
    [Description("Where the page before ended, as it told in next.")]
    public string? Cursor { get; init; }
    /// <summary>Date of the run.</summary>
    [Description("The last run on or before this date. Default: the latest.")]
    public DateOnly? AsOf { get; init; }

    /// <summary>The filter for this caller.</summary>
    /// <exception cref="ProblemException">A value cannot be used.</exception>
    public ScoreFilter ToFilter(HttpContext context, TeamScopes teams, PipelineCursor? cursor)
    {
        if (MinWinProbability is < 0 or > 1 or double.NaN) throw ProblemException.Invalid($"minWinProbability: found {MinWinProbability}; expected 0 to 1.");
        if (Grade is not (null or "A" or "B" or "C" or "D")) throw ProblemException.Invalid("grade: found another text; expected A, B, C or D.");
        var (order, descending) = Order();
        var visible = teams.Of(context).TeamIds;
        if (Team is not null)
        {
            var asked = teams.Subtree(Team).TeamIds!;
            visible = visible is null ? asked : [.. asked.Where(visible.Contains)];
        }
        return new ScoreFilter
        {
            OwnerIds = Owner is null ? null : [Owner], TeamIds = visible, ProductId = Product, Region = Region, Stage = Stage, Pipeline = Pipeline, Grade = Grade,
            MinWinProbability = MinWinProbability, OrderBy = order, Descending = descending, After = cursor?.After,
        };
    }

    private (ScoreOrder Order, bool Descending) Order()
    {
        var text = Sort is null or "" ? "-expectedRevenue" : Sort;
        return (text.TrimStart('-') switch
        {
            "opportunityId" => ScoreOrder.OpportunityId, "winProbability" => ScoreOrder.WinProbability, "expectedAmount" => ScoreOrder.ExpectedAmount,
            "expectedRevenue" => ScoreOrder.ExpectedRevenue, "closeOn" => ScoreOrder.CloseOn,
            _ => throw ProblemException.Invalid("sort: found another text; expected opportunityId, winProbability, expectedAmount, expectedRevenue or closeOn, with or without a minus in front."),
        }, text[0] == '-');
    }
}

/// <summary>A place between two pages: the run, so that all pages show the same one, and the last row seen. Callers treat it as opaque.</summary>
/// <param name="RunId">The run of the first page.</param>
/// <param name="Sort">The order it belongs to.</param>
/// <param name="After">The last row seen.</param>
public sealed record PipelineCursor(long RunId, string? Sort, ScoreMark After)
{
    /// <summary>As the caller sees it.</summary>
    public string ToText() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>Reads one.</summary>
    /// <exception cref="ProblemException">It is none of ours.</exception>
    public static PipelineCursor Parse(string text)
    {
        try
        {
            if (text.Length < 4000 && JsonSerializer.Deserialize<PipelineCursor>(Base64Url.DecodeFromChars(text)) is { After.OpportunityId: not null } cursor) return cursor;
        }
        catch (Exception fault) when (fault is JsonException or FormatException)
        {
            // Told below, in the same words as a cursor that is too long.
        }
        throw ProblemException.Invalid("cursor: found a text that this server did not make; expected next of the page before.");
    }
}
