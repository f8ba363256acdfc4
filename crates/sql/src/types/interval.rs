//! The fields of interval types: `INTERVAL DAY TO HOUR` is a day-time interval that starts with days and ends with hours.
//!
//! All day-time intervals are one Arrow type, and so are all year-month intervals; the values say nothing of the fields.
//! So a column, or a field of a struct, whose type is not the widest one has the fields in its metadata, which no user sees.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, IntervalUnit};
use spark_connect_proto::{self as pb, data_type::Kind};

/// The metadata of a column whose interval type has not all fields: their numbers, `0 1` for days to hours.
pub const INTERVAL_KEY: &str = "__INTERVAL_FIELDS";

const DAY_TIME: [(&str, i64); 4] =
    [("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1)];
const YEAR_MONTH: [(&str, i64); 2] = [("year", 12), ("month", 1)];

/// The first and last field of an interval type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntervalFields {
    day_time: bool,
    start: usize,
    end: usize,
}

impl IntervalFields {
    /// `INTERVAL DAY`
    pub const DAYS: Self = Self { day_time: true, start: 0, end: 0 };

    /// The fields of a column's type; `None` if it is no interval, or a calendar interval.
    pub fn of(field: &Field) -> Option<Self> {
        let widest = Self::widest(field.data_type())?;
        let written = field.metadata().get(INTERVAL_KEY).and_then(|text| text.split_once(' '));
        let Some((start, end)) = written else { return Some(widest) };
        Some(widest.between(start.parse().ok()?, end.parse().ok()?))
    }

    /// All fields that the type has.
    pub fn widest(data_type: &DataType) -> Option<Self> {
        match data_type {
            DataType::Duration(_) => Some(Self { day_time: true, start: 0, end: 3 }),
            DataType::Interval(IntervalUnit::YearMonth) => Some(Self { day_time: false, start: 0, end: 1 }),
            _ => None,
        }
    }

    /// The fields that a message names.
    pub fn of_message(message: &pb::DataType) -> Option<Self> {
        let (day_time, start, end) = match &message.kind {
            Some(Kind::DayTimeInterval(i)) => (true, i.start_field, i.end_field),
            Some(Kind::YearMonthInterval(i)) => (false, i.start_field, i.end_field),
            _ => return None,
        };
        let last = if day_time { 3 } else { 1 };
        let number = |field: Option<i32>| field.and_then(|f| usize::try_from(f).ok());
        let start = number(start).unwrap_or(0);
        // A type with a first field only has no other.
        let end = number(end).unwrap_or(if message_has_start(message) { start } else { last });
        Some(Self { day_time, start: 0, end: last }.between(start, end))
    }

    fn between(self, start: usize, end: usize) -> Self {
        let end = end.min(self.end);
        Self { start: start.min(end), end, ..self }
    }

    /// The smallest type that has the fields of both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end), ..self }
    }

    /// The field with a type of these fields.
    #[must_use]
    pub fn on(self, field: &Field) -> Field {
        let mut metadata = field.metadata().clone();
        metadata.remove(INTERVAL_KEY);
        metadata.extend(self.metadata());
        field.clone().with_metadata(metadata)
    }

    /// What a column of the type has in its metadata.
    pub fn metadata(self) -> HashMap<String, String> {
        if self.start == 0 && self.end + 1 == self.all().len() {
            return HashMap::new();
        }
        HashMap::from([(INTERVAL_KEY.to_string(), format!("{} {}", self.start, self.end))])
    }

    /// The message for the type.
    pub fn message(self) -> pb::DataType {
        let (start_field, end_field) = (Some(self.start as i32), Some(self.end as i32));
        let kind = if self.day_time {
            Kind::DayTimeInterval(pb::data_type::DayTimeInterval { start_field, end_field, ..Default::default() })
        } else {
            Kind::YearMonthInterval(pb::data_type::YearMonthInterval { start_field, end_field, ..Default::default() })
        };
        pb::DataType { kind: Some(kind) }
    }

    fn all(self) -> &'static [(&'static str, i64)] {
        if self.day_time { &DAY_TIME } else { &YEAR_MONTH }
    }

    /// `day to hour`, `month`
    pub fn qualifier(self) -> String {
        let (start, end) = (self.all()[self.start].0, self.all()[self.end].0);
        if start == end { start.to_string() } else { format!("{start} to {end}") }
    }

    /// `interval day to hour`
    pub fn name(self) -> String {
        format!("interval {}", self.qualifier())
    }

    /// How many microseconds or months the last field counts; seconds count for themselves, with their fraction.
    pub fn unit(self) -> i64 {
        self.all()[self.end].1
    }

    /// Whether the last field is seconds, which alone may have a fraction.
    pub fn ends_with_seconds(self) -> bool {
        self.day_time && self.end == 3
    }

    /// The value as a literal: `INTERVAL '1 02' DAY TO HOUR`, `INTERVAL '14' MONTH`.
    pub fn literal(self, value: i64) -> String {
        let sign = if value < 0 { "-" } else { "" };
        let value = value.unsigned_abs();
        let text = if self.day_time { self.day_time_text(value) } else { self.year_month_text(value) };
        format!("INTERVAL '{sign}{text}' {}", self.qualifier().to_uppercase())
    }

    fn year_month_text(self, months: u64) -> String {
        match (self.start, self.end) {
            (0, 0) => (months / 12).to_string(),
            (1, 1) => months.to_string(),
            _ => format!("{}-{}", months / 12, months % 12),
        }
    }

    fn day_time_text(self, micros: u64) -> String {
        let seconds = micros / 1_000_000;
        let limits = [u64::MAX, 24, 60, 60];
        let totals = [seconds / 86_400, seconds / 3600, seconds / 60, seconds];
        let mut text = String::new();
        for at in self.start..=self.end {
            if at > self.start {
                text.push(if at == 1 { ' ' } else { ':' });
            }
            let number = if at == self.start { totals[at] } else { totals[at] % limits[at] };
            text.push_str(&if at == 0 { number.to_string() } else { format!("{number:02}") });
        }
        let fraction = micros % 1_000_000;
        if self.end == 3 && fraction > 0 {
            text.push('.');
            text.push_str(format!("{fraction:06}").trim_end_matches('0'));
        }
        text
    }
}

