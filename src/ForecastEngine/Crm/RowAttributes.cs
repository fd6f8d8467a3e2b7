using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace ForecastEngine.Crm;

/// <summary>Custom columns of one row: names shared by all rows, values of its own. Equal when all values are.</summary>
internal sealed class RowAttributes : IReadOnlyDictionary<string, string>, IEquatable<RowAttributes>
{
    private readonly string[] _names;
    private readonly string?[] _values;

    private RowAttributes(string[] names, string?[] values) => (_names, _values) = (names, values);

    public static RowAttributes Of(string[] names, string?[] values) => new(names, values);

    public int Count => _values.Count(v => v is not null);
    public IEnumerable<string> Keys => this.Select(p => p.Key);
    public IEnumerable<string> Values => this.Select(p => p.Value);
    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"Attributes: found no column \"{key}\"; expected one of {string.Join(", ", Keys)}.");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        var index = Array.IndexOf(_names, key);
        value = index >= 0 && index < _values.Length ? _values[index] : null;
        return value is not null;
    }

    public RowAttributes With(string name, string value)
    {
        var values = new string?[_names.Length + 1];
        _values.CopyTo(values, 0);
        values[^1] = value;
        return new RowAttributes([.. _names, name], values);
    }

    /// <summary>The same without the columns of <paramref name="refused"/>.</summary>
    public RowAttributes Without(IReadOnlySet<string> refused) => new(_names, [.. _values.Select((v, i) => refused.Contains(_names[i]) ? null : v)]);

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (var i = 0; i < _values.Length; i++)
            if (_values[i] is { } value) yield return new KeyValuePair<string, string>(_names[i], value);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(RowAttributes? other) => other is not null && this.SequenceEqual(other);
    public override bool Equals(object? obj) => Equals(obj as RowAttributes);
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var pair in this) hash.Add(pair);
        return hash.ToHashCode();
    }
}
