using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Analysis;

namespace ForecastEngine.Exploration;

/// <summary>
/// A column of an answer while it is read. It starts with the narrowest type that holds what it saw (whole numbers, numbers,
/// instants, yes and no, text) and widens when a value does not fit, since SQLite may mix types in a column.
/// </summary>
internal sealed class SqlColumn(DbDataReader reader, int field)
{
    private enum Kind { Empty, Whole, Number, Instant, Flag, Text }

    private readonly string _name = reader.GetName(field);
    private Kind _kind = Kind.Empty;
    private int _empty;
    private List<long?> _whole = [];
    private List<double?> _numbers = [];
    private List<DateTime?> _instants = [];
    private List<bool?> _flags = [];
    private List<string?> _texts = [];

    /// <summary>Takes this column's value of the reader's row.</summary>
    public void Take(DbDataReader row)
    {
        if (row.IsDBNull(field))
        {
            AddEmpty();
            return;
        }
        var type = row.GetFieldType(field);
        Widen(type == typeof(long) || type == typeof(int) || type == typeof(short) ? Kind.Whole
            : type == typeof(double) || type == typeof(float) || type == typeof(decimal) ? Kind.Number
            : type == typeof(DateTime) ? Kind.Instant : type == typeof(bool) ? Kind.Flag : Kind.Text);
        switch (_kind)
        {
            case Kind.Whole: _whole.Add(row.GetInt64(field)); break;
            case Kind.Number: _numbers.Add(type == typeof(decimal) ? (double)row.GetDecimal(field) : type == typeof(float) ? row.GetFloat(field) : row.GetDouble(field)); break;
            case Kind.Instant: _instants.Add(row.GetDateTime(field)); break;
            case Kind.Flag: _flags.Add(row.GetBoolean(field)); break;
            default: _texts.Add(TextOf(row, type)); break;
        }
    }

    /// <summary>The column.</summary>
    public DataFrameColumn Build() => _kind switch
    {
        Kind.Whole => new PrimitiveDataFrameColumn<long>(_name, _whole),
        Kind.Number => new PrimitiveDataFrameColumn<double>(_name, _numbers),
        Kind.Instant => new PrimitiveDataFrameColumn<DateTime>(_name, _instants),
        Kind.Flag => new PrimitiveDataFrameColumn<bool>(_name, _flags),
        _ => new StringDataFrameColumn(_name, _kind == Kind.Empty ? Enumerable.Repeat<string>(null!, _empty) : _texts!),
    };

    private string TextOf(DbDataReader row, Type type) =>
        type == typeof(string) ? row.GetString(field)
        : type == typeof(byte[]) ? Convert.ToHexStringLower(row.GetFieldValue<byte[]>(field))
        : Convert.ToString(row.GetValue(field), CultureInfo.InvariantCulture) ?? "";

    private void AddEmpty()
    {
        switch (_kind)
        {
            case Kind.Empty: _empty++; break;
            case Kind.Whole: _whole.Add(null); break;
            case Kind.Number: _numbers.Add(null); break;
            case Kind.Instant: _instants.Add(null); break;
            case Kind.Flag: _flags.Add(null); break;
            default: _texts.Add(null); break;
        }
    }

    private void Widen(Kind seen)
    {
        if (_kind == seen || _kind == Kind.Text || (_kind == Kind.Number && seen == Kind.Whole)) return;
        var before = _kind;
        _kind = before == Kind.Empty ? seen : before == Kind.Whole && seen == Kind.Number ? Kind.Number : Kind.Text;
        if (before == Kind.Empty)
        {
            for (var i = 0; i < _empty; i++) AddEmpty();
        }
        else if (_kind == Kind.Number)
        {
            _numbers = [.. _whole.Select(w => (double?)w)];
        }
        else
        {
            _texts = before switch
            {
                Kind.Whole => [.. _whole.Select(Text)], Kind.Number => [.. _numbers.Select(Text)], Kind.Flag => [.. _flags.Select(f => f?.ToString())], _ => [.. _instants.Select(Text)],
            };
        }
    }

    private static string? Text<T>(T? value) where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);
}
