//! Intervals: months, days and microseconds, from text and as literals of SQL.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::DataType;
use spark_connect_proto::data_type::{DayTimeInterval, Kind, YearMonthInterval};
use spark_connect_proto::expression::Literal;
use spark_connect_proto::expression::literal::LiteralType;

/// A span of time whose three parts are not convertible into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CalendarInterval {
    /// Months; a year is 12.
    pub months: i32,
    /// Days; a week is 7.
    pub days: i32,
    /// Everything from hours down, in microseconds.
    pub microseconds: i64,
}

/// A unit of time, in the order of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Year => "YEAR",
            Self::Month => "MONTH",
            Self::Week => "WEEK",
            Self::Day => "DAY",
            Self::Hour => "HOUR",
            Self::Minute => "MINUTE",
            Self::Second => "SECOND",
            Self::Millisecond => "MILLISECOND",
            Self::Microsecond => "MICROSECOND",
            Self::Nanosecond => "NANOSECOND",
        }
    }

    fn is_year_month(self) -> bool {
        self <= Self::Month
    }

    /// The field of a day-time interval type: day 0, hour 1, minute 2, second 3; of a year-month interval: 0 and 1.
    pub(crate) fn field(self) -> i32 {
        match self {
            Self::Year | Self::Week | Self::Day => 0,
            Self::Month | Self::Hour => 1,
            Self::Minute => 2,
            _ => 3,
        }
    }

    fn microseconds(self) -> i64 {
        match self {
            Self::Hour => 3_600_000_000,
            Self::Minute => 60_000_000,
            Self::Second => 1_000_000,
            Self::Millisecond => 1_000,
            _ => 1,
        }
    }
}

/// The unit called `name`, singular or plural.
pub(crate) fn unit(name: &str) -> Option<Unit> {
    let name = name.to_ascii_lowercase();
    Some(match name.strip_suffix('s').unwrap_or(&name) {
        "year" => Unit::Year,
        "month" => Unit::Month,
        "week" => Unit::Week,
        "day" => Unit::Day,
        "hour" => Unit::Hour,
        "minute" => Unit::Minute,
        "second" => Unit::Second,
        "millisecond" => Unit::Millisecond,
        "microsecond" => Unit::Microsecond,
        "nanosecond" => Unit::Nanosecond,
        _ => return None,
    })
}

/// Reads `10 minutes`, `interval 1 day 2 hours` or `-1.5 seconds`.
pub(crate) fn parse(text: &str) -> Result<CalendarInterval> {
    pairs(text).and_then(|pairs| sum(&pairs)).ok_or_else(|| {
        SparkError::new("INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER")
            .param("input", text)
            .param("number", text.split_whitespace().next().unwrap_or_default())
            .with_exception(Exception::IllegalArgument)
    })
}

/// The numbers and units of a text.
fn pairs(text: &str) -> Option<Vec<(String, Unit)>> {
    let lower = text.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("interval").filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(&lower);
    let mut pairs = Vec::new();
    let mut words = rest.split_whitespace();
    while let Some(word) = words.next() {
        let mut number = word.to_string();
        if matches!(word, "-" | "+") {
            number.push_str(words.next()?);
        }
        pairs.push((number, unit(words.next()?)?));
    }
    (!pairs.is_empty()).then_some(pairs)
}

fn sum(pairs: &[(String, Unit)]) -> Option<CalendarInterval> {
    let mut total = CalendarInterval::default();
    for (number, unit) in pairs {
        match unit {
            Unit::Second => {
                total.microseconds = total.microseconds.checked_add(decimal_seconds(number)?)?;
            }
            Unit::Year | Unit::Month => {
                let count: i32 = number.parse().ok()?;
                let months = if *unit == Unit::Year { count.checked_mul(12)? } else { count };
                total.months = total.months.checked_add(months)?;
            }
            Unit::Week | Unit::Day => {
                let count: i32 = number.parse().ok()?;
                let days = if *unit == Unit::Week { count.checked_mul(7)? } else { count };
                total.days = total.days.checked_add(days)?;
            }
            Unit::Nanosecond => {
                total.microseconds = total.microseconds.checked_add(number.parse::<i64>().ok()? / 1000)?;
            }
            unit => {
                let count: i64 = number.parse().ok()?;
                total.microseconds = total.microseconds.checked_add(count.checked_mul(unit.microseconds())?)?;
            }
        }
    }
    Some(total)
}

/// `1.5` seconds in microseconds.
fn decimal_seconds(number: &str) -> Option<i64> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || digits.is_empty() || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let micros: i64 = format!("{:0<6}", &fraction.get(..fraction.len().min(6))?).parse().ok()?;
    seconds.checked_mul(1_000_000)?.checked_add(micros)?.checked_mul(sign)
}

