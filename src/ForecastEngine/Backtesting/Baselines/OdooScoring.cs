using ForecastEngine.Crm;
using ForecastEngine.Snapshots;

namespace ForecastEngine.Backtesting.Baselines;

/// <summary>
/// Odoo's predictive lead scoring: naive Bayes over stage and categorical fields, counted from closed deals with the values
/// they had at the end. Knows no time and no amount: P(won eventually). Null while no deal is closed.
/// </summary>
/// <remarks>
/// A won deal counts as won in every stage, a lost one as lost in the stage it was lost from and in all before it; where that
/// stage is not known, in the first. The rule over the counts is <see cref="OdooCounts.WinProbability"/>. An open deal whose
/// stage the export does not tell is scored without one, where Odoo would answer 0.
/// </remarks>
public sealed class OdooScoring : IDealBaseline
{
    private readonly CrmHistory _history;
    private readonly OpportunityState _state;
    private readonly Stage[] _stages;
    private readonly IReadOnlyList<string> _fields;
    private readonly OdooScoringOptions _options;

    private OdooScoring(CrmHistory history, Stage[] stages, OdooCounts counts, IReadOnlyList<string> fields, OdooScoringOptions options)
    {
        (_history, _stages, Counts, _fields, _options) = (history, stages, counts, fields, options);
        _state = new OpportunityState(history, BaselineView.NoFeatures, BaselineView.NoRates);
    }

    /// <inheritdoc/>
    public string Name => Method.OdooScoring;

    /// <inheritdoc/>
    public bool KnowsTime => false;

    /// <summary>What was counted.</summary>
    public OdooCounts Counts { get; }

    /// <summary>Counts the closed deals of a history.</summary>
    /// <param name="known">What is known at the as-of date: see <see cref="CrmHistory.KnownAt"/>. Nothing else is read.</param>
    /// <param name="options">Which fields are counted.</param>
    public static OdooScoring Train(CrmHistory known, OdooScoringOptions? options = null)
    {
        options ??= new OdooScoringOptions();
        var stages = known.Stages.Where(s => s.Kind != StageKind.Lost).ToArray();
        if (stages.Length == 0) throw new ArgumentException("Odoo scoring: found no open or won stage; expected at least one. Declare the stages in the import map.", nameof(known));
        var fields = options.Fields ?? ["source", "region", "segment", "product", .. FeatureSchema.From(known, []).CategoricalAttributes.Except(options.TagFields)];
        var scoring = new OdooScoring(known, stages, new OdooCounts(options.TagFields), fields, options);
        for (var i = 0; i < known.Opportunities.Length; i++)
            if (Closing.Final(known, i) is { } closing && DealTimes.HasBirth(known.Opportunities[i], closing)
                && !(DateOnly.FromDateTime(known.Opportunities[i].CreatedAt.UtcDateTime) < options.CreatedFrom)) scoring.Count(i, closing);
        return scoring;
    }

    /// <summary>The same counts for the deals of another history, each read as it was known at the date of its snapshot.</summary>
    public OdooScoring For(CrmHistory history) => new(history, _stages, Counts, _fields, _options);

    /// <inheritdoc/>
    public double? WonWithin(OpportunitySnapshot deal, double days)
    {
        var index = _history.IndexOf(deal.OpportunityId);
        if (index < 0) throw new ArgumentException($"Odoo scoring: found deal {deal.OpportunityId}; expected one of the history that is scored. Use For(history) with the history the snapshot was taken from.", nameof(deal));
        _state.Start(index);
        _state.AdvanceTo(deal.AsOf);
        return Counts.WinProbability(deal.TeamId, _stages[0].Name, deal.Stage, Values());
    }

    private void Count(int index, Closing closing)
    {
        _state.Start(index);
        _state.AdvanceTo(AsOf.At(DateTimeOffset.MaxValue));
        var team = closing.OwnerId is { } owner ? _history.SalesReps.GetValueOrDefault(owner)?.TeamId : null;
        foreach (var (variable, value) in Values()) Counts.Add(team, variable, value, closing.Won);
        var reached = _history.FindStage(closing.FromStage) ?? _stages[0];
        foreach (var stage in _stages)
            if (stage == _stages[0] || stage.IsBeside(reached) && (closing.Won || stage.Order <= reached.Order)) Counts.Add(team, OdooCounts.Stage, stage.Name, closing.Won);
    }

    private IEnumerable<(string Variable, string Value)> Values()
    {
        foreach (var field in _fields)
            if (ValueOf(field) is { Length: > 0 } value) yield return (field, value);
            else if (_options.FieldsWhereEmptyCounts.Contains(field)) yield return (field, "");
        foreach (var field in _options.TagFields)
            foreach (var tag in (ValueOf(field) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()) yield return (field, tag);
    }

    private string? ValueOf(string field) => field switch
    {
        "source" => _state.Opportunity.Source,
        "region" => _state.Opportunity.Region,
        "segment" => _state.Opportunity.Segment,
        "product" => _state.ProductId,
        _ => _state.Attribute(field),
    };
}
