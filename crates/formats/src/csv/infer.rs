//! The schema of CSV files: names from the first record, types from the values.
//!
//! A column begins as int and gives way: bigint, decimal (whole numbers too long), double, date, timestamp, boolean,
//! string. Two types of one column become one that holds both.

use arrow::datatypes::DataType;

use crate::csv::options::CsvOptions;
use crate::csv::value::{double, timestamp, timestamp_ntz};
use crate::schema::{timestamp_ntz_type, timestamp_type};
use crate::values::{datetimes, numbers, parse_boolean};

/// The type of a column so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Int,
    Long,
    Decimal(u8),
    Double,
    Date,
    Timestamp,
    TimestampNtz,
    Boolean,
    String,
}

/// The type of a column that was `so_far` and has this value too.
pub(crate) fn widen(so_far: Shape, text: &str, options: &CsvOptions) -> Shape {
    if text.is_empty() || text == options.null_value || so_far == Shape::String {
        return so_far;
    }
    let shape = match so_far {
        Shape::Null | Shape::Int => int(text, options),
        Shape::Long => long(text, options),
        Shape::Decimal(_) => decimal(text, options),
        Shape::Double => number(text, options),
        Shape::Date => date(text, options),
        Shape::Timestamp | Shape::TimestampNtz => time(text, options),
        Shape::Boolean => boolean(text),
        Shape::String => Shape::String,
    };
    merge(so_far, shape)
}

fn int(text: &str, options: &CsvOptions) -> Shape {
    if numbers::parse_integer::<i32>(text.as_bytes()).is_some() { Shape::Int } else { long(text, options) }
}

fn long(text: &str, options: &CsvOptions) -> Shape {
    if numbers::parse_integer::<i64>(text.as_bytes()).is_some() { Shape::Long } else { decimal(text, options) }
}

fn decimal(text: &str, options: &CsvOptions) -> Shape {
    // Only whole numbers become decimals; with blanks around them they are doubles.
    let digits = text.trim_start_matches(['-', '+']);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let length = digits.trim_start_matches('0').len().max(1);
    match u8::try_from(length) {
        Ok(precision) if whole && precision <= 38 => Shape::Decimal(precision),
        _ => number(text, options),
    }
}

fn number(text: &str, options: &CsvOptions) -> Shape {
    if double(text, options).is_some() { Shape::Double } else { date(text, options) }
}

fn date(text: &str, options: &CsvOptions) -> Shape {
    let is_date = match &options.date {
        Some(pattern) => pattern.parse_date(text).is_some(),
        None => text.len() == 10 && !text.starts_with(['-', '+']) && datetimes::parse_date(text).is_some(),
    };
    if options.prefer_date && is_date { Shape::Date } else { time(text, options) }
}

fn time(text: &str, options: &CsvOptions) -> Shape {
    if options.timestamp_is_ntz && timestamp_ntz(text, options).is_some() {
        return Shape::TimestampNtz;
    }
    if timestamp(text, options).is_some() { Shape::Timestamp } else { boolean(text) }
}

fn boolean(text: &str) -> Shape {
    if parse_boolean(text).is_some() { Shape::Boolean } else { Shape::String }
}

/// One type for values of two.
pub(crate) fn merge(a: Shape, b: Shape) -> Shape {
    use Shape::{Date, Decimal, Double, Int, Long, Null, String, Timestamp, TimestampNtz};
    match (a, b) {
        (a, b) if a == b => a,
        (Null, other) | (other, Null) => other,
        (Int, Long) | (Long, Int) => Long,
        (Int | Long | Decimal(_), Double) | (Double, Int | Long | Decimal(_)) => Double,
        (Int, Decimal(p)) | (Decimal(p), Int) => Decimal(p.max(10)),
        (Long, Decimal(p)) | (Decimal(p), Long) => Decimal(p.max(20)),
        (Decimal(p), Decimal(q)) => Decimal(p.max(q)),
        (Date, Timestamp) | (Timestamp, Date) => Timestamp,
        (Date, TimestampNtz) | (TimestampNtz, Date) => TimestampNtz,
        (Timestamp, TimestampNtz) | (TimestampNtz, Timestamp) => Timestamp,
        _ => String,
    }
}

impl Shape {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Null | Self::String => DataType::Utf8,
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Decimal(precision) => DataType::Decimal128(precision, 0),
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => timestamp_type(),
            Self::TimestampNtz => timestamp_ntz_type(),
            Self::Boolean => DataType::Boolean,
        }
    }
}

/// The names of the columns whose first record is `first`.
pub(crate) fn names(first: &[Option<String>], options: &CsvOptions, case_sensitive: bool) -> Vec<String> {
    if !options.header {
        return (0..first.len()).map(|at| format!("_c{at}")).collect();
    }
    let fold = |name: &str| if case_sensitive { name.to_string() } else { name.to_lowercase() };
    let count = |name: &str| first.iter().flatten().filter(|other| fold(other) == fold(name)).count();
    let name = |(at, name): (usize, &Option<String>)| match name {
        Some(name) if name.is_empty() || *name == options.null_value => format!("_c{at}"),
        Some(name) if count(name) > 1 => format!("{name}{at}"),
        Some(name) => name.clone(),
        None => format!("_c{at}"),
    };
    first.iter().enumerate().map(name).collect()
}
