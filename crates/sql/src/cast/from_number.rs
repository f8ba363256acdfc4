//! Numbers, truth values, times and intervals cast to one another.
//!
//! ANSI raises an error for a number that the target cannot hold; legacy keeps the low bits of whole numbers, takes the
//! nearest bound for floating-point ones, and gives NULL for decimals.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalUnit, IntervalYearMonthType, TimestampMicrosecondType,
};
use firesteel_error::{Exception, Result, SparkError};

use super::{Mode, Options};
use crate::display::{self, Style};
use crate::types;

const SECOND_US: i64 = 1_000_000;

/// A number of any type.
#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i64),
    Float(f64),
    /// Digits and scale.
    Decimal(i128, i8),
}

/// The column as type `to`; `None` if the two types are none of this file's.
///
/// # Errors
/// `CAST_OVERFLOW` or `NUMERIC_VALUE_OUT_OF_RANGE` in ANSI mode.
pub(super) fn cast_number(array: &ArrayRef, to: &DataType, options: Options) -> Result<Option<ArrayRef>> {
    let Some(read) = reader(array) else { return Ok(None) };
    let mode = options.mode;
    macro_rules! whole {
        ($kind:ty, $native:ty) => {
            each::<$kind>(array, to, mode, |row| {
                let number = read(row);
                match as_whole(number, mode).and_then(|n| <$native>::try_from(n).ok()) {
                    Some(value) => Ok(Some(value)),
                    // The JVM goes to 32 bits first where fewer are wanted.
                    None if mode == Mode::Legacy => Ok(match number {
                        Number::Float(x) if <$native>::BITS <= 32 => Some((x as i32) as $native),
                        _ => wrapped(number).map(|n| n as $native),
                    }),
                    None => Err(overflow(array, row, to)),
                }
            })?
        };
    }
    Ok(Some(match to {
        DataType::Boolean => {
            let values: BooleanArray =
                (0..array.len()).map(|row| array.is_valid(row).then(|| is_true(read(row)))).collect();
            Arc::new(values)
        }
        DataType::Int8 => whole!(Int8Type, i8),
        DataType::Int16 => whole!(Int16Type, i16),
        DataType::Int32 => whole!(Int32Type, i32),
        DataType::Int64 => whole!(Int64Type, i64),
        DataType::Float32 => each::<Float32Type>(array, to, mode, |row| Ok(Some(as_float(read(row)))))?,
        DataType::Float64 => each::<Float64Type>(array, to, mode, |row| Ok(Some(as_double(read(row)))))?,
        DataType::Decimal128(p, s) => each::<Decimal128Type>(array, to, mode, |row| {
            let value = as_decimal(read(row), *s).filter(|v| firesteel_formats::values::numbers::fits(*v, *p));
            match value {
                None if mode == Mode::Ansi => Err(out_of_range(&plain(array, row, options), *p, *s)),
                other => Ok(other),
            }
        })?,
        DataType::Timestamp(_, Some(_)) => {
            let from_flag = array.data_type() == &DataType::Boolean;
            each::<TimestampMicrosecondType>(array, to, mode, |row| match read(row) {
                Number::Whole(n) if from_flag => Ok(Some(n)),
                Number::Whole(n) => Ok(Some(n.saturating_mul(SECOND_US))),
                Number::Float(x) if x.is_finite() => Ok(Some((x * 1e6) as i64)),
                Number::Float(_) if mode == Mode::Ansi => Err(invalid_input(array, row, to)),
                Number::Float(_) => Ok(None),
                Number::Decimal(..) => Ok(as_decimal(read(row), 6).and_then(|us| i64::try_from(us).ok())),
            })?
        }
        DataType::Duration(_) => each::<DurationMicrosecondType>(array, to, mode, |row| {
            let micros = as_decimal(read(row), 6).and_then(|us| i64::try_from(us).ok());
            micros.map(Some).ok_or_else(|| overflow(array, row, to))
        })?,
        DataType::Interval(IntervalUnit::YearMonth) => each::<IntervalYearMonthType>(array, to, mode, |row| {
            let months = as_whole(read(row), mode).and_then(|n| i32::try_from(n).ok());
            months.map(Some).ok_or_else(|| overflow(array, row, to))
        })?,
        DataType::Binary => Arc::new(big_endian(array)),
        _ => return Ok(None),
    }))
}

