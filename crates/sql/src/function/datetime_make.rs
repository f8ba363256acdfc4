//! Dates, times and intervals out of numbers: `make_date`, `make_timestamp`, `make_interval` and their relatives.

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, IntervalMonthDayNano, Time64NanosecondType};
use datafusion::common::ScalarValue;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::ZoneId;
use firesteel_formats::values::datetimes::days_of;

use super::Family;
use super::datetime::DAY_US;
use super::rows::{
    Answer, Calendar, DayTime, Days, Int, LocalMicros, Micros, YearMonth, finish, three, two, with_default,
    with_default_int,
};
use crate::analyzer::Call;
use crate::display;
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("make_date", make_date),
    ("make_timestamp", |c| make_timestamp(c, Kind::Zoned)),
    ("make_timestamp_ltz", |c| make_timestamp(c, Kind::Zoned)),
    ("make_timestamp_ntz", |c| make_timestamp(c, Kind::Local)),
    ("try_make_timestamp", |c| make_timestamp(c, Kind::Zoned)),
    ("try_make_timestamp_ltz", |c| make_timestamp(c, Kind::Zoned)),
    ("try_make_timestamp_ntz", |c| make_timestamp(c, Kind::Local)),
    ("make_interval", make_interval),
    ("try_make_interval", make_interval),
    ("make_dt_interval", make_day_time),
    ("make_ym_interval", make_year_month),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zoned,
    Local,
}

fn bad_date(text: String) -> SparkError {
    SparkError::new("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION")
        .param("rangeMessage", text)
        .param("ansiConfig", "\"spark.sql.ansi.enabled\"")
        .with_exception(Exception::DateTime)
}

fn range(field: &str, low: i64, high: i64, value: i64) -> String {
    format!("Invalid value for {field} (valid values {low} - {high}): {value}")
}

/// Days since 1970-01-01, or what is wrong with the numbers.
fn date_of(y: i32, m: i32, d: i32) -> Result<i32, String> {
    if !(1..=12).contains(&m) {
        return Err(range("MonthOfYear", 1, 12, i64::from(m)));
    }
    if !(1..=31).contains(&d) {
        return Err(format!("Invalid value for DayOfMonth (valid values 1 - 28/31): {d}"));
    }
    days_of(y, m as u32, d as u32).ok_or_else(|| format!("Invalid date of year {y}, month {m} and day {d}"))
}

fn make_date(call: Call<'_>) -> Result<Typed> {
    let strict = call.conf().ansi();
    if strict {
        return three::<Int, Int, Int, _>(call, |y, m, d| date_of(y, m, d).map(Days).map_err(bad_date));
    }
    three::<Int, Int, Int, _>(call, |y, m, d| date_of(y, m, d).map(Days).ok())
}

/// The wall clock's reading in microseconds; `seconds` are microseconds too.
fn local_of(y: i32, m: i32, d: i32, hour: i32, minute: i32, seconds: i128) -> Result<i64, String> {
    let day = i64::from(date_of(y, m, d)?) * DAY_US;
    if !(0..=23).contains(&hour) {
        return Err(range("HourOfDay", 0, 23, i64::from(hour)));
    }
    if !(0..=59).contains(&minute) {
        return Err(range("MinuteOfHour", 0, 59, i64::from(minute)));
    }
    // 60 seconds are the next minute.
    if !(0..=60_000_000).contains(&seconds) {
        return Err(range("SecondOfMinute", 0, 59, (seconds / 1_000_000) as i64));
    }
    Ok(day + i64::from(hour) * 3_600_000_000 + i64::from(minute) * 60_000_000 + seconds as i64)
}

/// A timestamp of a date, a time and perhaps a zone.
fn of_date_and_time(call: Call<'_>, kind: Kind) -> Result<Typed> {
    let title = call.title().replacen("make_timestamp_ltz(", "make_timestamp(", 1);
    let session_zone = display::zone(call.conf());
    let mut args = vec![call.cast(0, &DataType::Date32)?, call.cast(1, &types::time())?];
    if call.len() == 3 {
        args.push(call.cast(2, &DataType::Utf8)?);
    }
    let data_type = if kind == Kind::Zoned { Micros::data_type() } else { LocalMicros::data_type() };
    let typed = finish(&call, args, data_type.clone(), false, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let mut values = Vec::with_capacity(columns.rows());
        for row in 0..columns.rows() {
            if arrays.iter().any(|a| a.is_null(row)) {
                values.push(None);
                continue;
            }
            let day = i64::from(arrays[0].as_primitive::<Date32Type>().value(row)) * DAY_US;
            let local = day + arrays[1].as_primitive::<Time64NanosecondType>().value(row) / 1000;
            let zone = match arrays.get(2) {
                Some(zones) => zones.as_string::<i32>().value(row).parse::<ZoneId>()?,
                None => session_zone,
            };
            values.push(Some(if kind == Kind::Zoned { zone.local_to_utc_micros(local) } else { local }));
        }
        let values: TimestampMicrosecondArray = values.into_iter().collect();
        Ok(std::sync::Arc::new(values.with_data_type(data_type.clone())))
    });
    Ok(typed.named(title))
}

