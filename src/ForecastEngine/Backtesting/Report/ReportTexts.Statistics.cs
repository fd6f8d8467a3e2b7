namespace ForecastEngine.Backtesting.Report;

public sealed partial class ReportTexts
{
    /// <summary>How each figure is computed: measure, formula, how to read it.</summary>
    internal IReadOnlyList<(string Measure, string Formula, string Reading)> Formulas =>
    [
        ("WAPE", "Σ|m − y| / Σ|y|", Say("m: median forecast, y: revenue that came; lower is better.", "m: mediana napovedi, y: dejanski prihodek; nižje je bolje.")),
        (Bias, "Σμ / Σy − 1", Say("μ: expected revenue; above 0 too optimistic.", "μ: pričakovani prihodek; nad 0 preveč optimistično.")),
        ("CRPS", "∫ (F(x) − 1{y ≤ x})² dx", Say("F: forecast distribution; the absolute error for a method that gives one number. Lower is better.", "F: napovedana porazdelitev; za metodo, ki poda eno število, absolutna napaka. Nižje je bolje.")),
        (Gain, "1 − Σ|m₁ − y| / Σ|m₂ − y|", Say("Engine (1) over a method (2) on the forecasts both made; the same with CRPS or (p − y)².", "Napovedovalnik (1) proti metodi (2) pri napovedih, ki sta jih podala oba; enako s CRPS ali (p − y)².")),
        (Coverage, "#{l ≤ y ≤ u} / n", Say("Exact two-sided binomial test by small p-values (as R's binom.test) and Clopper–Pearson interval.", "Natančni dvostranski binomski test (kot binom.test v R) in Clopper-Pearsonov interval.")),
        (IntervalScore, "(u − l) + 2/α · (l − y)₊ + 2/α · (y − u)₊", Say("α = 1 − level; lower is better. Gneiting and Raftery 2007.", "α = 1 − stopnja; nižje je bolje. Gneiting in Raftery 2007.")),
        ("PIT", "F(y)", Say("Uniform if the distributions are right; Kolmogorov–Smirnov test.", "Enakomerno porazdeljena, če so porazdelitve pravilne; test Kolmogorova in Smirnova.")),
        (Brier, "Σ(p − y)² / n = REL − RES + UNC", Say("Murphy 1973, over bins of equal mass; the equality leaves out what varies within a bin.", "Murphy 1973, po razredih z enakim številom; enakost ne zajema razlik znotraj razreda.")),
        ("ECE", "Σ n_b |p̄_b − ȳ_b| / n", Say("Over the same bins; lower is better.", "Po istih razredih; nižje je bolje.")),
        ($"{Intercept}, {Slope}", "logit P(y = 1) = a + b · logit p", Say("a = 0 and b = 1 are right; b below 1 is too extreme. Cox 1958.", "Pravilno je a = 0 in b = 1; b pod 1 pomeni preskrajne verjetnosti. Cox 1958.")),
    ];

    internal string BootstrapNote(string level, string replicates, string seed, string periods, string deals) =>
        Say($"Intervals of gains and ratios: percentile bootstrap at {level}, draws: {replicates}, seed {seed}, whole clusters with replacement (periods of a history: {periods}; deals: {deals}). With fewer than about 20 clusters such intervals are too narrow.",
            $"Intervali zaupanja za prednosti in razmerja: percentilna metoda bootstrap pri {level}, število ponovitev: {replicates}, seme {seed}, žrebane so cele gruče z vračanjem (obdobja posamezne zgodovine: {periods}; posli: {deals}). Pri manj kot približno 20 gručah so taki intervali preozki.");
    internal string PitTest(string windows, string statistic, string p) => Say($"n = {windows}, D = {statistic}, p = {p} (as if forecasts were independent).", $"n = {windows}, D = {statistic}, p = {p} (ob neodvisnih napovedih).");
    internal string BinsNote(string bins) => Say($"Bins of equal mass: {bins}; equal probabilities are never parted.", $"Razredi z enakim številom: {bins}; enake verjetnosti so vedno v istem razredu.");

    internal string SourceData => Say("Data", "Podatki");
    internal string SourceCurrency => Say("Currency", "Valuta");
    internal string SourceAsOf => Say("Outcomes known until", "Izidi znani do");
    internal string SourceTimestamp => Say("Data exported", "Podatki izvoženi");
    internal string SourceModel => Say("Models", "Modeli");
    internal string SourceMade => Say("Report made", "Poročilo narejeno");
    internal string SourceSeed => Say("Seed", "Seme");
    internal string SourceWindows => Say("Forecasts judged", "Ocenjene napovedi");
    internal string SourcePeriods => Say("Different periods", "Različna obdobja");
    internal string SourceUnknown => Say("not known", "ni znano");
    internal string Amounts(string currency) => Say($"Amounts in {currency}.", $"Zneski v {currency}.");
}
