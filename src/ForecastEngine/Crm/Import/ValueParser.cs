using System.Globalization;

namespace ForecastEngine.Crm.Import;

/// <summary>A time as it was written, and whether only its day was.</summary>
internal readonly record struct Moment(DateTimeOffset At, bool IsDayOnly);

/// <summary>Where in the day a date without a time stands.</summary>
internal enum DayEdge { Start, End }

/// <summary>Reads dates and numbers as the map says they are written. What is ambiguous is refused, never guessed.</summary>
internal sealed class ValueParser(ImportMap map)
{
    private const int EarliestYear = 1950, LatestYear = 2200, MostDigits = 64;
    // A day written 2026-01-31 has one meaning; sheets write dates so.
    private readonly string[] _formats = map.Dates.Contains("iso") ? [.. map.Dates] : [.. map.Dates, "iso"];
    private readonly bool _isUtc = map.TimeZone.BaseUtcOffset == TimeSpan.Zero && !map.TimeZone.SupportsDaylightSavingTime;

    public string ExpectedTime { get; } = "a date or time as " + string.Join(" or ", map.Dates.Select(f => f switch
    {
        "iso" => "2026-01-31 or 2026-01-31T14:30:00Z",
        "excel" => "a spreadsheet's day number such as 46053",
        "yearDay" => "year and day of the year such as 2026-031",
        _ => f,
    }));

    public string ExpectedNumber { get; } = map.DecimalSeparator == '.' ? "a number such as 12500.00" : "a number such as 12500,00";

    /// <param name="text">As written.</param>
    /// <param name="edge">Where in the day a date without a time stands.</param>
    /// <param name="moment">The time.</param>
    /// <param name="hasDayNumbers">True where a number is a spreadsheet's day, whatever the map says.</param>
    public bool TryTime(string text, DayEdge edge, out Moment moment, bool hasDayNumbers = false)
    {
        foreach (var format in hasDayNumbers ? [.. _formats, "excel"] : _formats)
        {
            var (isRead, isDay) = format switch
            {
                "iso" => TryIso(text, out var local, out var offset) is var found && found ? (true, Set(local, offset, text.Length == 10)) : (false, false),
                "unixSeconds" => (TryUnix(text, 1000), false),
                "unixMilliseconds" => (TryUnix(text, 1), false),
                "excel" => TryExcel(text),
                "yearDay" => (TryYearDay(text), true),
                _ => TryFormat(text, format),
            };
            if (!isRead) continue;
            if (_read.Year is < EarliestYear or > LatestYear) break;
            moment = new Moment(_hasOffset ? new DateTimeOffset(_read, TimeSpan.Zero) : ToUtc(isDay && edge == DayEdge.End ? _read.AddSeconds(86_399) : _read), isDay);
            return true;
        }
        moment = default;
        return false;
    }

    /// <summary>A day as written, whatever its time of day.</summary>
    public bool TryDay(string text, out DateOnly day, bool hasDayNumbers = false)
    {
        var isRead = TryTime(text, DayEdge.Start, out var moment, hasDayNumbers);
        day = isRead ? DayOf(moment.At) : default;
        return isRead;
    }

    /// <summary>The day in the map's zone.</summary>
    public DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(_isUtc ? at.UtcDateTime : TimeZoneInfo.ConvertTime(at, map.TimeZone).DateTime);

    public bool TryNumber(string text, out decimal number)
    {
        number = 0;
        Span<char> plain = stackalloc char[MostDigits];
        return TryPlain(text, plain, out var length) && TryDecimal(plain[..length], out number);
    }

    /// <summary>The same number with a decimal point and no separator of thousands, its digits as they were written;
    /// null when it is none.</summary>
    public string? InvariantNumber(string text)
    {
        Span<char> plain = stackalloc char[MostDigits];
        if (!TryPlain(text, plain, out var length) || !TryDecimal(plain[..length], out _)) return null;
        return plain[..length].SequenceEqual(text) ? text : plain[..length].ToString();
    }

