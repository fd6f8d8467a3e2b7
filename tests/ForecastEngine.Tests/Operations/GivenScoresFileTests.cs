using ForecastEngine.Crm;
using ForecastEngine.Operations;

namespace ForecastEngine.Tests.Operations;

/// <summary>Another model's scores are read to the letter or not at all.</summary>
public sealed class GivenScoresFileTests : IDisposable
{
    private static readonly DateOnly Monday = new(2026, 11, 2);
    private readonly string _folder = Directory.CreateTempSubdirectory("forecast-scores-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_score_counts_from_the_end_of_its_day_until_a_newer_one()
    {
        var scores = GivenScoresFile.ReadNamed(Write("theirs.csv", "Probability,as_of,opportunity_id\r\n0.25,2026-11-02,A\r\n1e-3,2026-11-09T23:59:59.9999999Z,A\r\n1,2026-11-02,\"B, Ltd\"\r\n"));
        Assert.Equal(("theirs", 3, 2, false), (scores.Name, scores.Count, scores.OpportunityIds.Count, scores.KnowsTime));
        double? At(string id, AsOf asOf) => scores.Newest(id, asOf, Monday.AddDays(80));
        Assert.Equal((null, 0.25, 0.25, 0.001), (At("A", AsOf.EndOf(Monday.AddDays(-1))), At("A", AsOf.EndOf(Monday)), At("A", AsOf.EndOf(Monday.AddDays(6))), At("A", AsOf.EndOf(Monday.AddDays(7)))));
        Assert.Null(At("A", AsOf.At(AsOf.EndOf(Monday).Instant.AddTicks(-1))));
        Assert.Equal((1, null), (At("B, Ltd", AsOf.EndOf(Monday)), At("C", AsOf.EndOf(Monday))));
    }

    [Fact]
    public void Scores_that_know_time_answer_for_their_own_day_only()
    {
        var scores = GivenScoresFile.ReadNamed("named=" + Write("f.csv", "opportunity_id,as_of,probability,period_end\nA,2026-11-02,0.2,2026-12-31\nA,2026-11-02,0.3,2027-03-31\nA,2026-11-09,0.4,2027-03-31\n"));
        Assert.Equal(("named", true), (scores.Name, scores.KnowsTime));
        var sunday = AsOf.EndOf(Monday.AddDays(13));
        Assert.Equal((0.2, 0.4, null), (scores.Newest("A", sunday, new(2026, 12, 31)), scores.Newest("A", sunday, new(2027, 3, 31)), scores.Newest("A", sunday, new(2027, 6, 30))));
    }

    [Fact]
    public void Contents_and_name_make_the_hash_and_the_order_of_the_rows_does_not()
    {
        string Hash(string rows, string name = "x") => GivenScoresFile.Read(Write("h.csv", "opportunity_id,as_of,probability\n" + rows), name).Hash();
        var first = Hash("A,2026-11-02,0.2\nB,2026-11-02,0.3\n");
        Assert.Equal(first, Hash("B,2026-11-02,0.30\nA,2026-11-02,0.2\n"));
        Assert.Equal(4, new[] { first, Hash("A,2026-11-02,0.2\nB,2026-11-02,0.31\n"), Hash("A,2026-11-02,0.2\nB,2026-11-03,0.3\n"), Hash("A,2026-11-02,0.2\nB,2026-11-02,0.3\n", "y") }.Distinct().Count());
    }

    [Theory]
    [InlineData("opportunity_id,as_of,probability\nA,2026-11-02,0.2\nA,06.11.2026,35%\n", "scores.csv line 3, column as_of: found \"06.11.2026\"; expected a date such as 2026-11-06")]
    [InlineData("opportunity_id,as_of,probability\nA,2026-11-02,35\n", "line 2, column probability: found \"35\"; expected a number from 0 to 1")]
    [InlineData("opportunity_id,as_of,probability\nA,2026-11-02,NaN\n", "column probability: found \"NaN\"")]
    [InlineData("opportunity_id,as_of,probability\n,2026-11-02,0.5\n", "column opportunity_id: found \"\"")]
    [InlineData("opportunity_id,as_of,probability\nA,2026-11-02,0,5\n", "line 2: found 4 cells; expected 3")]
    [InlineData("opportunity_id,as_of,probability\nA,2026-11-02,0.5\nB,2026-11-02,0.5\nA,2026-11-02,0.6\n", "line 4, column opportunity_id: found \"A\" as of 2026-11-02 a second time, first on line 2")]
    [InlineData("opportunity_id,as_of,probability,period_ends\nA,2026-11-02,0.5,2026-12-31\n", "line 1: found the columns opportunity_id, as_of, probability, period_ends; expected")]
    [InlineData("opportunity_id,as_of\nA,2026-11-02\n", "line 1: found the columns opportunity_id, as_of; expected opportunity_id, as_of, probability")]
    [InlineData("opportunity_id,as_of,probability,period_end\nA,2026-11-02,0.5,\n", "column period_end: found \"\"; expected a date")]
    [InlineData("opportunity_id,as_of,probability,period_end\nA,2026-11-02,0.5,2026-11-01\n", "column period_end: found \"2026-11-01\"; expected a day not before 2026-11-02")]
    [InlineData("opportunity_id,as_of,probability\n", "found no row")]
    [InlineData("", "line 1: found the columns ; expected")]
    public void A_fault_says_where_what_was_found_and_what_was_expected(string text, string expected)
    {
        var fault = Assert.Throws<OperationException>(() => GivenScoresFile.ReadNamed(Write("scores.csv", text)));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_the_name_of_a_method_of_the_engine_are_refused()
    {
        Assert.Contains("found no such file", Assert.Throws<OperationException>(() => GivenScoresFile.ReadNamed(Path.Combine(_folder, "none.csv"))).Message, StringComparison.Ordinal);
        var file = Write("engine.csv", "opportunity_id,as_of,probability\nA,2026-11-02,0.5\n");
        Assert.Contains("--scores name=", Assert.Throws<OperationException>(() => GivenScoresFile.ReadNamed(file)).Message, StringComparison.Ordinal);
        Assert.Equal("ours", GivenScoresFile.ReadNamed($"ours={file}").Name);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
