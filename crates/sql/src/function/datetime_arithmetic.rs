//! `+`, `-`, `*` and `/` with dates, times and intervals.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, PrimitiveArray};
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, Float64Type, Int32Type, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimestampMicrosecondType,
};
use chrono::{DateTime, Months, NaiveDateTime};
use firesteel_error::{Result, SparkError};
use firesteel_formats::ZoneId;

use super::operator::Arithmetic;
use crate::cast::{self, Mode};
use crate::conf::Conf;
use crate::display;
use crate::expression::{Kernel, Typed};
use crate::types::{self, IntervalFields, is_interval};

const DAY_US: i64 = 86_400_000_000;

/// The expression, if an operand is a date, a time or an interval and the two go together; `None` if neither is one.
///
/// # Errors
/// What casting an operand raises.
pub(crate) fn compute(left: &Typed, op: Arithmetic, right: &Typed, mode: Mode, conf: &Conf) -> Result<Option<Typed>> {
    use DataType::{Date32, Timestamp};
    let (l, r) = (left.data_type(), right.data_type());
    let forgiving = mode == Mode::Try;
    let is_days = |t: &Typed| IntervalFields::of(&t.field) == Some(IntervalFields::DAYS);
    match (l, op, r) {
        // A date and whole days stay a date.
        (Date32, Arithmetic::Add | Arithmetic::Subtract, DataType::Duration(_)) if is_days(right) => {
            let days = cast::cast(right.clone(), &DataType::Int32, mode, conf)?;
            Ok(Some(add_days(left, &days, op == Arithmetic::Subtract)))
        }
        (DataType::Duration(_), Arithmetic::Add, Date32) if is_days(left) => {
            let days = cast::cast(left.clone(), &DataType::Int32, mode, conf)?;
            Ok(Some(add_days(right, &days, false)))
        }
        (Date32 | Timestamp(..), Arithmetic::Add | Arithmetic::Subtract, r) if is_interval(r) => {
            shift(left, right, op == Arithmetic::Subtract, conf).map(Some)
        }
        (l, Arithmetic::Add, Date32 | Timestamp(..)) if is_interval(l) => shift(right, left, false, conf).map(Some),
        (Date32, Arithmetic::Add | Arithmetic::Subtract, DataType::Int8 | DataType::Int16 | DataType::Int32) => {
            let days = cast::cast(right.clone(), &DataType::Int32, mode, conf)?;
            Ok(Some(add_days(left, &days, op == Arithmetic::Subtract)))
        }
        (Date32, Arithmetic::Subtract, Date32) => Ok(Some(date_difference(left, right))),
        (Date32 | Timestamp(..), Arithmetic::Subtract, Date32 | Timestamp(..)) => {
            let common = if l == &Date32 { r.clone() } else { l.clone() };
            let a = cast::cast(left.clone(), &common, mode, conf)?;
            let b = cast::cast(right.clone(), &common, mode, conf)?;
            Ok(Some(time_difference(&a, &b)))
        }
        (l, Arithmetic::Add | Arithmetic::Subtract, r) if is_interval(l) && l == r => sum(left, op, right).map(Some),
        (l, Arithmetic::Multiply | Arithmetic::Divide, r) if is_interval(l) && types::is_numeric(r) => {
            let factor = cast::cast(right.clone(), &DataType::Float64, mode, conf)?;
            scale(left, &factor, op == Arithmetic::Divide, forgiving).map(Some)
        }
        (l, Arithmetic::Multiply, r) if is_interval(r) && types::is_numeric(l) => {
            let factor = cast::cast(left.clone(), &DataType::Float64, mode, conf)?;
            scale(right, &factor, false, forgiving).map(Some)
        }
        _ => Ok(None),
    }
}

fn add_days(date: &Typed, days: &Typed, subtract: bool) -> Typed {
    let nullable = date.nullable() || days.nullable();
    let kernel = Kernel::new("date_add", subtract, DataType::Date32, nullable, move |columns| {
        let (dates, days) = (columns.array(0)?, columns.array(1)?);
        let (dates, days) = (dates.as_primitive::<Date32Type>(), days.as_primitive::<Int32Type>());
        let moved: PrimitiveArray<Date32Type> = arrow::compute::binary(dates, days, |date, days| {
            if subtract { date.wrapping_sub(days) } else { date.wrapping_add(days) }
        })
        .map_err(|e| crate::error::from_arrow(&e))?;
        Ok(Arc::new(moved))
    });
    Typed::new(kernel.call(vec![date.expr.clone(), days.expr.clone()]), DataType::Date32, nullable, "")
}

