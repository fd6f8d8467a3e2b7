using System.Globalization;
using System.Net;

namespace ForecastEngine.Server.Tests.Data;

/// <summary>What an upload past its limit costs. What the whole process allocates is counted, so nothing may run beside it.</summary>
[Collection(nameof(StreamLimitTests))]
[CollectionDefinition(nameof(StreamLimitTests), DisableParallelization = true)]
public sealed class StreamLimitTests
{
    /// <summary>By hand with FORECASTENGINE_STREAM_MB=2048; the memory is that of the whole process, the client's side included.</summary>
    [Fact]
    public async Task A_stream_past_the_limit_is_cut_and_memory_does_not_grow_with_it()
    {
        var megabytes = int.Parse(Environment.GetEnvironmentVariable("FORECASTENGINE_STREAM_MB") ?? "64", CultureInfo.InvariantCulture);
        var limit = (long)megabytes << 19;
        await using var server = await RunningServer.Start(null, null, $"ForecastEngine:Uploads:Bytes={limit}");
        using var client = server.Client(server.Key("data:write"));
        var before = GC.GetTotalAllocatedBytes();
        var form = new MultipartFormDataContent { { new StringContent("forecastengine"), "map" } };
        form.Add(new StreamContent(new Endless((long)megabytes << 20)), "files", "a.csv");
        // The server stops reading: the client is told, or finds the line cut while it still sends.
        var seen = await Record.ExceptionAsync(async () => Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-large"), await HostileImportTests.Code(client, form)));
        Assert.True(seen is null or HttpRequestException, $"{seen}");
        var allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(allocated < 64 << 20, $"{allocated >> 20} MiB were allocated while {megabytes} MiB were offered.");
        HostileImportTests.AssertNothingIsLeft(server);
    }

    /// <summary>So many letters, made as they are read.</summary>
    private sealed class Endless(long length) : Stream
    {
        private long _left = length;
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, _left);
            buffer[..count].Fill((byte)'x');
            _left -= count;
            return count;
        }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