fn make_timestamp(call: Call<'_>, kind: Kind) -> Result<Typed> {
    if (2..=3).contains(&call.len()) {
        return of_date_and_time(call, kind);
    }
    call.expect(6..=7)?;
    let forgiving = call.lower_name().starts_with("try_");
    let strict = call.conf().ansi() && !forgiving;
    let session_zone = display::zone(call.conf());
    let mut args = (0..5).map(|i| call.cast(i, &DataType::Int32)).collect::<Result<Vec<_>>>()?;
    let seconds = DataType::Decimal128(16, 6);
    args.push(call.cast(5, &seconds)?);
    if call.len() == 7 {
        args.push(call.cast(6, &DataType::Utf8)?);
    }
    let data_type = if kind == Kind::Zoned { Micros::data_type() } else { LocalMicros::data_type() };
    // Spark does not show the zone of this one.
    let title = match call.lower_name() == "try_make_timestamp" {
        true => {
            let names: Vec<String> = call.values()?.into_iter().take(6).map(|v| v.name).collect();
            format!("{}({})", call.lower_name(), names.join(", "))
        }
        false => call.title(),
    };
    let typed = finish(&call, args, data_type, !strict, move |columns| {
        let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
        let int = |column: usize, row: usize| arrays[column].as_primitive::<Int32Type>().value(row);
        let mut values = Vec::with_capacity(columns.rows());
        for row in 0..columns.rows() {
            if arrays.iter().any(|a| a.is_null(row)) {
                values.push(None);
                continue;
            }
            let seconds = arrays[5].as_primitive::<Decimal128Type>().value(row);
            let zone = match arrays.get(6) {
                Some(zones) => zones.as_string::<i32>().value(row).parse::<ZoneId>()?,
                None => session_zone,
            };
            match local_of(int(0, row), int(1, row), int(2, row), int(3, row), int(4, row), seconds) {
                Ok(us) if kind == Kind::Zoned => values.push(Some(zone.local_to_utc_micros(us))),
                Ok(us) => values.push(Some(us)),
                Err(text) if strict => return Err(bad_date(text)),
                Err(_) => values.push(None),
            }
        }
        Ok(if kind == Kind::Zoned {
            Micros::column(values.into_iter().map(|v| v.map(Micros)).collect())
        } else {
            LocalMicros::column(values.into_iter().map(|v| v.map(LocalMicros)).collect())
        })
    });
    Ok(typed.named(title))
}

fn no_seconds() -> ScalarValue {
    ScalarValue::Decimal128(Some(0), 8, 6)
}

/// The casts of `count` whole numbers and then of seconds, as `decimal(18,6)`.
fn numbers(call: &Call<'_>, count: usize) -> Result<Vec<Typed>> {
    let mut args = (0..count).map(|i| call.cast(i, &DataType::Int32)).collect::<Result<Vec<_>>>()?;
    args.push(call.cast(count, &DataType::Decimal128(18, 6))?);
    Ok(args)
}

/// For each row the whole numbers and the microseconds, unless one is NULL.
fn each<R: Answer>(
    columns: &crate::expression::Columns,
    f: impl Fn(&[i32], i64) -> Result<Option<R>>,
) -> Result<ArrayRef> {
    let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
    let Some((seconds, ints)) = arrays.split_last() else { return Err(SparkError::internal("no arguments")) };
    let mut values = Vec::with_capacity(columns.rows());
    for row in 0..columns.rows() {
        if arrays.iter().any(|a| a.is_null(row)) {
            values.push(None);
            continue;
        }
        let ints: Vec<i32> = ints.iter().map(|a| a.as_primitive::<Int32Type>().value(row)).collect();
        values.push(f(&ints, seconds.as_primitive::<Decimal128Type>().value(row) as i64)?);
    }
    Ok(R::column(values))
}

fn interval_overflow() -> SparkError {
    SparkError::new("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION")
}

fn make_interval(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=7)?;
    let mut call = call;
    for index in 0..6 {
        call = with_default_int(call, index, 0);
    }
    let call = with_default(call, 6, no_seconds(), "0.000000");
    let strict = call.conf().ansi() && !call.lower_name().starts_with("try_");
    let args = numbers(&call, 6)?;
    Ok(finish(&call, args, Calendar::data_type(), !strict, move |columns| {
        each(columns, |n, seconds| {
            let value = (|| {
                let months = n[0].checked_mul(12)?.checked_add(n[1])?;
                let days = n[2].checked_mul(7)?.checked_add(n[3])?;
                let micros = i64::from(n[4]) * 3_600_000_000 + i64::from(n[5]) * 60_000_000;
                let nanos = micros.checked_add(seconds)?.checked_mul(1000)?;
                Some(Calendar(IntervalMonthDayNano::new(months, days, nanos)))
            })();
            if value.is_none() && strict { Err(interval_overflow()) } else { Ok(value) }
        })
    }))
}

fn make_day_time(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=4)?;
    let mut call = call;
    for index in 0..3 {
        call = with_default_int(call, index, 0);
    }
    let call = with_default(call, 3, no_seconds(), "0.000000");
    let args = numbers(&call, 3)?;
    Ok(finish(&call, args, DayTime::data_type(), false, |columns| {
        each(columns, |n, seconds| {
            let micros = i64::from(n[0])
                .checked_mul(DAY_US)
                .and_then(|us| us.checked_add(i64::from(n[1]) * 3_600_000_000))
                .and_then(|us| us.checked_add(i64::from(n[2]) * 60_000_000))
                .and_then(|us| us.checked_add(seconds));
            micros.map(|us| Some(DayTime(us))).ok_or_else(interval_overflow)
        })
    }))
}

fn make_year_month(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=2)?;
    let call = with_default_int(with_default_int(call, 0, 0), 1, 0);
    two::<Int, Int, _>(call, |y, m| {
        y.checked_mul(12).and_then(|n| n.checked_add(m)).map(YearMonth).ok_or_else(interval_overflow)
    })
}
