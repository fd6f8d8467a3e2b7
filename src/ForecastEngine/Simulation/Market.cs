using ForecastEngine.Statistics;

namespace ForecastEngine.Simulation;

/// <summary>Accounts, and how new opportunities come out of them.</summary>
internal sealed class Market
{
    private const long CampaignKey = 1L << 22;
    private readonly SalesLaw _law;
    private readonly SimulationOptions _options;
    private readonly byte[] _segment, _region, _industry;
    private readonly double[][] _productShares;

    public Market(SalesLaw law)
    {
        _law = law;
        _options = law.Options;
        var count = _options.AccountCount;
        (_segment, _region, _industry) = (new byte[count], new byte[count], new byte[count]);
        for (var a = 0; a < count; a++)
        {
            var draws = CounterRandom.For(_options.Seed, a, 0, Draw.Account);
            _segment[a] = (byte)Pick(draws.Uniform(0), Catalogue.Segments.Length, i => Catalogue.Segments[i].Share);
            _region[a] = (byte)draws.Below(_options.Regions, 1);
            _industry[a] = (byte)draws.Below(Catalogue.Industries.Length, 2);
        }
        _productShares = [.. Enumerable.Range(0, Catalogue.Industries.Length).Select(ProductShares)];
    }

    public int AccountCount => _segment.Length;
    public byte SegmentOf(int account) => _segment[account];
    public byte RegionOf(int account) => _region[account];
    public byte IndustryOf(int account) => _industry[account];

    /// <summary>Regions are shared out among the teams in turn.</summary>
    public int TeamOfRegion(int region) => region % _options.Teams;

    /// <summary>Reps are shared out among the teams in turn.</summary>
    public int TeamOfRep(int rep) => rep % _options.Teams;

    /// <summary>A rep of the region's team.</summary>
    public int RepFor(int region, in CounterRandom draws, int index)
    {
        var team = TeamOfRegion(region);
        var members = (_options.Reps - team + _options.Teams - 1) / _options.Teams;
        return team + _options.Teams * draws.Below(members, index);
    }

    /// <summary>An account: a few come back often, most seldom.</summary>
    public int AccountFor(in CounterRandom draws, int index) => (int)(Math.Pow(draws.Uniform(index), 1.6) * AccountCount);

    /// <summary>True share of a source's leads that convert.</summary>
    public double ConversionOf(int source) => _options.IsPureNoise ? Catalogue.NoiseConversion : Catalogue.Sources[source].Conversion;

    /// <summary>How many opportunities are born in a week: ordinary ones, and those of a campaign.</summary>
    public static (int Ordinary, int Campaign) Arrivals(in MarketWeek week, long seed)
    {
        var draws = CounterRandom.For(seed, week.Index, 0, Draw.Arrivals);
        return (draws.Poisson(week.Arrivals, 0), week.CampaignArrivals > 0 ? draws.Poisson(week.CampaignArrivals, 1) : 0);
    }

    /// <summary>The opportunity born at a position of a week.</summary>
    public SimulatedOpportunity Birth(in MarketWeek week, int position, bool isCampaign, long seed, bool[] accountHasBought)
    {
        var key = ((long)week.Index << 24) + position + (isCampaign ? CampaignKey : 0);
        var draws = CounterRandom.For(seed, key, 0, Draw.Birth);
        var account = AccountFor(draws, 0);
        var quality = draws.Normal(1) - (isCampaign ? 0.9 : 0);
        var o = new SimulatedOpportunity
        {
            Key = key,
            BirthWeek = week.Index,
            Account = account,
            Segment = _segment[account],
            Region = _region[account],
            IsExisting = accountHasBought[account],
            Source = (byte)(isCampaign ? Catalogue.CampaignSource : Pick(draws.Uniform(2), Catalogue.CampaignSource, i => Catalogue.Sources[i].Share)),
            Rep = RepFor(_region[account], draws, 3),
            Product = ProductFor(account, draws.Uniform(4)),
            IsZombie = draws.Uniform(5) < _options.ZombieShare,
            Quality = quality,
            Fit = 0.6 * quality + 0.8 * draws.Normal(2),
            TrueAmount = Catalogue.Segments[_segment[account]].MedianAmount * Math.Exp(0.6 * draws.Normal(3)),
        };
        o.BirthAmount = _law.ExpectedAmount(o, 0, draws.Normal(4));
        _law.SetOdds(ref o);
        return o;
    }

    /// <summary>A product of the list by the taste of the account's industry.</summary>
    public int ProductFor(int account, double uniform) => Pick(uniform, _options.Products, i => _productShares[_industry[account]][i]);

    private double[] ProductShares(int industry)
    {
        var shares = new double[_options.Products];
        for (var p = 0; p < shares.Length; p++)
            shares[p] = _options.IsPureNoise ? 1 : Math.Exp(0.8 * CounterRandom.For(_options.Seed, industry, p, Draw.Affinity).Normal());
        var total = shares.Sum();
        for (var p = 0; p < shares.Length; p++) shares[p] /= total;
        return shares;
    }

    private static int Pick(double uniform, int count, Func<int, double> share)
    {
        for (var i = 0; i < count - 1; i++)
            if ((uniform -= share(i)) < 0) return i;
        return count - 1;
    }
}
