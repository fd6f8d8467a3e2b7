using System.Globalization;
using System.Threading.RateLimiting;
using ForecastEngine.Server.Api;
using ForecastEngine.Server.Settings;
using Microsoft.AspNetCore.RateLimiting;

namespace ForecastEngine.Server.Security;

/// <summary>
/// How often one caller may ask: a bucket per key, and per address for those without a valid key. An address is judged before
/// its key is looked up, unless the key is one that this process knows: who makes keys up is refused without a question to the database.
/// </summary>
public static class RequestLimits
{
    private static readonly object Judged = new();

    /// <summary>Adds the limits.</summary>
    public static void AddRequestLimits(this IServiceCollection services, LimitSettings limits) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            context.User.KeyId() is { } key ? RateLimitPartition.GetTokenBucketLimiter("key " + key, _ => BucketOf(limits))
            : context.Items.ContainsKey(Judged) ? RateLimitPartition.GetNoLimiter("judged")
            : AddressPartition(context, limits));
        options.OnRejected = (rejected, _) => new(Refuse(rejected.HttpContext, rejected.Lease));
    });

    /// <summary>Judges the address of who brings no key or one that is not known here. Before authentication.</summary>
    public static void UseAddressLimit(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<LimitSettings>();
        var ring = app.Services.GetRequiredService<KeyRing>();
        var limiter = PartitionedRateLimiter.Create<HttpContext, string>(context => AddressPartition(context, limits));
        app.Lifetime.ApplicationStopped.Register(limiter.Dispose);
        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is null
                && !(ApiKeyHandler.TextOf(context.Request) is { } text && KeySecret.TryParse(text, out var id, out _) && ring.IsKnown(id)))
            {
                using var lease = limiter.AttemptAcquire(context);
                if (!lease.IsAcquired)
                {
                    await Refuse(context, lease);
                    return;
                }
                context.Items[Judged] = true;
            }
            await next(context);
        });
    }

    /// <summary>The bucket of a key: so many at once, and so many per second in the long run, to the request.</summary>
    internal static TokenBucketRateLimiterOptions BucketOf(LimitSettings limits) => new()
    {
        TokenLimit = limits.Burst, TokensPerPeriod = limits.PerTenth, ReplenishmentPeriod = TimeSpan.FromSeconds(1) * limits.PerTenth / limits.RequestsPerSecond, QueueLimit = 0,
    };

    private static RateLimitPartition<string> AddressPartition(HttpContext context, LimitSettings limits) =>
        RateLimitPartition.GetFixedWindowLimiter("address " + context.Connection.RemoteIpAddress, _ => new FixedWindowRateLimiterOptions { PermitLimit = limits.UnknownPerMinute, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 });

    private static Task Refuse(HttpContext context, RateLimitLease lease)
    {
        if (lease.TryGetMetadata(MetadataName.RetryAfter, out var wait))
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problems.Of(StatusCodes.Status429TooManyRequests, ProblemCode.TooMany, "Too many requests; expected fewer. Wait as Retry-After says.").ExecuteAsync(context);
    }
}
