using System.Buffers.Binary;

namespace ForecastEngine.Cli.Notebooks.Display;

/// <summary>A picture to show, with what it shows in words: for readers who do not see it, and for comparing two runs.</summary>
/// <param name="Png">The picture as PNG.</param>
/// <param name="Words">What it shows, figures included.</param>
public sealed record Picture(byte[] Png, string Words)
{
    /// <summary>Saves the picture.</summary>
    public void Save(string path) => File.WriteAllBytes(path, Png);

    /// <inheritdoc/>
    public override string ToString() => Words;

    /// <summary>Width and height in pixels, as a PNG's header tells them.</summary>
    internal static (int Width, int Height) SizeOf(ReadOnlySpan<byte> png) =>
        png.Length < 24 ? (0, 0) : (BinaryPrimitives.ReadInt32BigEndian(png[16..]), BinaryPrimitives.ReadInt32BigEndian(png[20..]));
}

/// <summary>A drawing to show.</summary>
/// <param name="Svg">The drawing as SVG, with nothing loaded from elsewhere.</param>
/// <param name="Words">What it shows.</param>
public sealed record Drawing(string Svg, string Words);

/// <summary>A piece of a page to show.</summary>
/// <param name="Text">HTML, with nothing loaded from elsewhere.</param>
public sealed record Html(string Text);
