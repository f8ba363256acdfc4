//! Text cast to another type: what Spark accepts, with blanks and control characters around it.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::types::{IntervalMonthDayNanoType, IntervalYearMonthType};
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, PrimitiveArray, StringArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalMonthDayNano, IntervalUnit, Time64NanosecondType, TimestampMicrosecondType,
};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::values::numbers::{decimal_shape, parse_decimal, parse_double, parse_integer};
use firesteel_formats::values::{datetimes, intervals};

use super::{Mode, Options};
use crate::types;

/// The texts as a column of type `to`; `None` if this type is not made from text here.
///
/// # Errors
/// `CAST_INVALID_INPUT` or `NUMERIC_VALUE_OUT_OF_RANGE` for a text that does not fit, in ANSI mode.
pub(super) fn cast_text(texts: &StringArray, to: &DataType, options: Options) -> Result<Option<ArrayRef>> {
    let legacy = options.mode == Mode::Legacy;
    let zone = options.zone;
    macro_rules! whole {
        ($kind:ty, $native:ty) => {
            primitive::<$kind>(texts, to, options, |text| {
                let text = trim(text);
                parse_integer::<$native>(text.as_bytes()).or_else(|| legacy.then(|| truncated(text)).flatten())
            })?
        };
    }
    Ok(Some(match to {
        DataType::Boolean => Arc::new(booleans(texts, options)?),
        DataType::Int8 => whole!(Int8Type, i8),
        DataType::Int16 => whole!(Int16Type, i16),
        DataType::Int32 => whole!(Int32Type, i32),
        DataType::Int64 => whole!(Int64Type, i64),
        DataType::Float32 => primitive::<Float32Type>(texts, to, options, |text| {
            let value = double(text)?;
            let plain = trim(text).trim_end_matches(['d', 'D', 'f', 'F']);
            Some(plain.parse::<f32>().unwrap_or(value as f32))
        })?,
        DataType::Float64 => primitive::<Float64Type>(texts, to, options, double)?,
        DataType::Decimal128(p, s) => decimals(texts, *p, *s, to, options)?,
        DataType::Date32 => primitive::<Date32Type>(texts, to, options, datetimes::parse_date)?,
        DataType::Timestamp(_, Some(_)) => {
            primitive::<TimestampMicrosecondType>(texts, to, options, |t| datetimes::parse_timestamp(t, zone))?
        }
        DataType::Timestamp(_, None) => {
            primitive::<TimestampMicrosecondType>(texts, to, options, datetimes::parse_timestamp_ntz)?
        }
        DataType::Duration(_) => primitive::<DurationMicrosecondType>(texts, to, options, day_time)?,
        DataType::Interval(IntervalUnit::YearMonth) => {
            primitive::<IntervalYearMonthType>(texts, to, options, year_month)?
        }
        DataType::Interval(_) => primitive::<IntervalMonthDayNanoType>(texts, to, options, calendar)?,
        DataType::Time64(_) => primitive::<Time64NanosecondType>(texts, to, options, |text| {
            let micros = datetimes::parse_timestamp_ntz(&format!("1970-01-01 {}", trim(text)))?;
            Some(micros * 1000)
        })?,
        DataType::Binary => Arc::new(texts.iter().map(|t| t.map(str::as_bytes)).collect::<BinaryArray>()),
        _ => return Ok(None),
    }))
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ' || c == '\u{7f}')
}

/// `12.9` as 12, which only the legacy cast allows.
fn truncated<T: firesteel_formats::values::numbers::Integer>(text: &str) -> Option<T> {
    let (whole, fraction) = text.split_once('.')?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if matches!(whole, "" | "-" | "+") {
        return if fraction.is_empty() { None } else { T::try_from(0).ok() };
    }
    parse_integer(whole.as_bytes())
}

fn double(text: &str) -> Option<f64> {
    let text = trim(text);
    parse_double(text).or_else(|| match text.to_lowercase().as_str() {
        "inf" | "+inf" | "infinity" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        "nan" => Some(f64::NAN),
        _ => None,
    })
}

