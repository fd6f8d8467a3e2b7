using System.Text.Json.Nodes;
using ForecastEngine.Server.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace ForecastEngine.Server.Api;

/// <summary>The description of the API, /openapi/v1.json, and its page, /reference. Both are open: they tell no data.</summary>
public static class OpenApiPages
{
    private const string KeyScheme = "key";

    /// <summary>Adds the description.</summary>
    public static void AddOpenApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "ForecastEngine", Version = "v1",
                Description = "Scores of open deals and revenue forecasts. Every answer states its as-of date, model version and how old the data is. Probabilities and levels are fractions 0-1. "
                    + "Problems are RFC 9457 problem details with a stable code.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key, fe_…; also accepted in the header X-Api-Key." };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var policies = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().Select(a => a.Policy).OfType<string>().ToList();
            if (policies.Count == 0) return Task.CompletedTask;
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(KeyScheme, context.Document)] = [] }];
            operation.Description = $"{operation.Description} Scope: {string.Join(", ", policies.Where(p => p != Scopes.WholeCompany))}.{(policies.Contains(Scopes.WholeCompany) ? " Not for keys bound to a team." : "")}".Trim();
            operation.Responses ??= [];
            foreach (var (status, text) in new[] { ("401", "No valid key"), ("403", "The key may not do this"), ("429", "Too many requests") })
                operation.Responses.TryAdd(status, new OpenApiResponse { Description = text });
            if (Examples.Of(operation.OperationId) is { } example && operation.RequestBody?.Content?.TryGetValue("application/json", out var body) == true) body.Example = JsonNode.Parse(example);
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps both.</summary>
    public static void MapOpenApiPages(this WebApplication app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/reference", options => options.WithTitle("ForecastEngine API")
            .DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton().DisableDefaultFonts()).AllowAnonymous().WithMetadata(PagePolicy.SelfContained);
    }
}
