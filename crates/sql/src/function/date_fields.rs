//! `extract(field FROM x)`, `date_part` and `datepart`, of dates, times and intervals.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Decimal128Array, Int8Array, Int32Array};
use arrow::datatypes::{
    DataType, DurationMicrosecondType, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType,
};
use firesteel_error::{Result, SparkError};
use firesteel_formats::values::datetimes::civil_of;

use super::Family;
use super::datetime::{DAY_US, day_of_year, local, quarter, week, week_year, weekday};
use crate::analyzer::Call;
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[("extract", extract), ("date_part", extract), ("datepart", extract)];

fn unknown(field: &str, source: &Typed) -> SparkError {
    SparkError::new("INVALID_EXTRACT_FIELD")
        .param("field", format!("'{field}'"))
        .param("expr", format!("\"{}\"", source.name))
}

fn extract(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let Some(field) = call.constant_text(0)? else {
        return Ok(Typed::literal(datafusion::common::ScalarValue::Int32(None), "NULL"));
    };
    let source = call.arg(1)?;
    let title = match call.lower_name().as_str() {
        "date_part" => call.title(),
        other => format!("{other}({} FROM {})", call.arg(0)?.name, source.name),
    };
    let typed = if types::is_interval(source.data_type()) {
        of_interval(&field, &source)?
    } else {
        of_time(call, &field, &source)?
    };
    Ok(typed.named(title))
}

fn of_time(call: Call<'_>, field: &str, source: &Typed) -> Result<Typed> {
    let date = |us: i64| us.div_euclid(DAY_US) as i32;
    let clock = |us: i64| us.rem_euclid(DAY_US) / 1_000_000;
    let part: fn(i32) -> i32 = match field.to_uppercase().as_str() {
        "YEAR" | "Y" | "YEARS" | "YR" | "YRS" => |d| civil_of(d).0,
        "YEAROFWEEK" => week_year,
        "QUARTER" | "QTR" => quarter,
        "MONTH" | "MON" | "MONS" | "MONTHS" => |d| civil_of(d).1 as i32,
        "WEEK" | "W" | "WEEKS" => week,
        "DAY" | "D" | "DAYS" => |d| civil_of(d).2 as i32,
        "DAYOFWEEK" | "DOW" => |d| (d + 4).rem_euclid(7) + 1,
        "DAYOFWEEK_ISO" | "DOW_ISO" => |d| weekday(d) + 1,
        "DOY" => day_of_year,
        "HOUR" | "H" | "HOURS" | "HR" | "HRS" => return local(call, 1, move |us| (clock(us) / 3600) as i32),
        "MINUTE" | "M" | "MIN" | "MINS" | "MINUTES" => return local(call, 1, move |us| (clock(us) / 60 % 60) as i32),
        "SECOND" | "S" | "SEC" | "SECONDS" | "SECS" => {
            let typed = local(call, 1, |us| i128::from(us.rem_euclid(60_000_000)))?;
            return Ok(with_scale(typed));
        }
        _ => return Err(unknown(field, source)),
    };
    local(call, 1, move |us| part(date(us)))
}

/// Microseconds as `decimal(8,6)` seconds.
fn with_scale(typed: Typed) -> Typed {
    let to = DataType::Decimal128(8, 6);
    let target = to.clone();
    let nullable = typed.nullable();
    let kernel = crate::expression::Kernel::new("seconds_with_fraction", (), to.clone(), nullable, move |columns| {
        let array = columns.array(0)?;
        let values = array.as_primitive::<arrow::datatypes::Decimal128Type>().clone();
        Ok(Arc::new(values.with_data_type(target.clone())))
    });
    Typed::new(kernel.call(vec![typed.expr]), to, nullable, typed.name)
}

/// Months, days and microseconds of an interval.
fn parts(array: &ArrayRef, row: usize) -> (i64, i64, i64) {
    match array.data_type() {
        DataType::Duration(_) => {
            let micros = array.as_primitive::<DurationMicrosecondType>().value(row);
            (0, micros / DAY_US, micros % DAY_US)
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            (i64::from(array.as_primitive::<IntervalYearMonthType>().value(row)), 0, 0)
        }
        _ => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (i64::from(value.months), i64::from(value.days), value.nanoseconds / 1000)
        }
    }
}

fn of_interval(field: &str, source: &Typed) -> Result<Typed> {
    let (is_months, is_micros) = match source.data_type() {
        DataType::Duration(_) => (false, true),
        DataType::Interval(IntervalUnit::YearMonth) => (true, false),
        _ => (true, true),
    };
    let (to, part): (DataType, fn((i64, i64, i64)) -> i64) = match field.to_uppercase().as_str() {
        "YEAR" | "Y" | "YEARS" | "YR" | "YRS" if is_months => (DataType::Int32, |p| p.0 / 12),
        "MONTH" | "MON" | "MONS" | "MONTHS" if is_months => (DataType::Int8, |p| p.0 % 12),
        "DAY" | "D" | "DAYS" if is_micros => (DataType::Int32, |p| p.1),
        "HOUR" | "H" | "HOURS" | "HR" | "HRS" if is_micros => (DataType::Int8, |p| p.2 / 3_600_000_000),
        "MINUTE" | "M" | "MIN" | "MINS" | "MINUTES" if is_micros => (DataType::Int8, |p| p.2 / 60_000_000 % 60),
        "SECOND" | "S" | "SEC" | "SECONDS" | "SECS" if is_micros => (DataType::Decimal128(8, 6), |p| p.2 % 60_000_000),
        _ => return Err(unknown(field, source)),
    };
    let target = to.clone();
    let params = (field.to_uppercase(), to.clone());
    let kernel =
        crate::expression::Kernel::new("extract_interval", params, to.clone(), source.nullable(), move |columns| {
            let array = columns.array(0)?;
            let values = (0..array.len()).map(|row| array.is_valid(row).then(|| part(parts(&array, row))));
            Ok(match &target {
                DataType::Int8 => Arc::new(values.map(|v| v.map(|v| v as i8)).collect::<Int8Array>()) as ArrayRef,
                DataType::Int32 => Arc::new(values.map(|v| v.map(|v| v as i32)).collect::<Int32Array>()),
                _ => Arc::new(
                    values.map(|v| v.map(i128::from)).collect::<Decimal128Array>().with_data_type(target.clone()),
                ),
            })
        });
    Ok(Typed::new(kernel.call(vec![source.expr.clone()]), to, source.nullable(), ""))
}
