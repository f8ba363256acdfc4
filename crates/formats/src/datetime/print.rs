//! Printing a moment by the parts of a pattern.

use chrono::{DateTime, Datelike, TimeZone, Utc};
use chrono_tz::OffsetName;

use crate::datetime::letters::{OffsetForm, Part};
use crate::time_zone::ZoneId;
use crate::values::datetimes::{DAY_MICROS, civil_of, days_of};

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A local time taken apart, and the zone in which it is one.
pub(crate) struct Moment {
    year: i32,
    month: u32,
    day: u32,
    days: i32,
    second_of_day: u32,
    micros: u32,
    offset: i32,
    zone: ZoneId,
    instant_micros: i64,
}

impl Moment {
    pub(crate) fn new(local_micros: i64, offset: i32, zone: ZoneId, instant_micros: i64) -> Self {
        let days = i32::try_from(local_micros.div_euclid(DAY_MICROS)).unwrap_or(i32::MAX);
        let in_day = local_micros.rem_euclid(DAY_MICROS);
        let (year, month, day) = civil_of(days);
        Self {
            year,
            month,
            day,
            days,
            second_of_day: u32::try_from(in_day / 1_000_000).unwrap_or(0),
            micros: u32::try_from(in_day % 1_000_000).unwrap_or(0),
            offset,
            zone,
            instant_micros,
        }
    }
}

/// Appends the moment.
pub(crate) fn print(parts: &[Part], at: &Moment, out: &mut Vec<u8>) {
    let padded = |value: u32, width: usize, out: &mut Vec<u8>| {
        out.extend_from_slice(format!("{value:0width$}").as_bytes());
    };
    for part in parts {
        match part {
            Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
            Part::Year(2) => padded(at.year.rem_euclid(100).unsigned_abs(), 2, out),
            Part::Year(width) => {
                if at.year < 0 {
                    out.push(b'-');
                } else if at.year > 9999 && *width >= 4 {
                    out.push(b'+');
                }
                padded(at.year.unsigned_abs(), *width, out);
            }
            Part::Month(width @ 1..=2) => padded(at.month, *width, out),
            Part::Month(width) => name(&MONTHS, at.month as usize - 1, *width == 3, out),
            Part::Day(width) => padded(at.day, *width, out),
            Part::DayOfYear(width) => {
                let first = days_of(at.year, 1, 1).unwrap_or(at.days);
                padded((at.days - first).unsigned_abs() + 1, *width, out);
            }
            Part::Weekday(width) => {
                name(&WEEKDAYS, usize::try_from((i64::from(at.days) + 3).rem_euclid(7)).unwrap_or(0), *width < 4, out);
            }
            Part::WeekdayOfMonth(width) => padded((at.day - 1) % 7 + 1, *width, out),
            Part::Hour { letter, width } => padded(hour(at.second_of_day / 3600, *letter), *width, out),
            Part::Minute(width) => padded(at.second_of_day / 60 % 60, *width, out),
            Part::Second(width) => padded(at.second_of_day % 60, *width, out),
            Part::Fraction(width) => {
                let digits = format!("{:06}000", at.micros);
                out.extend_from_slice(&digits.as_bytes()[..*width]);
            }
            Part::AmPm => out.extend_from_slice(if at.second_of_day < 43_200 { b"AM" } else { b"PM" }),
            Part::Quarter(width) => quarter((at.month - 1) / 3 + 1, *width, out),
            Part::Era(4) => out.extend_from_slice(if at.year > 0 { b"Anno Domini" } else { b"Before Christ" }),
            Part::Era(_) => out.extend_from_slice(if at.year > 0 { b"AD" } else { b"BC" }),
            Part::ZoneRegion => out.extend_from_slice(at.zone.to_string().as_bytes()),
            Part::ZoneName(_) => out.extend_from_slice(zone_name(at).as_bytes()),
            Part::Offset { zero, .. } if at.offset == 0 => out.extend_from_slice(zero.as_bytes()),
            Part::Offset { form, .. } => offset(*form, at.offset, out),
            Part::LocalizedOffset(width) => localized_offset(at.offset, *width == 4, out),
            Part::Optional(inner) => print(inner, at, out),
        }
    }
}

fn name(names: &[&str], index: usize, short: bool, out: &mut Vec<u8>) {
    let name = names.get(index).copied().unwrap_or_default();
    out.extend_from_slice(if short { &name.as_bytes()[..3.min(name.len())] } else { name.as_bytes() });
}

fn hour(hour: u32, letter: char) -> u32 {
    match letter {
        'k' if hour == 0 => 24,
        'K' => hour % 12,
        'h' if hour.is_multiple_of(12) => 12,
        'h' => hour % 12,
        _ => hour,
    }
}

fn quarter(quarter: u32, width: usize, out: &mut Vec<u8>) {
    const NAMES: [&str; 4] = ["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"];
    let text = match width {
        1 | 2 => format!("{quarter:0width$}"),
        3 => format!("Q{quarter}"),
        _ => NAMES[(quarter as usize - 1).min(3)].to_string(),
    };
    out.extend_from_slice(text.as_bytes());
}

fn zone_name(at: &Moment) -> String {
    match at.zone {
        ZoneId::Region(zone) => {
            let instant = DateTime::<Utc>::from_timestamp_micros(at.instant_micros).unwrap_or_default();
            debug_assert!(instant.year() != i32::MAX);
            let offset = zone.offset_from_utc_datetime(&instant.naive_utc());
            offset.abbreviation().map_or_else(|| zone.name().to_string(), str::to_string)
        }
        ZoneId::Fixed(_) => at.zone.to_string(),
    }
}

fn offset(form: OffsetForm, offset: i32, out: &mut Vec<u8>) {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) =
        (offset.unsigned_abs() / 3600, offset.unsigned_abs() / 60 % 60, offset.unsigned_abs() % 60);
    let mut text = format!("{sign}{hours:02}");
    let (colon, needs_minutes, may_have_seconds) = match form {
        OffsetForm::OptionalMinute => ("", minutes > 0, false),
        OffsetForm::Minute => ("", true, false),
        OffsetForm::ColonMinute => (":", true, false),
        OffsetForm::MinuteOptionalSecond => ("", true, true),
        OffsetForm::ColonMinuteOptionalSecond => (":", true, true),
    };
    if needs_minutes {
        text.push_str(&format!("{colon}{minutes:02}"));
    }
    if may_have_seconds && seconds > 0 {
        text.push_str(&format!("{colon}{seconds:02}"));
    }
    out.extend_from_slice(text.as_bytes());
}

fn localized_offset(offset: i32, full: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(b"GMT");
    if offset == 0 {
        return;
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.unsigned_abs() / 3600, offset.unsigned_abs() / 60 % 60);
    let text = match (full, minutes) {
        (true, _) => format!("{sign}{hours:02}:{minutes:02}"),
        (false, 0) => format!("{sign}{hours}"),
        (false, _) => format!("{sign}{hours}:{minutes:02}"),
    };
    out.extend_from_slice(text.as_bytes());
}
