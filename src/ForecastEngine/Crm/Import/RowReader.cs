using System.Globalization;
using System.Text.RegularExpressions;

namespace ForecastEngine.Crm.Import;

/// <summary>
/// The rows of one file of one entity. A row is read field by field; the first value that cannot be read marks the row as
/// faulty, and <see cref="IsFaulty"/> at its end sets it aside.
/// </summary>
internal sealed class RowReader : IDisposable
{
    private const int ProgressEvery = 10_000;
    private static readonly HashSet<string> No = new(StringComparer.OrdinalIgnoreCase) { "false", "no", "n", "f", "0", "0.0", "falsch", "nein", "non", "faux", "falso", "ne" };
    private const decimal MostAmount = 1_000_000_000_000_000m;
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(200);
    private readonly ImportRun _run;
    private readonly SourceTable _table;
    private readonly EntityTally _tally;
    private readonly string _entity;
    private readonly bool _isMojibakeChecked;
    private long _read, _faults;
    private readonly HashSet<int> _errorsTold = [];
    private readonly SortedDictionary<string, long> _sharedSigns = new(StringComparer.Ordinal);
    private bool _isFaulty, _isSkipped, _isLossy;

    public RowReader(ImportRun run, string entity, EntityMap map, string path)
    {
        (_run, _entity, Source) = (run, entity, map);
        _tally = run.Tally(entity);
        _table = SourceTable.Open(path, run.Map, run.Options.Sheet ?? map.Sheet, IsHeader);
        _tally.Files.Add(_table.Name);
        _isMojibakeChecked = run.Map.Encoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase);
        CheckColumns();
    }

    public EntityMap Source { get; }
    public string File => _table.Name;
    public int Line => _table.Line;
    public int HeaderLine => _table.HeaderLine;

    /// <summary>Binds a field; null when the map does not mention it or the file has none of its columns.</summary>
    public BoundField? Field(string name)
    {
        return Source.Fields.TryGetValue(name, out var map) ? Field(name, map) : null;
    }

    /// <summary>Binds a field by a map of its own.</summary>
    public BoundField? Field(string name, FieldMap map)
    {
        var sources = map.Columns.Select(c => (Index: _table.IndexOf(c.Column), c.Pattern is null ? null : new Regex(c.Pattern, RegexOptions.CultureInvariant, PatternTimeout),
            WhenIndex: c.WhenColumn is null ? -1 : _table.IndexOf(c.WhenColumn), c.WhenValues, c.Currency, c.IsNamed))
            .Where(s => s.Index >= 0 && !(s.IsNamed && _run.PipelineNames.Count == 0)).ToArray();
        if (sources.Length == 0 && map.Constant is null)
        {
            if (!EntityFields.Optional.Contains(name)) _run.Warnings.Add($"{File} has no column {string.Join(" or ", map.Columns.Select(c => $"\"{c.Column}\""))}; the field {name} stays empty.");
            return null;
        }
        return new BoundField { Name = name, Map = map, Sources = sources, Aliases = _run.Map.Aliases.GetValueOrDefault(name), Column = sources.Length > 0 ? _table.Header[sources[0].Index] : name };
    }

    /// <summary>Positions of the further columns of a kind, in header order.</summary>
    public List<(int Index, string Name)> Further(ColumnKind kind) =>
        [.. Source.Columns.Where(c => c.Value == kind).Select(c => (Index: _table.IndexOf(c.Key), Name: c.Key)).Where(c => c.Index >= 0).OrderBy(c => c.Index)];

    /// <summary>Positions of the columns that the map does not mention.</summary>
    public List<(int Index, string Name)> Unknown { get; } = [];

    public int IndexOf(string column) => _table.IndexOf(column);

    /// <summary>Position of the first of these columns that the file has; −1 where it has none.</summary>
    public int FirstOf(IReadOnlyList<string> columns) => columns.Select(_table.IndexOf).FirstOrDefault(i => i >= 0, -1);

    public string ColumnAt(int index) => _table.Header[index];

    /// <summary>Told of every row that a condition of the map leaves out, with the reason.</summary>
    public Action<string>? LeftOut { get; set; }

    /// <summary>Goes to the next row whose shape is sound and for which the map's conditions hold; at the end of the file judges the share of rows set aside.</summary>
    public bool Next()
    {
        while (_table.Read())
        {
            (_isFaulty, _isSkipped) = (false, false);
            _errorsTold.Clear();
            _tally.Read++;
            if (++_read % ProgressEvery == 0)
            {
                _run.Cancellation.ThrowIfCancellationRequested();
                _run.Progress?.Report(new ImportProgress(File, _entity, _read, false));
            }
            if (_table.IsBad)
            {
                // The lines that a stray quote swallowed count as rows set aside.
                _read += _table.Lines - 1;
                _faults += _table.Lines - 1;
                Reject("quote out of place", "", _table.RawRow, $"quotes closed and doubled inside a quoted cell; {_table.Lines} line(s) hang together, or the file is cut off");
            }
            else if (_table.Count != _table.Header.Length) Reject(_table.Count < _table.Header.Length ? "too few cells" : "too many cells", "", $"{_table.Count} cells: {RejectedRows.Shorten(_table.RawRow)}", $"{_table.Header.Length} cells as in the header");
            else if (WhyLeftOut() is { } reason)
            {
                Skip(reason);
                LeftOut?.Invoke(reason);
            }
            else return true;
            Close();
        }
        Finish();
        return false;
    }

    private string? WhyLeftOut()
    {
        foreach (var condition in Source.Where)
            if (_table[_table.IndexOf(condition.Column)].Trim() is var cell && !condition.Holds(cell)) return condition.Reason(cell);
        return null;
    }

    /// <summary>True when the row was set aside; a reader goes on to the next row then.</summary>
    public bool IsFaulty => _isFaulty;

    /// <summary>Closes a row: counts it as accepted or set aside. True when it was accepted.</summary>
    public bool Accept()
    {
        Close();
        return !_isFaulty;
    }

    /// <summary>Leaves out a sound row that says nothing the engine uses.</summary>
    public void Skip(string reason)
    {
        _isSkipped = true;
        _tally.Skips[reason] = _tally.Skips.GetValueOrDefault(reason) + 1;
    }

    /// <summary>Leaves out a row that repeats an earlier one; it is reported but no fault of the file.</summary>
    public void Repeats(string reason, string found, string expected)
    {
        Reject(reason, "", found, expected, "The repetition was left out");
        _tally.Rejected++;
    }

    public string? Raw(int index)
    {
        var text = _table[index];
        if (text.Length == 0) return null;
        if (_table.IsError(index)) return Error(index, text);
        if (text.Length > _run.Options.MaxCellLength) { Reject("cell too long", _table.Header[index], text, $"at most {_run.Options.MaxCellLength:N0} characters"); return null; }
        if (text.Contains('\0')) { Reject("NUL byte", _table.Header[index], text, "text without NUL bytes"); return null; }
        if (_isMojibakeChecked && !_isLossy && text.Contains('\uFFFD')) _isLossy = true;
        if (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1])) text = text.Trim();
        return text.Length == 0 || (_run.Map.EmptyValues.Count > 0 && _run.Map.EmptyValues.Contains(text)) ? null : text;
    }

    // A formula that failed has no value.
    private string? Error(int index, string found)
    {
        if (!_errorsTold.Add(index)) return null;
        LeftEmpty(_table.Header[index], found, "error in the sheet", "a value");
        return null;
    }

    public string? Text(BoundField? field) => Text(field, out _);

    private string? Text(BoundField? field, out string? currency)
    {
        currency = null;
        if (field is null) return null;
        if (field.Map.Join is { } between)
        {
            var parts = field.Sources.Select(s => Raw(s.Index)).ToArray();
            return parts.Any(p => p is null) ? field.Map.Constant : string.Join(between, parts);
        }
        foreach (var (index, pattern, whenIndex, whenValues, own, isNamed) in field.Sources)
        {
            if (whenValues is not null && (whenIndex < 0 || Raw(whenIndex) is not { } when || !whenValues.Contains(when))) continue;
            if (Raw(index) is not { } found || (pattern is not null && !pattern.IsMatch(found))) continue;
            if ((isNamed ? _run.PipelineNames.GetValueOrDefault(found) : found) is not { } text) continue;
            currency = own;
            return field.Aliases is not null && field.Aliases.TryGetValue(text, out var meant) ? meant : text;
        }
        return field.Map.Constant;
    }

    public string? Pooled(BoundField? field) => _run.Pooled(Text(field));

    public string Needed(BoundField? field)
    {
        if (Text(field) is { } text) return text;
        if (!_isFaulty) Reject($"no {field!.Name}", field.Column, "", "a value");
        return "";
    }

    /// <summary>True when the row's flag is set: any text but an empty one, a plain no or a zero.</summary>
    public bool Flag(BoundField? field) => Text(field) is { } text && !No.Contains(text);

    public Moment? Time(BoundField? field, DayEdge edge)
    {
        if (Text(field) is not { } text) return null;
        if (_run.Values.TryTime(text, edge, out var moment, _table.HasDayNumbers)) return moment;
        Unreadable(field!, text, "unreadable date", _run.Values.ExpectedTime);
        return null;
    }

    public DateOnly? Day(BoundField? field)
    {
        if (Text(field) is not { } text) return null;
        if (_run.Values.TryDay(text, out var day, _table.HasDayNumbers)) return day;
        Unreadable(field!, text, "unreadable date", _run.Values.ExpectedTime);
        return null;
    }

    public decimal? Number(BoundField? field)
    {
        if (Text(field) is not { } text) return null;
        if (_run.Values.TryNumber(text, out var number)) return number;
        Unreadable(field!, text, "unreadable number", _run.Values.ExpectedNumber);
        return null;
    }

    /// <summary>An amount as typed, in the column's own currency, else in <paramref name="currency"/>; that of the map
    /// stands as null.</summary>
    public Money? Amount(BoundField? field, string? currency) => Text(field, out var own) is { } text ? Amount(field!, text, Foreign(own) ?? (own is null ? currency : null)) : null;

    /// <summary>The currency of a row, null for that of the map.</summary>
    public string? Currency(BoundField? field) => Foreign(Text(field));

    /// <summary>A currency, null for that of the map.</summary>
    public string? Foreign(string? currency) => currency?.ToUpperInvariant() is { } code && code != _run.Map.Currency ? _run.Pooled(code) : null;

    public Money? Amount(BoundField field, string text, string? currency)
    {
        if (!TryMoney(text, ref currency, out var number)) Unreadable(field, text, "unreadable amount", _run.Values.ExpectedNumber);
        else if (IsAbsurd(number, currency)) Unreadable(field, text, "absurd amount", string.Create(CultureInfo.InvariantCulture, $"less than {_run.Map.MaxAmount:0} {_run.Map.Currency} of either sign, the map's maxAmount"));
        else return new Money(number, currency);
        return null;
    }

    // Of a currency without a rate nobody can say what is absurd, up to what no sum could hold.
    private bool IsAbsurd(decimal number, string? currency)
    {
        if (currency is null) return Math.Abs(number) >= _run.Map.MaxAmount;
        return _run.KnownRates.Newest(currency) is { } known ? Math.Abs((double)number * (double)known.Rate) >= (double)_run.Map.MaxAmount : Math.Abs(number) >= MostAmount;
    }

    /// <summary>The currency that an amount states itself; null for none.</summary>
    public string? StatedIn(string? amount) =>
        amount is not null && !_run.Values.TryNumber(amount, out _) && MoneyText.TryRead(amount, _run.Map, out _, out var stated, out _) ? stated : null;

    private bool TryMoney(string text, ref string? currency, out decimal number)
    {
        if (_run.Values.TryNumber(text, out number)) return true;
        if (!MoneyText.TryRead(text, _run.Map, out number, out var stated, out var shared)) return false;
        if (stated is not null) currency = Foreign(stated);
        if (shared is not null) _sharedSigns[shared] = _sharedSigns.GetValueOrDefault(shared) + 1;
        return true;
    }

    public double? Probability(BoundField? field) => Text(field) is { } text ? Probability(field!, text, field!.Map.IsPercent) : null;

    public double? Probability(BoundField field, string text, bool isPercent)
    {
        if (TryFraction(text, isPercent, out var fraction) && fraction is >= 0 and <= 1) return (double)fraction;
        Unreadable(field, text, "unreadable probability", isPercent ? "a percentage 0 to 100" : "a fraction 0 to 1");
        return null;
    }

    /// <summary>A share of a whole, from 0 to <paramref name="most"/>.</summary>
    public decimal? Share(BoundField? field, int most)
    {
        if (Text(field) is not { } text) return null;
        if (TryFraction(text, field!.Map.IsPercent, out var fraction) && fraction >= 0 && fraction <= most) return fraction;
        Unreadable(field, text, "unreadable share", field.Map.IsPercent ? $"a percentage 0 to {100 * most}" : $"a fraction 0 to {most}");
        return null;
    }

    private bool TryFraction(string text, bool isPercent, out decimal fraction)
    {
        var isRead = _run.Values.TryNumber(text.EndsWith('%') ? text[..^1].TrimEnd() : text, out fraction);
        // A sheet keeps 20 % as 0.2, whatever it shows.
        if (isPercent && !(_table.HasDayNumbers && fraction <= 1)) fraction /= 100;
        return isRead;
    }

    /// <summary>The pipeline of a row; null where it names none, or an unknown one.</summary>
    public SalesPipeline? Pipeline(BoundField? field, StageBook stages)
    {
        if (Text(field) is not { } text) return null;
        if (stages.Pipeline(text) is { } pipeline) return pipeline;
        Reject("unknown pipeline", field!.Column, text, "one of " + RejectedRows.Shorten(string.Join(", ", stages.Pipelines))
            + "; list it under pipelines in the import map (kind notRevenue where its deals are no revenue), or import without a map");
        return null;
    }

    /// <summary>The stage that a row of a pipeline names.</summary>
    public Stage? Stage(BoundField? field, string? pipeline, StageBook stages)
    {
        if (Text(field) is not { } text) return null;
        if (stages.Find(text, pipeline) is { } stage) return stage;
        UnknownStage(field!, text, pipeline, stages);
        return null;
    }

    /// <summary>Tells that no stage of that name is there, or several are.</summary>
    public void UnknownStage(BoundField field, string text, string? pipeline, StageBook stages) => Unreadable(field, text, "unknown stage",
        "one of " + RejectedRows.Shorten(string.Join(", ", stages.LabelsIn(pipeline))) + (pipeline is null ? "" : $", the stages of {pipeline}"));

    public void Unreadable(BoundField field, string found, string reason, string expected)
    {
        if (field.Map.EmptyIfUnreadable) LeftEmpty(field.Column, found, reason, expected);
        else Reject(reason, field.Column, found, expected);
    }

    private void LeftEmpty(string column, string found, string reason, string expected)
    {
        _tally.LeftEmpty(reason);
        _run.Rejected.Add(new RejectedRow(File, Line, _entity, column, found, expected, RejectedRow.LeftEmpty));
    }

    /// <summary>Marks the row as faulty; the first fault of a row is the one reported.</summary>
    public void Reject(string reason, string column, string found, string expected, string action = "The row was set aside")
    {
        if (_isFaulty) return;
        _isFaulty = true;
        if (!action.Contains("repetition", StringComparison.Ordinal)) _faults++;
        _tally.Rejections[reason] = _tally.Rejections.GetValueOrDefault(reason) + 1;
        _run.Rejected.Add(new RejectedRow(File, Line, _entity, column, found, expected, action));
    }

    public void Saw(DateTimeOffset at)
    {
        _tally.Saw(at);
        _run.Saw(at);
    }

    public void Dispose() => _table.Dispose();

    private void Close()
    {
        if (_isFaulty) _tally.Rejected++;
        else if (!_isSkipped) _tally.Accepted++;
    }

    private void Finish()
    {
        _run.Progress?.Report(new ImportProgress(File, _entity, _read, true));
        TellShape();
        if (_isLossy) _run.Warnings.Add($"{File} is not UTF-8: some letters could not be read. Declare its encoding in the import map, for instance \"encoding\": \"windows-1250\".");
        if (_read < _run.Options.MinRowsForShare || _faults <= _run.Options.MaxRejectedShare * _read) return;
        var reasons = string.Join(", ", _tally.Rejections.OrderByDescending(r => r.Value).Take(3).Select(r => $"{r.Key}: {r.Value}"));
        var first = _run.Rejected.Kept.FirstOrDefault(r => r.File == File);
        throw new ImportException(File, string.Create(CultureInfo.InvariantCulture, $"{_faults} of {_read} rows set aside ({reasons})"),
            string.Create(CultureInfo.InvariantCulture, $"at most {_run.Options.MaxRejectedShare:0.##%}"),
            $"Correct the import map or the export, or allow a larger share.{(first is null ? "" : " The first: " + first)}");
    }

    private void TellShape()
    {
        _run.Warnings.AddRange(_table.Remarks);
        if (_table.TitleRows + _table.FooterRows > 0)
            _run.Warnings.Add($"{File} is a report: {_table.TitleRows} lines before its header and {_table.FooterRows} after its data are no rows of it and were left out.");
        foreach (var (sign, count) in _sharedSigns)
            _run.Warnings.Add($"{File} has {count} amounts with the sign {sign}, which several currencies share: they count in the currency of their row, else in {_run.Map.Currency}.");
    }

    private bool IsHeader(IReadOnlyList<string> cells) => EntityFields.RequiredOf(_entity).All(name => Source.Fields[name] is { } field
        && (field.Constant is not null || field.Columns.Any(c => cells.Contains(c.Column, StringComparer.OrdinalIgnoreCase))));

    private void CheckColumns()
    {
        foreach (var name in EntityFields.RequiredOf(_entity))
        {
            var field = Source.Fields[name];
            if (field.Constant is not null || field.Columns.Any(c => _table.IndexOf(c.Column) >= 0)) continue;
            var (found, advice) = _table.Shape;
            throw new ImportException($"{File} line {_table.HeaderLine}", found,
                $"a column {string.Join(" or ", field.Columns.Select(c => $"\"{c.Column}\""))} for the field {name} of {_entity}",
                advice ?? "Correct the column's name in the import map, or export the column.");
        }
        var used = Source.Fields.Values.SelectMany(f => f.Columns).SelectMany(c => new[] { c.Column, c.WhenColumn }).OfType<string>().Concat(Source.Entered.Keys).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var condition in Source.Where)
        {
            if (_table.IndexOf(condition.Column) < 0)
                throw new ImportException($"{File} line {_table.HeaderLine}", "no such column", $"the column \"{condition.Column}\" by which where leaves out rows", "Export it, or correct where in the import map.");
            used.Add(condition.Column);
        }
        if (_entity == EntityFields.Opportunities && _run.Map.Outcome is { } outcome && FirstOf(outcome.Columns) is >= 0 and var told) used.Add(_table.Header[told]);
        if (_entity is EntityFields.Opportunities or EntityFields.Leads)
            foreach (var (column, known) in Source.Columns)
                if (known != ColumnKind.Ignored && _table.IndexOf(column) < 0)
                    _run.Absent.Add(new AbsentColumn(_entity, File, column));
        var kinds = new Dictionary<string, ColumnKind>(Source.Columns, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < _table.Header.Length; i++)
        {
            var column = _table.Header[i];
            if (_table.IndexOf(column) != i) _run.Warnings.Add($"{File} has the column \"{column}\" twice; only the first is read.");
            else if (used.Contains(column)) _tally.Used.Add(column);
            else if (kinds.TryGetValue(column, out var kind)) (kind switch { ColumnKind.Created => _tally.Created, ColumnKind.Tracked => _tally.Tracked, _ => _tally.Ignored }).Add(column);
            else
            {
                _tally.Unknown.Add(column);
                Unknown.Add((i, column));
            }
        }
    }
}
