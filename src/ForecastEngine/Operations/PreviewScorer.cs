using System.Globalization;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Snapshots;
using ForecastEngine.Storage;

namespace ForecastEngine.Operations;

/// <summary>A deal that is not saved: an open one with something changed, or a new one.</summary>
public sealed record PreviewDeal
{
    /// <summary>The open deal to start from; null for a new one.</summary>
    public string? OpportunityId { get; init; }
    /// <summary>Stage to be in; null leaves it.</summary>
    public string? Stage { get; init; }
    /// <summary>Amount, in <see cref="Currency"/>; null leaves it.</summary>
    public decimal? Amount { get; init; }
    /// <summary>Currency of the amount (ISO 4217); null for the deal's own, of a new deal the history's.</summary>
    public string? Currency { get; init; }
    /// <summary>Planned close date; null leaves it.</summary>
    public DateOnly? PlannedCloseOn { get; init; }
    /// <summary>Sales rep; null leaves it.</summary>
    public string? OwnerId { get; init; }
    /// <summary>Main product; null leaves it.</summary>
    public string? ProductId { get; init; }
    /// <summary>Customer of a new deal.</summary>
    public string? AccountId { get; init; }
    /// <summary>Source of a new deal.</summary>
    public string? Source { get; init; }
    /// <summary>Region of a new deal.</summary>
    public string? Region { get; init; }
    /// <summary>Segment of a new deal.</summary>
    public string? Segment { get; init; }
    /// <summary>When a new deal came into being; null for the as-of date.</summary>
    public DateOnly? CreatedOn { get; init; }
    /// <summary>Custom columns of a new deal.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
    /// <summary>False to leave out why, which is the dearest part of a preview: no base probability and no drivers.</summary>
    public bool Drivers { get; init; } = true;
}

/// <summary>
/// Scores deals that are not saved, by the model and the knowledge of a published run: a deal with nothing changed has just the score
/// that was published. Keeps the history in memory, so that a preview waits for no database. Immutable and safe to share between threads.
/// </summary>
public sealed class PreviewScorer
{
    private const string NewId = "preview";
    private readonly PipelineGround _ground;
    private readonly CrmHistory _known;
    private readonly AsOf _asOf;
    private readonly IReadOnlyList<Period> _periods;

    /// <summary>Scores beside a published run.</summary>
    public PreviewScorer(RunGround beside) =>
        (Run, _ground, _known, _asOf, _periods) = (beside.Run, beside.Ground, beside.Ground.Known, beside.Ground.AsOf, RevenueForecaster.DefaultPeriods(beside.Ground.Known.Calendar, beside.Run.AsOf));

    /// <summary>The run whose knowledge it shares.</summary>
    public RescoringRun Run { get; }

    /// <summary>Prepares to score beside a published run.</summary>
    /// <param name="workspace">Where from.</param>
    /// <param name="run">The run.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    public static async Task<PreviewScorer> LoadAsync(Workspace workspace, RescoringRun run, CancellationToken cancellation = default) => new(await workspace.Grounds.OfAsync(workspace, run, cancellation));

    /// <summary>The score of a deal, with its drivers where the deal asks for them.</summary>
    /// <exception cref="OperationException">The deal to start from is not open, or a value is none that the CRM has.</exception>
    public OpportunityScore Score(PreviewDeal deal)
    {
        var facts = deal.OpportunityId is null ? Newborn(deal) : Changed(deal);
        var history = new CrmHistory(facts);
        var snapshot = new SnapshotTaker(history, _ground.Bundle.Win.Features, _ground.Rates).Take(0, _asOf)
            ?? throw new OperationException($"Opportunity {deal.OpportunityId ?? NewId}: found it closed or not yet known on {_asOf.Date:yyyy-MM-dd}; expected an open one.");
        var score = _ground.Scorer.Score(snapshot, _periods, null).Score;
        return deal.Drivers ? _ground.Scorer.Explain(score, snapshot) : score;
    }

