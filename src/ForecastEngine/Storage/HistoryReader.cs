using System.Data;
using System.Data.Common;
using ForecastEngine.Crm;
using LinqToDB;
using LinqToDB.Data;

namespace ForecastEngine.Storage;

/// <summary>
/// Reads history row by row within one transaction, from the UTC of the tables into the business time of the calendar.
/// Texts that repeat (ids, fields, stages) are kept once in memory. The tables
/// with most rows are read column by column in a fixed order, the others through the mapping.
/// </summary>
internal sealed class HistoryReader(DatabaseSession session, AsOf? asOf, (int First, int Last)? buckets, CancellationToken cancellation, long arrival = long.MaxValue, BusinessCalendar? calendar = null)
{
    private const int MostAttributes = 65536;
    private readonly DataConnection _db = session.Db;
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _attributes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly BusinessCalendar _calendar = calendar ?? CalendarStore.Of(session.Db);
    private DateTimeOffset _until = DateTimeOffset.MaxValue;
    private readonly int _first = buckets?.First ?? 0;
    private readonly int _last = buckets?.Last ?? FactKeys.Buckets - 1;

    public CrmFacts Read(ImportRun latest)
    {
        if (asOf is { } bound) _until = _calendar.ToInstant(bound.Instant);
        var runs = _db.GetTable<ImportRun>().Where(r => r.Id <= arrival);
        var isDegraded = !runs.Any(r => !r.IsDegraded) && !SuccessiveExports.TellStages([.. runs.Select(r => r.ExportedAt)]);
        var facts = new CrmFacts
        {
            Currency = latest.Currency,
            Calendar = _calendar,
            ExportedAt = _calendar.ToBusiness(latest.ExportedAt) is var exported && asOf is { } date && date.Instant < exported ? date.Instant : exported,
            IsDegraded = isDegraded,
            Stages = All(_db.GetTable<Stage>(), s => s),
            CustomColumns = CustomColumnStore.Read(_db, arrival),
            Pipelines = All(_db.GetTable<SalesPipeline>(), p => p),
            Rates = [.. RateStore.Read(_db, arrival).Where(r => r.KnownFrom <= _until)],
            Opportunities = Stream("opportunities", "id, name, created_at, recorded_at, account_id, lead_id, owner_id, product_id, source, region, segment, stage, amount, planned_close_on, crm_probability, attributes, currency", OpportunityOf),
            Changes = Stream("opportunity_changes", "opportunity_id, field, old_value, new_value, at, recorded_at, changed_by, sequence, close_on, not_before, learned_at, superseded_at, origin", ChangeOf, "(learned_at IS NULL OR learned_at <= @until)"),
            Activities = Stream("activities", "id, opportunity_id, lead_id, account_id, kind, at, recorded_at, owner_id", ActivityOf),
            Leads =
            [
                .. All(Arrived(_db.GetTable<Lead>()).Where(l => l.RecordedAt <= _until), l => Known(l).In(_calendar)),
                .. All(Past<Lead>().Where(l => l.RecordedAt <= _until), l => Known(l).In(_calendar)),
            ],
            Accounts = All(Arrived(_db.GetTable<Account>()).Where(a => a.RecordedAt <= _until), a => a.In(_calendar)),
            Products = All(Arrived(_db.GetTable<Product>()).Where(p => p.RecordedAt <= _until), p => p.In(_calendar)),
            LineItems =
            [
                .. All(Shared(Arrived(_db.GetTable<LineItem>()).Where(l => l.RecordedAt <= _until)), Shared),
                .. All(Shared(Past<LineItem>().Where(l => l.RecordedAt <= _until)), Shared),
            ],
            Splits =
            [
                .. All(Shared(Arrived(_db.GetTable<OpportunitySplit>()).Where(s => s.RecordedAt <= _until)), Shared),
                .. All(Shared(Past<OpportunitySplit>().Where(s => s.RecordedAt <= _until)), Shared),
            ],
            SalesReps = All(_db.GetTable<SalesRep>(), r => r),
            Memberships = All(_db.GetTable<TeamMembership>(), m => m),
            Teams = All(_db.GetTable<Team>(), t => t),
            Quotas = [.. All(Arrived(_db.GetTable<Quota>()).Where(q => q.RecordedAt <= _until), q => q.In(_calendar)).OrderBy(q => q.From).ThenBy(q => q.Until)
                .ThenBy(q => q.TeamId, StringComparer.Ordinal).ThenBy(q => q.OwnerId, StringComparer.Ordinal).ThenBy(q => q.Pipeline, StringComparer.Ordinal)],
        };
        return asOf is null ? facts : WithoutGone(facts);
    }

    // The same rule as CrmHistory.KnownAt: a deal that is gone by then is not there.
    private static CrmFacts WithoutGone(CrmFacts facts)
    {
        if (!facts.Changes.Any(c => c.Field == OpportunityField.Gone)) return facts;
        var gone = facts.Changes.Where(c => c.Field == OpportunityField.Gone).GroupBy(c => c.OpportunityId, StringComparer.Ordinal)
            .Where(g => g.OrderBy(c => c.RecordedAt).ThenBy(c => c.Sequence).Last().NewValue is not null).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        return facts with { Opportunities = [.. facts.Opportunities.Where(o => !gone.Contains(o.Id))] };
    }

    private LineItem Shared(LineItem line) => line.In(_calendar) with { OpportunityId = Text(line.OpportunityId), ProductId = Text(line.ProductId) };

