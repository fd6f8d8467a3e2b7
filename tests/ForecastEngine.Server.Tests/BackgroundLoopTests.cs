using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ForecastEngine.Server.Tests;

/// <summary>What every background loop of the server promises.</summary>
public sealed class BackgroundLoopTests
{
    [Fact]
    public async Task A_fault_is_logged_and_ends_a_round_and_the_next_one_follows()
    {
        var token = TestContext.Current.CancellationToken;
        var log = new Kept();
        using var loop = new Rounds(TimeSpan.FromHours(1), log, round => round < 3 ? throw new InvalidOperationException($"fault {round}") : Task.CompletedTask);
        await loop.StartAsync(token);
        for (var round = 0; round < 4; round++)
        {
            Assert.Equal((round, round > 0), await loop.Begun.Reader.ReadAsync(token));
            loop.Wake();
        }
        await loop.StopAsync(token);
        Assert.Equal(["fault 0", "fault 1", "fault 2"], log.Faults);
        Assert.True(loop.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Without_being_woken_it_looks_after_its_pause()
    {
        var token = TestContext.Current.CancellationToken;
        using var loop = new Rounds(TimeSpan.FromMilliseconds(20), NullLogger.Instance, _ => Task.CompletedTask);
        await loop.StartAsync(token);
        for (var round = 0; round < 3; round++) Assert.Equal((round, false), await loop.Begun.Reader.ReadAsync(token));
        await loop.StopAsync(token);
    }

    [Fact]
    public async Task Told_to_stop_in_the_middle_of_a_round_it_ends_without_a_fault()
    {
        var token = TestContext.Current.CancellationToken;
        var log = new Kept();
        using var loop = new Rounds(TimeSpan.FromHours(1), log, null);
        await loop.StartAsync(token);
        await loop.Begun.Reader.ReadAsync(token);
        await loop.StopAsync(token);
        Assert.True(loop.ExecuteTask!.IsCompletedSuccessfully);
        Assert.Empty(log.Faults);
    }

    private sealed class Rounds(TimeSpan pause, ILogger log, Func<int, Task>? work) : BackgroundLoop("Test", pause, log)
    {
        private int _round;

        public System.Threading.Channels.Channel<(int Round, bool IsWoken)> Begun { get; } = System.Threading.Channels.Channel.CreateUnbounded<(int, bool)>();

        protected override Task Round(bool isWoken, CancellationToken stopping)
        {
            var round = _round++;
            Begun.Writer.TryWrite((round, isWoken));
            return work is null ? Task.Delay(Timeout.Infinite, stopping) : work(round);
        }
    }

    private sealed class Kept : ILogger
    {
        public ConcurrentQueue<string> Faults { get; } = new();
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => true;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Faults.Enqueue(exception!.Message);
    }
}