fn date_difference(left: &Typed, right: &Typed) -> Typed {
    let nullable = left.nullable() || right.nullable();
    let kernel = Kernel::new("date_diff", (), types::day_time_interval(), nullable, |columns| {
        let (a, b) = (columns.array(0)?, columns.array(1)?);
        let (a, b) = (a.as_primitive::<Date32Type>(), b.as_primitive::<Date32Type>());
        let micros: PrimitiveArray<DurationMicrosecondType> =
            arrow::compute::binary(a, b, |a, b| (i64::from(a) - i64::from(b)) * DAY_US)
                .map_err(|e| crate::error::from_arrow(&e))?;
        Ok(Arc::new(micros))
    });
    let typed =
        Typed::new(kernel.call(vec![left.expr.clone(), right.expr.clone()]), types::day_time_interval(), nullable, "");
    typed.with_interval(types::IntervalFields::DAYS)
}

fn time_difference(left: &Typed, right: &Typed) -> Typed {
    let nullable = left.nullable() || right.nullable();
    let kernel = Kernel::new("timestamp_diff", (), types::day_time_interval(), nullable, |columns| {
        let (a, b) = (columns.array(0)?, columns.array(1)?);
        let (a, b) = (a.as_primitive::<TimestampMicrosecondType>(), b.as_primitive::<TimestampMicrosecondType>());
        let micros: PrimitiveArray<DurationMicrosecondType> =
            arrow::compute::binary(a, b, i64::wrapping_sub).map_err(|e| crate::error::from_arrow(&e))?;
        Ok(Arc::new(micros))
    });
    Typed::new(kernel.call(vec![left.expr.clone(), right.expr.clone()]), types::day_time_interval(), nullable, "")
}

/// An interval as months, days and microseconds.
fn parts(array: &ArrayRef, row: usize) -> (i32, i32, i64) {
    match array.data_type() {
        DataType::Duration(_) => (0, 0, array.as_primitive::<DurationMicrosecondType>().value(row)),
        DataType::Interval(IntervalUnit::YearMonth) => (array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0),
        _ => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (value.months, value.days, value.nanoseconds / 1000)
        }
    }
}

/// A wall clock moved by whole months and days; a day past a month's end becomes its last day.
pub(crate) fn move_calendar(local_us: i64, months: i32, days: i32) -> Option<i64> {
    let time: NaiveDateTime = DateTime::from_timestamp_micros(local_us)?.naive_utc();
    let moved = if months >= 0 {
        time.checked_add_months(Months::new(months.unsigned_abs()))?
    } else {
        time.checked_sub_months(Months::new(months.unsigned_abs()))?
    };
    moved.and_utc().timestamp_micros().checked_add(i64::from(days) * DAY_US)
}

fn shift(time: &Typed, interval: &Typed, subtract: bool, conf: &Conf) -> Result<Typed> {
    let zone = display::zone(conf);
    // A date moved by months or whole days stays a date; by a day-time interval it becomes a timestamp.
    let result = match (time.data_type(), interval.data_type()) {
        (DataType::Date32, DataType::Duration(_)) => types::timestamp(),
        (other, _) => other.clone(),
    };
    let time = if &result == time.data_type() {
        time.clone()
    } else {
        cast::cast(time.clone(), &result, Mode::implicit(conf), conf)?
    };
    let nullable = time.nullable() || interval.nullable();
    let target = result.clone();
    let kernel = Kernel::new("shift_time", (subtract, conf.time_zone()), result.clone(), nullable, move |columns| {
        let (times, intervals) = (columns.array(0)?, columns.array(1)?);
        shift_column(&times, &intervals, subtract, zone, &target)
    });
    Ok(Typed::new(kernel.call(vec![time.expr, interval.expr.clone()]), result, nullable, ""))
}

fn shift_column(
    times: &ArrayRef,
    intervals: &ArrayRef,
    subtract: bool,
    zone: ZoneId,
    to: &DataType,
) -> Result<ArrayRef> {
    let overflow = || SparkError::new("DATETIME_OVERFLOW").param("operation", "add an interval to a time");
    let sign = if subtract { -1 } else { 1 };
    let mut moved: Vec<Option<i64>> = Vec::with_capacity(times.len());
    for row in 0..times.len() {
        if times.is_null(row) || intervals.is_null(row) {
            moved.push(None);
            continue;
        }
        let (months, days, micros) = parts(intervals, row);
        let (months, days, micros) = (months * sign, days * sign, micros * i64::from(sign));
        let start = match times.data_type() {
            DataType::Date32 => i64::from(times.as_primitive::<Date32Type>().value(row)) * DAY_US,
            _ => times.as_primitive::<TimestampMicrosecondType>().value(row),
        };
        let zoned = matches!(times.data_type(), DataType::Timestamp(_, Some(_)));
        let calendar = if months == 0 && days == 0 {
            Some(start)
        } else if zoned {
            move_calendar(zone.utc_to_local_micros(start), months, days).map(|local| zone.local_to_utc_micros(local))
        } else {
            move_calendar(start, months, days)
        };
        moved.push(Some(calendar.and_then(|t| t.checked_add(micros)).ok_or_else(overflow)?));
    }
    if to == &DataType::Date32 {
        let dates: PrimitiveArray<Date32Type> =
            moved.into_iter().map(|t| t.map(|t| t.div_euclid(DAY_US) as i32)).collect();
        return Ok(Arc::new(dates));
    }
    let times: PrimitiveArray<TimestampMicrosecondType> = moved.into_iter().collect();
    Ok(Arc::new(times.with_data_type(to.clone())))
}

