//! Dates and times: their fields, and moving, cutting and comparing them, in the session's time zone.

use arrow::datatypes::DataType;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::ZoneId;
use firesteel_formats::values::datetimes::{civil_of, days_in_month, days_of};

use super::Family;
use super::datetime_arithmetic::move_calendar;
use super::rows::{
    Bool, Date, Days, Int, LocalMicros, LocalStamp, Long, Micros, Stamp, Text, TimeOfDay, one, three, two,
};
use super::rows::{Input, Outcome, with_default};
use crate::analyzer::Call;
use crate::display;
use crate::expression::Typed;

pub(super) const DAY_US: i64 = 86_400_000_000;
const HOUR_US: i64 = 3_600_000_000;
const MINUTE_US: i64 = 60_000_000;
const SECOND_US: i64 = 1_000_000;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("year", |c| one::<Date, _>(c, |d| civil_of(d).0)),
    ("quarter", |c| one::<Date, _>(c, quarter)),
    ("month", |c| one::<Date, _>(c, |d| civil_of(d).1 as i32)),
    ("day", |c| one::<Date, _>(c, |d| civil_of(d).2 as i32)),
    ("dayofmonth", |c| one::<Date, _>(c, |d| civil_of(d).2 as i32)),
    ("dayofyear", |c| one::<Date, _>(c, day_of_year)),
    ("dayofweek", |c| one::<Date, _>(c, |d| (d + 4).rem_euclid(7) + 1)),
    ("weekday", |c| one::<Date, _>(c, weekday)),
    ("weekofyear", |c| one::<Date, _>(c, week)),
    ("dayname", |c| one::<Date, _>(c, |d| DAY_NAMES[weekday(d) as usize].to_string())),
    ("monthname", |c| one::<Date, _>(c, |d| MONTH_NAMES[civil_of(d).1 as usize - 1].to_string())),
    ("hour", |c| clock(c, |us| (us / HOUR_US) as i32)),
    ("minute", |c| clock(c, |us| (us / MINUTE_US % 60) as i32)),
    ("second", |c| clock(c, |us| (us / SECOND_US % 60) as i32)),
    ("last_day", |c| {
        one::<Date, _>(c, |d| {
            let (y, m, day) = civil_of(d);
            Days(d + days_in_month(y, m) as i32 - day as i32)
        })
    }),
    ("next_day", next_day),
    ("date_add", |c| if c.len() == 3 { timestamp_add(c) } else { add_days(c, 1) }),
    ("dateadd", |c| if c.len() == 3 { timestamp_add(c) } else { add_days(c, 1) }),
    ("date_sub", |c| add_days(c, -1)),
    ("datediff", days_between),
    ("date_diff", days_between),
    ("add_months", |c| {
        two::<Date, Int, _>(c, |d, n| {
            move_calendar(i64::from(d) * DAY_US, n, 0).map(|us| Days(us.div_euclid(DAY_US) as i32)).ok_or_else(|| {
                SparkError::new("DATETIME_OVERFLOW").param("operation", format!("add {n} months to a date"))
            })
        })
    }),
    ("months_between", months_between),
    ("trunc", |c| two::<Date, Text, _>(c, |d, unit| truncate_date(d, unit).map(Days))),
    ("date_trunc", date_trunc),
    ("from_utc_timestamp", |c| {
        two::<Stamp, Text, _>(c, |us, zone| zone.parse::<ZoneId>().map(|zone| Micros(zone.utc_to_local_micros(us))))
    }),
    ("to_utc_timestamp", |c| {
        two::<Stamp, Text, _>(c, |us, zone| zone.parse::<ZoneId>().map(|zone| Micros(zone.local_to_utc_micros(us))))
    }),
    ("convert_timezone", convert_timezone),
    ("unix_date", |c| one::<Date, _>(c, |d| d)),
    ("date_from_unix_date", |c| one::<Int, _>(c, Days)),
    ("unix_seconds", |c| one::<Stamp, _>(c, |us| us.div_euclid(SECOND_US))),
    ("unix_millis", |c| one::<Stamp, _>(c, |us| us.div_euclid(1000))),
    ("unix_micros", |c| one::<Stamp, _>(c, |us| us)),
    ("timestamp_seconds", timestamp_seconds),
    ("timestamp_millis", |c| one::<Long, _>(c, |n| n.checked_mul(1000).map(Micros).ok_or_else(long_overflow))),
    ("timestamp_micros", |c| one::<Long, _>(c, Micros)),
    ("timestampadd", timestamp_add),
    ("timestamp_add", timestamp_add),
    ("timestampdiff", timestamp_diff),
    ("timestamp_diff", timestamp_diff),
    ("current_timezone", |c| {
        c.expect(0..=0)?;
        let zone = c.conf().time_zone();
        Ok(Typed::literal(datafusion::common::ScalarValue::Utf8(Some(zone)), "current_timezone()"))
    }),
];

