namespace ForecastEngine.Backtesting.Report;

/// <summary>
/// The words of the report page. Each text stands once in both languages, side by side, so that a missing translation does not compile.
/// Slovene counts in four forms; its texts say a count only where one form fits all (v 13 od 16 napovedi) or after a colon.
/// </summary>
/// <remarks>
/// Slovene terms: band = interval napovedi, coverage = pokritost, interval of a figure = interval zaupanja, weighted pipeline = tehtani prodajni lijak,
/// engine = napovedovalnik, window = napoved, deal = posel, skill = prednost, bias = pristranskost, calibration = umerjenost, cluster = gruča.
/// </remarks>
public sealed partial class ReportTexts
{
    private readonly bool _isSlovene;

    private ReportTexts(bool isSlovene) => (_isSlovene, Notation) = (isSlovene, isSlovene ? Notation.Slovene : Notation.English);

    /// <summary>English.</summary>
    public static ReportTexts English { get; } = new(false);
    /// <summary>Slovene.</summary>
    public static ReportTexts Slovene { get; } = new(true);

    /// <summary>The texts of a language.</summary>
    public static ReportTexts Of(ReportLanguage language) => language switch
    {
        ReportLanguage.English => English,
        ReportLanguage.Slovene => Slovene,
        _ => throw new ArgumentException($"{nameof(ReportTexts)}: found language {language}; expected {string.Join(" or ", Enum.GetNames<ReportLanguage>())}."),
    };

    /// <summary>How the language writes numbers and dates.</summary>
    public Notation Notation { get; }

    private string Say(string english, string slovene) => _isSlovene ? slovene : english;

    internal string Tag => Say("en", "sl");
    internal string Title => Say("How the forecasts came true", "Kako so se napovedi uresničile");
    internal string Subtitle(string data, string first, string last) => Say($"{data}: forecasts made from {first} to {last}", $"{data}: napovedi, narejene od {first} do {last}");

    // The manager's summary.
    internal string Summary => Say("In short", "Na kratko");
    internal string Covered(int covered, int windows, string level) =>
        Say($"Revenue fell into the {level} % band in {covered} of {windows} forecasts.", $"Prihodek je bil v {covered} od {windows} napovedi znotraj {level}-odstotnega intervala napovedi.");
    internal string Closer(string gain, string method) =>
        Say($"The engine was {gain} closer to the revenue that came than {WithArticle(method)}", $"Napovedovalnik je bil za {gain} bližje dejanskemu prihodku kot {MethodName(method)}");
    internal string Farther(string loss, string method) =>
        Say($"The engine was {loss} farther from the revenue that came than {WithArticle(method)}", $"Napovedovalnik je bil za {loss} bolj oddaljen od dejanskega prihodka kot {MethodName(method)}");
    internal string IntervalAside(string level, string lower, string upper) => Say($" ({level} % interval: {lower} to {upper}).", $" ({level}-odstotni interval zaupanja: od {lower} do {upper}).");
    internal string BeyondChance => Say("That is more than chance explains.", "To je več, kot bi pojasnilo naključje.");
    internal string WithinChance => Say("With so few forecasts, chance alone may explain it.", "Pri tolikšnem številu napovedi je lahko razlika tudi naključna.");
    internal string TypicalError(string error) => Say($"On the whole a forecast missed by {error} of revenue.", $"V celoti so napovedi zgrešile za {error} prihodka.");
    internal string MeasureInBand(string level) => Say($"In the {level} % band", $"V {level}-odstotnem intervalu");
    internal string MeasureError => Say("Error, of revenue", "Napaka, delež prihodka");
    internal string MeasureGain(string method) => Say($"Closer than {WithArticle(method)}", $"Bližje kot {MethodName(method)}");
    internal string MeasureBias => Say("Too high (+) or low (−)", "Previsoko (+) ali prenizko (−)");
    internal string OutOf(int part, int whole) => Say($"{part} of {whole}", $"{part} od {whole}");

