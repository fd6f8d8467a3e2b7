namespace ForecastEngine.Simulation;

/// <summary>
/// What a random draw is for: the last coordinate of its key. The draws of one purpose are told apart by their index
/// in the stream, so a number stands here for every entity and in the code that draws for every index.
/// </summary>
internal static class Draw
{
    public const long Transition = 1;
    public const long Birth = 2;
    public const long Arrivals = 3;
    public const long Factor = 4;
    public const long Rep = 5;
    public const long Account = 6;
    public const long Intercept = 7;
    public const long Campaign = 8;
    public const long Affinity = 9;
    public const long Future = 10;
    public const long Activity = 11;
    public const long Record = 12;
    public const long Push = 13;
    public const long LineItem = 14;
    public const long Lead = 15;
    public const long LostLead = 16;
    public const long Quota = 17;
}
