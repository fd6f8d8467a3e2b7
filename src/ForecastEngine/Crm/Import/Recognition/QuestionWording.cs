namespace ForecastEngine.Crm.Import.Recognition;

/// <summary>Questions about an export as people read them.</summary>
public static class QuestionWording
{
    private const int Shown = 12;

    /// <summary>The question, what was found, and how to answer it.</summary>
    /// <param name="question">The question.</param>
    /// <param name="option">How an answer's name is written where the text is read, such as <c>--dates</c>.</param>
    public static string Of(ImportQuestion question, Func<string, string> option)
    {
        var found = List(question.Found);
        string[] names = question.Found.Keys.Take(2).ToArray() is { Length: > 0 } some ? some : ["..."];
        return question.About switch
        {
            QuestionAbout.NoDeals => $"No file looks like a list of deals; the columns found are {found}. Give the export of the deals (opportunities), or write a map: data/README.md tells how.",
            QuestionAbout.NoColumn when question.Subject == "id" => $"{Field(question.Subject)} has no column in {found}. Export the deals with their ids: without them no later export can be matched.",
            QuestionAbout.NoColumn when question.Subject == "outcome" => $"{found} has no column that tells won, lost and open, while another file of deals has. Export it there too, or import the files one by one.",
            QuestionAbout.NoColumn => $"{Field(question.Subject)} has no column in {found}. Export it too; if there is none, say {option("without")} {question.Subject}.",
            QuestionAbout.Ids => question.Found.ContainsKey("")
                ? $"The id column \"{question.Subject}\" is empty in {found} rows. Export the deals with their ids."
                : $"The id column \"{question.Subject}\" has the same id in several rows: {found}. Export each deal once (a report with products has a row for each product).",
            QuestionAbout.DateOrder => $"Dates in {question.Subject} can be read with the day or with the month first, such as {found}. Say {option("dates")} dmy or {option("dates")} mdy.",
            QuestionAbout.MixedDates => $"Dates in {question.Subject} are not all written alike, or cannot be read, such as {found}. Export them in one form, or write the map's dates yourself.",
            QuestionAbout.DecimalSign => $"Numbers in {question.Subject} can mean thousands or decimals, such as {found}. Say {option("decimal")} . or {option("decimal")} ,",
            QuestionAbout.MixedNumbers => $"Numbers in {question.Subject} are not all written alike, or cannot be read, such as {found}. Export them in one form.",
            QuestionAbout.Stages when question.Subject == "won" => $"No stage is known to be won. The stages are {found}. Say {option("won")} \"{names[0]}\" (and {option("lost")} for the lost ones).",
            QuestionAbout.Stages => $"Are these stages won, lost or open: {found}? Say {option("won")}, {option("lost")} or {option("open")}, such as {option("lost")} \"{names[0]}\".",
            QuestionAbout.NoLost => $"Deals are won, and none is lost; the other stages are {found}. Say which are lost: {option("lost")} \"{names[0]}\". If the export has no lost deals, export them too, for nothing can be learned without them; if there are none, say {option("without")} lost.",
            QuestionAbout.Statuses => $"What does the column {question.Subject} mean by {found}? Say {option("won")}, {option("lost")} or {option("open")}, such as {option("open")} \"{names[0]}\".",
            QuestionAbout.Amounts => $"Which column is the amount: {found}? Say {option("without")} \"{names[^1]}\" for each that is not.",
            QuestionAbout.Currencies => $"The column {question.Subject} has {found}, which are no codes such as EUR. Export codes, or give their meaning in the map: \"aliases\": {{ \"currency\": {{ \"{names[0]}\": \"USD\" }} }}.",
            QuestionAbout.Currency when question.Found.Count > 0 => $"{found} amounts have no currency in the column {question.Subject}, while others have one. Fill them in; if they are in the currency of the report, say {option("without")} currency.",
            QuestionAbout.Currency => $"Nothing tells the currency of the amounts. Say {option("currency")} EUR, or another of three letters.",
            QuestionAbout.CompanyCurrency => $"The column {question.Subject} states amounts in the company's own currency, and nothing tells which that is; deals are in {found}. Say {option("currency")} EUR, or another of three letters.",
            QuestionAbout.Sheets => $"Only one sheet of {question.Subject} is read, and others have deals, too: {found}. Say which: {option("sheet")} \"{names[0]}\". To import several, save each as a file of its own.",
            _ => $"{question.About}, {question.Subject}: {found}.",
        };
    }

    private static string List(IReadOnlyDictionary<string, long> found)
    {
        var parts = found.Take(Shown).Select(f => f.Key.Length == 0 ? $"{f.Value:N0}" : f.Value <= 1 ? f.Key : $"{f.Key} ({f.Value:N0})");
        return string.Join(", ", parts) + (found.Count > Shown ? $" and {found.Count - Shown} more" : "");
    }

    private static string Field(string field) => field switch
    {
        "id" => "The deal's id", "stage" => "The deal's stage or status", "amount" => "The amount",
        "createdAt" => "The day of creation", "closedAt" => "The close date, planned or real,", _ => $"The field {field}, which was there before,",
    };
}
