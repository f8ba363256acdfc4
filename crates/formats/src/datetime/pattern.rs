//! A date and time pattern: `yyyy-MM-dd HH:mm:ss[.SSS]`, compiled once, used to parse and to format.

use firesteel_error::{Result, SparkError};

use crate::time_zone::ZoneId;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct DateTimePattern {}

impl DateTimePattern {
    /// Compiles a pattern for both formatting and parsing.
    pub fn new(pattern: &str) -> Result<Self> {
        let _ = pattern;
        Err(SparkError::unsupported("Date and time patterns"))
    }

    /// The instant (microseconds) that `text` names; `zone` is where a text without a zone was written.
    pub fn parse_timestamp(&self, text: &str, zone: ZoneId) -> Option<i64> {
        let _ = (text, zone);
        None
    }

    /// The local time (microseconds) that `text` names; a zone in the text is dropped.
    pub fn parse_timestamp_ntz(&self, text: &str) -> Option<i64> {
        let _ = text;
        None
    }

    /// The date (days) that `text` names.
    pub fn parse_date(&self, text: &str) -> Option<i32> {
        let _ = text;
        None
    }

    /// Appends an instant as the clocks of `zone` show it.
    pub fn format_timestamp(&self, micros: i64, zone: ZoneId, out: &mut Vec<u8>) {
        let _ = (micros, zone, out);
    }

    /// Appends a local time.
    pub fn format_timestamp_ntz(&self, micros: i64, out: &mut Vec<u8>) {
        let _ = (micros, out);
    }

    /// Appends a date.
    pub fn format_date(&self, days: i32, out: &mut Vec<u8>) {
        let _ = (days, out);
    }
}
