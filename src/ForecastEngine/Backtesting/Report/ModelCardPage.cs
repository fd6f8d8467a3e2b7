using System.Globalization;
using ForecastEngine.Registry;

namespace ForecastEngine.Backtesting.Report;

/// <summary>A model card as one HTML file that needs nothing else, in English: what the model knows, how well it did on what it had not seen, where it is weak, what it cannot do, and how to make it again.</summary>
public sealed class ModelCardPage
{
    private readonly Html _html;
    private readonly ModelCard _card;
    private readonly MeasuredQuality? _measured;
    private readonly RegistryState _state;
    private readonly Notation _n = Notation.English;

    private ModelCardPage(TextWriter writer, ModelCard card, RegistryState state, MeasuredQuality? measured) => (_html, _card, _state, _measured) = (new Html(writer), card, state, measured);

    /// <summary>Writes the page.</summary>
    /// <param name="writer">Where to; UTF-8.</param>
    /// <param name="card">The card.</param>
    /// <param name="state">Who answers, and how it came to that.</param>
    /// <param name="measured">What the newest backtest measured of revenue bands; null before the first.</param>
    public static void Write(TextWriter writer, ModelCard card, RegistryState state, MeasuredQuality? measured) => new ModelCardPage(writer, card, state, measured).Write();