    private OpportunitySplit Shared(OpportunitySplit split) => split.In(_calendar) with { OpportunityId = Text(split.OpportunityId), OwnerId = Text(split.OwnerId) };

    // What was replaced since, and stood at the moment or in the import that is asked about.
    private IQueryable<T> Past<T>() where T : class
    {
        var until = StorageMapping.ToMicroseconds(_until);
        return Arrived(_db.GetTable<T>().TableName("past_" + StorageMapping.TableOf<T>()))
            .Where(r => Sql.Property<long>(r, "until_arrival") > arrival || Sql.Property<long?>(r, "until_at") > until);
    }

    private IQueryable<T> Arrived<T>(IQueryable<T> rows) where T : class => arrival == long.MaxValue ? rows : rows.Where(r => Sql.Property<long>(r, "arrival") <= arrival);

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

    private List<T> Stream<T>(string table, string columns, Func<DbDataReader, T> read, string? further = null)
    {
        cancellation.ThrowIfCancellationRequested();
        var where = "recorded_at <= @until AND arrival <= @arrival" + (buckets is null ? "" : " AND bucket BETWEEN @first AND @last") + (further is null ? "" : " AND " + further);
        (string, object?)[] values = [("until", StorageMapping.ToMicroseconds(_until)), ("arrival", arrival), .. buckets is null ? (ReadOnlySpan<(string, object?)>)[] : [("first", _first), ("last", _last)]];
        using var command = session.Command($"""
            SELECT {columns} FROM {table} WHERE {where}
            UNION ALL SELECT {columns} FROM past_{table} WHERE {where} AND (until_arrival > @arrival OR until_at > @until)
            """, values);
        using var reader = command.ExecuteReader(CommandBehavior.SequentialAccess);
        var rows = new List<T>();
        while (reader.Read())
        {
            if ((rows.Count & 1023) == 0) cancellation.ThrowIfCancellationRequested();
            rows.Add(read(reader));
        }
        return rows;
    }

    private Opportunity OpportunityOf(DbDataReader row) => new()
    {
        Id = Text(row.GetString(0)), Name = row.IsDBNull(1) ? null : row.GetString(1), CreatedAt = Instant(row, 2), RecordedAt = Instant(row, 3),
        AccountId = Maybe(row, 4), LeadId = Maybe(row, 5), OwnerId = Maybe(row, 6), ProductId = Maybe(row, 7), Source = Maybe(row, 8), Region = Maybe(row, 9), Segment = Maybe(row, 10), Stage = Maybe(row, 11),
        Amount = row.IsDBNull(12) ? null : row.GetDecimal(12), PlannedCloseOn = row.IsDBNull(13) ? null : row.GetFieldValue<DateOnly>(13),
        CrmProbability = row.IsDBNull(14) ? null : row.GetDouble(14), Attributes = row.IsDBNull(15) ? Opportunity.NoAttributes : Attributes(row.GetString(15)),
        Currency = Maybe(row, 16),
    };

    // Columns are read in their order, each once.
    private OpportunityChange ChangeOf(DbDataReader row)
    {
        var (id, field) = (Text(row.GetString(0)), Text(row.GetString(1)));
        var (before, after) = (BusinessTime.Value(field, Maybe(row, 2), _calendar), BusinessTime.Value(field, Maybe(row, 3), _calendar));
        var (at, recordedAt, by, sequence) = (Instant(row, 4), Instant(row, 5), Maybe(row, 6), row.GetInt32(7));
        DateOnly? closeOn = row.IsDBNull(8) ? null : row.GetFieldValue<DateOnly>(8);
        var (notBefore, learnedAt, supersededAt) = (MaybeInstant(row, 9), MaybeInstant(row, 10), MaybeInstant(row, 11));
        return new OpportunityChange
        {
            OpportunityId = id, Field = field, OldValue = before, NewValue = after, At = at, RecordedAt = recordedAt, ChangedBy = by, Sequence = sequence, CloseOn = closeOn,
            NotBefore = notBefore, LearnedAt = learnedAt, SupersededAt = supersededAt > asOf?.Instant ? null : supersededAt, Origin = (ChangeOrigin)row.GetInt32(12),
        };
    }

    private Activity ActivityOf(DbDataReader row) => new()
    {
        Id = row.GetString(0), OpportunityId = Maybe(row, 1), LeadId = Maybe(row, 2), AccountId = Maybe(row, 3), Kind = Text(row.GetString(4)),
        At = Instant(row, 5), RecordedAt = Instant(row, 6), OwnerId = Maybe(row, 7),
    };

    private DateTimeOffset? MaybeInstant(DbDataReader row, int column) => row.IsDBNull(column) ? null : Instant(row, column);

    private DateTimeOffset Instant(DbDataReader row, int column) => _calendar.ToBusiness(StorageMapping.FromMicroseconds(row.GetInt64(column)));

    private string? Maybe(DbDataReader row, int column) => row.IsDBNull(column) ? null : Text(row.GetString(column));

    // The same attributes are one object; past so many different ones they are unlikely to repeat.
    private IReadOnlyDictionary<string, string> Attributes(string json)
    {
        if (_attributes.TryGetValue(json, out var known)) return known;
        var read = StorageMapping.FromJson(json);
        if (_attributes.Count < MostAttributes) _attributes.Add(json, read);
        return read;
    }

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
