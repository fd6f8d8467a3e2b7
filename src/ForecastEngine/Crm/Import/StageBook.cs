namespace ForecastEngine.Crm.Import;

/// <summary>
/// The stages of an import by what files call them. A label may carry its pipeline in brackets, as HubSpot writes it;
/// otherwise the pipeline of the row tells which of several stages of one label is meant.
/// </summary>
internal sealed class StageBook
{
    private readonly Dictionary<(string? Pipeline, string Label), Stage> _labels = [];
    private readonly ILookup<string, Stage> _byLabel;
    private readonly Dictionary<string, SalesPipeline> _pipelines;

    public StageBook(IReadOnlyList<Stage> stages, IReadOnlyList<SalesPipeline> pipelines)
    {
        ByName = stages.ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (var stage in stages) _labels[(stage.Pipeline, stage.Label)] = stage;
        _byLabel = stages.ToLookup(s => s.Label, StringComparer.Ordinal);
        _pipelines = pipelines.ToDictionary(p => p.Name, StringComparer.Ordinal);
    }

    /// <summary>Stages by their stored name.</summary>
    public IReadOnlyDictionary<string, Stage> ByName { get; }

    public IEnumerable<string> Pipelines => _pipelines.Keys;

    public SalesPipeline? Pipeline(string name) => _pipelines.GetValueOrDefault(name);

    /// <summary>True when deals in that stage are revenue.</summary>
    public bool IsRevenue(Stage stage) => stage.Pipeline is not { } name || _pipelines[name].IsRevenue;

    /// <summary>The stages that a row of this pipeline may name, for messages.</summary>
    public IEnumerable<string> LabelsIn(string? pipeline) => pipeline is null
        ? ByName.Keys
        : ByName.Values.Where(s => s.Pipeline == pipeline).Select(s => s.Label);

    /// <summary>The stage that a row names; null where its pipeline has none, or where several could be meant.</summary>
    public Stage? Find(string text, string? pipeline)
    {
        if (pipeline is null) return InBrackets(text) ?? Only(text);
        return _labels.GetValueOrDefault((pipeline, Stage.InPipeline(text, pipeline) ?? text));
    }

    /// <summary>The stage that a deal once was in, which need not be of the pipeline that it is in now.</summary>
    public Stage? FindPast(string text, string? pipeline) =>
        InBrackets(text) ?? _labels.GetValueOrDefault((pipeline, text)) ?? Only(text);

    /// <summary>Other spellings of labels as spellings of the stored names: a stage that was renamed was so in every
    /// pipeline that has it.</summary>
    public IReadOnlyDictionary<string, string> Stored(IReadOnlyDictionary<string, string> spellings)
    {
        if (_pipelines.Count == 0) return spellings;
        var stored = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (found, meant) in spellings)
            foreach (var stage in _byLabel[meant])
                stored[stage.Name == meant ? found : Stage.NameIn(found, stage.Pipeline!)] = stage.Name;
        return stored;
    }

    private Stage? InBrackets(string text)
    {
        if (text.EndsWith(')'))
            foreach (var name in _pipelines.Keys)
                if (Stage.InPipeline(text, name) is { } label && _labels.TryGetValue((name, label), out var stage))
                    return stage;
        return null;
    }

    /// <summary>The stage of the same label in another pipeline; itself where that has none.</summary>
    public Stage In(Stage stage, string pipeline) => _labels.GetValueOrDefault((pipeline, stage.Label)) ?? stage;

    private Stage? Only(string text)
    {
        Stage? only = null;
        foreach (var stage in _byLabel[text])
        {
            if (only is not null) return null;
            only = stage;
        }
        return only;
    }
}

/// <summary>Stages of one pipeline after another, each under a name that no earlier one has.</summary>
internal sealed class StageList
{
    private readonly List<Stage> _stages = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public IReadOnlyList<Stage> Stages => _stages;

    /// <summary>Adds a stage; false when its pipeline has one of that label, or its name is another's.</summary>
    /// <param name="label">As files write it, with or without its pipeline in brackets.</param>
    /// <param name="order">Position in its pipeline.</param>
    /// <param name="kind">Open, won or lost.</param>
    /// <param name="probability">The CRM's default, 0–1.</param>
    /// <param name="pipeline">Its pipeline; null where there is one process only.</param>
    public bool Add(string label, int order, StageKind kind, double? probability, string? pipeline)
    {
        label = Stage.InPipeline(label, pipeline) ?? label;
        if (_stages.Any(s => s.Pipeline == pipeline && s.Label == label)) return false;
        var name = pipeline is not null && _names.Contains(label) ? Stage.NameIn(label, pipeline) : label;
        if (!_names.Add(name)) return false;
        _stages.Add(new Stage(name, order, kind, probability, pipeline));
        return true;
    }
}
