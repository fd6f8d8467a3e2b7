using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>Reads history row by row within one transaction. Texts that repeat (ids, fields, stages) are kept once in memory.</summary>
internal sealed class HistoryReader(DataConnection db, AsOf? asOf, (int First, int Last)? buckets, CancellationToken cancellation)
{
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _until = asOf?.Instant ?? DateTimeOffset.MaxValue;
    private readonly int _first = buckets?.First ?? 0;
    private readonly int _last = buckets?.Last ?? FactKeys.Buckets - 1;

    public CrmFacts Read(ImportRun latest)
    {
        var isDegraded = !db.GetTable<ImportRun>().Any(r => !r.IsDegraded);
        return new CrmFacts
        {
            Currency = latest.Currency,
            ExportedAt = latest.ExportedAt < _until ? latest.ExportedAt : _until,
            IsDegraded = isDegraded,
            Stages = All(db.GetTable<Stage>(), s => s),
            Opportunities = All(Shared(db.GetTable<Opportunity>().Where(o => o.RecordedAt <= _until)), Shared),
            Changes = All(Shared(db.GetTable<OpportunityChange>().Where(c => c.RecordedAt <= _until)), Shared),
            Activities = All(Shared(db.GetTable<Activity>().Where(a => a.RecordedAt <= _until)), Shared),
            Leads = All(db.GetTable<Lead>().Where(l => l.RecordedAt <= _until), Known),
            Accounts = All(db.GetTable<Account>().Where(a => a.RecordedAt <= _until), a => a),
            Products = All(db.GetTable<Product>().Where(p => p.RecordedAt <= _until), p => p),
            LineItems = All(Shared(db.GetTable<LineItem>().Where(l => l.RecordedAt <= _until)), l => l with { OpportunityId = Text(l.OpportunityId), ProductId = Text(l.ProductId) }),
            SalesReps = All(db.GetTable<SalesRep>(), r => r),
            Teams = All(db.GetTable<Team>(), t => t),
            Quotas = [.. All(db.GetTable<Quota>().Where(q => q.RecordedAt <= _until), q => q).OrderBy(q => q.From).ThenBy(q => q.Until)
                .ThenBy(q => q.TeamId, StringComparer.Ordinal).ThenBy(q => q.OwnerId, StringComparer.Ordinal)],
        };
    }

    private IQueryable<T> Shared<T>(IQueryable<T> rows) where T : class => buckets is null ? rows
        : rows.Where(r => Sql.Property<int>(r, "bucket") >= _first && Sql.Property<int>(r, "bucket") <= _last);

    private List<T> All<T>(IQueryable<T> query, Func<T, T> shared)
    {
        cancellation.ThrowIfCancellationRequested();
        var rows = new List<T>();
        foreach (var row in query)
        {
            if ((rows.Count & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            rows.Add(shared(row));
        }
        return rows;
    }

    private string Text(string text)
    {
        if (_texts.TryGetValue(text, out var kept)) return kept;
        _texts.Add(text, text);
        return text;
    }

    private string? Maybe(string? text) => text is null ? null : Text(text);

    private Opportunity Shared(Opportunity o) => o with
    {
        Id = Text(o.Id), AccountId = Maybe(o.AccountId), LeadId = Maybe(o.LeadId), OwnerId = Maybe(o.OwnerId), ProductId = Maybe(o.ProductId),
        Source = Maybe(o.Source), Region = Maybe(o.Region), Segment = Maybe(o.Segment), Stage = Maybe(o.Stage),
    };

    private OpportunityChange Shared(OpportunityChange c) => c with
    {
        OpportunityId = Text(c.OpportunityId), Field = Text(c.Field), OldValue = Maybe(c.OldValue), NewValue = Maybe(c.NewValue), ChangedBy = Maybe(c.ChangedBy),
    };

    private Activity Shared(Activity a) => a with
    {
        OpportunityId = Maybe(a.OpportunityId), LeadId = Maybe(a.LeadId), AccountId = Maybe(a.AccountId), Kind = Text(a.Kind), OwnerId = Maybe(a.OwnerId),
    };

    // What became of a lead after the as-of date is not known yet; the same rule as CrmHistory.KnownAt.
    private Lead Known(Lead l)
    {
        var isConverted = l.ConvertedAt <= _until;
        return l with
        {
            Source = Maybe(l.Source), Region = Maybe(l.Region), Segment = Maybe(l.Segment), AccountId = Maybe(l.AccountId), OwnerId = Maybe(l.OwnerId),
            ConvertedAt = isConverted ? l.ConvertedAt : null,
            OpportunityId = isConverted || asOf is null ? Maybe(l.OpportunityId) : null,
            DisqualifiedAt = l.DisqualifiedAt <= _until ? l.DisqualifiedAt : null,
        };
    }
}