const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTH_NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn long_overflow() -> SparkError {
    crate::error::overflow("long overflow", "")
}

pub(super) fn quarter(d: i32) -> i32 {
    (civil_of(d).1 as i32 - 1) / 3 + 1
}

pub(super) fn day_of_year(d: i32) -> i32 {
    d - days_of(civil_of(d).0, 1, 1).unwrap_or(d) + 1
}

/// From Monday, which is 0.
pub(super) fn weekday(d: i32) -> i32 {
    (d + 3).rem_euclid(7)
}

/// The ISO year that a date's week belongs to.
pub(super) fn week_year(d: i32) -> i32 {
    civil_of(d - weekday(d) + 3).0
}

/// The ISO week.
pub(super) fn week(d: i32) -> i32 {
    (day_of_year(d - weekday(d) + 3) - 1) / 7 + 1
}

/// A part of the time of day, from the microseconds since midnight.
fn clock(call: Call<'_>, part: fn(i64) -> i32) -> Result<Typed> {
    call.expect(1..=1)?;
    if matches!(call.arg(0)?.data_type(), DataType::Timestamp(_, None)) {
        return one::<LocalStamp, _>(call, move |us| part(us.rem_euclid(DAY_US)));
    }
    if matches!(call.arg(0)?.data_type(), DataType::Time64(_)) {
        super::time_of_day::allowed(&call)?;
        return one::<TimeOfDay, _>(call, move |nanos| part(nanos / 1000));
    }
    let zone = display::zone(call.conf());
    one::<Stamp, _>(call, move |us| part(zone.utc_to_local_micros(us).rem_euclid(DAY_US)))
}

fn next_day(call: Call<'_>) -> Result<Typed> {
    let strict = call.conf().ansi();
    two::<Date, Text, _>(call, move |d, name| {
        let wanted = match name.to_uppercase().as_str() {
            "MO" | "MON" | "MONDAY" => 0,
            "TU" | "TUE" | "TUESDAY" => 1,
            "WE" | "WED" | "WEDNESDAY" => 2,
            "TH" | "THU" | "THURSDAY" => 3,
            "FR" | "FRI" | "FRIDAY" => 4,
            "SA" | "SAT" | "SATURDAY" => 5,
            "SU" | "SUN" | "SUNDAY" => 6,
            _ if strict => {
                let error = SparkError::new("ILLEGAL_DAY_OF_WEEK").param("string", name);
                return Err(error.with_exception(Exception::IllegalArgument));
            }
            _ => return Ok(None),
        };
        let ahead = (wanted - weekday(d)).rem_euclid(7);
        Ok(Some(Days(d + if ahead == 0 { 7 } else { ahead })))
    })
}

fn add_days(call: Call<'_>, sign: i32) -> Result<Typed> {
    call.expect(2..=2)?;
    let title =
        format!("{}({}, {})", if sign < 0 { "date_sub" } else { "date_add" }, call.arg(0)?.name, call.arg(1)?.name);
    two::<Date, Int, _>(call, move |d, n| Days(d.wrapping_add(n.wrapping_mul(sign)))).map(|t| t.named(title))
}

fn months_between(call: Call<'_>) -> Result<Typed> {
    let zone = display::zone(call.conf());
    let call = with_default(call, 2, datafusion::common::ScalarValue::Boolean(Some(true)), "true");
    three::<Stamp, Stamp, Bool, _>(call, move |a, b, round| {
        let (a, b) = (zone.utc_to_local_micros(a), zone.utc_to_local_micros(b));
        let ((y1, m1, d1), (y2, m2, d2)) =
            (civil_of(a.div_euclid(DAY_US) as i32), civil_of(b.div_euclid(DAY_US) as i32));
        let months = f64::from((y1 - y2) * 12 + m1 as i32 - m2 as i32);
        let is_last = |y, m, d| days_in_month(y, m) == d;
        if d1 == d2 || is_last(y1, m1, d1) && is_last(y2, m2, d2) {
            return months;
        }
        let seconds = |us: i64, day: u32| i64::from(day) * 86_400 + us.rem_euclid(DAY_US) / SECOND_US;
        let apart = (seconds(a, d1) - seconds(b, d2)) as f64 / (31.0 * 86_400.0);
        let value = months + apart;
        if round { (value * 1e8).round() / 1e8 } else { value }
    })
}