    // Headings and what a chart shows.
    internal string ForecastsHeading => Say("What was forecast and what came", "Kaj smo napovedali in kaj se je zgodilo");
    internal string ForecastsNote => Say("One line per forecast. The dark, middle and light bars are the engine's bands, the tick is its forecast (median). A filled circle is revenue that came inside the widest band, a hollow diamond revenue outside it.",
        "Ena vrstica na napoved. Temna, srednja in svetla proga so intervali napovedi, črtica je napoved (mediana). Poln krog je dejanski prihodek znotraj najširšega intervala, prazen karo prihodek zunaj njega.");
    internal string ShownOf(int shown, int all) => Say($"Shown: the last {shown} of {all}.", $"Prikazano: zadnjih {shown} od {all}.");
    internal string SkillHeading => Say("Is it better than simpler methods?", "Ali je boljši od preprostejših metod?");
    internal string SkillNote => Say("How much smaller the engine's error is than each method's, on the forecasts that both made. Right of zero the engine is closer; the line is the interval. A line that crosses zero proves nothing either way.",
        "Za koliko je napaka napovedovalnika manjša od napake posamezne metode, pri napovedih, ki sta jih podala oba. Desno od ničle je napovedovalnik bližje; črta je interval zaupanja. Če črta seka ničlo, ni dokazano ne eno ne drugo.");
    internal string CoverageHeading => Say("Do the bands hold what they promise?", "Ali intervali napovedi držijo, kar obljubljajo?");
    internal string CoverageNote => Say("The tick is what a band promises, the dot how often revenue really fell into it, the line what so few forecasts can tell (Clopper–Pearson interval).",
        "Črtica je obljubljena pokritost, pika izmerjeni delež napovedi, pri katerih je bil prihodek znotraj intervala, črta pa natančnost, ki jo dopušča število napovedi (Clopper-Pearsonov interval).");
    internal string DealsHeading => Say("The single deals", "Posamezni posli");
    internal string DealsNote => Say("Each open deal was given a probability of being won by the end of the period. On the diagonal, deals that were promised 30 % are won 30 % of the time. Dots below the diagonal were promised too much.",
        "Vsakemu odprtemu poslu je bila pripisana verjetnost, da bo dobljen do konca obdobja. Na diagonali velja: od poslov z napovedano verjetnostjo 30 % jih je dobljenih 30 %. Točke pod diagonalo pomenijo preveč obljubljeno.");
    internal string DealsCounted(string rows, string deals, string won) => Say($"Probabilities judged: {rows}; different deals: {deals}; won: {won}.", $"Ocenjene verjetnosti: {rows}; različni posli: {deals}; dobljeni: {won}.");
    internal string DealSkillNote => Say("Brier skill: how much smaller the engine's mean squared error is than each method's.", "Brierjeva prednost: za koliko je srednja kvadratna napaka napovedovalnika manjša od napake posamezne metode.");
    /// <summary>What the mark of <see cref="MarkedName"/> means.</summary>
    public string TimelessNote => Say("* Knows no time: it answers “won eventually”, while “won by the end of the period” is judged. What is won later counts against it, the more the nearer the end. Scores from a file are exact with the column period_end.",
        "* Ne pozna časa: odgovarja na »kdaj koli dobljen«, ocenjuje pa se »dobljen do konca obdobja«. Kar je dobljeno pozneje, šteje proti njej, tem bolj, čim bližje je konec. Ocene iz datoteke so natančne s stolpcem period_end.");
    /// <summary>A method's name, marked with a star where it knows no time.</summary>
    internal string MarkedName(DealMethodFigures method) => MethodName(method.Method) + (method.KnowsTime ? "" : "*");
    internal string GroupsHeading => Say("Where it is strong and where weak", "Kje je močan in kje šibek");
    internal string KindsCaption => Say("By how far the period has gone", "Po tem, kako daleč je obdobje");
    internal string HorizonsCaption => Say("By days to the end of the period", "Po dneh do konca obdobja");
    internal string SizesCaption => Say("By size of the forecast", "Po velikosti napovedi");
    internal string TeamsCaption => Say("By team", "Po ekipah");
    internal string PipelinesCaption => Say("By sales pipeline", "Po prodajnih lijakih");
    internal string TruthHeading => Say("Against the truth of the simulated worlds", "V primerjavi z resnico simuliranih svetov");
    internal string TruthNote => Say("In a simulated world the true probabilities are known. The oracle forecasts with them; nobody can do better but by luck. True coverage, and scores expected over all possible futures, are free of the luck of what came.",
        "V simuliranem svetu so prave verjetnosti znane. Orakelj napoveduje z njimi; bolje je mogoče le po naključju. Prava pokritost in ocene, pričakovane čez vse možne prihodnosti, niso odvisne od naključja izidov.");
    internal string StatisticsHeading => Say("For statisticians", "Za statistike");
    internal string PitNote => Say("Probability integral transform of what came under the engine's distribution, by tenths; the dashed line is what a right distribution gives. A hump means too wide, a trough too narrow, a slope biased.",
        "Verjetnostna integralska transformacija (PIT) dejanskega prihodka glede na napovedano porazdelitev, po desetinah; črtkana črta ustreza pravilni porazdelitvi. Izboklina pomeni preširoko, vdolbina preozko, nagib pristransko porazdelitev.");
    internal string UnknownHeading => Say("What the engine does not know", "Česa napovedovalnik ne ve");
    internal string SourceHeading => Say("Where this comes from", "Od kod so podatki");
    internal string FormulasCaption => Say("Measures and formulas", "Mere in enačbe");
    internal string None => Say("There is nothing to show.", "Ni podatkov za prikaz.");

