//! What is the same for the whole query and known before it runs: the time, the user, the database, the version.

use datafusion::common::ScalarValue;
use firesteel_error::Result;

use super::Family;
use crate::analyzer::Call;
use crate::display;
use crate::expression::Typed;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("current_timestamp", now),
    ("now", now),
    ("current_date", today),
    ("curdate", today),
    ("localtimestamp", local_timestamp),
    ("current_user", user),
    ("user", user),
    ("session_user", user),
    ("version", |c| {
        c.expect(0..=0)?;
        Ok(text("4.2.0 firesteel", "version()"))
    }),
];

fn text(value: &str, name: &str) -> Typed {
    Typed::literal(ScalarValue::Utf8(Some(value.to_string())), name)
}

/// The time at which the query was analyzed.
pub(super) fn timestamp(call: &Call<'_>) -> Typed {
    let value = ScalarValue::TimestampMicrosecond(Some(call.now_us()), Some("UTC".into()));
    Typed::literal(value, "current_timestamp()")
}

fn now(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let title = call.title();
    Ok(timestamp(&call).named(title))
}

fn local_us(call: &Call<'_>) -> i64 {
    display::zone(call.conf()).utc_to_local_micros(call.now_us())
}

fn today(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let days = local_us(&call).div_euclid(super::datetime::DAY_US) as i32;
    Ok(Typed::literal(ScalarValue::Date32(Some(days)), "current_date()"))
}

fn local_timestamp(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let value = ScalarValue::TimestampMicrosecond(Some(local_us(&call)), None);
    Ok(Typed::literal(value, "localtimestamp()"))
}

fn user(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "root".into());
    Ok(text(&name, &format!("{}()", call.lower_name())))
}
