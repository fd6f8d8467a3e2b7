using System.Globalization;
using System.Threading.RateLimiting;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Settings;

namespace ForecastEngine.Server.Security;

/// <summary>How often one caller may ask: a bucket per key, and per address for those without a valid key.</summary>
public static class RequestLimits
{
    /// <summary>Adds the limits.</summary>
    public static void AddRequestLimits(this IServiceCollection services, LimitSettings limits) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => context.User.KeyId() is { } key
            ? RateLimitPartition.GetTokenBucketLimiter("key " + key, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limits.Burst, TokensPerPeriod = Math.Max(1, limits.RequestsPerSecond / 10), ReplenishmentPeriod = TimeSpan.FromMilliseconds(100), QueueLimit = 0,
            })
            : RateLimitPartition.GetFixedWindowLimiter("address " + context.Connection.RemoteIpAddress, _ => new FixedWindowRateLimiterOptions
            {
                PermitLimit = limits.UnknownPerMinute, Window = TimeSpan.FromMinutes(1), QueueLimit = 0,
            }));
        options.OnRejected = async (rejected, _) =>
        {
            if (rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
                rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await Problems.Of(StatusCodes.Status429TooManyRequests, ProblemCode.TooMany, "Too many requests; expected fewer. Wait as Retry-After says.").ExecuteAsync(rejected.HttpContext);
        };
    });
}
