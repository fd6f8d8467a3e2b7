namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>What was made of files without a map, before anything is imported: for people to agree to.</summary>
public sealed record Understanding
{
    /// <summary>Name of the ready map, or of the team's own, that fits best; null where none does.</summary>
    public required string? Layout { get; init; }
    /// <summary>What that map is for, in words.</summary>
    public required string Product { get; init; }
    /// <summary>Every file and what it holds.</summary>
    public required IReadOnlyList<FileUnderstood> Files { get; init; }
    /// <summary>Every column of the files that are read, and its use.</summary>
    public IReadOnlyList<ColumnUnderstood> Columns { get; init; } = [];
    /// <summary>Every stage that the files name, in order.</summary>
    public IReadOnlyList<StageUnderstood> Stages { get; init; } = [];
    /// <summary>Every pipeline; empty where the files have no such column.</summary>
    public IReadOnlyList<PipelineUnderstood> Pipelines { get; init; } = [];
    /// <summary>Every currency of the deals, with how many deals are in it.</summary>
    public IReadOnlyDictionary<string, long> Currencies { get; init; } = new Dictionary<string, long>();
    /// <summary>Those of them that no rate into <see cref="Currency"/> is known for: their amounts wait for one.</summary>
    public IReadOnlyList<string> WithoutRate { get; init; } = [];
    /// <summary>The currency to report in; null while it is not known.</summary>
    public string? Currency { get; init; }
    /// <summary>The company's own currency, where columns of their own state amounts in it; null where none do.</summary>
    public string? CompanyCurrency { get; init; }
    /// <summary>How dates are written.</summary>
    public IReadOnlyList<string> Dates { get; init; } = [];
    /// <summary>The decimal sign.</summary>
    public char DecimalSeparator { get; init; } = '.';
    /// <summary>Zone of times without an offset.</summary>
    public string TimeZone { get; init; } = "UTC";
    /// <summary>What only the user can say; empty where nothing is open.</summary>
    public IReadOnlyList<ImportQuestion> Questions { get; init; } = [];
    /// <summary>The map made of all this, as JSON; null while a question is open that it needs.</summary>
    public string? Map { get; init; }
}

/// <summary>A file, and what it holds.</summary>
/// <param name="File">Its name.</param>
/// <param name="Entity">The kind of record; null where it is not used.</param>
/// <param name="Rows">How many rows.</param>
public sealed record FileUnderstood(string File, string? Entity, long Rows);

/// <summary>A column, and its use.</summary>
/// <param name="File">Its file.</param>
/// <param name="Column">Its header.</param>
/// <param name="Use">What becomes of it.</param>
/// <param name="Field">The field that it fills, where it is one.</param>
/// <param name="Kind">How its values read: number, category, date, text or empty.</param>
/// <param name="FilledShare">Share of the rows in which it is filled, 0–1.</param>
/// <param name="Levels">How many different values it has; the most that are counted where there are more.</param>
public sealed record ColumnUnderstood(
    string File, string Column, ColumnUse Use, string? Field, string Kind, double FilledShare, int Levels);

/// <summary>What becomes of a column.</summary>
public enum ColumnUse
{
    /// <summary>It fills a field.</summary>
    Field,
    /// <summary>A further column known when the deal is created: it may tell about winning.</summary>
    Created,
    /// <summary>It tells when the deal entered a stage.</summary>
    Entered,
    /// <summary>The product's own; it repeats another, or only the present knows it.</summary>
    NotNeeded,
    /// <summary>It has no values.</summary>
    Empty,
    /// <summary>It has one value.</summary>
    OneValue,
    /// <summary>Nearly every row has another value: a name, an id, a remark.</summary>
    NearlyUnique,
    /// <summary>It is a date of which nothing is known.</summary>
    UnknownDate,
    /// <summary>Closed deals have it more often than open ones: it is filled in on the way.</summary>
    FilledInLater,
    /// <summary>It tells the outcome by itself: it was filled in after it.</summary>
    LooksLikeALeak,
    /// <summary>Files of this kind of record are read for their fields only.</summary>
    NotRead,
}

/// <summary>A stage.</summary>
/// <param name="Name">As the files write it, without the pipeline.</param>
/// <param name="Pipeline">Its pipeline; null where there are none.</param>
/// <param name="Kind">Won, lost or open; null where only the user can say.</param>
/// <param name="By">How the kind is known.</param>
/// <param name="Deals">How many deals stand in it.</param>
/// <param name="Probability">The CRM's own probability of its open deals, 0–1; null where it is not told.</param>
public sealed record StageUnderstood(
    string Name, string? Pipeline, StageKind? Kind, StageEvidence By, long Deals, double? Probability);

/// <summary>How the kind of a stage is known.</summary>
public enum StageEvidence
{
    /// <summary>The user said so.</summary>
    Stated,
    /// <summary>From what was imported before, or the map.</summary>
    Known,
    /// <summary>From a column that tells won, lost and open.</summary>
    Column,
    /// <summary>From its name.</summary>
    Name,
    /// <summary>From the CRM's own probability of 100 %.</summary>
    Probability,
    /// <summary>Nothing says that it is closed.</summary>
    Default,
    /// <summary>The signs disagree or are missing.</summary>
    Unclear,
}

/// <summary>A pipeline.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>newBusiness</c>, <c>renewal</c>, <c>expansion</c> or <c>notRevenue</c>.</param>
/// <param name="Deals">How many deals are in it.</param>
public sealed record PipelineUnderstood(string Name, string Kind, long Deals);

/// <summary>Something that only the user can say.</summary>
/// <param name="About">What.</param>
/// <param name="Subject">The field, column or stages that it is about.</param>
/// <param name="Found">What was found, with its count.</param>
public sealed record ImportQuestion(QuestionAbout About, string Subject, IReadOnlyDictionary<string, long> Found);

/// <summary>What a question is about.</summary>
public enum QuestionAbout
{
    /// <summary>No file looks like deals.</summary>
    NoDeals,
    /// <summary>No column for a field that a forecast cannot do without.</summary>
    NoColumn,
    /// <summary>Ids that are missing or come several times.</summary>
    Ids,
    /// <summary>Day or month first.</summary>
    DateOrder,
    /// <summary>Dates in both orders, or that cannot be read.</summary>
    MixedDates,
    /// <summary>Point or comma.</summary>
    DecimalSign,
    /// <summary>Numbers with both decimal signs, or that cannot be read.</summary>
    MixedNumbers,
    /// <summary>Which stages are won, lost and open.</summary>
    Stages,
    /// <summary>Deals are won and none is lost.</summary>
    NoLost,
    /// <summary>What a status means.</summary>
    Statuses,
    /// <summary>Several columns may be the amount.</summary>
    Amounts,
    /// <summary>Currencies that are no codes.</summary>
    Currencies,
    /// <summary>The currency of the amounts.</summary>
    Currency,
    /// <summary>The currency of columns that state amounts in the company's own.</summary>
    CompanyCurrency,
    /// <summary>Further sheets with deals, of which only one is read.</summary>
    Sheets,
}
