//! Time zones under the ids that Spark accepts: regions, offsets, and `UTC`/`GMT` with an offset.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use firesteel_error::{Exception, Result, SparkError};

/// A time zone: a region with rules, or a fixed offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ZoneId {
    /// A region of the tz database.
    Region(chrono_tz::Tz),
    /// A fixed offset from UTC.
    Fixed(FixedOffset),
}

const SHORT_IDS: &[(&str, &str)] = &[
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("EST", "-05:00"),
    ("HST", "-10:00"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("MST", "-07:00"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

impl ZoneId {
    /// UTC.
    pub const UTC: Self = Self::Region(chrono_tz::Tz::UTC);

    /// Whether every instant has offset zero.
    pub fn is_utc(self) -> bool {
        match self {
            Self::Region(tz) => matches!(tz, chrono_tz::Tz::UTC | chrono_tz::Tz::Etc__UTC | chrono_tz::Tz::Zulu),
            Self::Fixed(offset) => offset.local_minus_utc() == 0,
        }
    }

    /// Seconds east of UTC at an instant (seconds since the epoch).
    pub fn offset_at(self, epoch_seconds: i64) -> i32 {
        if self.is_utc() {
            return 0;
        }
        let instant = DateTime::<Utc>::from_timestamp(epoch_seconds, 0).map(|at| at.naive_utc()).unwrap_or_default();
        match self {
            Self::Region(tz) => tz.offset_from_utc_datetime(&instant).fix().local_minus_utc(),
            Self::Fixed(offset) => offset.local_minus_utc(),
        }
    }

    /// Seconds east of UTC for a wall-clock time. Of two, the earlier offset; in a gap, the one before it, as in Java.
    pub fn offset_of_local(self, local: NaiveDateTime) -> i32 {
        match self {
            Self::Fixed(offset) => offset.local_minus_utc(),
            Self::Region(_) if self.is_utc() => 0,
            Self::Region(tz) => match tz.offset_from_local_datetime(&local) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix().local_minus_utc(),
                LocalResult::None => {
                    let before = local - chrono::TimeDelta::hours(3);
                    match tz.offset_from_local_datetime(&before) {
                        LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => {
                            offset.fix().local_minus_utc()
                        }
                        LocalResult::None => 0,
                    }
                }
            },
        }
    }

    /// Microseconds since the epoch of a wall-clock time given as microseconds as if it were UTC.
    pub fn local_to_utc_micros(self, local_micros: i64) -> i64 {
        if self.is_utc() {
            return local_micros;
        }
        let seconds = local_micros.div_euclid(1_000_000);
        let local = DateTime::<Utc>::from_timestamp(seconds, 0).map(|at| at.naive_utc()).unwrap_or_default();
        local_micros.saturating_sub(i64::from(self.offset_of_local(local)) * 1_000_000)
    }

    /// The wall-clock time, as microseconds as if it were UTC, of an instant.
    pub fn utc_to_local_micros(self, micros: i64) -> i64 {
        if self.is_utc() {
            return micros;
        }
        micros.saturating_add(i64::from(self.offset_at(micros.div_euclid(1_000_000))) * 1_000_000)
    }
}

impl FromStr for ZoneId {
    type Err = SparkError;

    fn from_str(id: &str) -> Result<Self> {
        let bad = || {
            SparkError::new("INVALID_TIMEZONE").param("timeZone", id.to_string()).with_exception(Exception::DateTime)
        };
        let id = id.trim();
        if matches!(id, "Z" | "UTC" | "GMT" | "UT") {
            return Ok(Self::UTC);
        }
        if let Some((_, long)) = SHORT_IDS.iter().find(|(short, _)| *short == id) {
            return long.parse();
        }
        let offset_text = ["UTC", "GMT", "UT"].iter().find_map(|name| id.strip_prefix(name)).unwrap_or(id);
        if offset_text.starts_with(['+', '-']) {
            return parse_offset(offset_text).map(Self::Fixed).ok_or_else(bad);
        }
        id.parse::<chrono_tz::Tz>().map(Self::Region).map_err(|_| bad())
    }
}

/// `+8`, `+08`, `+0800`, `+08:00`, `+8:00`, `+08:00:00`.
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let parts: Vec<&str> = if rest.contains(':') {
        rest.split(':').collect()
    } else if rest.len() <= 2 {
        vec![rest]
    } else if rest.len() == 4 || rest.len() == 6 {
        rest.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or("")).collect()
    } else {
        return None;
    };
    if parts.len() > 3 || parts.iter().any(|part| part.is_empty() || part.len() > 2) {
        return None;
    }
    let number = |index: usize| parts.get(index).map_or(Some(0), |part| part.parse::<i32>().ok());
    let (hours, minutes, seconds) = (number(0)?, number(1)?, number(2)?);
    if hours > 18 || minutes > 59 || seconds > 59 {
        return None;
    }
    let total = hours * 3600 + minutes * 60 + seconds;
    if total > 18 * 3600 { None } else { FixedOffset::east_opt(sign * total) }
}

impl fmt::Display for ZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(tz) => f.write_str(tz.name()),
            Self::Fixed(offset) => write!(f, "{offset}"),
        }
    }
}

impl Default for ZoneId {
    fn default() -> Self {
        Self::UTC
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn ids_are_those_of_spark() {
        for (id, offset) in [("UTC", 0), ("+08:00", 28_800), ("GMT+8", 28_800), ("-0130", -5_400), ("EST", -18_000)] {
            assert_eq!(id.parse::<ZoneId>().unwrap().offset_at(0), offset, "{id}");
        }
        assert!("Mars/Olympus".parse::<ZoneId>().is_err());
        assert!("+25:00".parse::<ZoneId>().is_err());
    }

    #[test]
    fn a_time_in_a_gap_moves_forward_and_an_overlap_takes_the_earlier_offset() {
        let zone: ZoneId = "America/Los_Angeles".parse().unwrap();
        let local =
            |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros();
        let gap = zone.local_to_utc_micros(local("2015-03-08 02:30:00"));
        assert_eq!(zone.utc_to_local_micros(gap), local("2015-03-08 03:30:00"));
        let overlap = zone.local_to_utc_micros(local("2015-11-01 01:30:00"));
        assert_eq!(overlap, local("2015-11-01 08:30:00"));
    }
}
