using System.Globalization;
using System.Text;

namespace ForecastEngine.Backtesting.Report;

/// <summary>One drawing, written into the page itself: shapes with style classes, a title and a description for those who do not see it.</summary>
internal sealed class Svg
{
    /// <summary>Width of every drawing in its own units; the page scales it.</summary>
    public const double Width = 360;

    private readonly StringBuilder _shapes = new();
    private readonly string _id, _title, _description;
    private readonly double _height;

    /// <param name="id">Unique in the page; starts with a letter.</param>
    /// <param name="height">In the units of <see cref="Width"/>.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="description">What a reader would see in it.</param>
    public Svg(string id, double height, string title, string description) => (_id, _height, _title, _description) = (id, height, title, description);

    public void Line(double x1, double y1, double x2, double y2, string style) => Shape($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" class=\"{style}\"/>");

    public void Bar(double x, double y, double width, double height, string style) =>
        Shape($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(Math.Max(0, width))}\" height=\"{N(Math.Max(0, height))}\" class=\"{style}\"/>");

    public void Dot(double x, double y, string style, double radius = 4) => Shape($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" class=\"{style}\"/>");

    public void Diamond(double x, double y, string style, double radius = 5) =>
        Shape($"<path d=\"M{N(x)} {N(y - radius)}L{N(x + radius)} {N(y)}L{N(x)} {N(y + radius)}L{N(x - radius)} {N(y)}Z\" class=\"{style}\"/>");

    public void Path(IEnumerable<(double X, double Y)> points, string style) => Shape($"<polyline points=\"{string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"))}\" class=\"{style}\"/>");

    public void Text(double x, double y, string text, string style = "t") => Shape($"<text x=\"{N(x)}\" y=\"{N(y)}\" class=\"{style}\">{Html.Encode(text)}</text>");

    public override string ToString() =>
        $"<svg viewBox=\"0 0 {N(Width)} {N(_height)}\" role=\"img\" aria-labelledby=\"{_id}-t {_id}-d\"><title id=\"{_id}-t\">{Html.Encode(_title)}</title><desc id=\"{_id}-d\">{Html.Encode(_description)}</desc>{_shapes}</svg>";

    private void Shape(string shape) => _shapes.Append(shape);

    private static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);
}
