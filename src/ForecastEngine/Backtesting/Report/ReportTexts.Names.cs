namespace ForecastEngine.Backtesting.Report;

public sealed partial class ReportTexts
{
    /// <summary>A method's name; a name that is not of <see cref="Method"/> stands as it is.</summary>
    public string MethodName(string method) => method switch
    {
        Method.Engine => Say("engine", "napovedovalnik"),
        Method.Oracle => Say("oracle", "orakelj"),
        Method.WeightedPipeline => Say("weighted pipeline", "tehtani prodajni lijak"),
        Method.StageWeightedPipeline => Say("stage-weighted pipeline", "prodajni lijak, tehtan po fazah"),
        Method.ConversionAndGrowth => Say("conversion and growth", "konverzija in rast"),
        Method.CommitAndBestCase => Say("commit and best case", "zanesljivi in polovica možnih"),
        Method.SamePeriodLastYear => Say("same period last year", "isto obdobje lani"),
        Method.MeanOfLastFour => Say("mean of the last four", "povprečje zadnjih štirih"),
        Method.RunRate => Say("run rate", "dosedanji tempo"),
        Method.People => Say("people's number", "ocena prodajalcev"),
        Method.PeopleWithHaircut => Say("people's number with haircut", "popravljena ocena prodajalcev"),
        Method.StageRate => Say("stage rate", "delež dobljenih v fazi"),
        Method.OdooScoring => Say("Odoo scoring", "točkovanje Odoo"),
        Method.CrmProbability => Say("CRM probability", "verjetnost iz CRM"),
        Method.BaseRate => Say("base rate", "splošni delež dobljenih"),
        _ => method,
    };

    /// <summary>A group of windows by how far the period has gone.</summary>
    internal string KindName(int week) => week == 0 ? Say("start of the period", "začetek obdobja") : Say($"week {Notation.Number(week)}", $"{Notation.Number(week)}.\u00A0teden");

    /// <summary>The same, short.</summary>
    internal string ShortKind(int week) => week == 0 ? Say("start", "začetek") : Say($"week {Notation.Number(week)}", $"{Notation.Number(week)}.\u00A0teden");

    /// <summary>A group of windows by days to the end of the period.</summary>
    internal string HorizonName(double? from, double? until) => (from, until) switch
    {
        (null, _) => Say($"up to {Notation.Number(until)} days", $"do {Notation.Number(until)} dni"),
        (_, null) => Say($"{Notation.Number(from)} days and more", $"{Notation.Number(from)} dni in več"),
        _ => Say($"{Notation.Number(from)} to {Notation.Number(until)} days", $"od {Notation.Number(from)} do {Notation.Number(until)} dni"),
    };

    /// <summary>A group of windows by the size of the forecast.</summary>
    internal string SizeName(double? from, double? until) => Say($"{Notation.Money(from)} to {Notation.Money(until)}", $"od {Notation.Money(from)} do {Notation.Money(until)}");

    private string WithArticle(string method) => method is Method.People or Method.PeopleWithHaircut || !Method.IsBuiltIn(method) ? MethodName(method) : "the " + MethodName(method);

    // A user's own method keeps its name as it is written.
    private static string AtStart(string method, string name) => Method.IsBuiltIn(method) ? Capital(name) : method;
}
