using System.Globalization;
using ForecastEngine.Crm;

namespace ForecastEngine.Simulation;

/// <summary>
/// How big the simulated company is, how its market behaves, and which of the known nuisances of real CRMs it has.
/// The defaults make the plain world: no nuisance at all, about 100 wins a quarter.
/// </summary>
public sealed record SimulationOptions
{
    /// <summary>Key of every random draw. Worlds that differ in a switch only share their draws.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The first week, given by its Monday. The CRM is introduced then and starts empty.</summary>
    public DateOnly FirstWeek { get; init; } = new(2022, 1, 3);

    /// <summary>How many weeks are simulated.</summary>
    public int Weeks { get; init; } = 156;

    /// <summary>New opportunities per week at the start (λ0), before growth, season and market. See <see cref="OpportunitiesPerWeekFor"/>.</summary>
    public double OpportunitiesPerWeek { get; init; } = 21.4;

    /// <summary>Growth of the arrivals per year, as a fraction: 0.10 is ten per cent.</summary>
    public double YearlyGrowth { get; init; }

    /// <summary>Log amplitude of the yearly wave in the arrivals; 0 for none.</summary>
    public double Seasonality { get; init; } = 0.12;

    /// <summary>Sales reps, 1–999.</summary>
    public int Reps { get; init; } = 12;

    /// <summary>Teams below the company, 1–6, at most as many as <see cref="Reps"/>.</summary>
    public int Teams { get; init; } = 4;

    /// <summary>Products on the price list, 1–12.</summary>
    public int Products { get; init; } = 8;

    /// <summary>Sales regions, 1–6.</summary>
    public int Regions { get; init; } = 4;

    /// <summary>Accounts in the market; 0 for one per four expected opportunities.</summary>
    public int Accounts { get; init; }

    /// <summary>ISO 4217 currency of every amount.</summary>
    public string Currency { get; init; } = "EUR";

    /// <summary>How far this company's hazards stray from the common ones (het): s.d. of each intercept, in logits; 0, 0.3 and 0.6 are usual.</summary>
    public double Heterogeneity { get; init; }

    /// <summary>Stationary s.d. of the market factor, in logits of the weekly win hazard (σ_F).</summary>
    public double FactorDeviation { get; init; } = 0.25;

    /// <summary>Week-to-week autocorrelation of the market factor (φ), below 1.</summary>
    public double FactorPersistence { get; init; } = 0.92;

    /// <summary>Share of the real activities that reps enter into the CRM, 0–1. It changes what is seen, not what happens.</summary>
    public double ActivityDensity { get; init; } = 1;

    /// <summary>Share of the leads that are emitted for every lead the law expects (about three per opportunity); 0 for no leads.</summary>
    public double LeadDensity { get; init; } = 1;

    /// <summary>
    /// True when the rush before a quarter's end goes day by day, so that a week may lie in two quarters. False when a
    /// week belongs wholly to the quarter of its Wednesday: a quarter that ends on a Monday or Tuesday then has no events on its last days.
    /// </summary>
    public bool QuartersEndByDay { get; init; }

    /// <summary>The calendar at whose quarter ends deals rush, and in whose quarters quotas are set. Everything happens
    /// in its business time.</summary>
    public BusinessCalendar Calendar { get; init; } = BusinessCalendar.Default;

    /// <summary>
    /// True when every opportunity keeps a CRM probability of its own that follows the stage through change rows.
    /// False when the field is empty and the default of the stage holds.
    /// </summary>
    public bool TracksCrmProbability { get; init; } = true;

    /// <summary>Twice a year, three weeks with three times the arrivals, whose additional deals are of low quality (q − 0.9).</summary>
    public bool HasCampaigns { get; init; }

    /// <summary>Share of deals that no hazard ever closes; they are purged (lost) after 52 weeks. 0.15 is usual.</summary>
    public double ZombieShare { get; init; }

    /// <summary>Share of facts that enter the CRM late.</summary>
    public double RecordingLagShare { get; init; }

    /// <summary>Mean delay of the late ones, in days (exponential).</summary>
    public double RecordingLagDays { get; init; } = 5;

    /// <summary>Lasting shift of the win hazard in logits from <see cref="ShockWeek"/> on; −0.5 is usual, 0 for none.</summary>
    public double ShockLogits { get; init; }

