//! Dates and times in the forms that Spark's casts accept and print.
//!
//! A date is days, a time microseconds, both since 1970-01-01; a local time is microseconds as if it were UTC.

use crate::time_zone::ZoneId;

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// Days since the epoch of a day of the proleptic Gregorian calendar, if there is such a day.
pub fn days_of(year: i32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = i64::from((month + 9) % 12);
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    i32::try_from(era * 146_097 + day_of_era - 719_468).ok()
}

/// Year, month and day.
pub fn civil_of(days: i32) -> (i32, u32, u32) {
    let days = i64::from(days) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (i32::try_from(year).unwrap_or(i32::MAX), u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

/// Whether February has 29 days.
pub fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A date as a cast from string reads it: `yyyy`, `yyyy-[m]m`, `yyyy-[m]m-[d]d`, and anything after a blank or `T`.
pub fn parse_date(text: &str) -> Option<i32> {
    let bytes = trim(text.as_bytes());
    let (sign, mut rest) = sign(bytes);
    let (year, length, after) = digits(rest, 7)?;
    if length < 4 {
        return None;
    }
    rest = after;
    let mut parts = [1_u32, 1];
    for part in &mut parts {
        let Some(after) = rest.strip_prefix(b"-") else {
            return rest.is_empty().then(|| days_of(sign * year, parts[0], parts[1]))?;
        };
        let (value, _, after) = digits(after, 2)?;
        *part = u32::try_from(value).ok()?;
        rest = after;
    }
    if !(rest.is_empty() || rest[0] == b' ' || rest[0] == b'T') {
        return None;
    }
    days_of(sign * year, parts[0], parts[1])
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && (*first <= b' ' || *first == 0x7f)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && (*last <= b' ' || *last == 0x7f)
    {
        bytes = rest;
    }
    bytes
}

fn sign(bytes: &[u8]) -> (i32, &[u8]) {
    match bytes.first() {
        Some(b'-') => (-1, &bytes[1..]),
        Some(b'+') => (1, &bytes[1..]),
        _ => (1, bytes),
    }
}

/// Leading digits: their value, how many, and what follows. `None` if there is none or more than `most`.
fn digits(bytes: &[u8], most: usize) -> Option<(i32, usize, &[u8])> {
    let length = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    if length == 0 || length > most {
        return None;
    }
    let value = bytes[..length].iter().fold(0_i32, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((value, length, &bytes[length..]))
}

/// A time as written: local microseconds, and the zone if one stands behind it.
fn parse_local(text: &str, today: impl Fn() -> i32) -> Option<(i64, Option<ZoneId>)> {
    if let Some(fast) = parse_common_form(text.as_bytes()) {
        return Some((fast, None));
    }
    let mut rest = trim(text.as_bytes());
    let days;
    if let Some(time) = rest.strip_prefix(b"T") {
        days = today();
        rest = time;
    } else if rest.iter().position(|b| !b.is_ascii_digit()).is_some_and(|at| at <= 2 && rest.get(at) == Some(&b':')) {
        days = today();
    } else {
        let end = rest.iter().position(|b| matches!(b, b' ' | b'T')).unwrap_or(rest.len());
        days = parse_date(std::str::from_utf8(&rest[..end]).ok()?)?;
        rest = rest.get(end + 1..).unwrap_or_default();
        if rest.is_empty() && end + 1 < text.trim().len() {
            return None;
        }
    }
    let midnight = i64::from(days) * DAY_MICROS;
    if rest.is_empty() {
        return Some((midnight, None));
    }
    let (micros, rest) = parse_time(rest)?;
    let zone = std::str::from_utf8(rest).ok()?.trim();
    let zone = if zone.is_empty() { None } else { Some(zone.parse::<ZoneId>().ok()?) };
    Some((midnight.checked_add(micros)?, zone))
}

/// `[h]h:[m]m[:[s]s[.fraction]]`, and what follows.
fn parse_time(rest: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, _, rest) = digits(rest, 2)?;
    let mut minute = 0;
    let mut second = 0;
    let mut micros = 0_i64;
    let mut rest = rest;
    if let Some(after) = rest.strip_prefix(b":") {
        (minute, _, rest) = digits(after, 2)?;
        if let Some(after) = rest.strip_prefix(b":") {
            (second, _, rest) = digits(after, 2)?;
            if let Some(after) = rest.strip_prefix(b".") {
                let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
                for at in 0..6 {
                    let digit = after[..length].get(at).map_or(0, |digit| digit - b'0');
                    micros = micros * 10 + i64::from(digit);
                }
                rest = &after[length..];
            }
        }
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + micros, rest))
}

/// `yyyy-MM-dd HH:mm:ss` and `yyyy-MM-ddTHH:mm:ss`, with a fraction of three or six digits or none, quickly.
#[inline]
pub(crate) fn parse_common_form(text: &[u8]) -> Option<i64> {
    if !matches!(text.len(), 19 | 23 | 26) || text[4] != b'-' || text[7] != b'-' || text[13] != b':' || text[16] != b':'
    {
        return None;
    }
    let two = |at: usize| -> Option<u32> {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
    };
    if !matches!(text[10], b' ' | b'T') {
        return None;
    }
    let year = i32::try_from(two(0)? * 100 + two(2)?).ok()?;
    let days = days_of(year, two(5)?, two(8)?)?;
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut micros = 0_i64;
    if text.len() > 19 {
        if text[19] != b'.' {
            return None;
        }
        for byte in &text[20..] {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            micros = micros * 10 + i64::from(digit);
        }
        micros *= if text.len() == 23 { 1000 } else { 1 };
    }
    Some(i64::from(days) * DAY_MICROS + i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + micros)
}

fn today(zone: ZoneId) -> i32 {
    let now = chrono::Utc::now().timestamp_micros();
    i32::try_from(zone.utc_to_local_micros(now).div_euclid(DAY_MICROS)).unwrap_or(0)
}

/// An instant as a cast from string reads it; `zone` is where a text without a zone was written.
pub fn parse_timestamp(text: &str, zone: ZoneId) -> Option<i64> {
    let (local, written) = parse_local(text, || today(zone))?;
    Some(written.unwrap_or(zone).local_to_utc_micros(local))
}

/// A local time as a cast from string reads it; a zone behind it is dropped.
pub fn parse_timestamp_ntz(text: &str) -> Option<i64> {
    let bytes = trim(text.as_bytes());
    let dated = bytes.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-')).count() >= 4;
    if !dated {
        return None;
    }
    parse_local(text, || 0).map(|(local, _)| local)
}

/// A local time without a zone behind it; used where a zone must make it an instant.
pub fn parse_timestamp_ntz_strict(text: &str) -> Option<i64> {
    parse_local(text, || 0).filter(|(_, zone)| zone.is_none()).map(|(local, _)| local)
}

fn push_padded(value: u32, width: usize, out: &mut Vec<u8>) {
    let mut buffer = [b'0'; 10];
    let mut value = value;
    let mut at = 10;
    while value > 0 {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&buffer[at.min(10 - width)..]);
}

fn write_year(year: i32, out: &mut Vec<u8>) {
    if year < 0 {
        out.push(b'-');
    } else if year > 9999 {
        out.push(b'+');
    }
    push_padded(year.unsigned_abs(), 4, out);
}

/// `2024-01-31`.
pub fn write_date(days: i32, out: &mut Vec<u8>) {
    let (year, month, day) = civil_of(days);
    write_year(year, out);
    out.push(b'-');
    push_padded(month, 2, out);
    out.push(b'-');
    push_padded(day, 2, out);
}

/// `2024-01-31 10:00:00.5` of a local time: the fraction as short as it can be.
pub fn write_local(micros: i64, out: &mut Vec<u8>) {
    let days = i32::try_from(micros.div_euclid(DAY_MICROS)).unwrap_or(i32::MAX);
    let in_day = micros.rem_euclid(DAY_MICROS);
    let seconds = u32::try_from(in_day / 1_000_000).unwrap_or(0);
    write_date(days, out);
    out.push(b' ');
    push_padded(seconds / 3600, 2, out);
    out.push(b':');
    push_padded(seconds / 60 % 60, 2, out);
    out.push(b':');
    push_padded(seconds % 60, 2, out);
    let fraction = u32::try_from(in_day % 1_000_000).unwrap_or(0);
    if fraction > 0 {
        out.push(b'.');
        push_padded(fraction, 6, out);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// `2024-01-31 10:00:00.5` of an instant, on the clocks of `zone`.
pub fn write_timestamp(micros: i64, zone: ZoneId, out: &mut Vec<u8>) {
    write_local(zone.utc_to_local_micros(micros), out);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn printed(micros: i64) -> String {
        let mut out = Vec::new();
        write_local(micros, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn days_and_dates_agree() {
        for days in (-800_000..3_000_000).step_by(977) {
            let (year, month, day) = civil_of(days);
            assert_eq!(days_of(year, month, day), Some(days));
        }
        assert_eq!(parse_date("2023-02-29"), None);
        assert_eq!(parse_date("2024-2-29T10"), days_of(2024, 2, 29));
        assert_eq!(parse_date("2024"), days_of(2024, 1, 1));
        assert_eq!(parse_date("24-01-01"), None);
        assert_eq!(parse_date("2024-01-01x"), None);
    }

    #[test]
    fn times_are_read_in_every_form_of_a_cast() {
        for (text, local) in [
            ("2024-01-31 10:11:12", "2024-01-31 10:11:12"),
            ("2024-01-31T10:11:12.5", "2024-01-31 10:11:12.5"),
            ("2024-01-31T10:11:12.123456789Z", "2024-01-31 10:11:12.123456"),
            ("2024-01-31 10:11:12+01:00", "2024-01-31 09:11:12"),
            ("2024-01-31 10:11:12 UTC+01:00", "2024-01-31 09:11:12"),
            ("2024-1-3 1:2", "2024-01-03 01:02:00"),
            ("2024-01", "2024-01-01 00:00:00"),
            ("1969-12-31 23:59:59.999", "1969-12-31 23:59:59.999"),
        ] {
            assert_eq!(printed(parse_timestamp(text, ZoneId::UTC).expect(text)), local, "{text}");
        }
        for text in ["2024-01-31 25:00:00", "2024-13-01 00:00:00", "x", "", "2024-01-31 10:11:12 Mars"] {
            assert_eq!(parse_timestamp(text, ZoneId::UTC), None, "{text}");
        }
    }
}
