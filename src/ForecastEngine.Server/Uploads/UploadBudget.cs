using ForecastEngine.Server.Api;

namespace ForecastEngine.Server.Uploads;

/// <summary>How many bytes may still come.</summary>
/// <param name="most">In all.</param>
internal sealed class UploadBudget(long most)
{
    private long _taken;

    /// <summary>Copies as long as the budget lasts.</summary>
    /// <exception cref="ProblemException">It does not last.</exception>
    public async Task Copy(Stream from, Stream to, string name, CancellationToken cancellation)
    {
        var buffer = new byte[1 << 16];
        for (int read; (read = await from.ReadAsync(buffer, cancellation)) > 0;)
        {
            if ((_taken += read) > most) throw new ProblemException(StatusCodes.Status413PayloadTooLarge, ProblemCode.TooLarge, $"files, {name}: found more than the {most} bytes that all files together may have; expected less. Split the export, or raise the limit of uploads in the settings.");
            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }
}
