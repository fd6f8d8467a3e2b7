using System.Text.Json;
using System.Text.Json.Serialization;

namespace ForecastEngine.Registry;

/// <summary>Why the champion changed.</summary>
public enum RegistryEventKind
{
    /// <summary>A version became champion.</summary>
    Promotion,
    /// <summary>The champion before it came back.</summary>
    Rollback,
}

/// <summary>One change of the champion.</summary>
/// <param name="Kind">Promotion or rollback.</param>
/// <param name="At">When.</param>
/// <param name="From">Champion before; null for the first.</param>
/// <param name="To">Champion after.</param>
/// <param name="Reason">In words.</param>
public sealed record RegistryEvent(RegistryEventKind Kind, DateTimeOffset At, string? From, string To, string Reason);

/// <summary>Who answers, who waits, and how it came to that: the contents of registry.json.</summary>
public sealed record RegistryState
{
    /// <summary>The version that answers; null before the first promotion.</summary>
    public string? Champion { get; init; }
    /// <summary>The latest version that was added and not promoted.</summary>
    public string? Challenger { get; init; }
    /// <summary>Champions before this one, oldest first: a rollback takes the last.</summary>
    public IReadOnlyList<string> Earlier { get; init; } = [];
    /// <summary>Every change, oldest first.</summary>
    public IReadOnlyList<RegistryEvent> History { get; init; } = [];

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The state after a promotion.</summary>
    public RegistryState Promoted(string version, string reason, DateTimeOffset at) => this with
    {
        Champion = version,
        Challenger = Challenger == version ? null : Challenger,
        Earlier = Champion is null ? Earlier : [.. Earlier, Champion],
        History = [.. History, new RegistryEvent(RegistryEventKind.Promotion, at, Champion, version, reason)],
    };

    /// <summary>The state after the previous champion came back; the one that goes becomes challenger.</summary>
    public RegistryState RolledBack(DateTimeOffset at)
    {
        if (Champion is null || Earlier.Count == 0)
            throw new ModelRegistryException("registry.json", "no earlier champion", "one to return to", "Promote the version that should answer.");
        return this with
        {
            Champion = Earlier[^1],
            Challenger = Champion,
            Earlier = [.. Earlier.SkipLast(1)],
            History = [.. History, new RegistryEvent(RegistryEventKind.Rollback, at, Champion, Earlier[^1], $"Rolled back from {Champion}.")],
        };
    }

    /// <summary>The state without these versions and the changes that name them.</summary>
    internal RegistryState Without(IReadOnlyCollection<string> versions) => this with
    {
        Champion = Champion is { } champion && versions.Contains(champion) ? null : Champion,
        Challenger = Challenger is { } challenger && versions.Contains(challenger) ? null : Challenger,
        Earlier = [.. Earlier.Where(v => !versions.Contains(v))],
        History = [.. History.Where(e => !versions.Contains(e.To) && (e.From is null || !versions.Contains(e.From)))],
    };

    /// <summary>True when the version is or was champion, or is challenger.</summary>
    internal bool Names(string version) => Champion == version || Challenger == version || History.Any(e => e.From == version || e.To == version);

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    internal static RegistryState FromJson(byte[] json)
    {
        try
        {
            var state = JsonSerializer.Deserialize<RegistryState>(json, Json) ?? throw new JsonException("found null");
            if (state.Earlier is null || state.History is null) throw new JsonException("found null in place of a list");
            foreach (var version in new[] { state.Champion, state.Challenger }.Concat(state.Earlier))
                if (version is not null) ModelVersionId.Require(version);
            return state;
        }
        catch (JsonException fault)
        {
            throw new ModelRegistryException("registry.json", $"unreadable JSON ({fault.Message})", "champion, challenger, earlier champions and history", "Restore it from a backup; the model versions themselves are untouched.", fault);
        }
    }
}