/// The first day of the week, month, quarter or year that a date is in.
fn truncate_date(d: i32, unit: &str) -> Option<i32> {
    let (y, m, _) = civil_of(d);
    match unit.to_uppercase().as_str() {
        "YEAR" | "YYYY" | "YY" => days_of(y, 1, 1),
        "QUARTER" => days_of(y, (m - 1) / 3 * 3 + 1, 1),
        "MONTH" | "MM" | "MON" => days_of(y, m, 1),
        "WEEK" => Some(d - weekday(d)),
        _ => None,
    }
}

/// The start of the unit that a wall clock's reading is in.
fn truncate_local(us: i64, unit: &str) -> Option<i64> {
    let to = |step: i64| Some(us.div_euclid(step) * step);
    match unit.to_uppercase().as_str() {
        "MICROSECOND" => Some(us),
        "MILLISECOND" => to(1000),
        "SECOND" => to(SECOND_US),
        "MINUTE" => to(MINUTE_US),
        "HOUR" => to(HOUR_US),
        "DAY" | "DD" => to(DAY_US),
        other => truncate_date(us.div_euclid(DAY_US) as i32, other).map(|d| i64::from(d) * DAY_US),
    }
}

fn date_trunc(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let zone = display::zone(call.conf());
    if matches!(call.arg(1)?.data_type(), DataType::Timestamp(_, None)) {
        return two::<Text, LocalStamp, _>(call, |unit, us| truncate_local(us, unit).map(LocalMicros));
    }
    two::<Text, Stamp, _>(call, move |unit, us| match unit.to_uppercase().as_str() {
        // Within an hour the zone does not matter, and the hour that comes twice stays the one it is.
        "MICROSECOND" | "MILLISECOND" | "SECOND" => truncate_local(us, unit).map(Micros),
        _ => {
            let local = zone.utc_to_local_micros(us);
            let start = truncate_local(local, unit)?;
            let within = local - start;
            let moved = us - within;
            let same = zone.utc_to_local_micros(moved) == start;
            Some(Micros(if same { moved } else { zone.local_to_utc_micros(start) }))
        }
    })
}

fn convert_timezone(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=3)?;
    let zone = call.conf().time_zone();
    if call.len() == 2 {
        let title = format!("convert_timezone(current_timezone(), {}, {})", call.arg(0)?.name, call.arg(1)?.name);
        return two::<Text, LocalStamp, _>(call, move |to, us| moved_zone(&zone, to, us)).map(|t| t.named(title));
    }
    three::<Text, Text, LocalStamp, _>(call, moved_zone)
}

fn moved_zone(from: &str, to: &str, us: i64) -> Result<LocalMicros> {
    let (from, to) = (from.parse::<ZoneId>()?, to.parse::<ZoneId>()?);
    Ok(LocalMicros(to.utc_to_local_micros(from.local_to_utc_micros(us))))
}

fn timestamp_seconds(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    match call.arg(0)?.data_type() {
        t if crate::types::is_integral(t) => {
            one::<Long, _>(call, |n| n.checked_mul(SECOND_US).map(Micros).ok_or_else(long_overflow))
        }
        DataType::Decimal128(..) => {
            let title = call.title();
            let seconds = call.cast(0, &DataType::Decimal128(38, 6))?;
            let typed = super::rows::finish(&call, vec![seconds], crate::types::timestamp(), true, |columns| {
                use arrow::array::cast::AsArray;
                let values = columns.array(0)?;
                let values = values.as_primitive::<arrow::datatypes::Decimal128Type>();
                let micros: arrow::array::TimestampMicrosecondArray = values.unary(|v| v as i64);
                Ok(std::sync::Arc::new(micros.with_data_type(crate::types::timestamp())))
            });
            Ok(typed.named(title))
        }
        _ => one::<super::rows::Double, _>(call, |x| {
            (!x.is_nan() && !x.is_infinite()).then_some(Micros((x * 1e6) as i64))
        }),
    }
}

/// A unit's length in months, or else in microseconds.
fn unit_length(unit: &str) -> Option<(i64, i64)> {
    Some(match unit.to_uppercase().as_str() {
        "MICROSECOND" => (0, 1),
        "MILLISECOND" => (0, 1000),
        "SECOND" => (0, SECOND_US),
        "MINUTE" => (0, MINUTE_US),
        "HOUR" => (0, HOUR_US),
        "DAY" | "DAYOFYEAR" => (0, DAY_US),
        "WEEK" => (0, 7 * DAY_US),
        "MONTH" => (1, 0),
        "QUARTER" => (3, 0),
        "YEAR" => (12, 0),
        _ => return None,
    })
}