    private void Write()
    {
        _html.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        _html.Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
        _html.Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">");
        _html.Text("title", $"Model card {_card.Version}");
        _html.Raw($"<style>\n{ReportStyle.Css}\n</style>\n</head>\n<body>\n<header>");
        _html.Text("h1", $"Model card {_card.Version}");
        _html.Text("p", $"Win probability, close date and deal size of open deals, learned from this company's own history. Trained {_n.Instant(_card.TrainedAt)}; {Role()}.", "muted");
        _html.Raw("</header>\n<main>");
        Data();
        Merit();
        Calibration();
        Segments();
        Columns();
        Limits();
        Again();
        _html.Raw("</main>\n</body>\n</html>");
    }

    private string Role() => _card.Version == _state.Champion ? "the champion: it answers" : _card.Version == _state.Challenger ? "the challenger: it waits" : _state.Earlier.Contains(_card.Version) ? "an earlier champion" : "kept";

    private void Data()
    {
        var counts = _card.Counts;
        Section("Data and what was left out");
        _html.Text("p", $"{_n.Number(counts.Opportunities)} opportunities from {_n.Date(_card.DataFrom)} to {_n.Date(_card.DataUntil)}: {_n.Number(counts.Won)} won, {_n.Number(counts.Lost)} lost, {_n.Number(counts.Open)} open, which count as unknown and not as lost. "
            + $"{_n.Number(counts.Landmarks)} looks at them in training. Taken from the CRM {_n.Instant(_card.DataTimestamp)}. Highest rung that answers: {_card.Rung}.", "lead");
        List(_card.Exclusions.Count == 0 ? ["Nothing was left out."] : _card.Exclusions.Select(e => $"{e.What}: {e.Reason}"));
        foreach (var change in _state.History.Where(e => e.To == _card.Version)) _html.Text("p", $"{_n.Instant(change.At)}: {change.Reason}", "muted");
        End();
    }

    private void Merit()
    {
        const string Rival = " of the stage rate";
        Section("How well it did on a time that it had not seen");
        var shown = _card.Metrics.Where(m => m.Value is not null && !m.Name.EndsWith(Rival, StringComparison.Ordinal)).ToList();
        if (shown.Count == 0) _html.Text("p", "Nothing was measured: history was too short.");
        else
            _html.Table("Measures", ["Measure", ">Model", ">95 % interval", ">Stage rate", ">Cases", "On what"], shown.Select(m => (IReadOnlyList<string>)
                [m.Name, _n.Number(m.Value, 3), m is { Lower: { } l, Upper: { } u } ? $"{_n.Number(l, 3)} to {_n.Number(u, 3)}" : "", _card.Metric(m.Name + Rival) is { } rate ? _n.Number(rate.Value, 3) : "", _n.Number(m.Count), m.Note ?? ""]));
        End();
    }

    private void Calibration()
    {
        Section("Do its probabilities mean what they say");
        if (_card.Calibration is not { Count: > 0 } bins) _html.Text("p", "Calibration was not measured: there were too few deals, or the version is of a release that did not measure it.");
        else
        {
            var drawing = new Svg("calibration", 240, "Foretold and won", "Each dot is a tenth of the deals: across what was foretold, upward what was won. On the line both agree.");
            double X(double p) => 40 + p * 295;
            double Y(double p) => 210 - p * 190;
            drawing.Line(X(0), Y(0), X(1), Y(1), "zero");
            foreach (var tick in (double[])[0, 0.5, 1])
            {
                drawing.Text(X(tick), 230, _n.Percent(tick), "m");
                drawing.Text(2, Y(tick) + 4, _n.Percent(tick));
            }
            foreach (var bin in bins) drawing.Dot(X(bin.Foretold), Y(bin.Won), "dot");
            _html.Raw($"<figure>{drawing}</figure>");
            _html.Table("Tenths of the deals by probability of winning in the window", [">Foretold", ">Won", ">Deals"], bins.Select(b => (IReadOnlyList<string>)[_n.Percent(b.Foretold, 1), _n.Percent(b.Won, 1), _n.Number(b.Deals)]));
        }
        _html.Text("p", _measured is null ? "How often revenue falls into the bands was not measured yet: forecast backtest."
            : $"Revenue bands, by the backtest of {_n.Date(_measured.MadeOn)} on {_measured.Windows} forecasts by {_measured.Period}: {string.Join(", ", _measured.Levels.Select(l => $"{_n.Level(l.Level)} band {l.Covered} of {l.Windows}"))}.");
        End();
    }

    private void Segments()
    {
        Section("Where it is weak");
        if (_card.Segments is not { Count: > 0 } segments) _html.Text("p", "Parts of the business were not measured: there were too few deals, or the version is of a release that did not measure them.");
        else
        {
            var weak = segments.Where(s => s.Upper > 0).Select(s => s.Name).ToList();
            _html.Text("p", weak.Count == 0 ? "In every stage it does better than the stage rate, beyond chance." : $"Not better than the stage rate beyond chance: {string.Join(", ", weak)}.");
            _html.Table("By stage", ["Part", ">Deals", ">Foretold", ">Won", ">Log loss", ">Stage rate", ">Difference, 95 % interval"], segments.Select(s => (IReadOnlyList<string>)
                [s.Name, _n.Number(s.Deals), _n.Percent(s.Foretold), _n.Percent(s.Won), _n.Number(s.LogLoss, 3), _n.Number(s.StageRateLogLoss, 3), $"{_n.Number(s.Lower, 3)} to {_n.Number(s.Upper, 3)}"]));
        }
        End();
    }

    private void Columns()
    {
        Section("What it looks at");
        foreach (var feature in _card.CustomFeatures ?? [])
            _html.Text("p", $"{feature.Name}, in {feature.Unit}: a feature of this team's own. Known at the as-of date because {feature.KnownBecause}.{(feature.AucAtCreation is { } auc ? $" Alone it tells won from lost at creation with an AUC of {_n.Number(auc, 3)}." : "")}");
        foreach (var code in (_card.CustomFeatures ?? []).DistinctBy(f => f.Sha256))
        {
            _html.Text("p", $"Code of {string.Join(", ", _card.CustomFeatures!.Where(f => f.Sha256 == code.Sha256).Select(f => f.Name))}; SHA-256 of the assembly {code.Sha256}.", "muted");
            if (code.Source is { } source) _html.Raw($"<div class=\"scroll\" tabindex=\"0\"><pre>{Html.Encode(source)}</pre></div>");
        }
        _html.Raw("<div class=\"formulas\">");
        _html.Table("Columns", ["Column", "Factor", "Meaning"], _card.Features.Select(f => (IReadOnlyList<string>)[f.Name, f.Driver, f.Description]));
        _html.Raw("</div>");
        End();
    }

    private void Limits()
    {
        Section("Limits and doubts");
        List(_card.Limits.Concat(_card.Warnings));
        End();
    }

    private void Again()
    {
        Section("How to make it again");
        _html.Raw($"<pre>forecast models reproduce {Html.Encode(_card.Version)}</pre>");
        _html.Text("p", string.Create(CultureInfo.InvariantCulture, $"trains it again from the same data (hash {_card.DataHash}), settings and seed {_card.Seed} and compares every file, bit by bit. Trained with {string.Join(", ", _card.Packages.Select(p => $"{p.Key} {p.Value}"))}."));
        _html.Raw("<div class=\"formulas\">");
        _html.Table("Settings", ["Setting", "Value"], _card.Options.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => (IReadOnlyList<string>)[o.Key, o.Value]));
        _html.Raw("</div>");
        End();
    }

    private void List(IEnumerable<string> items) => _html.Raw($"<ul>{string.Concat(items.Select(i => $"<li>{Html.Encode(i)}</li>"))}</ul>");

    private void Section(string heading)
    {
        _html.Raw("<section>");
        _html.Text("h2", heading);
    }

    private void End() => _html.Raw("</section>");
}
