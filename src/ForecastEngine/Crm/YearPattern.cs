using System.Text.Json.Serialization;

namespace ForecastEngine.Crm;

/// <summary>How a fiscal year falls into months and quarters.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<YearPattern>))]
public enum YearPattern
{
    /// <summary>Twelve calendar months.</summary>
    [JsonStringEnumMemberName("months")]
    Months,
    /// <summary>Quarters of 4, 4 and 5 weeks.</summary>
    [JsonStringEnumMemberName("4-4-5")]
    Weeks445,
    /// <summary>Quarters of 4, 5 and 4 weeks.</summary>
    [JsonStringEnumMemberName("4-5-4")]
    Weeks454,
    /// <summary>Quarters of 5, 4 and 4 weeks.</summary>
    [JsonStringEnumMemberName("5-4-4")]
    Weeks544,
    /// <summary>Thirteen periods of four weeks: quarters of 3, 3, 3 and 4 of them.</summary>
    [JsonStringEnumMemberName("13x4")]
    Weeks13X4,
}

/// <summary>Which calendar year a fiscal year bears the name of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<YearNaming>))]
public enum YearNaming
{
    /// <summary>The one in which its last month lies.</summary>
    [JsonStringEnumMemberName("end")]
    End,
    /// <summary>The one in which its first month lies.</summary>
    [JsonStringEnumMemberName("start")]
    Start,
}

/// <summary>On which of its weekdays a fiscal year of whole weeks ends.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<YearEnd>))]
public enum YearEnd
{
    /// <summary>The last one in the fiscal year's last month.</summary>
    [JsonStringEnumMemberName("last")]
    Last,
    /// <summary>The one nearest to the last day of that month, before or after it.</summary>
    [JsonStringEnumMemberName("nearest")]
    Nearest,
}
