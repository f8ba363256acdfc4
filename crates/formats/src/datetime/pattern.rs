//! A date and time pattern: `yyyy-MM-dd HH:mm:ss[.SSS]`, compiled once, used to parse and to format.

use firesteel_error::Result;

use crate::datetime::letters::{Part, compile};
use crate::datetime::parse::Fields;
use crate::datetime::print::{Moment, print};
use crate::time_zone::ZoneId;
use crate::values::datetimes::DAY_MICROS;

/// A compiled pattern.
///
/// ```
/// use firesteel_formats::DateTimePattern;
///
/// let pattern = DateTimePattern::new("dd/MM/yyyy HH:mm[:ss]")?;
/// let micros = pattern.parse_timestamp_ntz("31/12/1969 23:59").unwrap();
/// assert_eq!(micros, -60_000_000);
/// let mut text = Vec::new();
/// pattern.format_timestamp_ntz(micros, &mut text);
/// assert_eq!(text, b"31/12/1969 23:59:00");
/// # Ok::<(), firesteel_error::SparkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTimePattern {
    text: String,
    parts: Vec<Part>,
}

impl DateTimePattern {
    /// Compiles a pattern for formatting and parsing. Letters that Spark refuses are refused.
    pub fn new(pattern: &str) -> Result<Self> {
        Ok(Self { text: pattern.to_string(), parts: compile(pattern, false)? })
    }

    /// Compiles a pattern that is used to parse: letters that can only be printed (`E`, `F`, `q`, `Q`) are refused.
    pub fn for_parsing(pattern: &str) -> Result<Self> {
        Ok(Self { text: pattern.to_string(), parts: compile(pattern, true)? })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant (microseconds) that `text` names; `zone` is where a text without a zone was written.
    pub fn parse_timestamp(&self, text: &str, zone: ZoneId) -> Option<i64> {
        let fields = Fields::read(&self.parts, text)?;
        Some(fields.zone.unwrap_or(zone).local_to_utc_micros(fields.local_micros()?))
    }

    /// The local time (microseconds) that `text` names; a zone in the text is dropped.
    pub fn parse_timestamp_ntz(&self, text: &str) -> Option<i64> {
        Fields::read(&self.parts, text)?.local_micros()
    }

    /// The date (days) that `text` names.
    pub fn parse_date(&self, text: &str) -> Option<i32> {
        Fields::read(&self.parts, text)?.days()
    }

    /// Appends an instant as the clocks of `zone` show it.
    pub fn format_timestamp(&self, micros: i64, zone: ZoneId, out: &mut Vec<u8>) {
        let offset = zone.offset_at(micros.div_euclid(1_000_000));
        let local = micros.saturating_add(i64::from(offset) * 1_000_000);
        print(&self.parts, &Moment::new(local, offset, zone, micros), out);
    }

    /// Appends a local time.
    pub fn format_timestamp_ntz(&self, micros: i64, out: &mut Vec<u8>) {
        print(&self.parts, &Moment::new(micros, 0, ZoneId::UTC, micros), out);
    }

    /// Appends a date.
    pub fn format_date(&self, days: i32, out: &mut Vec<u8>) {
        self.format_timestamp_ntz(i64::from(days).saturating_mul(DAY_MICROS), out);
    }

    /// Whether the pattern shows a zone or an offset, which a local time does not have.
    pub fn has_zone(&self) -> bool {
        fn any(parts: &[Part]) -> bool {
            parts.iter().any(|part| match part {
                Part::ZoneRegion | Part::ZoneName(_) | Part::Offset { .. } | Part::LocalizedOffset(_) => true,
                Part::Optional(inner) => any(inner),
                _ => false,
            })
        }
        any(&self.parts)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn reparsed(pattern: &str, text: &str) -> String {
        let pattern = DateTimePattern::new(pattern).unwrap();
        let zone: ZoneId = "America/Los_Angeles".parse().unwrap();
        let micros = pattern.parse_timestamp(text, zone).unwrap_or_else(|| panic!("{text} is not {pattern:?}"));
        let mut out = Vec::new();
        pattern.format_timestamp(micros, zone, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_survive_their_pattern() {
        for (pattern, text) in [
            ("yyyy-MM-dd HH:mm:ss", "2024-02-29 23:59:58"),
            ("yyyyMMddHHmmss", "20240229235958"),
            ("d/M/yyyy h:mm a", "1/2/2024 1:05 PM"),
            ("dd MMM yyyy", "05 Nov 2024"),
            ("MMMM d, yyyy", "November 5, 2024"),
            ("yyyy-DDD", "2024-366"),
            ("yy/MM", "24/05"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-01-02T03:04:05.678-08:00"),
            ("yyyy-MM-dd HH:mm:ss.SSSSSS", "2024-01-02 03:04:05.678901"),
            ("yyyy-MM-dd HH:mm:ss VV", "2024-07-02 03:04:05 America/Los_Angeles"),
            ("yyyy-MM-dd HH:mm:ss z", "2024-07-02 03:04:05 PDT"),
            ("yyyy-MM-dd HH:mm:ss Z", "2024-07-02 03:04:05 -0700"),
            ("G yyyy", "AD 2024"),
            ("kk 'o''clock'", "24 o'clock"),
        ] {
            assert_eq!(reparsed(pattern, text), text, "{pattern}");
        }
    }

    #[test]
    fn texts_that_do_not_fit_are_refused() {
        for (pattern, text) in [
            ("yyyy-MM-dd", "2024-1-2"),
            ("yyyy-MM-dd", "2023-02-29"),
            ("yyyy-MM-dd", "2024-01-02x"),
            ("yyyy-MM-dd", "24-01-02"),
            ("HH:mm", "24:00"),
            ("dd MMM yyyy", "05 Xyz 2024"),
        ] {
            assert_eq!(DateTimePattern::new(pattern).unwrap().parse_timestamp_ntz(text), None, "{pattern} {text}");
        }
    }

    #[test]
    fn letters_that_spark_refuses_are_refused() {
        for pattern in ["YYYY-MM-dd", "yyyy-MM-dd e", "yyyyyyy", "nn", "MMMMM", "yyyy['x"] {
            assert!(DateTimePattern::new(pattern).is_err(), "{pattern}");
        }
        assert!(DateTimePattern::new("EEEE").is_ok());
        assert!(DateTimePattern::for_parsing("EEEE").is_err());
    }
}
