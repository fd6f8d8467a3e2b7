using ForecastEngine.Crm;

namespace ForecastEngine.Simulation;

/// <summary>Names and fixed properties of the simulated company. No real person, company or product is meant.</summary>
internal static class Catalogue
{
    /// <summary>Open stages; a deal is born in the first.</summary>
    public const int OpenStages = 5;

    public static readonly Stage[] Stages =
    [
        new("Qualification", 0, StageKind.Open, 0.10),
        new("Discovery", 1, StageKind.Open, 0.20),
        new("Proposal", 2, StageKind.Open, 0.50),
        new("Negotiation", 3, StageKind.Open, 0.75),
        new("Commitment", 4, StageKind.Open, 0.90),
        new("Closed Won", 5, StageKind.Won, 1.00),
        new("Closed Lost", 6, StageKind.Lost, 0.00),
    ];

    public static readonly string[] Regions = ["North", "South", "East", "West", "Central", "Overseas"];

    public static readonly string[] Industries = ["Manufacturing", "Retail", "Healthcare", "Logistics", "Finance", "Public"];

    /// <summary>Size classes: share of accounts, median amount, shift of the win logit.</summary>
    public static readonly (string Name, double Share, double MedianAmount, double WinLogit)[] Segments =
    [
        ("Small", 0.55, 8_000, 0.10),
        ("Mid", 0.33, 35_000, 0.00),
        ("Enterprise", 0.12, 140_000, -0.20),
    ];

    /// <summary>
    /// Where opportunities come from: share of the arrivals, share of the leads that convert, shift of the win logit.
    /// The last one exists in campaigns only and takes none of the ordinary arrivals.
    /// </summary>
    public static readonly (string Name, double Share, double Conversion, double WinLogit)[] Sources =
    [
        ("Web", 0.30, 0.22, 0.00),
        ("Referral", 0.20, 0.45, 0.50),
        ("Partner", 0.15, 0.40, 0.25),
        ("Event", 0.15, 0.25, 0.00),
        ("Outbound", 0.20, 0.18, -0.50),
        ("Campaign", 0.00, 0.12, 0.00),
    ];

    /// <summary>Position of the campaign among <see cref="Sources"/>.</summary>
    public const int CampaignSource = 5;

    /// <summary>Share of the opportunities that grow from a lead.</summary>
    public const double ShareFromLeads = 0.80;

    /// <summary>The conversion of every source in a world where nothing predicts.</summary>
    public const double NoiseConversion = 0.27;

    public static readonly (string Name, string Family, int ListPrice)[] Products =
    [
        ("Platform Basic", "Platform", 2_400),
        ("Platform Professional", "Platform", 6_000),
        ("Platform Enterprise", "Platform", 18_000),
        ("Analytics Standard", "Analytics", 3_600),
        ("Analytics Advanced", "Analytics", 9_500),
        ("Integration Pack", "Integration", 4_800),
        ("Onboarding Service", "Services", 3_000),
        ("Training Service", "Services", 1_500),
        ("Premium Support", "Services", 5_200),
        ("Security Pack", "Platform", 4_200),
        ("Mobile Pack", "Platform", 1_800),
        ("Data Archive", "Integration", 2_700),
    ];

    public static readonly string[] ActivityKinds = ["Email", "Call", "Meeting"];

    public static readonly string[] LossReasons = ["Price", "Competitor", "No decision", "No budget", "Timing"];

    /// <summary>Reason of a zombie's purge.</summary>
    public const string PurgeReason = "Purged";

    /// <summary>Name of the custom attribute that carries the visible fit score.</summary>
    public const string FitScore = "fit_score";
}
