namespace ForecastEngine.Server.Api;

/// <summary>Bodies that the description shows; a test sends each of them.</summary>
public static class Examples
{
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["QueryScores"] = """{ "ids": ["O00001", "O00002"], "drivers": true }""",
        ["PreviewScore"] = """{ "amount": 25000, "plannedCloseOn": "2027-03-31" }""",
        ["PutAdjustment"] = """{ "by": "company", "key": "", "period": "2030-Q1", "amount": 1200000, "note": "Two tenders are not in the CRM yet." }""",
        ["PutRates"] = """{ "rates": [{ "currency": "USD", "from": "2030-01-01", "rate": 0.92, "source": "ECB" }] }""",
        ["PutQuotas"] = """{ "quotas": [{ "from": "2030-01-01", "until": "2030-03-31", "amount": 900000 }] }""",
        ["PutCalendar"] = """{ "timeZone": "Europe/Ljubljana", "fiscalYearStarts": "january", "weekStarts": "monday", "holidays": ["2030-12-25"] }""",
        ["CreateWebhook"] = """{ "url": "https://crm.example.com/hooks/forecast", "types": ["score.moved", "forecast.changed"], "leastMove": 0.1, "leastChange": 0.05 }""",
        ["CreateKey"] = """{ "name": "CRM", "scopes": ["scores:read", "data:write"] }""",
        ["RotateKey"] = """{ "graceMinutes": 60 }""",
        ["PromoteModel"] = """{ "reason": "Better calibrated since the new price list." }""",
    };

    /// <summary>Every example by operation id.</summary>
    public static IReadOnlyDictionary<string, string> All => Bodies;

    /// <summary>The example of an operation; null when it has none.</summary>
    public static string? Of(string? operationId) => operationId is not null && Bodies.TryGetValue(operationId, out var body) ? body : null;
}
