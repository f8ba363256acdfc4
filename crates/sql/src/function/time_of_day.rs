//! Functions of the type `TIME`. Spark 4.2 has the type for literals and refuses its functions unless
//! `spark.sql.timeType.enabled` is on; so does this engine.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::DateTimePattern;

use super::Family;
use super::rows::{Int, Long, Nanos, Text, TimeOfDay, one, three, two};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("current_time", current_time),
    ("make_time", make_time),
    ("to_time", |c| to_time(c, false)),
    ("try_to_time", |c| to_time(c, true)),
    ("time_diff", time_diff),
    ("time_trunc", time_trunc),
    ("time_from_seconds", time_from_seconds),
    ("time_from_millis", |c| time_from(c, 1_000_000)),
    ("time_from_micros", |c| time_from(c, 1000)),
    ("time_to_seconds", time_to_seconds),
    ("time_to_millis", |c| time_to(c, 1_000_000)),
    ("time_to_micros", |c| time_to(c, 1000)),
];

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Whether the setting lets the type's functions and casts be called.
///
/// # Errors
/// `UNSUPPORTED_TIME_TYPE` if it does not.
pub(crate) fn allowed(call: &Call<'_>) -> Result<()> {
    allowed_by(call.conf())
}

/// As [`allowed`], for casts.
///
/// # Errors
/// As [`allowed`].
pub(crate) fn allowed_by(conf: &crate::conf::Conf) -> Result<()> {
    match conf.flag("spark.sql.timeType.enabled") {
        true => Ok(()),
        false => Err(SparkError::new("UNSUPPORTED_TIME_TYPE")),
    }
}

fn out_of_bounds(message: String) -> SparkError {
    SparkError::new("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION")
        .param("rangeMessage", message)
        .with_exception(Exception::DateTime)
}

/// The clock's reading in the session's time zone.
fn current_time(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=1)?;
    let precision = if call.is_empty() { 6 } else { call.constant_int(0)?.unwrap_or(6) };
    let local = crate::display::zone(call.conf()).utc_to_local_micros(call.now_us());
    let unit = 10_i64.pow(6_u32.saturating_sub(u32::try_from(precision).unwrap_or(0).min(6)));
    let micros = local.rem_euclid(DAY / 1000) / unit * unit;
    Ok(Typed::literal(ScalarValue::Time64Nanosecond(Some(micros * 1000)), format!("current_time({precision})")))
}

fn make_time(mut call: Call<'_>) -> Result<Typed> {
    allowed(&call)?;
    call.expect(3..=3)?;
    let title = call.title();
    // Seconds with their fraction, as whole microseconds.
    let seconds = call.cast(2, &DataType::Decimal128(16, 6))?;
    call.args[2] = crate::analyzer::Argument::Value(unscaled(&seconds));
    let typed = three::<Int, Int, Long, _>(call, |hour, minute, micros| {
        let check = |field: &str, value: i64, max: i64| match (0..=max).contains(&value) {
            true => Ok(value),
            false => Err(out_of_bounds(format!("Invalid value for {field} (valid values 0 - {max}): {value}"))),
        };
        let hour = check("HourOfDay", i64::from(hour), 23)?;
        let minute = check("MinuteOfHour", i64::from(minute), 59)?;
        check("SecondOfMinute", micros.div_euclid(1_000_000), 59)?;
        Ok(Nanos((hour * 3600 + minute * 60) * SECOND + micros * 1000))
    });
    typed.map(|t| t.named(title))
}

/// A `decimal(16,6)` times a million, as a whole number.
fn unscaled(seconds: &Typed) -> Typed {
    use arrow::array::cast::AsArray;
    let kernel = crate::expression::kernel("micros_of_seconds", std::slice::from_ref(seconds), DataType::Int64, |c| {
        let values = c.array(0)?;
        let longs: arrow::array::Int64Array =
            values.as_primitive::<arrow::datatypes::Decimal128Type>().iter().map(|v| v.map(|v| v as i64)).collect();
        Ok(std::sync::Arc::new(longs))
    });
    kernel.named(&seconds.name)
}

