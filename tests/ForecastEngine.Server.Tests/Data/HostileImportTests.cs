using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>Uploads that mean harm, and one that does not.</summary>
public sealed class HostileImportTests
{
    private const string Csv = "id,name\n1,x\n";

    [Fact]
    public async Task An_export_is_uploaded_and_imported_with_its_report()
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key("data:write"));
        using var form = new MultipartFormDataContent { { new StringContent("forecastengine"), "map" } };
        foreach (var file in Directory.GetFiles(SmallCompany.YoungExport)) form.Add(new StreamContent(File.OpenRead(file)), "files", Path.GetFileName(file));
        var (status, json) = await Send(client, form);
        Assert.Equal(HttpStatusCode.Accepted, status);
        var id = json.GetProperty("id").GetString();
        for (var attempt = 0; json.GetProperty("status").GetString() is "queued" or "running" && attempt < 600; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            json = JsonDocument.Parse(await client.GetStringAsync($"/api/v1/imports/{id}", TestContext.Current.CancellationToken)).RootElement;
        }
        Assert.Equal("succeeded", json.GetProperty("status").GetString());
        Assert.Equal(server.Workspace.History.Load(null, TestContext.Current.CancellationToken).Opportunities.Length, json.GetProperty("report").GetProperty("opportunities").GetInt32());
        Assert.False(Directory.Exists(Path.Combine(server.Folder, "uploads", id!)));
    }

    [Theory]
    [InlineData("../evil.csv")]
    [InlineData("..\\evil.csv")]
    [InlineData("/etc/evil.csv")]
    [InlineData("C:\\evil.csv")]
    [InlineData("inner/evil.csv")]
    [InlineData(".hidden.csv")]
    [InlineData("con.csv")]
    [InlineData("evil.exe")]
    [InlineData("evil..csv")]
    [InlineData("evil.json")]
    [InlineData("=cmd().csv")]
    public async Task A_file_name_that_is_not_plain_is_refused_outside_and_inside_an_archive(string name)
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key("data:write"));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-file-name"), await Code(client, Form(name, Encoding.UTF8.GetBytes(Csv))));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-file-name"), await Code(client, Form("a.zip", Zip((name, Encoding.UTF8.GetBytes(Csv))))));
        AssertNothingIsLeft(server);
    }

    [Fact]
    public async Task A_bomb_ends_at_the_limit_and_leaves_nothing()
    {
        await using var server = await RunningServer.Start(null, null, "ForecastEngine:Uploads:UnpackedBytes=1000000", "ForecastEngine:Uploads:Files=3");
        using var client = server.Client(server.Key("data:write"));
        var zeros = new byte[50_000_000];
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-large"), await Code(client, Form("bomb.zip", Zip(("a.csv", zeros)))));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-large"), await Code(client, Form("bomb.csv.gz", Gzip(zeros))));
        // What is within the limit alone is past it together.
        foreach (var (name, packed) in (IEnumerable<(string, byte[])>)[("b.csv.gz", Gzip(new byte[600_000])), ("b.zip", Zip(("b.csv", new byte[600_000])))])
        {
            var two = Form("a.csv.gz", Gzip(new byte[600_000]));
            two.Add(new ByteArrayContent(packed), "files", name);
            Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-large"), await Code(client, two));
        }
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("many.zip", Zip([.. Enumerable.Range(0, 4).Select(i => ($"f{i}.csv", Encoding.UTF8.GetBytes(Csv)))]))));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("inner.zip", Zip(("a.zip", Zip(("a.csv", zeros)))))));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("many.zip", Zip([.. Enumerable.Range(0, 20_000).Select(i => ($"a file with a long name that makes the directory long {i}.csv", Array.Empty<byte>()))]))));
        AssertNothingIsLeft(server);
    }

    [Fact]
    public async Task What_is_no_archive_and_no_form_is_refused()
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key("data:write"));
        var cut = Zip(("a.csv", Encoding.UTF8.GetBytes(new string('x', 100_000))));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("a.zip", cut[..^30])));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("a.zip", "no archive"u8.ToArray())));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("a.csv.gz", "no archive"u8.ToArray())));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("a.csv", [], map: "../../etc/passwd")));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, Form("a.csv", [], map: "{\"name\":")));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, new MultipartFormDataContent { { new StringContent("forecastengine"), "map" } }));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unknown-media-type"), await Code(client, new StringContent(Csv)));
        var broken = new ByteArrayContent("--x\r\nContent-Disposition: form-data; name=files; filename=a.csv\r\n\r\n1,2"u8.ToArray());
        broken.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid-request"), await Code(client, broken));
        AssertNothingIsLeft(server);
    }

    [Fact]
    public async Task A_sender_who_falls_silent_loses_the_line()
    {
        await using var server = await RunningServer.Start();
        using var client = server.Client(server.Key("data:write"));
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: {client.DefaultRequestHeaders.Authorization}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\n"), TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var answer = "";
        try
        {
            answer = await new StreamReader(stream).ReadToEndAsync(patience.Token);
        }
        catch (IOException fault) when (fault.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // A line may be cut as well as closed.
        }
        Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
        AssertNothingIsLeft(server);
    }

    internal static void AssertNothingIsLeft(RunningServer server)
    {
        var uploads = Path.Combine(server.Folder, "uploads");
        SpinWait.SpinUntil(() => !Directory.Exists(uploads) || Directory.GetFileSystemEntries(uploads).Length == 0, TimeSpan.FromSeconds(10));
        Assert.Empty(Directory.Exists(uploads) ? Directory.GetFileSystemEntries(uploads) : []);
        Assert.False(File.Exists(Path.Combine(server.Folder, "evil.csv")));
    }

    private static MultipartFormDataContent Form(string name, byte[] content, string map = "forecastengine")
    {
        var form = new MultipartFormDataContent { { new StringContent(map), "map" } };
        var file = new ByteArrayContent(content);
        // Written by hand: the client's own writer would mend the name.
        file.Headers.TryAddWithoutValidation("Content-Disposition", $"form-data; name=\"files\"; filename=\"{name.Replace("\\", "\\\\", StringComparison.Ordinal)}\"");
        form.Add(file);
        return form;
    }

    private static async Task<(HttpStatusCode, JsonElement)> Send(HttpClient client, HttpContent content)
    {
        using var answer = await client.PostAsync("/api/v1/imports", content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement);
    }

    internal static async Task<(HttpStatusCode, string?)> Code(HttpClient client, HttpContent content)
    {
        var (status, json) = await Send(client, content);
        return (status, json.TryGetProperty("code", out var code) ? code.GetString() : json.ToString());
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        return bytes.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Fastest)) packed.Write(content);
        return bytes.ToArray();
    }
}