    /// <summary>Week from which the shock holds, from 0.</summary>
    public int ShockWeek { get; init; } = int.MaxValue;

    /// <summary>A world where nothing predicts: constant hazards, and every feature is noise.</summary>
    public bool IsPureNoise { get; init; }

    /// <summary>The λ0 that brings about <paramref name="winsPerQuarter"/> wins a quarter in the plain world (36 % of arrivals are won).</summary>
    public static double OpportunitiesPerWeekFor(double winsPerQuarter) => winsPerQuarter / (13 * 0.36);

    /// <summary>The last day that the world covers, a Friday: nothing happens at weekends.</summary>
    public DateOnly LastDay => FirstWeek.AddDays(7 * Weeks - 3);

    /// <summary>The instant at which the export is taken: 20:00 UTC on <see cref="LastDay"/>.</summary>
    public DateTimeOffset ExportedAt => new(LastDay.ToDateTime(new TimeOnly(20, 0)), TimeSpan.Zero);

    /// <summary>Number of accounts in force.</summary>
    internal int AccountCount => Accounts > 0 ? Accounts : Math.Max(20, (int)(OpportunitiesPerWeek * Weeks * (HasCampaigns ? 1.23 : 1) / 4));

    /// <summary>Throws with every fault at once when an option is out of range.</summary>
    public void Validate()
    {
        var faults = new List<string>();
        void Expect(bool holds, string name, object found, string expected)
        {
            if (!holds) faults.Add(string.Create(CultureInfo.InvariantCulture, $"SimulationOptions.{name}: found {found}; expected {expected}."));
        }
        Expect(FirstWeek.DayOfWeek == DayOfWeek.Monday, nameof(FirstWeek), FirstWeek.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "a Monday");
        Expect(Weeks is >= 1 and <= 2000, nameof(Weeks), Weeks, "1 to 2000 weeks");
        Expect(OpportunitiesPerWeek is > 0 and < 1e6, nameof(OpportunitiesPerWeek), OpportunitiesPerWeek, "more than 0 and less than a million");
        Expect(YearlyGrowth is > -1 and < 10, nameof(YearlyGrowth), YearlyGrowth, "a fraction above -1, such as 0.10");
        Expect(Seasonality is >= 0 and < 3, nameof(Seasonality), Seasonality, "0 or more, less than 3");
        Expect(Reps is >= 1 and <= 999, nameof(Reps), Reps, "1 to 999");
        Expect(Teams >= 1 && Teams <= Catalogue.Regions.Length && Teams <= Reps, nameof(Teams), Teams, $"1 to {Catalogue.Regions.Length}, at most one per sales rep");
        Expect(Products >= 1 && Products <= Catalogue.Products.Length, nameof(Products), Products, $"1 to {Catalogue.Products.Length}");
        Expect(Regions >= 1 && Regions <= Catalogue.Regions.Length, nameof(Regions), Regions, $"1 to {Catalogue.Regions.Length}");
        Expect(Accounts >= 0, nameof(Accounts), Accounts, "0 or more");
        Expect(Heterogeneity is >= 0 and <= 2, nameof(Heterogeneity), Heterogeneity, "0 to 2 logits");
        Expect(FactorDeviation is >= 0 and <= 2, nameof(FactorDeviation), FactorDeviation, "0 to 2 logits");
        Expect(FactorPersistence is >= 0 and < 1, nameof(FactorPersistence), FactorPersistence, "0 or more, less than 1");
        Expect(ActivityDensity is >= 0 and <= 1, nameof(ActivityDensity), ActivityDensity, "a fraction from 0 to 1");
        Expect(LeadDensity is >= 0 and <= 1, nameof(LeadDensity), LeadDensity, "a fraction from 0 to 1");
        Expect(ZombieShare is >= 0 and < 1, nameof(ZombieShare), ZombieShare, "a fraction from 0 to less than 1");
        Expect(RecordingLagShare is >= 0 and <= 1, nameof(RecordingLagShare), RecordingLagShare, "a fraction from 0 to 1");
        Expect(RecordingLagDays > 0, nameof(RecordingLagDays), RecordingLagDays, "more than 0 days");
        Expect(!IsPureNoise || (!HasCampaigns && ZombieShare == 0), nameof(IsPureNoise), true, "neither campaigns nor zombies beside it, since both leave a signal");
        if (faults.Count > 0) throw new ArgumentException(string.Join(' ', faults));
    }
}
