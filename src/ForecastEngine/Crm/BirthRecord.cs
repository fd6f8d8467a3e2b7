using System.Globalization;

namespace ForecastEngine.Crm;

/// <summary>A deal's values at birth while they are being gathered: one slot per field, canonical text.</summary>
internal sealed class BirthRecord(string id, DateTimeOffset createdAt, DateTimeOffset recordedAt, string[] custom)
{
    private readonly string?[] _custom = custom.Length == 0 ? [] : new string?[custom.Length];
    private Dictionary<string, string>? _further;
    private string? _stage, _amount, _currency, _planned, _owner, _product, _probability,
        _account, _lead, _source, _region, _segment;

    public string Id => id;
    public DateTimeOffset CreatedAt => createdAt;
    public DateTimeOffset RecordedAt => recordedAt;
    public string? Name { get; set; }

    public string? this[string field]
    {
        get => field switch
        {
            OpportunityField.Stage => _stage,
            OpportunityField.Amount => _amount,
            OpportunityField.Currency => _currency,
            OpportunityField.PlannedCloseOn => _planned,
            OpportunityField.OwnerId => _owner,
            OpportunityField.ProductId => _product,
            OpportunityField.CrmProbability => _probability,
            OpportunityField.AccountId => _account,
            OpportunityField.LeadId => _lead,
            OpportunityField.Source => _source,
            OpportunityField.Region => _region,
            OpportunityField.Segment => _segment,
            OpportunityField.ForecastCategory or OpportunityField.LossReason
                or OpportunityField.CreatedAt or OpportunityField.Gone => null,
            _ => Array.IndexOf(custom, field) is >= 0 and var i ? _custom[i] : _further?.GetValueOrDefault(field),
        };
        set
        {
            switch (field)
            {
                case OpportunityField.Stage: _stage = value; break;
                case OpportunityField.Amount: _amount = value; break;
                case OpportunityField.Currency: _currency = value; break;
                case OpportunityField.PlannedCloseOn: _planned = value; break;
                case OpportunityField.OwnerId: _owner = value; break;
                case OpportunityField.ProductId: _product = value; break;
                case OpportunityField.CrmProbability: _probability = value; break;
                case OpportunityField.AccountId: _account = value; break;
                case OpportunityField.LeadId: _lead = value; break;
                case OpportunityField.Source: _source = value; break;
                case OpportunityField.Region: _region = value; break;
                case OpportunityField.Segment: _segment = value; break;
                case OpportunityField.ForecastCategory or OpportunityField.LossReason
                    or OpportunityField.CreatedAt or OpportunityField.Gone: break;
                default:
                    if (Array.IndexOf(custom, field) is >= 0 and var i) _custom[i] = value;
                    else if (value is not null) (_further ??= new(StringComparer.Ordinal))[field] = value;
                    break;
            }
        }
    }

    public Opportunity ToOpportunity() => new()
    {
        Id = id, Name = Name, CreatedAt = createdAt, RecordedAt = recordedAt,
        AccountId = _account, LeadId = _lead, OwnerId = _owner, ProductId = _product,
        Source = _source, Region = _region, Segment = _segment, Stage = _stage,
        Amount = _amount is null ? null : decimal.Parse(_amount, CultureInfo.InvariantCulture),
        Currency = _currency,
        PlannedCloseOn = _planned is null ? null
            : DateOnly.ParseExact(_planned, "yyyy-MM-dd", CultureInfo.InvariantCulture),
        CrmProbability = _probability is null ? null : double.Parse(_probability, CultureInfo.InvariantCulture),
        Attributes = Attributes(),
    };

    /// <summary>The values of a deal that is known already, as a telling that gives all of them.</summary>
    public static DealTelling ToTelling(Opportunity deal, DateTimeOffset toldAt, ToldFields fields) => new()
    {
        OpportunityId = deal.Id, ToldAt = toldAt, CreatedAt = deal.CreatedAt, RecordedAt = deal.RecordedAt,
        Fields = fields,
        Values = [.. fields.Names.Select(name => ValueOf(deal, name))],
    };

    /// <summary>The fields of <see cref="ToTelling"/>: those that a birth record has, and custom columns.</summary>
    public static ToldFields FieldsOf(IEnumerable<string> custom)
    {
        string[] names =
        [
            ToldFields.Name, OpportunityField.Stage, OpportunityField.Amount, OpportunityField.Currency,
            OpportunityField.PlannedCloseOn, OpportunityField.OwnerId, OpportunityField.ProductId,
            OpportunityField.CrmProbability, OpportunityField.AccountId, OpportunityField.LeadId,
            OpportunityField.Source, OpportunityField.Region,
            OpportunityField.Segment, .. custom,
        ];
        return new ToldFields(names, [.. names.Select(_ => Claim.Given)]);
    }

    private static string? ValueOf(Opportunity deal, string field) => field switch
    {
        ToldFields.Name => deal.Name,
        OpportunityField.Stage => deal.Stage,
        OpportunityField.Amount => CanonicalText.Of(deal.Amount),
        OpportunityField.Currency => deal.Currency,
        OpportunityField.PlannedCloseOn => CanonicalText.Of(deal.PlannedCloseOn),
        OpportunityField.OwnerId => deal.OwnerId,
        OpportunityField.ProductId => deal.ProductId,
        OpportunityField.CrmProbability => CanonicalText.Of(deal.CrmProbability),
        OpportunityField.AccountId => deal.AccountId,
        OpportunityField.LeadId => deal.LeadId,
        OpportunityField.Source => deal.Source,
        OpportunityField.Region => deal.Region,
        OpportunityField.Segment => deal.Segment,
        _ => deal.Attributes.GetValueOrDefault(field),
    };

    private IReadOnlyDictionary<string, string> Attributes()
    {
        if (_further is null && Array.TrueForAll(_custom, v => v is null)) return Opportunity.NoAttributes;
        var attributes = RowAttributes.Of(custom, _custom);
        foreach (var (name, value) in _further ?? []) attributes = attributes.With(name, value);
        return attributes;
    }
}

/// <summary>Values as the history keeps them: one text for one value, in no language.</summary>
internal static class CanonicalText
{
    public static string? Of(decimal? amount) =>
        amount?.ToString("0.############################", CultureInfo.InvariantCulture);

    public static string? Of(double? probability) => probability?.ToString("R", CultureInfo.InvariantCulture);

    public static string? Of(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Of(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    public static DateTimeOffset Moment(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