    // Charts.
    internal string ForecastsChart => Say("Forecast bands and revenue that came, by forecast", "Intervali napovedi in dejanski prihodek po napovedih");
    internal string CoverageChart => Say("Measured coverage of each band beside its level", "Izmerjena pokritost vsakega intervala ob njegovi stopnji");
    internal string SkillChart => Say("Gain of the engine over each method, with intervals", "Prednost napovedovalnika pred vsako metodo, z intervali zaupanja");
    internal string DealSkillChart => Say("Brier skill of the engine over each method, with intervals", "Brierjeva prednost napovedovalnika pred vsako metodo, z intervali zaupanja");
    internal string ReliabilityChart => Say("Share won by promised probability", "Delež dobljenih glede na napovedano verjetnost");
    internal string PitChart => Say("Forecasts by tenth of the probability integral transform", "Napovedi po desetinah verjetnostne integralske transformacije");
    internal string SeeTable => Say("The table beside it holds the same figures.", "Iste vrednosti so v tabeli ob grafu.");
    internal string PromisedAxis => Say("Promised probability", "Napovedana verjetnost");
    internal string CameAxis => Say("Share won", "Delež dobljenih");
    internal string Diagonal => Say("as promised", "kot napovedano");

    // Columns.
    internal string Forecast => Say("Forecast", "Napoved");
    internal string Median => Say("Median", "Mediana");
    internal string Actual => Say("Came", "Dejansko");
    internal string BandOf(string level) => Say($"{level} % band", $"{level}-odst. interval");
    internal string MethodColumn => Say("Method", "Metoda");
    internal string Count => Say("n", "n");
    internal string Bias => Say("Bias", "Pristranskost");
    internal string Gain => Say("Gain in WAPE", "Prednost po WAPE");
    internal string CrpsGain => Say("Gain in CRPS", "Prednost po CRPS");
    internal string RelativeCrps => Say("CRPS, of revenue", "CRPS, delež prihodka");
    internal string MeanCrps => Say("Mean CRPS", "Povprečni CRPS");
    internal string Interval => Say("Interval", "Interval zaupanja");
    internal string LevelColumn => Say("Level", "Stopnja");
    internal string InBand => Say("Inside", "Znotraj");
    internal string Coverage => Say("Coverage", "Pokritost");
    internal string PValueColumn => Say("p-value", "p-vrednost");
    internal string AdjustedPValue => Say("p-value (Holm)", "p-vrednost (Holm)");
    internal string MeanWidth => Say("Mean width", "Povprečna širina");
    internal string RelativeWidth => Say("Width, of revenue", "Širina, delež prihodka");
    internal string IntervalScore => Say("Interval score", "Ocena intervala");
    internal string Group => Say("Group", "Skupina");
    internal string Team => Say("Team", "Ekipa");
    internal string WapeOf(string method) => Say($"WAPE of {WithArticle(method)}", $"WAPE: {MethodName(method)}");
    internal string NoTeam => Say("not assigned", "brez ekipe");
    internal string Pipeline => Say("Pipeline", "Prodajni lijak");
    internal string NoPipeline => Say("not assigned", "brez lijaka");
    internal string Brier => Say("Brier score", "Brierjeva ocena");
    internal string BrierSkill => Say("Brier skill", "Brierjeva prednost");
    internal string LogLoss => Say("Log loss", "Logaritemska izguba");
    internal string Slope => Say("Slope", "Naklon");
    internal string Intercept => Say("Intercept", "Odsek");
    internal string ReliabilityPart => Say("Reliability", "Zanesljivost");
    internal string Resolution => Say("Resolution", "Ločljivost");
    internal string Uncertainty => Say("Uncertainty", "Negotovost");
    internal string TrueEce => Say("True ECE", "Pravi ECE");
    internal string Promised => Say("Promised", "Napovedano");
    internal string Came => Say("Won", "Dobljeno");
    internal string Tenth => Say("PIT", "PIT");
    internal string Measure => Say("Measure", "Mera");
    internal string Value => Say("Value", "Vrednost");
    internal string WapeRatio => Say("WAPE, engine over oracle", "WAPE, napovedovalnik proti oraklju");
    internal string ExpectedWapeRatio => Say("Expected WAPE over all possible futures, engine over oracle", "Pričakovani WAPE čez vse možne prihodnosti, napovedovalnik proti oraklju");
    internal string ExpectedCrpsRatio => Say("Expected CRPS, engine over oracle", "Pričakovani CRPS, napovedovalnik proti oraklju");
    internal string ExpectedGain(string method) => Say($"Expected WAPE: gain over {WithArticle(method)}", $"Pričakovani WAPE: prednost pred metodo {MethodName(method)}");
    internal string CrpsRatio => Say("CRPS, engine over oracle", "CRPS, napovedovalnik proti oraklju");
    internal string TrueCoverageOf(string level) => Say($"True coverage of the {level} % band", $"Prava pokritost {level}-odstotnega intervala napovedi");
    internal string WidthRatio(string level) => Say($"Width of the {level} % band, engine over oracle", $"Širina {level}-odstotnega intervala, napovedovalnik proti oraklju");
    internal string TrueBias => Say("Bias of the mean against the true mean", "Pristranskost pričakovane vrednosti glede na pravo");
    internal string SkillCaptured => Say("Deals: share of the possible gain over the stage rate that is made", "Posli: izkoriščeni delež možne prednosti pred deležem dobljenih v fazi");
}
