using System.Globalization;

namespace ForecastEngine.Simulation;

/// <summary>The ids and names that the simulated CRM gives, as short as the world allows.</summary>
internal static class CrmIds
{
    public static string Opportunity(int index, int count) => Numbered("O", index + 1, count, 5);
    public static string Lead(int index, int count) => Numbered("L", index + 1, count, 5);
    public static string Account(int index, int count) => Numbered("C", index + 1, count, 4);
    public static string AccountName(int index, int count) => Numbered("Account ", index + 1, count, 4);
    public static string Rep(int index) => Numbered("R", index + 1, 0, 2);
    public static string RepName(int index) => Numbered("Rep ", index + 1, 0, 2);
    public static string Product(int index) => Numbered("P", index + 1, 0, 2);
    public static string Team(int index) => Numbered("T", index + 1, 0, 1);

    /// <summary>The team above all others.</summary>
    public const string Company = "T0";

    private static string Numbered(string prefix, int number, int count, int digits)
    {
        for (var most = Math.Pow(10, digits); count >= most; most *= 10) digits++;
        return prefix + number.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }
}
