using System.Text.Json;
using ForecastEngine.Server.Tests;
using ForecastEngine.Storage;

[assembly: AssemblyFixture(typeof(ScoredServer))]

namespace ForecastEngine.Server.Tests;

/// <summary>A server over the small company for tests that only read it, with keys for all scopes and for one team.</summary>
public sealed class ScoredServer : IAsyncLifetime
{
    private readonly SmallCompany _company = new();
    private RunningServer _server = null!;

    public RunningServer Server => _server;
    public HttpClient Reader { get; private set; } = null!;
    public HttpClient Admin { get; private set; } = null!;
    /// <summary>A reader who is bound to <see cref="Team"/>.</summary>
    public HttpClient TeamReader { get; private set; } = null!;
    /// <summary>A team with open deals, without teams below it.</summary>
    public string Team { get; private set; } = "";
    /// <summary>Scores of the published run.</summary>
    public IReadOnlyList<ScoreRow> Rows { get; private set; } = [];
    public RescoringRun Run { get; private set; } = null!;
    public ScoreRow Own => Rows.First(r => r.TeamId == Team);
    public ScoreRow Foreign => Rows.First(r => r.TeamId is not null && r.TeamId != Team);

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.Start(_company.Copy(), null, "ForecastEngine:Limits:UnknownPerMinute=100000");
        Run = (await _server.Workspace.Scores.LatestRunAsync())!;
        Rows = (await _server.Workspace.Scores.ScoresAsync(Run.Id)).Scores;
        var parents = _server.Workspace.History.Teams().Select(t => t.ParentTeamId).ToHashSet();
        Team = Rows.First(r => r.TeamId is not null && !parents.Contains(r.TeamId)).TeamId!;
        (Reader, Admin, TeamReader) = (_server.Client(_server.Key("scores:read")), _server.Client(_server.Key("admin")), _server.Client(_server.Key("scores:read", Team)));
    }

    public async ValueTask DisposeAsync()
    {
        Reader.Dispose();
        Admin.Dispose();
        TeamReader.Dispose();
        await _server.DisposeAsync();
        _company.Dispose();
    }

    public static async Task<JsonElement> Json(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