/// A time out of text, by a pattern if there is one.
fn to_time(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    allowed(&call)?;
    call.expect(1..=2)?;
    let names: Vec<String> = call.values()?.into_iter().map(|v| v.name).collect();
    let plain = format!("to_time({})", names.join(", "));
    let title = if forgiving { format!("try_to_time({plain})") } else { plain };
    let unparseable = |text: &str, format: &str| {
        SparkError::new("CANNOT_PARSE_TIME")
            .param("input", format!("'{text}'"))
            .param("format", format!("'{format}'"))
            .with_exception(Exception::DateTime)
    };
    if call.len() == 1 {
        let text = call.cast(0, &DataType::Utf8)?;
        let parsed = cast::cast(text.clone(), &types::time(), Mode::Try, call.conf())?;
        if forgiving {
            return Ok(parsed.named(title));
        }
        let typed = super::rows::finish(&call, vec![text, parsed], types::time(), false, move |columns| {
            use arrow::array::{Array, cast::AsArray};
            let (texts, times) = (columns.array(0)?, columns.array(1)?);
            match (0..times.len()).find(|row| times.is_null(*row) && texts.is_valid(*row)) {
                Some(row) => Err(unparseable(texts.as_string::<i32>().value(row), "HH:mm:ss.SSSSSS")),
                None => Ok(times),
            }
        });
        return Ok(typed.named(title));
    }
    let typed = two::<Text, Text, _>(call, move |text, format| {
        let pattern = DateTimePattern::for_parsing(format)?;
        match pattern.parse_timestamp_ntz(text) {
            Some(micros) => Ok(Some(Nanos(micros.rem_euclid(DAY / 1000) * 1000))),
            None if forgiving => Ok(None),
            None => Err(unparseable(text, format)),
        }
    });
    typed.map(|t| t.named(title))
}

/// The length of a unit in nanoseconds.
fn unit_of(text: &str, function: &str) -> Result<i64> {
    Ok(match text.to_uppercase().as_str() {
        "HOUR" => 3600 * SECOND,
        "MINUTE" => 60 * SECOND,
        "SECOND" => SECOND,
        "MILLISECOND" => 1_000_000,
        "MICROSECOND" => 1000,
        _ => {
            return Err(SparkError::new("INVALID_PARAMETER_VALUE.TIME_UNIT")
                .param("functionName", format!("`{function}`"))
                .param("parameter", "`unit`")
                .param("invalidValue", format!("'{text}'"))
                .with_exception(Exception::IllegalArgument));
        }
    })
}

fn time_diff(call: Call<'_>) -> Result<Typed> {
    allowed(&call)?;
    three::<Text, TimeOfDay, TimeOfDay, _>(call, |unit, start, end| {
        unit_of(unit, "time_diff").map(|unit| (end - start) / unit)
    })
}

fn time_trunc(call: Call<'_>) -> Result<Typed> {
    allowed(&call)?;
    two::<Text, TimeOfDay, _>(call, |unit, time| unit_of(unit, "time_trunc").map(|unit| Nanos(time / unit * unit)))
}

fn in_day(nanos: i128) -> Result<Nanos> {
    match i64::try_from(nanos) {
        Ok(nanos) if (0..DAY).contains(&nanos) => Ok(Nanos(nanos)),
        _ => Err(out_of_bounds(format!(
            "Invalid TIME value: must be between 00:00:00 and 23:59:59.999999999, but got {nanos} nanoseconds"
        ))),
    }
}

fn time_from(call: Call<'_>, unit: i64) -> Result<Typed> {
    allowed(&call)?;
    one::<Long, _>(call, move |value| in_day(i128::from(value) * i128::from(unit)))
}

fn time_from_seconds(mut call: Call<'_>) -> Result<Typed> {
    allowed(&call)?;
    call.expect(1..=1)?;
    let title = call.title();
    let seconds = call.arg(0)?;
    let seconds =
        cast::cast(seconds.clone(), &DataType::Decimal128(16, 6), Mode::Ansi, call.conf())?.named(&seconds.name);
    call.args[0] = crate::analyzer::Argument::Value(unscaled(&seconds));
    one::<Long, _>(call, |micros| in_day(i128::from(micros) * 1000)).map(|t| t.named(title))
}

fn time_to(call: Call<'_>, unit: i64) -> Result<Typed> {
    allowed(&call)?;
    one::<TimeOfDay, _>(call, move |nanos| nanos / unit)
}

/// Seconds with six places, as `decimal(14,6)`.
fn time_to_seconds(call: Call<'_>) -> Result<Typed> {
    allowed(&call)?;
    use arrow::array::cast::AsArray;
    call.expect(1..=1)?;
    let to = DataType::Decimal128(14, 6);
    let (args, target) = (vec![call.cast(0, &types::time())?], to.clone());
    Ok(super::rows::finish(&call, args, to, false, move |columns| {
        let times = columns.array(0)?;
        let times = times.as_primitive::<arrow::datatypes::Time64NanosecondType>();
        let values: arrow::array::Decimal128Array = times.iter().map(|t| t.map(|t| i128::from(t / 1000))).collect();
        Ok(std::sync::Arc::new(values.with_data_type(target.clone())))
    }))
}