    private static bool TryDecimal(ReadOnlySpan<char> plain, out decimal number) =>
        decimal.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out number);

    private bool TryPlain(string text, Span<char> plain, out int length)
    {
        length = 0;
        if (text.Length > plain.Length) return false;
        var (digitsInGroup, groups, hasPoint) = (0, 0, false);
        foreach (var character in text)
        {
            if (char.IsAsciiDigit(character)) digitsInGroup++;
            else if (character == '-' && length == 0) { }
            else if (character == map.DecimalSeparator && !hasPoint)
            {
                if (groups > 0 && digitsInGroup != 3) return false;
                hasPoint = true;
                plain[length++] = '.';
                continue;
            }
            else if (IsGroup(character) && !hasPoint && (groups == 0 ? digitsInGroup is >= 1 and <= 3 : digitsInGroup == 3))
            {
                (groups, digitsInGroup) = (groups + 1, 0);
                continue;
            }
            else return false;
            plain[length++] = character;
        }
        return groups == 0 || hasPoint || digitsInGroup == 3;
    }

    // A space as separator also stands for the no-break spaces that spreadsheets write.
    private bool IsGroup(char character) => map.GroupSeparator is { } group && (character == group || (group == ' ' && character is '\u00A0' or '\u202F'));

    private DateTime _read;
    private bool _hasOffset;

    private bool Set(DateTime read, bool hasOffset, bool isDay)
    {
        (_read, _hasOffset) = (read, hasOffset);
        return isDay;
    }

    private bool TryUnix(string text, long millisecondsPerUnit)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 7_258_118_400_000 / millisecondsPerUnit) return false;
        Set(DateTime.UnixEpoch.AddMilliseconds(number * millisecondsPerUnit), true, false);
        return true;
    }

    // Days since 1899-12-30, as spreadsheets keep dates; the time of day is the fraction.
    private (bool IsRead, bool IsDay) TryExcel(string text)
    {
        if (!double.TryParse(map.DecimalSeparator == ',' ? text.Replace(',', '.') : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days) || days is < 18264 or > 110000) return (false, false);
        Set(new DateTime(1899, 12, 30).AddSeconds(Math.Round(days * 86_400)), false, false);
        return (true, days == Math.Floor(days));
    }

    // 2026-031, 2026031 or 2026-31: the 31st day of the year.
    private bool TryYearDay(string text)
    {
        if (text.Length is < 6 or > 8 || !Digits(text.AsSpan(0, 4), out var year) || year < 1) return false;
        var day = text.AsSpan(text[4] == '-' ? 5 : 4);
        if (day.Length is 0 or > 3 || (text[4] != '-' && day.Length != 3) || !Digits(day, out var number)) return false;
        if (number < 1 || number > (DateTime.IsLeapYear(year) ? 366 : 365)) return false;
        Set(new DateTime(year, 1, 1).AddDays(number - 1), false, true);
        return true;
    }

    private (bool IsRead, bool IsDay) TryFormat(string text, string format)
    {
        if (format.Contains('z') || format.Contains('K'))
        {
            if (!DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return (false, false);
            Set(at.UtcDateTime, true, false);
            return (true, false);
        }
        if (!DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var read)) return (false, false);
        Set(DateTime.SpecifyKind(read, DateTimeKind.Unspecified), false, false);
        return (true, !format.Contains('H') && !format.Contains('h'));
    }

    // yyyy-MM-dd, then optionally T or a space, HH:mm, :ss, .f…, and Z or ±HH:mm or ±HHmm.
    private static bool TryIso(ReadOnlySpan<char> s, out DateTime read, out bool hasOffset)
    {
        (read, hasOffset) = (default, false);
        if (s.Length < 10 || s[4] != '-' || s[7] != '-' || !Digits(s[..4], out var year) || !Digits(s[5..7], out var month) || !Digits(s[8..10], out var day)) return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        read = new DateTime(year, month, day);
        if (s.Length == 10) return true;
        if (s.Length < 16 || s[10] is not ('T' or ' ') || s[13] != ':' || !Digits(s[11..13], out var hour) || !Digits(s[14..16], out var minute) || hour > 23 || minute > 59) return false;
        var ticks = hour * TimeSpan.TicksPerHour + minute * TimeSpan.TicksPerMinute;
        s = s[16..];
        if (s.Length >= 3 && s[0] == ':')
        {
            if (!Digits(s[1..3], out var second) || second > 59) return false;
            ticks += second * TimeSpan.TicksPerSecond;
            s = s[3..];
            if (s.Length > 1 && s[0] == '.')
            {
                var (i, unit) = (1, TimeSpan.TicksPerSecond);
                for (; i < s.Length && char.IsAsciiDigit(s[i]); i++) ticks += (s[i] - '0') * (unit /= 10);
                if (i == 1) return false;
                s = s[i..];
            }
        }
        read = read.AddTicks(ticks);
        if (s.Length == 0) return true;
        hasOffset = true;
        if (s is "Z" or "z" or " UTC") return true;
        if (s.Length is not (5 or 6) || s[0] is not ('+' or '-') || (s.Length == 6 && s[3] != ':') || !Digits(s[1..3], out var h) || !Digits(s[^2..], out var m) || h > 14 || m > 59) return false;
        var shift = new TimeSpan(h, m, 0);
        read = s[0] == '+' ? read - shift : read + shift;
        return true;
    }

    private static bool Digits(ReadOnlySpan<char> s, out int value)
    {
        value = 0;
        foreach (var c in s)
        {
            if (!char.IsAsciiDigit(c)) return false;
            value = value * 10 + (c - '0');
        }
        return true;
    }

    private DateTimeOffset ToUtc(DateTime local)
    {
        if (_isUtc) return new DateTimeOffset(local.Ticks, TimeSpan.Zero);
        if (map.TimeZone.IsInvalidTime(local)) local = local.AddHours(1);
        return new DateTimeOffset(local, map.TimeZone.GetUtcOffset(local)).ToUniversalTime();
    }
}
