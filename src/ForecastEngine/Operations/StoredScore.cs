using System.Buffers;
using System.Text;
using System.Text.Json;
using ForecastEngine.Crm;
using ForecastEngine.Forecasting;
using ForecastEngine.Scoring;
using ForecastEngine.Statistics;
using ForecastEngine.Storage;
using ForecastEngine.WinProbability;

namespace ForecastEngine.Operations;

/// <summary>
/// The way of a score into the database and back. What has a column is kept there only; the rest goes into a short JSON text, without
/// what is empty. Probabilities by period stand in the order of the periods of the run, or of the day of a score beside it, to six decimals.
/// </summary>
public static class StoredScore
{
    private const double AmountLevel = 0.80;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;
    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The row that keeps a score.</summary>
    /// <param name="score">The score.</param>
    /// <param name="keepPeriods">True to keep its periods with it: of a score beside a run, whose periods stand nowhere
    /// else, in a calendar of its own.</param>
    public static ScoreRow RowOf(OpportunityScore score, bool keepPeriods = false) => new()
    {
        OpportunityId = score.OpportunityId, OwnerId = score.OwnerId, TeamId = score.TeamId, ProductId = score.ProductId, Region = score.Region, Stage = score.Stage,
        Rung = NameOf(score.Rung), WinProbability = score.WinProbability, CrmProbability = score.CrmProbability,
        ExpectedAmount = score.ExpectedAmount ?? 0, AmountLow = score.AmountBand?.Lower ?? 0, AmountHigh = score.AmountBand?.Upper ?? 0, ExpectedRevenue = score.ExpectedRevenue ?? 0,
        CloseOnLow = score.CloseFrom, CloseOn = score.ExpectedCloseOn, CloseOnHigh = score.CloseUntil, Grade = NameOf(score.Grade), Details = DetailsOf(score, keepPeriods),
    };

    /// <summary>What has no column, as JSON: name, pipeline, amount, planned close date, probabilities by period, trend, base probability, drivers, warnings.</summary>
    /// <param name="score">The score.</param>
    /// <param name="keepPeriods">As for <see cref="RowOf"/>.</param>
    public static string DetailsOf(OpportunityScore score, bool keepPeriods = false)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(1024);
        var json = _writer ??= new Utf8JsonWriter(buffer);
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        if (score.Name is not null) json.WriteString("name"u8, score.Name);
        if (score.Pipeline is not null) json.WriteString("pipeline"u8, score.Pipeline);
        if (score.Amount is { } amount) json.WriteNumber("amount"u8, amount);
        if (score.WithoutRate is { } typed)
        {
            json.WriteNumber("typed"u8, typed.Amount);
            json.WriteString("currency"u8, typed.Currency);
        }
        if (score.PlannedCloseOn is { } planned) json.WriteNumber("planned"u8, planned.DayNumber);
        if (score.ExpectedAmount is null) json.WriteBoolean("unsized"u8, true);
        json.WriteStartArray("wonBy"u8);
        foreach (var by in score.WonBy) json.WriteNumberValue(Math.Round(by.Probability, 6));
        json.WriteEndArray();
        if (keepPeriods)
        {
            json.WritePropertyName("periods"u8);
            JsonSerializer.Serialize(json, score.WonBy.Select(w => PlannedPeriod.Of(w.Period)));
        }
        if (score.Trend is { } trend) json.WriteNumber("trend"u8, trend);
        if (score.BaseProbability is { } average)
        {
            json.WriteNumber("base"u8, average);
            json.WriteStartObject("drivers"u8);
            foreach (var driver in score.Drivers) json.WriteNumber(driver.Name, driver.Contribution);
            json.WriteEndObject();
        }
        if (score.Warnings.Count > 0)
        {
            json.WriteStartArray("warnings"u8);
            foreach (var warning in score.Warnings) json.WriteStringValue(warning);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The score that a row of a run keeps.</summary>
    /// <param name="run">The run it belongs to.</param>
    /// <param name="row">The row.</param>
    public static OpportunityScore Read(RescoringRun run, ScoreRow row) => Read(run.AsOf, row, _ => [.. RescoringPlan.Of(run).Periods.Select(p => p.ToPeriod())]);

    /// <summary>The score that a deal got beside a run, after an event; null where it was closed. Its periods are those of its own day: the run's may have ended.</summary>
    /// <param name="fresh">The fresh score.</param>
    public static OpportunityScore? Read(FreshScore fresh) => fresh.Row is { } row
        ? Read(fresh.AsOf, row, details => details.TryGetProperty("periods", out var periods) ? [.. periods.Deserialize<PlannedPeriod[]>()!.Select(p => p.ToPeriod())]
            : RevenueForecaster.DefaultPeriods(BusinessCalendar.Default, fresh.AsOf)) : null;

    private static OpportunityScore Read(DateOnly asOf, ScoreRow row, Func<JsonElement, IReadOnlyList<Period>> periodsOf)
    {
        using var document = JsonDocument.Parse(row.Details);
        var details = document.RootElement;
        var isSized = !details.TryGetProperty("unsized", out _);
        var periods = details.TryGetProperty("wonBy", out var wonBy) && wonBy.GetArrayLength() > 0 ? periodsOf(details) : [];
        if (periods.Count > 0 && periods.Count != wonBy.GetArrayLength())
            throw new StorageException($"Score of {row.OpportunityId} as of {asOf:yyyy-MM-dd}: found {wonBy.GetArrayLength()} probabilities by period; expected {periods.Count}. Score the pipeline again.");
        return new OpportunityScore
        {
            OpportunityId = row.OpportunityId, Name = Text("name"), AsOf = asOf, Stage = row.Stage, OwnerId = row.OwnerId, TeamId = row.TeamId, ProductId = row.ProductId, Region = row.Region,
            Pipeline = Text("pipeline"), Amount = details.TryGetProperty("amount", out var amount) ? amount.GetDecimal() : null,
            WithoutRate = details.TryGetProperty("typed", out var typed) ? new Money(typed.GetDecimal(), Text("currency")) : null,
            PlannedCloseOn = details.TryGetProperty("planned", out var planned) ? DateOnly.FromDayNumber(planned.GetInt32()) : null,
            CrmProbability = row.CrmProbability, Rung = Enum.Parse<Rung>(row.Rung), WinProbability = row.WinProbability,
            WonBy = [.. periods.Select((p, i) => new WonBy(p, wonBy[i].GetDouble()))],
            ExpectedCloseOn = row.CloseOn, CloseFrom = row.CloseOnLow, CloseUntil = row.CloseOnHigh,
            ExpectedAmount = isSized ? row.ExpectedAmount : null, AmountBand = isSized ? new Band(row.AmountLow, row.AmountHigh, AmountLevel) : null,
            Trend = Number("trend"), BaseProbability = Number("base"),
            Drivers = details.TryGetProperty("drivers", out var drivers) ? [.. drivers.EnumerateObject().Select(d => new Driver(d.Name, d.Value.GetDouble()))] : [],
            Warnings = details.TryGetProperty("warnings", out var warnings) ? [.. warnings.EnumerateArray().Select(w => w.GetString()!)] : [],
        };

        string? Text(string name) => details.TryGetProperty(name, out var value) ? value.GetString() : null;
        double? Number(string name) => details.TryGetProperty(name, out var value) ? value.GetDouble() : null;
    }

    private static readonly string[] Rungs = Enum.GetNames<Rung>();
    private static readonly string[] Grades = Enum.GetNames<Grade>();

    private static string NameOf(Rung rung) => Rungs[(int)rung];

    private static string NameOf(Grade grade) => Grades[(int)grade];
}
