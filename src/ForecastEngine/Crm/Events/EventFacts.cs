namespace ForecastEngine.Crm.Events;

/// <summary>What became of one event.</summary>
/// <param name="Event">The event.</param>
/// <param name="Facts">How many facts it tells that the deal did not have; 0 when it says what is known.</param>
/// <param name="Fault">Why it was not taken; null when it was.</param>
public sealed record EventOutcome(CrmEvent Event, int Facts, EventFault? Fault);

/// <summary>
/// Turns an event into a telling of its deal, as a row of an export is one, or refuses it. A telling holds what the
/// event says and no more; what of it is new, <see cref="DealRetelling"/> finds from everything else that was told, in
/// whatever order it came.
/// </summary>
public sealed class EventFacts
{
    private readonly IReadOnlyDictionary<string, Stage> _stages;
    private readonly IReadOnlyDictionary<(string Field, string Found), string> _aliases;

    private readonly string _currency;
    private readonly HashSet<string> _withoutRevenue;

    /// <param name="currency">The history's currency, which stands as none.</param>
    /// <param name="stages">All stages.</param>
    /// <param name="aliases">Other spellings of values, by field and text.</param>
    /// <param name="pipelines">The sales pipelines that stages name.</param>
    public EventFacts(
        string currency, IEnumerable<Stage> stages,
        IReadOnlyDictionary<(string Field, string Found), string> aliases,
        IReadOnlyList<SalesPipeline>? pipelines = null)
    {
        (_currency, _stages, _aliases) = (currency, stages.ToDictionary(s => s.Name, StringComparer.Ordinal), aliases);
        _withoutRevenue =
            [.. (pipelines ?? []).Where(p => !p.IsRevenue).Select(p => p.Name)];
    }

    /// <summary>The telling of an event; null of an activity, and of one that is refused.</summary>
    /// <param name="one">The event.</param>
    /// <param name="isKnown">True when the deal is known.</param>
    /// <param name="fault">Why it is refused; null when it is not.</param>
    public DealTelling? Read(CrmEvent one, bool isKnown, out EventFault? fault)
    {
        fault = null;
        if (one.Kind == CrmEventKind.Created) return isKnown ? Plain(one) : Born(one, out fault);
        if (!isKnown)
        {
            fault = new EventFault("unknown-opportunity",
                $"opportunity {one.OpportunityId}: found none with this id; "
                    + "expected one that was imported or created. Send opportunity.created first.");
            return null;
        }
        if (one.Kind == CrmEventKind.Activity) return null;
        if (one.Kind == CrmEventKind.Deleted) return Plain(one) with { Gone = OpportunityField.Deleted };
        if (one.Kind == CrmEventKind.Merged)
            return Plain(one) with { Gone = OpportunityField.MergedInto + one.MergedInto };
        var fields = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (field, value) in one.Fields) fields[field] = Meant(field, value);
        if (one.Won is { } won) fault = Close(won, fields);
        if (fault is null && fields.TryGetValue(OpportunityField.Stage, out var stage)) fault = FaultOf(stage);
        if (fault is not null) return null;
        if (one.Name is not null) fields[ToldFields.Name] = one.Name;
        return Plain(one) with
        {
            Fields = new ToldFields([.. fields.Keys], [.. fields.Keys.Select(_ => Claim.Now)]),
            Values = [.. fields.Values]
        };
    }

    private static DealTelling Plain(CrmEvent one) => new()
    {
        OpportunityId = one.OpportunityId, ToldAt = one.RecordedAt, At = one.At, ToldBy = one.ChangedBy,
        Fields = ToldFields.None, Values = [],
    };

    private DealTelling? Born(CrmEvent one, out EventFault? fault)
    {
        fault = null;
        var born = one.Born! with
        {
            Stage = Meant(OpportunityField.Stage, one.Born!.Stage),
            Currency = Meant(OpportunityField.Currency, one.Born!.Currency)
        };
        if (born.Stage is { } stage && (fault = FaultOf(stage)) is not null) return null;
        // A closing is a change: a deal that is told only when it is won or lost is born without a stage and closed at
        // its birth.
        var isClosed = born.Stage is not null && _stages[born.Stage].Kind != StageKind.Open;
        var given = BirthRecord.ToTelling(born, one.RecordedAt,
            BirthRecord.FieldsOf(born.Attributes.Keys.Order(StringComparer.Ordinal)));
        int[] said = [.. Enumerable.Range(0, given.Values.Count).Where(f => given.Values[f] is not null)];
        return given with
        {
            At = one.At, ToldBy = one.ChangedBy, Values = [.. said.Select(f => given.Values[f])],
            Fields = new ToldFields([.. said.Select(f => given.Fields.Names[f])],
                [.. said.Select(f =>
                    given.Fields.Names[f] == OpportunityField.Stage && isClosed ? Claim.Now : Claim.Birth)]),
        };
    }

    // The stage may be named; otherwise it is the first one that means this outcome.
    private EventFault? Close(bool won, SortedDictionary<string, string?> fields)
    {
        var kind = won ? StageKind.Won : StageKind.Lost;
        if (fields.TryGetValue(OpportunityField.Stage, out var named))
            return named is not null && _stages.TryGetValue(named, out var stage) && stage.Kind != kind
                ? new EventFault("contradiction",
                    $"event, data.stage: found {named}, which means {stage.Kind}; "
                        + $"expected a stage that means {kind}, or no stage.")
                : null;
        var closing = _stages.Values.Where(s => s.Kind == kind && IsRevenue(s)).ToList();
        if (closing.Select(s => s.Pipeline).Distinct().Count() > 1)
            return new EventFault("unknown-stage",
                $"event, data.stage: found none with the outcome {kind}, and several pipelines have a stage for it; "
                    + $"expected one of {string.Join(", ", closing.Select(s => s.Name))}.");
        var closed = closing
            .OrderBy(s => s.Order).ThenBy(s => s.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        if (closed is null)
            return new EventFault("unknown-stage",
                $"event, data.outcome: found {kind}, for which no stage stands; "
                    + "expected data.stage. Import the stages first.");
        fields[OpportunityField.Stage] = closed.Name;
        return null;
    }

    private string? Meant(string field, string? value) =>
        field == OpportunityField.Currency && value == _currency
            ? null
            : value is not null && _aliases.TryGetValue((field, value), out var meant) ? meant : value;

    private bool IsRevenue(Stage stage) => stage.Pipeline is null || !_withoutRevenue.Contains(stage.Pipeline);

    private EventFault? FaultOf(string? name)
    {
        if (name is null || !_stages.TryGetValue(name, out var stage)) return UnknownStage(name);
        return IsRevenue(stage)
            ? null
            : new EventFault("no-revenue",
                $"event, data.stage: found \"{name}\" of {stage.Pipeline}, a pipeline that is no revenue; "
                    + "expected a stage of another one. Send no events of its deals.");
    }

    private EventFault UnknownStage(string? stage) => new("unknown-stage",
        $"event, data.stage: found \"{stage}\"; expected one of "
            + $"{string.Join(", ", _stages.Values.OrderBy(s => s.Order).Select(s => s.Name).Take(20))}.");
}
