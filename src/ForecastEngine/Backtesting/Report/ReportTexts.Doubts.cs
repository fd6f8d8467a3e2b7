using ForecastEngine.Backtesting.Baselines;

namespace ForecastEngine.Backtesting.Report;

public sealed partial class ReportTexts
{
    /// <summary>A doubt in words.</summary>
    public string Doubt(Doubt doubt)
    {
        var (n, f) = (Notation, doubt.Figures);
        return doubt.Kind switch
        {
            DoubtKind.FewWindows => Say($"There are few forecasts: a coverage of {n.Number(f[0])} of {n.Number(f[1])} in the {n.Level(f[4])} band is compatible with true coverages from {n.Percent(f[2])} to {n.Percent(f[3])}.",
                $"Napovedi je malo: izmerjena pokritost {n.Number(f[0])} od {n.Number(f[1])} v {n.LevelNumber(f[4])}-odstotnem intervalu je združljiva s pravo pokritostjo od {n.Percent(f[2])} do {n.Percent(f[3])}."),
            DoubtKind.CoverageOff => Say($"The {n.Level(f[0])} band is {(f[1] < f[0] ? "too narrow" : "too wide")}: {n.Percent(f[1], 1)} of revenues fell into it (p = {n.PValue(f[2])} if forecasts were independent).",
                $"{n.LevelNumber(f[0])}-odstotni interval napovedi je {(f[1] < f[0] ? "preozek" : "preširok")}: izmerjena pokritost je {n.Percent(f[1], 1)} (p = {n.PValue(f[2])} ob neodvisnih napovedih)."),
            DoubtKind.ShapeOff => Say($"The shape of the distributions does not fit what came (Kolmogorov–Smirnov test, p = {n.PValue(f[0])} if forecasts were independent).",
                $"Oblika napovedanih porazdelitev se ne ujema z dejanskimi prihodki (test Kolmogorova in Smirnova, p = {n.PValue(f[0])} ob neodvisnih napovedih)."),
            DoubtKind.NotShownBetter => Say($"It is not shown that the engine is closer than {WithArticle(doubt.Subject)}: gain {n.Percent(f[0])}{(f.Count > 1 ? $", interval {n.Percent(f[1])} to {n.Percent(f[2])}" : "")}.",
                $"Ni dokazano, da je napovedovalnik bližje kot {MethodName(doubt.Subject)}: prednost {n.Percent(f[0])}{(f.Count > 1 ? $", interval zaupanja od {n.Percent(f[1])} do {n.Percent(f[2])}" : "")}."),
            DoubtKind.SharedPeriods => Say($"Forecasts of one period share its deals and its luck: {n.Number(f[0])} forecasts speak of {n.Number(f[1])} periods. Intervals of gains draw whole periods; the tests of coverage count every forecast and are therefore too sure of themselves.",
                $"Napovedi istega obdobja imajo skupne posle in skupno srečo. Število napovedi: {n.Number(f[0])}, število obdobij: {n.Number(f[1])}. Intervali zaupanja za prednost vzorčijo cela obdobja; testi pokritosti štejejo vsako napoved posebej in so zato preveč prepričani vase."),
            DoubtKind.DidNotAnswer when !Method.IsBuiltIn(doubt.Subject) => Say(
                $"{doubt.Subject} had scores for fewer than {n.Percent(GivenScoresPipeline.LeastShare)} of the open deals in {n.Number(f[0])} of {n.Number(f[1])} forecasts of revenue; as a method for revenue it is compared only in the others.",
                $"{doubt.Subject}: ocene za manj kot {n.Percent(GivenScoresPipeline.LeastShare)} odprtih poslov pri {n.Number(f[0])} od {n.Number(f[1])} napovedi prihodka; kot metoda za prihodek je primerjana le pri preostalih."),
            DoubtKind.DidNotAnswer => Say($"{AtStart(doubt.Subject, WithArticle(doubt.Subject))} could not answer in {n.Number(f[0])} of {n.Number(f[1])} cases, for want of the history or the columns it needs; it is compared only where it did.",
                $"{AtStart(doubt.Subject, MethodName(doubt.Subject))}: brez odgovora v {n.Number(f[0])} od {n.Number(f[1])} primerov, ker manjka zgodovina ali potrebni stolpci; primerjava velja le za preostale."),
            DoubtKind.SharedDeals => Say($"A deal is judged again in every forecast in which it is open: {n.Number(f[0])} probabilities speak of {n.Number(f[1])} deals. Intervals draw whole deals; that deals of one period share a market is not in them.",
                $"Posel je ocenjen pri vsaki napovedi, v kateri je odprt. Število verjetnosti: {n.Number(f[0])}, število poslov: {n.Number(f[1])}. Intervali zaupanja vzorčijo cele posle; skupnega vpliva trga na posle istega obdobja ne zajemajo."),
            DoubtKind.FewWonDeals => Say($"Few deals were won: {n.Number(f[0])} of {n.Number(f[1])}. Measures of single deals are rough.", $"Dobljenih poslov je malo: {n.Number(f[0])} od {n.Number(f[1])}. Mere za posamezne posle so grobe."),
            DoubtKind.DealsNotAnswered => Say($"{AtStart(doubt.Subject, WithArticle(doubt.Subject))} gave no probability for {n.Number(f[0])} of {n.Number(f[1])} deals; it is compared on the others.",
                $"{AtStart(doubt.Subject, MethodName(doubt.Subject))}: brez verjetnosti pri {n.Number(f[0])} od {n.Number(f[1])} poslov; primerjava velja za preostale."),
            DoubtKind.ThinTeam => Say($"{TeamName(doubt.Subject)}: only {n.Number(f[0])} forecasts, too few to judge it alone.",
                $"{TeamName(doubt.Subject)}: premalo napovedi za samostojno presojo (n = {n.Number(f[0])})."),
            DoubtKind.FromFile => Say($"{doubt.Subject} comes from a file. Scores: {n.Number(f[0])}; deals: {n.Number(f[1])}; of these not in the history: {n.Number(f[2])}. That each score was known on its day is the file's word and cannot be checked.",
                $"{doubt.Subject}: ocene iz datoteke. Število ocen: {n.Number(f[0])}; poslov: {n.Number(f[1])}; od teh jih ni v zgodovini: {n.Number(f[2])}. Da je bila vsaka ocena na svoj dan že znana, trdi datoteka; preveriti tega ni mogoče."),
            DoubtKind.UndatedWins => Say($"Won deals without a close date: {n.Number(f[0])}, worth {n.Number(f[1])}. "
                + $"They are in no period, neither in what came nor in what was forecast from earlier periods.",
                $"Dobljeni posli brez datuma zaključka: {n.Number(f[0])}, v vrednosti {n.Number(f[1])}. "
                    + $"Ne štejejo v nobeno obdobje, ne pri dejanskih prihodkih ne pri napovedih iz preteklih obdobij."),
            DoubtKind.MassClosing => Say($"On {doubt.Subject} the CRM seems to have been tidied: {n.Number(f[0])} deals were closed, {n.Percent(f[1])} of the closings of the year around it. "
                + $"Their revenue stays on that day, and a forecast of its period is judged by it.",
                $"Dne {doubt.Subject} je bil CRM očitno počiščen: zaključenih je bilo {n.Number(f[0])} poslov, kar je {n.Percent(f[1])} zaključkov v letu okoli tega dne. "
                    + $"Njihov prihodek ostaja na ta dan in napoved tega obdobja je ocenjena z njim."),
            DoubtKind.NoTruth => Say("Only what came is known, not what could have come: luck is in every figure, and the best that any method could do is unknown.",
                "Znano je le, kaj se je zgodilo, ne pa tudi, kaj bi se lahko: v vsaki vrednosti je nekaj sreče in ni znano, kaj je najboljši dosegljivi rezultat."),
            _ => throw new ArgumentException($"{nameof(ReportTexts)}: found doubt {doubt.Kind}; expected one with words."),
        };
    }

    /// <summary>What no backtest can tell.</summary>
    internal IReadOnlyList<string> Limits =>
    [
        Say("What nobody wrote into the CRM, or wrote later than it happened.", "Tega, česar ni nihče vpisal v CRM ali je bilo vpisano prepozno."),
        Say("Whether the future is like the past: a new product, price, market or way of selling is in no history.", "Ali bo prihodnost podobna preteklosti: novega izdelka, cene, trga ali načina prodaje v zgodovini ni."),
        Say("Causes: it tells what goes together with winning, not what makes a deal won.", "Vzrokov: pove, kaj nastopa skupaj z dobljenimi posli, ne pa, zakaj je posel dobljen."),
    ];

    // Many a team is called "Team North" already.
    private string TeamName(string name) => name.Length == 0 ? Capital(NoTeam) : name.StartsWith("team", StringComparison.OrdinalIgnoreCase) || name.StartsWith(Team, StringComparison.OrdinalIgnoreCase) ? name : $"{Team} {name}";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
