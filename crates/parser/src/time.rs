//! Dates and times in literals: `2020-01-31`, `2020-01-31T10:20:30.5Z`.

/// Days since 1970-01-01.
pub(crate) fn date(text: &str) -> Option<i32> {
    let text = text.trim();
    let text = text.split_once(['T', ' ']).map_or(text, |(date, _)| date);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = digits.split('-');
    let year = parts.next().filter(|year| (4..=7).contains(&year.len()))?;
    let year: i32 = number(year)?;
    let month: i32 = parts.next().map_or(Some(1), number)?;
    let day: i32 = parts.next().map_or(Some(1), number)?;
    let year = if negative { -year } else { year };
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    Some(days_from_civil(year, month, day))
}

/// Microseconds since 1970-01-01 00:00:00, and the offset from UTC in seconds if the text has one.
pub(crate) fn timestamp(text: &str) -> Option<(i64, Option<i64>)> {
    let text = text.trim();
    let days = i64::from(date(text)?);
    let Some((_, clock)) = text.split_once(['T', ' ']) else { return Some((days * 86_400_000_000, None)) };
    let zone_at = clock.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(zone_at);
    let nanos = time_of_day(clock)?;
    let offset = match zone.trim() {
        "" => None,
        // A zone with rules: whoever casts the text knows them.
        zone if zone.starts_with(|c: char| c.is_alphabetic()) && zone.contains('/') => None,
        zone => Some(offset_seconds(zone)?),
    };
    Some((days * 86_400_000_000 + nanos / 1000, offset))
}

/// Nanoseconds since midnight.
pub(crate) fn time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.trim().split(':');
    let hour: i64 = parts.next().and_then(number).filter(|hour| *hour < 24)?;
    let minute: i64 = parts.next().map_or(Some(0), number).filter(|minute| *minute < 60)?;
    let seconds = parts.next().unwrap_or("0");
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let second: i64 = number(whole).filter(|second| *second < 60)?;
    if parts.next().is_some() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros: i64 = format!("{:0<6}", fraction.get(..fraction.len().min(6))?).parse().ok()?;
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000_000 + micros * 1000)
}

/// `Z`, `UTC`, `+01:00`; a named zone with rules is none of these.
fn offset_seconds(zone: &str) -> Option<i64> {
    let upper = zone.to_ascii_uppercase();
    if matches!(upper.as_str(), "Z" | "UTC" | "GMT" | "UT") {
        return Some(0);
    }
    let rest = ["UTC", "GMT", "UT"].iter().find_map(|name| upper.strip_prefix(name)).unwrap_or(&upper);
    let (sign, clock) = match rest.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, rest.strip_prefix('+')?),
    };
    let mut parts = clock.split(':');
    let hour: i64 = parts.next().and_then(number).filter(|hour| *hour <= 18)?;
    let minute: i64 = parts.next().map_or(Some(0), number).filter(|minute| *minute < 60)?;
    parts.next().is_none().then_some(sign * (hour * 60 + minute) * 60)
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn days_in_month(year: i32, month: i32) -> i32 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + i32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts in eras of 400 years that start in March, so that the leap day is the last of a year.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_timestamps() {
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("2020-02-29"), Some(18_321));
        assert_eq!(date("2021-02-29"), None);
        assert_eq!(date("2020-01"), Some(18_262));
        assert_eq!(timestamp("2020-01-01T00:00:01.5Z"), Some((1_577_836_801_500_000, Some(0))));
        assert_eq!(timestamp("2020-01-01 00:00:00 +01:00"), Some((1_577_836_800_000_000, Some(3600))));
        assert_eq!(timestamp("2020-01-01 25:00:00"), None);
    }
}
