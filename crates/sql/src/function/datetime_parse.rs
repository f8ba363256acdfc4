//! Dates and times from text and to text, by patterns: `to_date`, `to_timestamp`, `date_format`, `unix_timestamp`,
//! `from_unixtime`.

use arrow::datatypes::DataType;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::DateTimePattern;
use parking_lot::Mutex;

use super::Family;
use super::rows::{Date, Days, LocalMicros, LocalStamp, Long, Micros, Stamp, Text, two, with_default_text};
use crate::analyzer::{Argument, Call};
use crate::cast::{self, Mode};
use crate::display;
use crate::expression::Typed;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("to_date", |c| to_date(c, false)),
    ("try_to_date", |c| to_date(c, true)),
    ("to_timestamp", |c| to_timestamp(c, false)),
    ("to_timestamp_ltz", |c| to_timestamp(c, false)),
    ("to_timestamp_ntz", to_timestamp_ntz),
    ("try_to_timestamp", |c| to_timestamp(c, true)),
    ("date_format", date_format),
    ("unix_timestamp", unix_timestamp),
    ("to_unix_timestamp", unix_timestamp),
    ("from_unixtime", from_unixtime),
];

/// The pattern that was compiled last: it is the same for most rows.
pub(super) struct LastPattern {
    last: Mutex<Option<DateTimePattern>>,
    parsing: bool,
}

impl LastPattern {
    fn new(parsing: bool) -> Self {
        Self { last: Mutex::new(None), parsing }
    }

    fn with<T>(&self, pattern: &str, f: impl FnOnce(&DateTimePattern) -> T) -> Result<T> {
        let mut last = self.last.lock();
        if last.as_ref().is_none_or(|known| known.as_str() != pattern) {
            *last = Some(if self.parsing {
                DateTimePattern::for_parsing(pattern)?
            } else {
                DateTimePattern::new(pattern)?
            });
        }
        match last.as_ref() {
            Some(pattern) => Ok(f(pattern)),
            None => Err(SparkError::internal("no pattern")),
        }
    }
}

/// A text does not fit its pattern.
fn unparseable(text: &str, function: &str) -> SparkError {
    SparkError::new("CANNOT_PARSE_TIMESTAMP")
        .param("message", format!("Text '{text}' could not be parsed"))
        .param("func", format!("`{function}`"))
        .with_exception(Exception::DateTime)
}

/// A strict reading gives a value or an error, so it is nullable only if its arguments are.
fn marked(typed: Typed, strict: bool, call_nullable: bool) -> Typed {
    let field = typed.field.as_ref().clone().with_nullable(!strict || call_nullable);
    Typed { field: std::sync::Arc::new(field), ..typed }
}

fn any_nullable(call: &Call<'_>) -> Result<bool> {
    Ok(call.values()?.iter().any(Typed::nullable))
}

/// The outcome for a text that does not fit: an error under ANSI, unless the function forgives.
fn settle<T>(value: Option<T>, text: &str, strict: bool) -> Result<Option<T>> {
    match value {
        None if strict => Err(unparseable(text, "try_to_timestamp")),
        other => Ok(other),
    }
}

fn cast_to(call: &Call<'_>, to: &DataType, forgiving: bool) -> Result<Typed> {
    let mode = if forgiving { Mode::Try } else { Mode::implicit(call.conf()) };
    let arg = call.arg(0)?;
    if !cast::can_cast(arg.data_type(), to, mode) {
        return Err(call.unexpected_type(0, &arg, to));
    }
    let typed = cast::cast(arg, to, mode, call.conf())?;
    let field = typed.field.as_ref().clone().with_nullable(true);
    Ok(Typed { field: std::sync::Arc::new(field), ..typed })
}

fn to_date(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    call.expect(1..=2)?;
    let title = call.title();
    let is_text = call.arg(0)?.data_type() == &DataType::Utf8;
    if call.len() == 1 || !is_text {
        return Ok(cast_to(&call, &DataType::Date32, forgiving)?.named(title));
    }
    let strict = call.conf().ansi() && !forgiving;
    let nullable = any_nullable(&call)?;
    let last = LastPattern::new(true);
    let typed = two::<Text, Text, _>(call, move |text, pattern| {
        settle(last.with(pattern, |p| p.parse_date(text))?.map(Days), text, strict)
    });
    typed.map(|t| marked(t, strict, nullable).named(title))
}