fn reader(array: &ArrayRef) -> Option<Box<dyn Fn(usize) -> Number>> {
    macro_rules! of {
        ($kind:ty, $make:expr) => {{
            let values = array.as_primitive::<$kind>().clone();
            Box::new(move |row| $make(values.value(row)))
        }};
    }
    Some(match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean().clone();
            Box::new(move |row| Number::Whole(i64::from(values.value(row))))
        }
        DataType::Int8 => of!(Int8Type, |v: i8| Number::Whole(v.into())),
        DataType::Int16 => of!(Int16Type, |v: i16| Number::Whole(v.into())),
        DataType::Int32 => of!(Int32Type, |v: i32| Number::Whole(v.into())),
        DataType::Int64 => of!(Int64Type, |v: i64| Number::Whole(v)),
        DataType::Float32 => of!(Float32Type, |v: f32| Number::Float(v.into())),
        DataType::Float64 => of!(Float64Type, |v: f64| Number::Float(v)),
        DataType::Decimal128(_, scale) => {
            let scale = *scale;
            of!(Decimal128Type, move |v: i128| Number::Decimal(v, scale))
        }
        DataType::Timestamp(_, Some(_)) => of!(TimestampMicrosecondType, |v: i64| Number::Decimal(v.into(), 6)),
        DataType::Duration(_) => of!(DurationMicrosecondType, |v: i64| Number::Decimal(v.into(), 6)),
        DataType::Interval(IntervalUnit::YearMonth) => of!(IntervalYearMonthType, |v: i32| Number::Whole(v.into())),
        _ => return None,
    })
}

fn each<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    to: &DataType,
    mode: Mode,
    value: impl Fn(usize) -> Result<Option<T::Native>>,
) -> Result<ArrayRef> {
    let mut values: Vec<Option<T::Native>> = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        if array.is_null(row) {
            values.push(None);
            continue;
        }
        match value(row) {
            Ok(value) => values.push(value),
            Err(error) if mode == Mode::Ansi => return Err(error),
            Err(_) => values.push(None),
        }
    }
    let values: PrimitiveArray<T> = values.into_iter().collect();
    Ok(Arc::new(values.with_data_type(to.clone())))
}

fn power(scale: i8) -> i128 {
    10_i128.checked_pow(u32::from(scale.unsigned_abs())).unwrap_or(i128::MAX)
}

/// The whole part, if it is a `bigint`. Instants before 1970 go to the second before them.
fn as_whole(number: Number, mode: Mode) -> Option<i64> {
    match number {
        Number::Whole(n) => Some(n),
        Number::Float(x) => {
            let fits = x.floor() <= i64::MAX as f64 && x.ceil() >= i64::MIN as f64 && !x.is_nan();
            fits.then_some(x as i64)
        }
        Number::Decimal(v, s) => {
            let _ = mode;
            i64::try_from(v / power(s)).ok()
        }
    }
}

/// What the JVM makes of a number that does not fit: the low bits, or of a float the nearest bound.
fn wrapped(number: Number) -> Option<i64> {
    Some(match number {
        Number::Whole(n) => n,
        Number::Float(x) => x as i64,
        Number::Decimal(v, s) => (v / power(s)) as i64,
    })
}

fn is_true(number: Number) -> bool {
    match number {
        Number::Whole(n) => n != 0,
        Number::Float(x) => x != 0.0,
        Number::Decimal(v, _) => v != 0,
    }
}

