namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>What is known beside the files: what the user said, and what was imported before.</summary>
public sealed record RecognitionOptions
{
    /// <summary>Nothing.</summary>
    public static RecognitionOptions None { get; } = new();

    /// <summary>Whether the day or the month comes first; null to tell it from the files.</summary>
    public DateOrder? Dates { get; init; }
    /// <summary>The decimal sign, a point or a comma; null to tell it from the files.</summary>
    public char? DecimalSeparator { get; init; }
    /// <summary>The currency to report in (ISO 4217); null for the history's, else the one of most deals.</summary>
    public string? Currency { get; init; }
    /// <summary>Zone of times without an offset; null for the history's.</summary>
    public string? TimeZone { get; init; }
    /// <summary>Stages or statuses that are won.</summary>
    public IReadOnlyList<string> Won { get; init; } = [];
    /// <summary>Stages or statuses that are lost.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];
    /// <summary>Stages or statuses that are open.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];
    /// <summary>Pipelines whose deals are no revenue.</summary>
    public IReadOnlyList<string> NotRevenue { get; init; } = [];
    /// <summary>Fields that the files lack, as the user knows, and columns that are left out.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>The sheet of spreadsheets; null for the first.</summary>
    public string? Sheet { get; init; }

    /// <summary>The currency of what was imported before.</summary>
    public string? KnownCurrency { get; init; }
    /// <summary>The business's zone.</summary>
    public string KnownTimeZone { get; init; } = "UTC";
    /// <summary>Pipelines of what was imported before, in order.</summary>
    public IReadOnlyList<SalesPipeline> KnownPipelines { get; init; } = [];
    /// <summary>Stages of what was imported before.</summary>
    public IReadOnlyList<Stage> KnownStages { get; init; } = [];
    /// <summary>Currencies that a rate is known for.</summary>
    public IReadOnlySet<string> KnownRates { get; init; } = new HashSet<string>();
    /// <summary>The map that the team's exports were read with before, as JSON; null for none.</summary>
    public string? OwnMap { get; init; }
}