fn unit(call: &Call<'_>) -> Result<(String, (i64, i64))> {
    let text = call.constant_text(0)?.unwrap_or_default();
    let length = unit_length(&text).ok_or_else(|| {
        SparkError::new("INVALID_PARAMETER_VALUE.DATETIME_UNIT")
            .param("functionName", format!("`{}`", call.lower_name()))
            .param("parameter", "`unit`")
            .param("invalidValue", format!("'{text}'"))
    })?;
    Ok((text, length))
}

fn timestamp_add(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let (text, (months, micros)) = unit(&call)?;
    let title = format!("timestampadd({text}, {}, {})", call.arg(1)?.name, call.arg(2)?.name);
    let zone = display::zone(call.conf());
    let move_local = move |local: i64, n: i64| -> Option<i64> {
        if months != 0 {
            return move_calendar(local, i32::try_from(n.checked_mul(months)?).ok()?, 0);
        }
        local.checked_add(n.checked_mul(micros)?)
    };
    let overflow = || SparkError::new("DATETIME_OVERFLOW").param("operation", "add units to a time");
    let typed = if matches!(call.arg(2)?.data_type(), DataType::Timestamp(_, None)) {
        three::<Text, Long, LocalStamp, _>(call, move |_, n, us| {
            move_local(us, n).map(LocalMicros).ok_or_else(overflow)
        })
    } else {
        three::<Text, Long, Stamp, _>(call, move |_, n, us| {
            if months == 0 && micros % DAY_US != 0 {
                return move_local(us, n).map(Micros).ok_or_else(overflow);
            }
            let moved = move_local(zone.utc_to_local_micros(us), n);
            moved.map(|local| Micros(zone.local_to_utc_micros(local))).ok_or_else(overflow)
        })
    };
    typed.map(|t| t.named(title))
}

/// Whole months from one wall clock's reading to another.
fn whole_months(from: i64, to: i64) -> i64 {
    let parts = |us: i64| {
        let (y, m, d) = civil_of(us.div_euclid(DAY_US) as i32);
        (i64::from(y) * 12 + i64::from(m) - 1, (i64::from(d), us.rem_euclid(DAY_US)))
    };
    let ((m1, rest1), (m2, rest2)) = (parts(from), parts(to));
    let months = m2 - m1;
    match months {
        1.. if rest2 < rest1 => months - 1,
        ..=-1 if rest2 > rest1 => months + 1,
        _ => months,
    }
}

/// Days from the second date to the first; with a unit before them, that many whole units.
fn days_between(call: Call<'_>) -> Result<Typed> {
    if call.len() == 3 { timestamp_diff(call) } else { two::<Date, Date, _>(call, i32::wrapping_sub) }
}

fn timestamp_diff(call: Call<'_>) -> Result<Typed> {
    call.expect(3..=3)?;
    let (text, (months, micros)) = unit(&call)?;
    let title = format!("timestampdiff({text}, {}, {})", call.arg(1)?.name, call.arg(2)?.name);
    let zone = display::zone(call.conf());
    let typed = three::<Text, Stamp, Stamp, _>(call, move |_, from, to| {
        if months == 0 && micros % DAY_US != 0 {
            return (to - from) / micros;
        }
        let (from, to) = (zone.utc_to_local_micros(from), zone.utc_to_local_micros(to));
        if months == 0 { (to - from) / micros } else { whole_months(from, to) / months }
    });
    typed.map(|t| t.named(title))
}

/// A function of a wall clock's reading, from any kind of time.
pub(super) fn local<R: Outcome>(
    call: Call<'_>,
    index: usize,
    f: impl Fn(i64) -> R + Send + Sync + 'static,
) -> Result<Typed> {
    use arrow::array::Array;
    let title = call.title();
    let zone = display::zone(call.conf());
    let zoned = !matches!(call.arg(index)?.data_type(), DataType::Timestamp(_, None));
    let wanted = if zoned { Stamp::data_type() } else { LocalStamp::data_type() };
    let arg = call.cast(index, &wanted)?;
    let typed = super::rows::finish(
        &call,
        vec![arg],
        <R::Answer as super::rows::Answer>::data_type(),
        R::NULLABLE,
        move |columns| {
            let array: arrow::array::TimestampMicrosecondArray = columns.typed(0)?;
            let mut values = Vec::with_capacity(array.len());
            for row in 0..array.len() {
                values.push(if array.is_null(row) {
                    None
                } else {
                    let us = array.value(row);
                    f(if zoned { zone.utc_to_local_micros(us) } else { us }).outcome()?
                });
            }
            Ok(<R::Answer as super::rows::Answer>::column(values))
        },
    );
    Ok(typed.named(title))
}
