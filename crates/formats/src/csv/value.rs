//! One CSV field into a column of a given type.

use arrow::datatypes::DataType;

use crate::column::{Column, Data};
use crate::csv::options::CsvOptions;
use crate::values::{datetimes, intervals, numbers, parse_boolean};

/// Appends the field to `column`. `false`: it is not a value of that type, and a null was appended.
#[inline]
pub(crate) fn store(field: Option<(&[u8], bool)>, column: &mut Column, options: &CsvOptions) -> bool {
    let Some((bytes, quoted)) = field else {
        column.push_null();
        return true;
    };
    let bytes = match (bytes.is_empty(), quoted) {
        (true, false) => return null(column),
        (true, true) => options.empty_value.as_bytes(),
        _ => bytes,
    };
    if bytes == options.null_value.as_bytes() {
        return null(column);
    }
    if let Data::Bytes { .. } = column.data {
        column.push_bytes(bytes);
        return true;
    }
    let fits = std::str::from_utf8(bytes).is_ok_and(|text| store_text(text, column, options));
    if fits {
        column.push_valid()
    } else {
        column.push_null()
    }
    fits
}

#[inline]
fn null(column: &mut Column) -> bool {
    column.push_null();
    true
}

#[inline]
fn push<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
    match value {
        Some(value) => {
            values.push(value);
            true
        }
        None => false,
    }
}

fn store_text(text: &str, column: &mut Column, options: &CsvOptions) -> bool {
    match (&mut column.data, &column.data_type) {
        (Data::Boolean(values), _) => push(values, parse_boolean(text)),
        (Data::Int8(values), _) => push(values, numbers::parse_integer(text.as_bytes())),
        (Data::Int16(values), _) => push(values, numbers::parse_integer(text.as_bytes())),
        (Data::Int32(values), DataType::Int32) => push(values, numbers::parse_integer(text.as_bytes())),
        (Data::Int64(values), DataType::Int64) => push(values, numbers::parse_integer(text.as_bytes())),
        (Data::Float64(values), _) => push(values, double(text, options)),
        (Data::Float32(values), _) => {
            #[allow(clippy::cast_possible_truncation)]
            let value = double(text, options).map(|value| text.trim().parse().unwrap_or(value as f32));
            push(values, value)
        }
        (Data::Decimal(values), DataType::Decimal128(precision, scale)) => {
            let parsed = if text.contains(',') {
                numbers::parse_decimal(&text.replace(',', ""), *precision, *scale)
            } else {
                numbers::parse_decimal(text, *precision, *scale)
            };
            push(values, parsed)
        }
        (Data::Int32(values), DataType::Date32) => push(values, date(text, options)),
        (Data::Int32(values), _) => push(values, intervals::parse_year_month(text)),
        (Data::Int64(values), DataType::Timestamp(_, Some(_))) => push(values, timestamp(text, options)),
        (Data::Int64(values), DataType::Timestamp(_, None)) => push(values, timestamp_ntz(text, options)),
        (Data::Int64(values), _) => push(values, intervals::parse_day_time(text)),
        _ => false,
    }
}

/// A number, or one of the option's names for those that are none.
#[inline]
pub(crate) fn double(text: &str, options: &CsvOptions) -> Option<f64> {
    if let Some(value) = numbers::parse_double(text) {
        return Some(value);
    }
    match text {
        text if text == options.nan => Some(f64::NAN),
        text if text == options.positive_inf => Some(f64::INFINITY),
        text if text == options.negative_inf => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn date(text: &str, options: &CsvOptions) -> Option<i32> {
    match &options.date {
        Some(pattern) => pattern.parse_date(text),
        None => datetimes::parse_date(text),
    }
}

pub(crate) fn timestamp(text: &str, options: &CsvOptions) -> Option<i64> {
    match &options.timestamp {
        Some(pattern) => pattern.parse_timestamp(text, options.zone),
        None => datetimes::parse_timestamp(text, options.zone),
    }
}

pub(crate) fn timestamp_ntz(text: &str, options: &CsvOptions) -> Option<i64> {
    match &options.timestamp_ntz {
        Some(pattern) => pattern.parse_timestamp_ntz(text),
        None => datetimes::parse_timestamp_ntz_strict(text),
    }
}