fn to_timestamp(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    call.expect(1..=2)?;
    if call.conf().get("spark.sql.timestampType").is_some_and(|t| t.eq_ignore_ascii_case("TIMESTAMP_NTZ"))
        && call.lower_name() != "to_timestamp_ltz"
    {
        return to_timestamp_ntz(call);
    }
    let title = call.title();
    let is_text = call.arg(0)?.data_type() == &DataType::Utf8;
    if call.len() == 1 || !is_text {
        return Ok(cast_to(&call, &types::timestamp(), forgiving)?.named(title));
    }
    let strict = call.conf().ansi() && !forgiving;
    let nullable = any_nullable(&call)?;
    let zone = display::zone(call.conf());
    let last = LastPattern::new(true);
    let typed = two::<Text, Text, _>(call, move |text, pattern| {
        settle(last.with(pattern, |p| p.parse_timestamp(text, zone))?.map(Micros), text, strict)
    });
    typed.map(|t| marked(t, strict, nullable).named(title))
}

fn to_timestamp_ntz(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let title = call.title();
    let is_text = call.arg(0)?.data_type() == &DataType::Utf8;
    let forgiving = call.lower_name().starts_with("try_");
    if call.len() == 1 || !is_text {
        return Ok(cast_to(&call, &types::timestamp_ntz(), forgiving)?.named(title));
    }
    let strict = call.conf().ansi() && !forgiving;
    let nullable = any_nullable(&call)?;
    let last = LastPattern::new(true);
    let typed = two::<Text, Text, _>(call, move |text, pattern| {
        settle(last.with(pattern, |p| p.parse_timestamp_ntz(text))?.map(LocalMicros), text, strict)
    });
    typed.map(|t| marked(t, strict, nullable).named(title))
}

fn printed(f: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    f(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn date_format(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let last = LastPattern::new(false);
    if matches!(call.arg(0)?.data_type(), DataType::Timestamp(_, None)) {
        return two::<LocalStamp, Text, _>(call, move |us, pattern| {
            last.with(pattern, |p| printed(|out| p.format_timestamp_ntz(us, out)))
        });
    }
    let zone = display::zone(call.conf());
    two::<Stamp, Text, _>(call, move |us, pattern| {
        last.with(pattern, |p| printed(|out| p.format_timestamp(us, zone, out)))
    })
}

const DEFAULT: &str = "yyyy-MM-dd HH:mm:ss";

fn unix_timestamp(mut call: Call<'_>) -> Result<Typed> {
    call.expect(0..=2)?;
    if call.is_empty() {
        let now = super::current::timestamp(&call);
        call.args.push(Argument::Value(now));
        call.arg_names.push(None);
    }
    let call = with_default_text(call, 1, DEFAULT);
    let zone = display::zone(call.conf());
    match call.arg(0)?.data_type() {
        DataType::Utf8 | DataType::Null => {
            let strict = call.conf().ansi();
            let nullable = any_nullable(&call)?;
            let last = LastPattern::new(true);
            let typed = two::<Text, Text, _>(call, move |text, pattern| {
                let micros = last.with(pattern, |p| p.parse_timestamp(text, zone))?;
                settle(micros.map(|us| us.div_euclid(1_000_000)), text, strict)
            });
            typed.map(|t| marked(t, strict, nullable))
        }
        DataType::Date32 => two::<Date, Text, _>(call, move |days, _| {
            zone.local_to_utc_micros(i64::from(days) * super::datetime::DAY_US).div_euclid(1_000_000)
        }),
        _ => two::<Stamp, Text, _>(call, |us, _| us.div_euclid(1_000_000)),
    }
}

fn from_unixtime(call: Call<'_>) -> Result<Typed> {
    let zone = display::zone(call.conf());
    let last = LastPattern::new(false);
    let typed = two::<Long, Text, _>(with_default_text(call, 1, DEFAULT), move |seconds, pattern| {
        last.with(pattern, |p| printed(|out| p.format_timestamp(seconds.saturating_mul(1_000_000), zone, out)))
    })?;
    let field = typed.field.as_ref().clone().with_nullable(true);
    Ok(Typed { field: std::sync::Arc::new(field), ..typed })
}
