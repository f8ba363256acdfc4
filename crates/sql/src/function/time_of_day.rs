//! Functions of the type `TIME`: Spark 4.2 has the type for literals and refuses the functions, unless a setting that it
//! keeps to itself is on. So does this engine.

use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};

use super::Family;
use crate::analyzer::Call;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("current_time", current_time),
    ("make_time", refused),
    ("to_time", refused),
    ("try_to_time", refused),
    ("time_diff", refused),
    ("time_trunc", refused),
    ("time_bucket", refused),
    ("time_from_seconds", refused),
    ("time_from_millis", refused),
    ("time_from_micros", refused),
    ("time_to_seconds", refused),
    ("time_to_millis", refused),
    ("time_to_micros", refused),
];

/// What Spark raises for the type's functions and casts.
pub(crate) fn unsupported() -> SparkError {
    SparkError::new("UNSUPPORTED_TIME_TYPE")
}

fn refused(_: Call<'_>) -> Result<Typed> {
    Err(unsupported())
}

/// The clock's reading in the session's time zone.
fn current_time(call: Call<'_>) -> Result<Typed> {
    const DAY_MICROS: i64 = 86_400_000_000;
    call.expect(0..=1)?;
    let precision = if call.is_empty() { 6 } else { call.constant_int(0)?.unwrap_or(6) };
    let local = crate::display::zone(call.conf()).utc_to_local_micros(call.now_us());
    let unit = 10_i64.pow(6_u32.saturating_sub(u32::try_from(precision).unwrap_or(0).min(6)));
    let micros = local.rem_euclid(DAY_MICROS) / unit * unit;
    Ok(Typed::literal(ScalarValue::Time64Nanosecond(Some(micros * 1000)), format!("current_time({precision})")))
}