fn primitive<T: ArrowPrimitiveType>(
    texts: &StringArray,
    to: &DataType,
    options: Options,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let mut values: Vec<Option<T::Native>> = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(text) = text else {
            values.push(None);
            continue;
        };
        let value = parse(text);
        if value.is_none() && options.mode == Mode::Ansi {
            return Err(misfit(text, to));
        }
        values.push(value);
    }
    let array: PrimitiveArray<T> = values.into_iter().collect();
    Ok(Arc::new(array.with_data_type(to.clone())))
}

fn booleans(texts: &StringArray, options: Options) -> Result<BooleanArray> {
    let mut values = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(text) = text else {
            values.push(None);
            continue;
        };
        let value = match trim(text).to_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "1" => Some(true),
            "f" | "false" | "n" | "no" | "0" => Some(false),
            _ if options.mode == Mode::Ansi => return Err(misfit(text, &DataType::Boolean)),
            _ => None,
        };
        values.push(value);
    }
    Ok(values.into_iter().collect())
}

fn decimals(texts: &StringArray, precision: u8, scale: i8, to: &DataType, options: Options) -> Result<ArrayRef> {
    primitive_or::<Decimal128Type>(texts, to, options, |text| {
        let text = trim(text);
        parse_decimal(text, precision, scale).ok_or_else(|| {
            let is_number = decimal_shape(text).is_some() || double(text).is_some_and(f64::is_finite);
            if is_number { super::from_number::out_of_range(text, precision, scale) } else { misfit(text, to) }
        })
    })
}

fn primitive_or<T: ArrowPrimitiveType>(
    texts: &StringArray,
    to: &DataType,
    options: Options,
    parse: impl Fn(&str) -> Result<T::Native>,
) -> Result<ArrayRef> {
    let mut values: Vec<Option<T::Native>> = Vec::with_capacity(texts.len());
    for text in texts {
        match text.map(&parse) {
            None => values.push(None),
            Some(Ok(value)) => values.push(Some(value)),
            Some(Err(error)) if options.mode == Mode::Ansi => return Err(error),
            Some(Err(_)) => values.push(None),
        }
    }
    let array: PrimitiveArray<T> = values.into_iter().collect();
    Ok(Arc::new(array.with_data_type(to.clone())))
}

fn day_time(text: &str) -> Option<i64> {
    intervals::parse_day_time(text).or_else(|| {
        let value = calendar(text)?;
        (value.months == 0).then(|| i64::from(value.days) * 86_400_000_000 + value.nanoseconds / 1000)
    })
}

fn year_month(text: &str) -> Option<i32> {
    intervals::parse_year_month(text).or_else(|| {
        let value = calendar(text)?;
        (value.days == 0 && value.nanoseconds == 0).then_some(value.months)
    })
}

fn calendar(text: &str) -> Option<IntervalMonthDayNano> {
    let value = firesteel_parser::parse_interval(trim(text)).ok()?;
    Some(IntervalMonthDayNano::new(value.months, value.days, value.microseconds.checked_mul(1000)?))
}

fn misfit(text: &str, to: &DataType) -> SparkError {
    SparkError::new("CAST_INVALID_INPUT")
        .param("expression", format!("'{text}'"))
        .param("sourceType", "\"STRING\"")
        .param("targetType", types::quoted_sql_name(to))
        .param("ansiConfig", "\"spark.sql.ansi.enabled\"")
        .with_exception(match to {
            DataType::Date32 | DataType::Timestamp(..) | DataType::Time64(_) => Exception::DateTime,
            DataType::Boolean | DataType::Duration(_) | DataType::Interval(_) => Exception::SparkRuntime,
            _ => Exception::NumberFormat,
        })
}

/// The texts behind a column, if it is one of text.
pub(super) fn texts_of(array: &ArrayRef) -> Option<&StringArray> {
    array.as_string_opt::<i32>()
}