fn as_double(number: Number) -> f64 {
    match number {
        Number::Whole(n) => n as f64,
        Number::Float(x) => x,
        Number::Decimal(v, s) if v.unsigned_abs() < 1 << 53 && s <= 22 => v as f64 / 10_f64.powi(s.into()),
        Number::Decimal(v, s) => format!("{v}e-{s}").parse().unwrap_or(f64::NAN),
    }
}

fn as_float(number: Number) -> f32 {
    match number {
        Number::Whole(n) => n as f32,
        Number::Float(x) => x as f32,
        Number::Decimal(v, s) => format!("{v}e-{s}").parse().unwrap_or(f32::NAN),
    }
}

/// The digits at a scale, rounded half up.
fn as_decimal(number: Number, scale: i8) -> Option<i128> {
    match number {
        Number::Whole(n) => i128::from(n).checked_mul(power(scale)),
        Number::Float(x) if x.is_finite() => {
            firesteel_formats::values::numbers::parse_decimal(&format!("{x:e}"), 38, scale)
        }
        Number::Float(_) => None,
        Number::Decimal(v, s) if scale >= s => v.checked_mul(power(scale - s)),
        Number::Decimal(v, s) => {
            let divisor = power(s - scale);
            let (quotient, rest) = (v / divisor, v % divisor);
            let away = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
            Some(if away { quotient + v.signum() } else { quotient })
        }
    }
}

fn big_endian(array: &ArrayRef) -> BinaryArray {
    macro_rules! of {
        ($kind:ty) => {
            array.as_primitive::<$kind>().iter().map(|v| v.map(|v| v.to_be_bytes().to_vec())).collect()
        };
    }
    match array.data_type() {
        DataType::Int8 => of!(Int8Type),
        DataType::Int16 => of!(Int16Type),
        DataType::Int32 => of!(Int32Type),
        _ => match array.as_primitive_opt::<Int64Type>() {
            Some(_) => of!(Int64Type),
            None => BinaryArray::new_null(array.len()),
        },
    }
}

fn plain(array: &ArrayRef, row: usize, options: Options) -> String {
    display::format_value(array, row, Style { zone: options.zone, ..Style::default() })
}

/// A value as SQL writes a constant of its type: `10L`, `1.5D`.
fn sql_literal(array: &ArrayRef, row: usize) -> String {
    let text = display::format_value(array, row, Style::default());
    match array.data_type() {
        DataType::Int8 => format!("{text}Y"),
        DataType::Int16 => format!("{text}S"),
        DataType::Int64 => format!("{text}L"),
        DataType::Float32 | DataType::Float64 if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => text,
        DataType::Float32 => format!("CAST('{text}' AS FLOAT)"),
        DataType::Float64 => format!("{text}D"),
        DataType::Decimal128(..) => format!("{text}BD"),
        DataType::Timestamp(..) => format!("TIMESTAMP '{text}'"),
        _ => text,
    }
}

fn overflow(array: &ArrayRef, row: usize, to: &DataType) -> SparkError {
    SparkError::new("CAST_OVERFLOW")
        .param("value", sql_literal(array, row))
        .param("sourceType", types::quoted_sql_name(array.data_type()))
        .param("targetType", types::quoted_sql_name(to))
        .param("ansiConfig", "\"spark.sql.ansi.enabled\"")
        .with_exception(Exception::Arithmetic)
}

fn invalid_input(array: &ArrayRef, row: usize, to: &DataType) -> SparkError {
    SparkError::new("CAST_INVALID_INPUT")
        .param("expression", sql_literal(array, row))
        .param("sourceType", types::quoted_sql_name(array.data_type()))
        .param("targetType", types::quoted_sql_name(to))
        .param("ansiConfig", "\"spark.sql.ansi.enabled\"")
        .with_exception(Exception::DateTime)
}

/// `NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION`
pub(super) fn out_of_range(value: &str, precision: u8, scale: i8) -> SparkError {
    SparkError::new("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION")
        .param("value", value)
        .param("precision", precision.to_string())
        .param("scale", scale.to_string())
        .param("config", "\"spark.sql.ansi.enabled\"")
        .with_exception(Exception::Arithmetic)
}
