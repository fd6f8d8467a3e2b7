namespace ForecastEngine.Simulation;

/// <summary>The exact probability of a win, by carrying the distribution over stages forward week by week.</summary>
internal static class WinRecursion
{
    private const double Negligible = 1e-7;
    private const int MostActivities = 30;

    /// <summary>
    /// P(won on or before <paramref name="until"/>, or within all given weeks), mean over the market paths.
    /// Within a week the odds are those of <see cref="SalesLaw.Odds"/>, averaged over the Poisson law of the week's activities.
    /// </summary>
    public static double Probability(SalesLaw law, in SimulatedOpportunity o, int stage, MarketWeek[][] paths, DateOnly? until)
    {
        if (o.IsZombie || paths[0].Length == 0) return 0;
        Span<double> weights = stackalloc double[Catalogue.OpenStages * (MostActivities + 1)];
        Span<int> counts = stackalloc int[Catalogue.OpenStages];
        Span<double> next = stackalloc double[Catalogue.OpenStages];
        var occupied = new double[paths.Length * Catalogue.OpenStages];
        for (var p = 0; p < paths.Length; p++) occupied[p * Catalogue.OpenStages + stage] = 1;
        var won = 0.0;
        for (var k = 0; k < paths[0].Length; k++)
        {
            var age = paths[0][k].Index - o.BirthWeek;
            for (var s = 0; s < Catalogue.OpenStages; s++)
                counts[s] = PoissonWeights(law.ActivityMean(o, s, age), weights.Slice(s * (MostActivities + 1), MostActivities + 1));
            var share = until is { } day ? paths[0][k].ShareUntil(day) : 1;
            var left = 0.0;
            for (var p = 0; p < paths.Length; p++)
            {
                var mass = occupied.AsSpan(p * Catalogue.OpenStages, Catalogue.OpenStages);
                next.Clear();
                for (var s = 0; s < Catalogue.OpenStages; s++)
                {
                    if (mass[s] < Negligible) continue;
                    var (win, loss, advance, regress) = MeanTransition(law, o, s, age, weights.Slice(s * (MostActivities + 1), counts[s]), paths[p][k]);
                    won += mass[s] * win * share;
                    next[s] += mass[s] * (1 - win - loss - advance - regress);
                    if (s + 1 < Catalogue.OpenStages) next[s + 1] += mass[s] * advance;
                    if (s > 0) next[s - 1] += mass[s] * regress;
                }
                next.CopyTo(mass);
                foreach (var m in mass) left += m;
            }
            if (left < 1e-5 * paths.Length) break;
        }
        return won / paths.Length;
    }

    private static (double Win, double Loss, double Advance, double Regress) MeanTransition(
        SalesLaw law, in SimulatedOpportunity o, int stage, int age, ReadOnlySpan<double> activityWeights, in MarketWeek week)
    {
        var (win, loss, advance, regress) = (0.0, 0.0, 0.0, 0.0);
        for (var a = 0; a < activityWeights.Length; a++)
        {
            var odds = law.Odds(o, stage, age, a, week);
            var weight = activityWeights[a] / odds.Total;
            win += weight * odds.Win;
            loss += weight * odds.Loss;
            advance += weight * odds.Advance;
            regress += weight * odds.Regress;
        }
        return (win, loss, advance, regress);
    }

    // Weights of 0, 1, 2 … activities, cut where the rest is negligible and scaled to sum to 1; returns how many.
    private static int PoissonWeights(double mean, Span<double> weights)
    {
        var term = Math.Exp(-mean);
        var (sum, count) = (0.0, 0);
        while (count < weights.Length && (sum < 1 - 1e-6 || count == 0))
        {
            weights[count] = term;
            sum += term;
            term *= mean / ++count;
        }
        for (var a = 0; a < count; a++) weights[a] /= sum;
        return count;
    }
}