fn message_has_start(message: &pb::DataType) -> bool {
    match &message.kind {
        Some(Kind::DayTimeInterval(i)) => i.start_field.is_some(),
        Some(Kind::YearMonthInterval(i)) => i.start_field.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day_time(start: usize, end: usize) -> IntervalFields {
        IntervalFields { day_time: true, start, end }
    }

    #[test]
    fn literals_show_the_fields_of_their_type() {
        let value = 93_784_500_000;
        assert_eq!(day_time(0, 3).literal(value), "INTERVAL '1 02:03:04.5' DAY TO SECOND");
        assert_eq!(day_time(0, 1).literal(value), "INTERVAL '1 02' DAY TO HOUR");
        assert_eq!(day_time(1, 1).literal(-18_000_000_000), "INTERVAL '-05' HOUR");
        assert_eq!(day_time(2, 3).literal(value), "INTERVAL '1563:04.5' MINUTE TO SECOND");
        let months = IntervalFields { day_time: false, start: 1, end: 1 };
        assert_eq!(months.literal(-14), "INTERVAL '-14' MONTH");
    }

    #[test]
    fn fields_are_kept_in_metadata() {
        let plain = Field::new("i", super::super::day_time_interval(), true);
        let hours = day_time(0, 1).on(&plain);
        assert_eq!(IntervalFields::of(&hours), Some(day_time(0, 1)));
        assert_eq!(day_time(0, 3).on(&hours), plain);
        assert_eq!(day_time(0, 0).joined(day_time(1, 1)), day_time(0, 1));
        assert_eq!(IntervalFields::of_message(&day_time(1, 1).message()), Some(day_time(1, 1)));
    }
}
