//! A value as the text that a cast to string gives.

use std::io::Write;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, IntervalUnit, IntervalYearMonthType, TimeUnit, TimestampMicrosecondType,
};

use crate::time_zone::ZoneId;
use crate::values::{datetimes, intervals, numbers};

/// Appends the value at `row`; `false` (and nothing appended) if it is null or of a type without such a text.
pub fn write_text(array: &dyn Array, row: usize, zone: ZoneId, out: &mut Vec<u8>) -> bool {
    if array.is_null(row) {
        return false;
    }
    // Writing to a vector does not fail.
    match array.data_type() {
        DataType::Utf8 => out.extend_from_slice(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Binary => out.extend_from_slice(array.as_binary::<i32>().value(row)),
        DataType::Boolean => drop(write!(out, "{}", array.as_boolean().value(row))),
        DataType::Int8 => drop(write!(out, "{}", array.as_primitive::<Int8Type>().value(row))),
        DataType::Int16 => drop(write!(out, "{}", array.as_primitive::<Int16Type>().value(row))),
        DataType::Int32 => drop(write!(out, "{}", array.as_primitive::<Int32Type>().value(row))),
        DataType::Int64 => drop(write!(out, "{}", array.as_primitive::<Int64Type>().value(row))),
        DataType::Float32 => numbers::write_float(array.as_primitive::<Float32Type>().value(row), out),
        DataType::Float64 => numbers::write_double(array.as_primitive::<Float64Type>().value(row), out),
        DataType::Decimal128(_, scale) => {
            numbers::write_decimal(array.as_primitive::<Decimal128Type>().value(row), *scale, out);
        }
        DataType::Date32 => datetimes::write_date(array.as_primitive::<Date32Type>().value(row), out),
        DataType::Timestamp(TimeUnit::Microsecond, utc) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            datetimes::write_timestamp(micros, if utc.is_some() { zone } else { ZoneId::UTC }, out);
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            intervals::write_year_month(array.as_primitive::<IntervalYearMonthType>().value(row), out);
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            intervals::write_day_time(array.as_primitive::<DurationMicrosecondType>().value(row), out);
        }
        _ => return false,
    }
    true
}
