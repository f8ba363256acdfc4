//! `time_bucket(size, time[, origin])`: the start of the bucket that a time falls in.
//!
//! Buckets of whole days and of months follow the calendar of the session's time zone, shorter ones follow the clock.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, TimestampMicrosecondArray};
use arrow::datatypes::{
    DataType, DurationMicrosecondType, IntervalUnit, IntervalYearMonthType, TimestampMicrosecondType,
};
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use firesteel_formats::values::datetimes::{civil_of, days_of};

use super::Family;
use super::datetime::DAY_US;
use super::rows::{finish, with_default};
use crate::analyzer::Call;
use crate::display;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[("time_bucket", time_bucket)];

/// How long a bucket is.
#[derive(Debug, Clone, Copy)]
enum Size {
    Micros(i64),
    Months(i32),
}

fn time_bucket(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let (size, time) = (call.arg(0)?, call.arg(1)?);
    let zone = display::zone(call.conf());
    let DataType::Timestamp(_, tz) = time.data_type().clone() else {
        return Err(call.unexpected_input(1, &time, "(\"TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE\")"));
    };
    let zoned = tz.is_some();
    let midnight = if zoned { zone.local_to_utc_micros(0) } else { 0 };
    let shown = format!("{} '1970-01-01 00:00:00'", if zoned { "TIMESTAMP" } else { "TIMESTAMP_NTZ" });
    let call = with_default(call, 2, ScalarValue::TimestampMicrosecond(Some(midnight), tz), &shown);
    if !matches!(size.data_type(), DataType::Duration(_) | DataType::Interval(IntervalUnit::YearMonth)) {
        let wanted = "(\"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")";
        return Err(call.unexpected_input(0, &size, wanted));
    }
    let constant = call.constant(0)?.to_array().map_err(crate::error::from_datafusion)?;
    let length = match constant.data_type() {
        _ if constant.is_null(0) => None,
        DataType::Duration(_) => Some(Size::Micros(constant.as_primitive::<DurationMicrosecondType>().value(0))),
        _ => Some(Size::Months(constant.as_primitive::<IntervalYearMonthType>().value(0))),
    };
    match length {
        Some(Size::Micros(n)) if n > DAY_US && n % DAY_US != 0 => {
            return Err(SparkError::unsupported("time_bucket by days and a part of a day"));
        }
        Some(Size::Micros(i64::MIN..=0) | Size::Months(i32::MIN..=0)) => {
            return Err(SparkError::new("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE")
                .param("exprName", "`bucketSize`")
                .param("valueRange", "(0, inf)")
                .param("currentValue", size.name.clone())
                .param("sqlExpr", format!("\"{}\"", call.title())));
        }
        _ => {}
    }
    let data_type = time.data_type().clone();
    let args = vec![time, call.cast(2, &data_type)?];
    let target = data_type.clone();
    Ok(finish(&call, args, data_type, length.is_none(), move |columns| {
        let (times, origins) = (columns.array(0)?, columns.array(1)?);
        let (times, origins) =
            (times.as_primitive::<TimestampMicrosecondType>(), origins.as_primitive::<TimestampMicrosecondType>());
        let local = |us: i64| if zoned { zone.utc_to_local_micros(us) } else { us };
        let back = |us: i64| if zoned { zone.local_to_utc_micros(us) } else { us };
        let starts = (0..times.len()).map(|row| {
            let length = length.filter(|_| times.is_valid(row) && origins.is_valid(row))?;
            let (time, origin) = (times.value(row), origins.value(row));
            Some(match length {
                Size::Micros(n) if n % DAY_US != 0 => origin + (time - origin).div_euclid(n) * n,
                Size::Micros(n) => {
                    let (time, origin) = (local(time), local(origin));
                    back(origin + (time - origin).div_euclid(n) * n)
                }
                Size::Months(n) => back(month_bucket(local(time), local(origin), n)?),
            })
        });
        let starts: TimestampMicrosecondArray = starts.collect();
        Ok(Arc::new(starts.with_data_type(target.clone())))
    }))
}

/// The start of the bucket of months; days after a month's end are its last one.
fn month_bucket(time: i64, origin: i64, months: i32) -> Option<i64> {
    let civil = |us: i64| civil_of(us.div_euclid(DAY_US) as i32);
    let index = |(year, month, _): (i32, u32, u32)| year * 12 + month as i32 - 1;
    let (_, _, day) = civil(origin);
    let clock = origin.rem_euclid(DAY_US);
    let start = |bucket: i32| -> Option<i64> {
        let month = index(civil(origin)) + bucket * months;
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
        let days = (28..=day.max(28)).rev().map(|d| d.min(day)).find_map(|d| days_of(year, month, d))?;
        Some(i64::from(days) * DAY_US + clock)
    };
    let guess = (index(civil(time)) - index(civil(origin))).div_euclid(months);
    let found = start(guess)?;
    if found > time { start(guess - 1) } else { Some(found) }
}
