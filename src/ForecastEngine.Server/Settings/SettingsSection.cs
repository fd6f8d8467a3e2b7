using System.Globalization;
using System.Numerics;

namespace ForecastEngine.Server.Settings;

/// <summary>
/// Reads one section of the configuration and collects what is wrong with it: values that cannot be read, values out of
/// range, and names that nobody asks for, a typing mistake most likely. One fault does not hide the next.
/// </summary>
public sealed class SettingsSection
{
    private readonly IConfigurationSection _section;
    private readonly List<string> _faults;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SettingsSection> _inner = [];

    /// <summary>The section of that name.</summary>
    public SettingsSection(IConfiguration configuration, string name) => (_section, _faults) = (configuration.GetSection(name), []);

    private SettingsSection(IConfigurationSection section, List<string> faults) => (_section, _faults) = (section, faults);

    /// <summary>A section inside this one.</summary>
    public SettingsSection Section(string name)
    {
        _known.Add(name);
        var inner = new SettingsSection(_section.GetSection(name), _faults);
        _inner.Add(inner);
        return inner;
    }

    /// <summary>A text; null when it is not set or empty.</summary>
    public string? Text(string name)
    {
        _known.Add(name);
        return _section[name] is { Length: > 0 } value ? value : null;
    }

    /// <summary>Several texts, as <c>Name:0</c>, <c>Name:1</c> … or in one value with commas between.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        _known.Add(name);
        return _section[name] is { Length: > 0 } value
            ? value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [.. _section.GetSection(name).GetChildren().Select(c => c.Value).OfType<string>()];
    }

    /// <summary>A number between two others.</summary>
    public T Number<T>(string name, T otherwise, T least, T most) where T : INumber<T>
    {
        if (Text(name) is not { } text) return otherwise;
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        Fault(name, $"\"{text}\"", string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"));
        return otherwise;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise)
    {
        if (Text(name) is not { } text) return otherwise;
        if (bool.TryParse(text, out var value)) return value;
        Fault(name, $"\"{text}\"", "true or false");
        return otherwise;
    }

    /// <summary>A span of time such as <c>00:00:30</c> (30 seconds) or <c>7.00:00:00</c> (7 days).</summary>
    public TimeSpan Duration(string name, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        if (Text(name) is not { } text) return otherwise;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        Fault(name, $"\"{text}\"", $"a span of time from {least:c} to {most:c}, 00:00:30 for instance");
        return otherwise;
    }

    /// <summary>Notes a fault of a setting in this section.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="found">What was found; never a secret.</param>
    /// <param name="expected">What was expected.</param>
    public void Fault(string name, string found, string expected) => _faults.Add($"{_section.Path}:{name}: found {found}; expected {expected}. Mend the setting.");

    /// <summary>Throws when anything was wrong here or in an inner section.</summary>
    /// <exception cref="SettingsException">All faults.</exception>
    public void ThrowIfFaulty()
    {
        NoteUnknown();
        if (_faults.Count > 0) throw new SettingsException(_faults);
    }

    private void NoteUnknown()
    {
        foreach (var child in _section.GetChildren())
            if (!_known.Contains(child.Key)) Fault(child.Key, "a setting of this name", $"one of {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        foreach (var inner in _inner) inner.NoteUnknown();
    }
}
