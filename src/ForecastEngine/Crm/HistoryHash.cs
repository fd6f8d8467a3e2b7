using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ForecastEngine.Crm;

/// <summary>A fingerprint of what a model was trained on: the same facts give the same hash, in whatever order they were imported.</summary>
public static class HistoryHash
{
    // 4000 and 4000.0 are one amount; which of them comes back depends on the database.
    private const string Digits = "0.############################";

    /// <summary>SHA-256 over every opportunity, change and activity, the rates of their currencies, declared kinds of
    /// custom columns, and a calendar other than the default, as lower-case hex.</summary>
    public static string Of(CrmHistory history)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var line = new StringBuilder();
        var foreign = new HashSet<string>(StringComparer.Ordinal);
        if (history.Calendar.AsLearnt is var calendar && calendar != BusinessCalendar.Default) Write("b", JsonSerializer.Serialize(calendar));
        foreach (var column in history.CustomColumns.Values.OrderBy(c => c.Name, StringComparer.Ordinal))
            if (column.IsDeclared) Write("k", column.Name, column.Kind.ToString());
        for (var i = 0; i < history.Opportunities.Length; i++)
        {
            var o = history.Opportunities[i];
            Write("o", o.Id, Time(o.CreatedAt), Time(o.RecordedAt), o.AccountId, o.LeadId, o.OwnerId, o.ProductId, o.Source, o.Region, o.Segment, o.Stage,
                o.Amount?.ToString(Digits, CultureInfo.InvariantCulture), o.PlannedCloseOn?.ToString("O", CultureInfo.InvariantCulture), o.CrmProbability?.ToString("R", CultureInfo.InvariantCulture));
            if (o.Currency is { } own)
            {
                Write("m", own);
                foreign.Add(own);
            }
            foreach (var attribute in o.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal)) Write("a", attribute.Key, attribute.Value);
            foreach (var c in history.ToldOf(i))
            {
                Write("c", c.Field, c.OldValue, c.NewValue, Time(c.At), Time(c.RecordedAt));
                if (c is { Field: OpportunityField.Currency, NewValue: { } money }) foreign.Add(money);
                if (c.CloseOn is { } on && on != DateOnly.FromDateTime(c.At.UtcDateTime)) Write("d", on.ToString("O", CultureInfo.InvariantCulture));
                if (c.NotBefore is { } after) Write("u", Time(after));
            }
            foreach (var a in history.ActivitiesOf(i)) Write("t", a.Kind, Time(a.At), Time(a.RecordedAt), a.OwnerId);
        }
        foreach (var rate in history.Rates.All.Where(r => foreign.Contains(r.Currency)))
            Write("r", rate.Currency, rate.From?.ToString("O", CultureInfo.InvariantCulture), rate.Rate.ToString(Digits, CultureInfo.InvariantCulture), Time(rate.KnownFrom));
        foreach (var stage in history.Stages) Write("s", stage.Name, stage.Order.ToString(CultureInfo.InvariantCulture), stage.Kind.ToString());
        foreach (var stage in history.Stages.Where(s => s.Pipeline is not null)) Write("p", stage.Name, stage.Pipeline);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Write(params ReadOnlySpan<string?> parts)
        {
            line.Clear();
            foreach (var part in parts) line.Append(part?.Length ?? -1).Append(':').Append(part).Append('\u001f');
            hash.AppendData(Encoding.UTF8.GetBytes(line.Append('\n').ToString()));
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcTicks.ToString(CultureInfo.InvariantCulture);
}