fn sum(left: &Typed, op: Arithmetic, right: &Typed) -> Result<Typed> {
    let nullable = left.nullable() || right.nullable();
    let data_type = left.data_type().clone();
    let subtract = op == Arithmetic::Subtract;
    let kernel = Kernel::new("add_intervals", subtract, data_type.clone(), nullable, move |columns| {
        let (a, b) = (columns.array(0)?, columns.array(1)?);
        let computed = if subtract {
            arrow::compute::kernels::numeric::sub(&a, &b)
        } else {
            arrow::compute::kernels::numeric::add(&a, &b)
        };
        computed.map_err(|_| SparkError::new("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION"))
    });
    Ok(Typed::new(kernel.call(vec![left.expr.clone(), right.expr.clone()]), data_type, nullable, ""))
}

/// An interval times or divided by a number; where that fails, NULL if that is asked for.
fn scale(interval: &Typed, factor: &Typed, divide: bool, forgiving: bool) -> Result<Typed> {
    let data_type = interval.data_type().clone();
    let nullable = interval.nullable() || factor.nullable() || divide || forgiving;
    let kernel = Kernel::new("scale_interval", (divide, forgiving), data_type.clone(), nullable, move |columns| {
        let (intervals, factors) = (columns.array(0)?, columns.array(1)?);
        let factors = factors.as_primitive::<Float64Type>();
        let mut scaled: Vec<Option<(i32, i32, i64)>> = Vec::with_capacity(intervals.len());
        for row in 0..intervals.len() {
            if intervals.is_null(row) || factors.is_null(row) {
                scaled.push(None);
                continue;
            }
            match scaled_parts(parts(&intervals, row), factors.value(row), divide, intervals.data_type()) {
                Ok(parts) => scaled.push(Some(parts)),
                Err(_) if forgiving => scaled.push(None),
                Err(error) => return Err(error),
            }
        }
        Ok(match intervals.data_type() {
            DataType::Duration(_) => {
                let micros = scaled.into_iter().map(|p| p.map(|p| p.2));
                Arc::new(micros.collect::<PrimitiveArray<DurationMicrosecondType>>()) as ArrayRef
            }
            DataType::Interval(IntervalUnit::YearMonth) => {
                let months = scaled.into_iter().map(|p| p.map(|p| p.0));
                Arc::new(months.collect::<PrimitiveArray<IntervalYearMonthType>>())
            }
            _ => {
                let whole = scaled.into_iter().map(|p| {
                    p.map(|p| arrow::datatypes::IntervalMonthDayNano::new(p.0, p.1, p.2.saturating_mul(1000)))
                });
                Arc::new(whole.collect::<PrimitiveArray<IntervalMonthDayNanoType>>())
            }
        })
    });
    Ok(Typed::new(kernel.call(vec![interval.expr.clone(), factor.expr.clone()]), data_type, nullable, ""))
}

/// Months, days and microseconds times or divided by a number. In a calendar interval a part of a month is dropped and a
/// part of a day goes to the microseconds; the other intervals round.
fn scaled_parts(
    (months, days, micros): (i32, i32, i64),
    factor: f64,
    divide: bool,
    data_type: &DataType,
) -> Result<(i32, i32, i64)> {
    if divide && factor == 0.0 {
        let error = SparkError::new("INTERVAL_DIVIDED_BY_ZERO");
        return Err(match data_type {
            DataType::Interval(IntervalUnit::MonthDayNano) => error,
            _ => error.param("config", "\"spark.sql.ansi.enabled\""),
        });
    }
    let times = |value: f64| if divide { value / factor } else { value * factor };
    let overflow = || crate::error::overflow("integer overflow", "");
    let int = |value: f64| match value.is_finite() && value.abs() <= f64::from(i32::MAX) {
        true => Ok(value as i32),
        false => Err(overflow()),
    };
    let long = |value: f64| match value.is_finite() && value.abs() < i64::MAX as f64 {
        true => Ok(value as i64),
        false => Err(overflow()),
    };
    let (months, micros) = (times(f64::from(months)), times(micros as f64));
    if !matches!(data_type, DataType::Interval(IntervalUnit::MonthDayNano)) {
        return Ok((int(months.round())?, 0, long(micros.round())?));
    }
    let days = times(f64::from(days));
    let micros = micros + DAY_US as f64 * days.fract();
    Ok((int(months.trunc())?, int(days.trunc())?, long((micros + 0.5).floor())?))
}
