//! What is the same for the whole query and known before it runs: the time, the user, the database, the version.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use firesteel_error::Result;

use super::Family;
use crate::analyzer::Call;
use crate::current_time::{Asked, CurrentTime};
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

/// The time at which the query was analyzed; in a streaming query, that of the batch.
pub(super) fn timestamp(call: &Call<'_>) -> Typed {
    time(call, Asked::Timestamp, "current_timestamp()")
}

fn time(call: &Call<'_>, asked: Asked, title: &str) -> Typed {
    let data_type = match asked {
        Asked::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Asked::Date => DataType::Date32,
        Asked::LocalTimestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    };
    let expr = CurrentTime::call(asked, display::zone(call.conf()), call.now_us());
    Typed::new(expr, data_type, false, title)
}

fn now(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let title = call.title();
    Ok(timestamp(&call).named(title))
}

fn today(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    Ok(time(&call, Asked::Date, "current_date()"))
}

fn local_timestamp(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    Ok(time(&call, Asked::LocalTimestamp, "localtimestamp()"))
}

fn user(call: Call<'_>) -> Result<Typed> {
    call.expect(0..=0)?;
    let name = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "root".into());
    Ok(text(&name, &format!("{}()", call.lower_name())))
}