/// An interval literal of SQL: `text` with the units written after it (see [`crate::dialect`]).
pub(crate) fn literal(text: &str, qualifier: &str) -> Result<Literal> {
    let units: Vec<&str> = qualifier.split_whitespace().skip(1).collect();
    if let [start, "TO", end] | ["-", start, "TO", end] = units.as_slice() {
        let negative = units.first() == Some(&"-");
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let year_month = text.trim().trim_start_matches(['-', '+']).split_once('-');
        let out_of_range =
            (*start, *end) == ("YEAR", "MONTH") && year_month.is_some_and(|(y, m)| digits(y) && digits(m));
        return range(text, negative, unit(start), unit(end)).ok_or_else(|| {
            if !out_of_range {
                return invalid(text);
            }
            SparkError::new("INVALID_INTERVAL_FORMAT.INTERVAL_PARSING")
                .param("input", text)
                .param("interval", "year-month")
                .with_exception(Exception::Parse)
        });
    }
    let pairs = pairs(text).ok_or_else(|| match units.first() {
        Some(_) => not_a_number(text.split_whitespace().next().unwrap_or_default()),
        None => invalid(text),
    })?;
    let year_month = pairs.iter().filter(|(_, unit)| unit.is_year_month()).count();
    if year_month != 0 && year_month != pairs.len() {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_0029")
            .param("literal", format!("INTERVAL {text}"))
            .with_exception(Exception::Parse));
    }
    let total = sum(&pairs).ok_or_else(|| match pairs.as_slice() {
        [(number, _)] if !units.is_empty() => not_a_number(number),
        _ => invalid(text),
    })?;
    let first = pairs.iter().map(|(_, unit)| *unit).min();
    let last = pairs.iter().map(|(_, unit)| *unit).max();
    build(total, first, last).ok_or_else(|| invalid(text))
}

fn not_a_number(value: &str) -> SparkError {
    SparkError::new("_LEGACY_ERROR_TEMP_0026").param("value", value).with_exception(Exception::Parse)
}

fn invalid(text: &str) -> SparkError {
    SparkError::new("INVALID_TYPED_LITERAL")
        .param("valueType", "\"INTERVAL\"")
        .param("value", format!("'{text}'"))
        .with_exception(Exception::Parse)
}

fn build(total: CalendarInterval, first: Option<Unit>, last: Option<Unit>) -> Option<Literal> {
    let (first, last) = (first?, last?);
    let (start_field, end_field) = (Some(first.field()), Some(last.field()));
    let (value, kind) = if first.is_year_month() {
        let kind = Kind::YearMonthInterval(YearMonthInterval { start_field, end_field, type_variation_reference: 0 });
        (LiteralType::YearMonthInterval(total.months), kind)
    } else {
        let days = i64::from(total.days).checked_mul(86_400_000_000)?;
        let kind = Kind::DayTimeInterval(DayTimeInterval { start_field, end_field, type_variation_reference: 0 });
        (LiteralType::DayTimeInterval(days.checked_add(total.microseconds)?), kind)
    };
    Some(Literal { literal_type: Some(value), data_type: Some(DataType { kind: Some(kind) }) })
}

/// `'1-2' YEAR TO MONTH`, `'1 02:03:04.5' DAY TO SECOND`.
fn range(text: &str, negative: bool, start: Option<Unit>, end: Option<Unit>) -> Option<Literal> {
    let (start, end) = (start?, end?);
    if start >= end || start.is_year_month() != end.is_year_month() {
        return None;
    }
    let text = text.trim();
    let (minus, digits) = match text.strip_prefix('-') {
        Some(rest) => (!negative, rest),
        None => (negative, text.strip_prefix('+').unwrap_or(text)),
    };
    let sign = |number: &str| format!("{}{}", if minus { "-" } else { "" }, number.trim());
    let order = if start.is_year_month() {
        vec![Unit::Year, Unit::Month]
    } else {
        vec![Unit::Day, Unit::Hour, Unit::Minute, Unit::Second]
    };
    let units: Vec<Unit> = order.into_iter().filter(|unit| *unit >= start && *unit <= end).collect();
    let numbers: Vec<&str> = digits.split(|c: char| matches!(c, '-' | ':') || c.is_whitespace()).collect();
    if numbers.len() != units.len() {
        return None;
    }
    let limits = |unit: Unit| match unit {
        Unit::Month => 11,
        Unit::Hour => 23,
        _ => 59,
    };
    let mut pairs = Vec::new();
    for (index, (number, unit)) in numbers.iter().zip(&units).enumerate() {
        let whole: i64 = number.split('.').next()?.parse().ok()?;
        if index > 0 && whole > limits(*unit) {
            return None;
        }
        pairs.push((sign(number), *unit));
    }
    build(sum(&pairs)?, Some(start), Some(end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_of_delays_and_windows() {
        let interval = |months, days, microseconds| CalendarInterval { months, days, microseconds };
        assert_eq!(parse("10 minutes").unwrap(), interval(0, 0, 600_000_000));
        assert_eq!(parse("interval 1 day 2 hours").unwrap(), interval(0, 1, 7_200_000_000));
        assert_eq!(parse("1 hour 30 minutes").unwrap(), interval(0, 0, 5_400_000_000));
        assert_eq!(parse("-1.5 seconds").unwrap(), interval(0, 0, -1_500_000));
        assert_eq!(parse("1 year 1 month 1 week").unwrap(), interval(13, 7, 0));
        assert!(parse("ten minutes").is_err());
        assert!(parse("").is_err());
        assert!(parse("9223372036854775807 hours").is_err());
    }

    #[test]
    fn literals_have_the_type_of_their_units() {
        let value = |text, qualifier| literal(text, qualifier).unwrap().literal_type.unwrap();
        assert_eq!(value("1-2", "INTERVAL YEAR TO MONTH"), LiteralType::YearMonthInterval(14));
        assert_eq!(value("-1-2", "INTERVAL - YEAR TO MONTH"), LiteralType::YearMonthInterval(14));
        assert_eq!(value("1 02:03:04", "INTERVAL DAY TO SECOND"), LiteralType::DayTimeInterval(93_784_000_000));
        assert_eq!(value("1 DAY 2 HOUR", "INTERVAL DAY +"), LiteralType::DayTimeInterval(93_600_000_000));
    }
}