    private CrmFacts Changed(PreviewDeal deal)
    {
        var index = _known.IndexOf(deal.OpportunityId!);
        if (index < 0) throw new OperationException($"Opportunity {deal.OpportunityId}: found none of this id known on {_asOf.Date:yyyy-MM-dd}; expected an open one.");
        RequireKnown(deal);
        var opportunity = _known.Opportunities[index];
        var changes = _known.ToldOf(index).ToArray().ToList();
        Change(OpportunityField.Stage, deal.Stage);
        Change(OpportunityField.Amount, deal.Amount?.ToString(CultureInfo.InvariantCulture));
        Change(OpportunityField.Currency, deal.Currency);
        Change(OpportunityField.PlannedCloseOn, deal.PlannedCloseOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        Change(OpportunityField.OwnerId, deal.OwnerId);
        Change(OpportunityField.ProductId, deal.ProductId);
        return FactsOf(opportunity, changes, _known.ActivitiesOf(index).ToArray());

        // A value that stands already is no change: nothing was pushed, moved or handed over.
        void Change(string field, string? value)
        {
            if (value is null || value == Current(opportunity, changes, field)) return;
            changes.Add(new OpportunityChange { OpportunityId = opportunity.Id, Field = field, OldValue = Current(opportunity, changes, field), NewValue = value, At = _asOf.Instant, RecordedAt = _asOf.Instant });
        }
    }

    private CrmFacts Newborn(PreviewDeal deal)
    {
        RequireKnown(deal);
        var created = deal.CreatedOn is { } on && on < _asOf.Date ? AsOf.EndOf(on).Instant : _asOf.Instant;
        return FactsOf(new Opportunity
        {
            Id = NewId, CreatedAt = created, RecordedAt = created, AccountId = deal.AccountId, OwnerId = deal.OwnerId, ProductId = deal.ProductId, Source = deal.Source, Region = deal.Region,
            Segment = deal.Segment, Amount = deal.Amount, Currency = deal.Currency, PlannedCloseOn = deal.PlannedCloseOn, Attributes = deal.Attributes ?? Opportunity.NoAttributes,
            Stage = deal.Stage ?? _known.Stages.FirstOrDefault(s => s.Kind == StageKind.Open)?.Name,
        }, [], []);
    }

    private CrmFacts FactsOf(Opportunity opportunity, IReadOnlyList<OpportunityChange> changes, IReadOnlyList<Activity> activities)
    {
        var owners = changes.Where(c => c.Field == OpportunityField.OwnerId).Select(c => c.NewValue).Append(opportunity.OwnerId).OfType<string>().Distinct();
        return new CrmFacts
        {
            Currency = _known.Currency, Calendar = _known.Calendar, IsDegraded = _known.IsDegraded, ExportedAt = _known.ExportedAt, Stages = _known.Stages, Pipelines = _known.Pipelines, Rates = [.. _known.Rates.All], Opportunities = [opportunity], Changes = changes, Activities = activities,
            Accounts = opportunity.AccountId is { } id && _known.Accounts.GetValueOrDefault(id) is { } account ? [account] : [],
            SalesReps = [.. owners.Select(o => _known.SalesReps.GetValueOrDefault(o)).OfType<SalesRep>()],
        };
    }

    private void RequireKnown(PreviewDeal deal)
    {
        if (deal.Stage is { } stage && _known.FindStage(stage) is not { Kind: StageKind.Open })
            throw new OperationException($"stage: found one that is not an open stage; expected one of {string.Join(", ", _known.Stages.Where(s => s.Kind == StageKind.Open).Select(s => s.Name))}.");
        if (deal.OwnerId is { } owner && !_known.SalesReps.ContainsKey(owner)) throw new OperationException("ownerId: found nobody of this id; expected a sales rep of the CRM.");
        if (deal.ProductId is { } product && _known.Products.Count > 0 && !_known.Products.ContainsKey(product)) throw new OperationException("productId: found no product of this id; expected one of the CRM.");
        if (deal.AccountId is { } account && !_known.Accounts.ContainsKey(account)) throw new OperationException("accountId: found no account of this id; expected one of the CRM.");
    }

    private static string? Current(Opportunity opportunity, List<OpportunityChange> changes, string field)
    {
        for (var i = changes.Count - 1; i >= 0; i--)
            if (changes[i].Field == field) return changes[i].NewValue;
        return field switch
        {
            OpportunityField.Stage => opportunity.Stage,
            OpportunityField.Amount => opportunity.Amount?.ToString(CultureInfo.InvariantCulture),
            OpportunityField.Currency => opportunity.Currency,
            OpportunityField.PlannedCloseOn => opportunity.PlannedCloseOn?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            OpportunityField.OwnerId => opportunity.OwnerId,
            OpportunityField.ProductId => opportunity.ProductId,
            _ => null,
        };
    }
}
