//! Java's date patterns, as `%d{…}` has them: `yy/MM/dd HH:mm:ss`, `HH:mm:ss,SSS`, `ISO8601`.

use std::fmt::Write;

use chrono::{DateTime, Datelike, Local, TimeZone, Timelike};
use chrono_tz::Tz;

/// A compiled date pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DatePattern {
    pieces: Vec<Piece>,
    zone: Option<Tz>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    /// A pattern letter and how many there are of it.
    Field(char, usize),
    Seconds,
    Milliseconds,
}

impl DatePattern {
    /// Compiles a pattern and a zone, both as they stand between braces.
    pub(super) fn parse(pattern: &str, zone: Option<&str>) -> Result<Self, String> {
        let zone = zone.map(|zone| {
            let name = if zone == "Z" { "UTC" } else { zone };
            name.parse::<Tz>().map_err(|_| format!("%d has an unknown time zone, {zone}"))
        });
        let pieces = match pattern {
            "UNIX" => vec![Piece::Seconds],
            "UNIX_MILLIS" => vec![Piece::Milliseconds],
            _ => pieces(named(pattern))?,
        };
        Ok(Self { pieces, zone: zone.transpose()? })
    }

    pub(super) fn render(&self, time: &DateTime<Local>) -> String {
        match self.zone {
            Some(zone) => self.render_in(&time.with_timezone(&zone)),
            None => self.render_in(time),
        }
    }

    fn render_in<Z: TimeZone>(&self, time: &DateTime<Z>) -> String
    where
        Z::Offset: std::fmt::Display,
    {
        let mut text = String::new();
        for piece in &self.pieces {
            // Writing to a text does not fail.
            let _ = match piece {
                Piece::Text(plain) => text.write_str(plain),
                Piece::Seconds => write!(text, "{}", time.timestamp()),
                Piece::Milliseconds => write!(text, "{}", time.timestamp_millis()),
                Piece::Field(letter, width) => field(&mut text, time, *letter, *width),
            };
        }
        text
    }
}

/// log4j's names of patterns.
fn named(pattern: &str) -> &str {
    match pattern {
        "" | "DEFAULT" => "yyyy-MM-dd HH:mm:ss,SSS",
        "ISO8601" => "yyyy-MM-dd'T'HH:mm:ss,SSS",
        "ISO8601_BASIC" => "yyyyMMdd'T'HHmmss,SSS",
        "ABSOLUTE" => "HH:mm:ss,SSS",
        "DATE" => "dd MMM yyyy HH:mm:ss,SSS",
        "COMPACT" => "yyyyMMddHHmmssSSS",
        other => other,
    }
}

fn pieces(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            pieces.push(Piece::Text(quoted(&mut chars)));
        } else if c.is_ascii_alphabetic() {
            if !"yuMdHhkKmsSnEaXxZzD".contains(c) {
                return Err(format!("%d{{{pattern}}} has a letter that is not known, {c}"));
            }
            let mut width = 1;
            while chars.next_if_eq(&c).is_some() {
                width += 1;
            }
            pieces.push(Piece::Field(c, width));
        } else {
            pieces.push(Piece::Text(c.to_string()));
        }
    }
    Ok(pieces)
}

/// Quoted text; two quotes, within it or alone, are one.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut text = String::new();
    if chars.next_if_eq(&'\'').is_some() {
        return "'".into();
    }
    while let Some(c) = chars.next() {
        if c == '\'' && chars.next_if_eq(&'\'').is_none() {
            break;
        }
        text.push(c);
    }
    text
}

fn field<Z: TimeZone>(text: &mut String, time: &DateTime<Z>, letter: char, width: usize) -> std::fmt::Result
where
    Z::Offset: std::fmt::Display,
{
    let (is_afternoon, hour) = time.hour12();
    match letter {
        'y' | 'u' if width == 2 => write!(text, "{:02}", time.year().rem_euclid(100)),
        'y' | 'u' => write!(text, "{:0width$}", time.year()),
        'M' if width >= 4 => write!(text, "{}", time.format("%B")),
        'M' if width == 3 => write!(text, "{}", time.format("%b")),
        'M' => write!(text, "{:0width$}", time.month()),
        'd' => write!(text, "{:0width$}", time.day()),
        'D' => write!(text, "{:0width$}", time.ordinal()),
        'H' => write!(text, "{:0width$}", time.hour()),
        'k' => write!(text, "{:0width$}", if time.hour() == 0 { 24 } else { time.hour() }),
        'h' => write!(text, "{hour:0width$}"),
        'K' => write!(text, "{:0width$}", hour % 12),
        'm' => write!(text, "{:0width$}", time.minute()),
        's' => write!(text, "{:0width$}", time.second()),
        'S' | 'n' => {
            let digits = format!("{:09}", time.nanosecond() % 1_000_000_000);
            text.write_str(&digits[..width.min(9)])
        }
        'E' if width >= 4 => write!(text, "{}", time.format("%A")),
        'E' => write!(text, "{}", time.format("%a")),
        'a' => text.write_str(if is_afternoon { "PM" } else { "AM" }),
        'Z' => write!(text, "{}", time.format("%z")),
        'z' => write!(text, "{}", time.format("%Z")),
        'X' if time.offset().to_string() == "UTC" || time.format("%z").to_string() == "+0000" => text.write_str("Z"),
        _ => write!(text, "{}", time.format("%:z")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(pattern: &str, zone: &str) -> String {
        let time = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap().with_timezone(&Local);
        DatePattern::parse(pattern, Some(zone)).unwrap().render(&time)
    }

    #[test]
    fn patterns_are_javas() {
        for (pattern, expected) in [
            ("yy/MM/dd HH:mm:ss", "23/11/14 22:13:20"),
            ("HH:mm:ss,SSS", "22:13:20,123"),
            ("DEFAULT", "2023-11-14 22:13:20,123"),
            ("ISO8601", "2023-11-14T22:13:20,123"),
            ("dd MMM yyyy hh:mm a", "14 Nov 2023 10:13 PM"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2023-11-14T22:13:20.123Z"),
            ("EEE, h 'o''clock' ''", "Tue, 10 o'clock '"),
            ("UNIX_MILLIS", "1700000000123"),
        ] {
            assert_eq!(shown(pattern, "UTC"), expected, "{pattern}");
        }
        assert_eq!(shown("HH:mm Z", "America/New_York"), "17:13 -0500");
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        assert!(DatePattern::parse("qq", None).unwrap_err().contains('q'));
        assert!(DatePattern::parse("HH", Some("Mars")).unwrap_err().contains("Mars"));
    }
}
