using ForecastEngine.Crm;

namespace ForecastEngine.Snapshots;

/// <summary>
/// Decides of every column of the deals whether it can be a feature. <see cref="FeatureSchema"/> is made of what it
/// says.
/// </summary>
public sealed class DealColumns
{
    /// <summary>Names of the columns that are fields of the deals.</summary>
    internal const string Owner = "owner", Team = "team", Product = "product", Source = "source", Region = "region",
        Segment = "segment", Industry = "industry", Account = "account", Amount = "amount",
        PlannedClose = "planned close";

    private readonly CrmHistory _history;
    private readonly bool[] _isClosed;

    private DealColumns(CrmHistory history)
    {
        _history = history;
        var deals = Enumerable.Range(0, history.Opportunities.Length);
        _isClosed = [.. deals.Select(i => Closing.Final(history, i) is not null)];
    }

    /// <summary>The fields of the deals that can be features, then the custom columns by name.</summary>
    /// <param name="history">What is known.</param>
    public static IReadOnlyList<DealColumn> Of(CrmHistory history)
    {
        var columns = new DealColumns(history);
        var custom = history.Opportunities.SelectMany(d => d.Attributes.Keys).Concat(history.CustomColumns.Keys)
            .Distinct().Order(StringComparer.Ordinal);
        string[] groups = [Owner, Team, Product, Source, Region, Segment, Industry];
        return
        [
            .. groups.Select(columns.Group),
            columns.Accounts(),
            columns.KnownBeforeClose(Amount, ValueKind.Number, OpportunityField.Amount),
            columns.KnownBeforeClose(PlannedClose, ValueKind.Date, OpportunityField.PlannedCloseOn),
            .. custom.Select(columns.Custom),
        ];
    }

    /// <summary>The value of a column at a deal's creation, null for none.</summary>
    internal static Func<Opportunity, string?> ValueOf(CrmHistory history, DealColumn column) =>
        column.IsCustom ? ValueOf(column.Name, column.Kind) : ValueOf(history, column.Name);

    /// <summary>The levels of a category that at least so many deals have at their creation, the most frequent first.</summary>
    internal static IReadOnlyList<string> LevelsOf(CrmHistory history, DealColumn column, int fewest, int most)
    {
        var (value, counts) = (ValueOf(history, column), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var deal in history.Opportunities)
            if ((value(deal) is { Length: > 0 } told ? told : column.BlankIsLevel ? GroupRates.Blank : null) is { } level) counts[level] = counts.GetValueOrDefault(level) + 1;
        return [.. counts.Where(c => c.Value >= fewest).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(most).Select(c => c.Key)];
    }

    private DealColumn Group(string name)
    {
        var cells = CellsOf(ValueOf(_history, name));
        var isTeam = name == Team;
        var use = cells.AreFilledInLater && !isTeam ? ColumnUse.FilledInLater
            : (isTeam ? _history.Teams.Count : cells.Levels) > 1 ? ColumnUse.Used
            : ColumnUse.OneLevel;
        return Field(name, ValueKind.Category, cells, use);
    }

    private DealColumn Accounts()
    {
        var cells = CellsOf(d => d.AccountId);
        var use = cells.AreFilledInLater ? ColumnUse.FilledInLater
            : cells.Filled > 1.2 * cells.Levels ? ColumnUse.Used
            : ColumnUse.NearlyUnique;
        return Field(Account, ValueKind.Category, cells, use);
    }

    private DealColumn KnownBeforeClose(string name, ValueKind kind, string field)
    {
        var value = ValueOf(_history, name);
        var known = 0;
        for (var i = 0; i < _history.Opportunities.Length; i++)
            if (value(_history.Opportunities[i]) is not null || HasHistory(i, field)) known++;
        var isKnown = known > 0 && known >= 0.2 * _history.Opportunities.Length;
        return Field(name, kind, CellsOf(value), isKnown ? ColumnUse.Used : ColumnUse.MostlyEmpty);
    }

    private DealColumn Custom(string name)
    {
        var told = _history.CustomColumns.GetValueOrDefault(name);
        var isDeclared = told is { IsDeclared: true };
        var values = _history.Opportunities.Select(d => d.Attributes.GetValueOrDefault(name)).OfType<string>();
        var kind = isDeclared ? told!.Kind : CustomColumn.KindOf(values);
        var cells = CellsOf(ValueOf(name, kind));
        var isName = kind == ValueKind.Category;
        var blankIsLevel = isName && cells.HaveBlanks && !cells.TellByBlanks;
        var use = cells.AreEmpty ? ColumnUse.Empty
            : cells.AreFilledInLater ? ColumnUse.FilledInLater
            : !isName || blankIsLevel ? ColumnUse.Used
            : cells.AreNearlyUnique ? ColumnUse.NearlyUnique
            : cells.Levels > 1 ? ColumnUse.Used
            : cells.HaveBlanks ? ColumnUse.FilledInLater
            : ColumnUse.OneLevel;
        return new DealColumn(name, true, kind, isDeclared, cells.MissingShare, cells.Levels, use)
        {
            BlankIsLevel = blankIsLevel && use == ColumnUse.Used,
            IsText = isName && cells.AreNearlyUnique,
        };
    }

    private static DealColumn Field(string name, ValueKind kind, ColumnCells cells, ColumnUse use) =>
        new(name, false, kind, false, cells.MissingShare, cells.Levels,
            cells.AreEmpty && use != ColumnUse.Used ? ColumnUse.Empty : use);

    private ColumnCells CellsOf(Func<Opportunity, string?> value) =>
        ColumnCells.Of(_history.Opportunities, _isClosed, value);

    private static Func<Opportunity, string?> ValueOf(CrmHistory history, string field) => field switch
    {
        Owner => d => d.OwnerId,
        Team => d => d.OwnerId is null ? null : history.SalesReps.GetValueOrDefault(d.OwnerId)?.TeamId,
        Product => d => d.ProductId,
        Source => d => d.Source,
        Region => d => d.Region,
        Segment => d => d.Segment,
        Industry => d => GroupRates.Industry(history, d.AccountId, d.RecordedAt),
        Account => d => d.AccountId,
        Amount => d => CanonicalText.Of(d.Amount),
        _ => d => CanonicalText.Of(d.PlannedCloseOn),
    };

    // What is of another kind than its column says nothing there.
    private static Func<Opportunity, string?> ValueOf(string custom, ValueKind kind) => d =>
    {
        if (d.Attributes.GetValueOrDefault(custom) is not { Length: > 0 } text) return null;
        var isRead = kind switch
        {
            ValueKind.Number => CustomColumn.Number(text) is not null,
            ValueKind.Date => CustomColumn.Day(text) is not null,
            _ => true,
        };
        return isRead ? text : null;
    };

    private bool HasHistory(int index, string field)
    {
        foreach (var change in _history.FinalChanges(index))
            if (change.Field == field && change.OldValue is not null) return true;
        return false;
    }
}
