//! The ANSI intervals as text: `INTERVAL '1-2' YEAR TO MONTH`, `INTERVAL '1 02:03:04.5' DAY TO SECOND`.

use crate::values::datetimes::DAY_MICROS;

/// Months of a year-month interval: the literal, or only what is between its quotes.
pub fn parse_year_month(text: &str) -> Option<i32> {
    let (sign, inner) = quoted(text)?;
    let (own, rest) = signed(inner);
    let (years, months) = rest.split_once('-')?;
    let months: i32 = months.parse().ok().filter(|months| (0..12).contains(months))?;
    let years: i32 = digits(years)?.parse().ok()?;
    years.checked_mul(12)?.checked_add(months)?.checked_mul(sign * own)
}

/// Microseconds of a day-time interval: the literal, or only what is between its quotes.
pub fn parse_day_time(text: &str) -> Option<i64> {
    let (sign, inner) = quoted(text)?;
    let (own, rest) = signed(inner);
    let (days, time) = rest.split_once(' ')?;
    let mut parts = time.splitn(3, ':');
    let mut bounded = |most: i64| digits(parts.next()?)?.parse::<i64>().ok().filter(|value| *value <= most);
    let (hours, minutes) = (bounded(23)?, bounded(59)?);
    let (seconds, fraction) = time.splitn(3, ':').nth(2).map(|text| text.split_once('.').unwrap_or((text, "")))?;
    let seconds: i64 = digits(seconds)?.parse().ok().filter(|value| *value <= 59)?;
    let fraction = if fraction.is_empty() { 0 } else { format!("{:0<6.6}", digits(fraction)?).parse::<i64>().ok()? };
    let days: i64 = digits(days)?.parse().ok()?;
    let micros = (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + fraction;
    days.checked_mul(DAY_MICROS)?.checked_add(micros)?.checked_mul(i64::from(sign * own))
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn signed(text: &str) -> (i32, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// What is between the quotes of a literal, and the sign before them; text without `INTERVAL` is the inner text.
fn quoted(text: &str) -> Option<(i32, &str)> {
    let text = text.trim();
    let Some(head) = text.get(..8).filter(|head| head.eq_ignore_ascii_case("interval")) else { return Some((1, text)) };
    let (sign, rest) = signed(text[head.len()..].trim_start());
    let inner = rest.trim_start().strip_prefix('\'')?;
    Some((sign, &inner[..inner.find('\'')?]))
}

/// `INTERVAL '1-2' YEAR TO MONTH`.
pub fn write_year_month(months: i32, out: &mut Vec<u8>) {
    let sign = if months < 0 { "-" } else { "" };
    let months = months.unsigned_abs();
    out.extend_from_slice(format!("INTERVAL '{sign}{}-{}' YEAR TO MONTH", months / 12, months % 12).as_bytes());
}

/// `INTERVAL '1 02:03:04.5' DAY TO SECOND`.
pub fn write_day_time(micros: i64, out: &mut Vec<u8>) {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    let mut text = format!(
        "INTERVAL '{sign}{} {:02}:{:02}:{:02}",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60
    );
    if !micros.is_multiple_of(1_000_000) {
        text.push_str(format!(".{:06}", micros % 1_000_000).trim_end_matches('0'));
    }
    text.push_str("' DAY TO SECOND");
    out.extend_from_slice(text.as_bytes());
}

/// `INTERVAL '1 month 2 days 3 hours'`, without the word: a calendar interval as Spark prints it in files.
pub fn write_calendar(months: i32, days: i32, micros: i64, out: &mut Vec<u8>) {
    let mut parts: Vec<String> = Vec::new();
    let mut part = |value: i64, unit: &str| {
        if value != 0 {
            parts.push(format!("{value} {unit}"));
        }
    };
    part(i64::from(months / 12), "years");
    part(i64::from(months % 12), "months");
    part(i64::from(days), "days");
    part(micros / 3_600_000_000, "hours");
    part(micros / 60_000_000 % 60, "minutes");
    let rest = micros % 60_000_000;
    if rest != 0 {
        let sign = if rest < 0 { "-" } else { "" };
        let text = format!("{sign}{}.{:06}", rest.unsigned_abs() / 1_000_000, rest.unsigned_abs() % 1_000_000);
        parts.push(format!("{} seconds", text.trim_end_matches('0').trim_end_matches('.')));
    }
    let text = if parts.is_empty() { "0 seconds".to_string() } else { parts.join(" ") };
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn intervals_survive_their_text() {
        for months in [0, 1, -13, 1200] {
            let mut out = Vec::new();
            write_year_month(months, &mut out);
            assert_eq!(parse_year_month(std::str::from_utf8(&out).unwrap()), Some(months));
        }
        for micros in [0, 1, -DAY_MICROS - 1_500_000, 93_784_000_100] {
            let mut out = Vec::new();
            write_day_time(micros, &mut out);
            assert_eq!(parse_day_time(std::str::from_utf8(&out).unwrap()), Some(micros));
        }
        assert_eq!(parse_day_time("1 25:00:00"), None);
    }
}
