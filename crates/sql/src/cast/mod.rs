//! `CAST`: which types can become which, and how.
//!
//! Three modes, as in Spark (<https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html>): ANSI raises an error
//! for a value that does not fit, `TRY` gives NULL, legacy gives NULL or wraps around.

mod evaluate;
mod from_number;
mod from_text;
mod interval;

use arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};
use firesteel_formats::ZoneId;

use crate::conf::Conf;
use crate::display;
use crate::expression::{Kernel, Typed};
use crate::types::{self, is_interval, is_numeric};

pub use evaluate::cast_array;
pub(crate) use interval::{interval_text, to_interval};

/// What happens to a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// An error.
    Ansi,
    /// NULL, or for numbers the low bits, as Spark before version 4.
    Legacy,
    /// NULL.
    Try,
}

impl Mode {
    /// The mode of a cast that Spark adds unasked.
    pub fn implicit(conf: &Conf) -> Self {
        if conf.ansi() { Mode::Ansi } else { Mode::Legacy }
    }
}

/// How a column is cast.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What happens to a value that does not fit.
    pub mode: Mode,
    /// The session's time zone.
    pub zone: ZoneId,
}

/// The expression cast to `to`.
///
/// # Errors
/// `DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION` or `.CAST_WITH_CONF_SUGGESTION` if the types do not allow it.
pub fn cast(from: Typed, to: &DataType, mode: Mode, conf: &Conf) -> Result<Typed> {
    if from.data_type() == to {
        return Ok(from);
    }
    if !can_cast(from.data_type(), to, mode) {
        return Err(mismatch(&from, to, mode));
    }
    if let Some(typed) = interval::from_interval(&from, to, mode, conf)? {
        return Ok(typed);
    }
    let zone = display::zone(conf);
    let nullable = from.nullable() || forces_null(from.data_type(), to, mode);
    let name = from.name.clone();
    if is_lossless(from.data_type(), to) {
        return Ok(Typed::new(
            Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(from.expr), to.clone())),
            to.clone(),
            nullable,
            name,
        ));
    }
    let options = Options { mode, zone };
    let target = to.clone();
    let kernel = Kernel::new("cast", (to, mode, conf.time_zone()), to.clone(), nullable, move |columns| {
        cast_array(&columns.array(0)?, &target, options)
    });
    Ok(Typed::new(kernel.call(vec![from.expr]), to.clone(), nullable, name))
}

/// Casts that DataFusion does exactly as Spark, and that it can see through when it prunes files.
fn is_lossless(from: &DataType, to: &DataType) -> bool {
    use DataType::{Float32, Float64, Int8, Int16, Int32, Int64, Null};
    matches!(
        (from, to),
        (Int8, Int16 | Int32 | Int64 | Float32 | Float64)
            | (Int16, Int32 | Int64 | Float32 | Float64)
            | (Int32, Int64 | Float64)
            | (Float32, Float64)
            | (
                Null,
                DataType::Boolean
                    | Int8
                    | Int16
                    | Int32
                    | Int64
                    | Float32
                    | Float64
                    | DataType::Utf8
                    | DataType::Date32
            )
    ) || matches!((from, to), (DataType::Decimal128(p, s), DataType::Decimal128(p2, s2)) if s2 >= s && p2 - (*s2 as u8) >= p - (*s as u8))
}

/// Whether the result counts as nullable though the value is not, which Spark decides by the types alone.
fn forces_null(from: &DataType, to: &DataType, mode: Mode) -> bool {
    use DataType::{Binary, Boolean, Date32, Decimal128, Float32, Float64, Interval, Null, Timestamp, Utf8};
    if mode == Mode::Try {
        return !is_lossless(from, to);
    }
    match (from, to) {
        (Null, _) | (Utf8, Binary) | (_, Utf8) | (Timestamp(..), Date32) | (Date32, Timestamp(..)) => false,
        (Utf8, _) => true,
        (Timestamp(_, Some(_)), DataType::Int8 | DataType::Int16 | DataType::Int32) => true,
        (Float32 | Float64, Timestamp(..)) => true,
        (_, Date32) | (Date32, _) => true,
        (_, Interval(arrow::datatypes::IntervalUnit::MonthDayNano)) => true,
        (Boolean, Decimal128(p, s)) => i16::from(*p) - i16::from(*s) < 1,
        (other, Decimal128(p, s)) => match crate::coerce::decimal_of(other) {
            Some((p1, s1)) => s < &s1 || i16::from(*p) - i16::from(*s) < i16::from(p1) - i16::from(s1),
            None => true,
        },
        (Float32 | Float64 | Decimal128(..), other) => types::is_integral(other),
        _ => false,
    }
}

/// Whether Spark allows the cast at all.
pub fn can_cast(from: &DataType, to: &DataType, mode: Mode) -> bool {
    use DataType::{Binary, Boolean, Date32, Duration, Interval, List, Map, Null, Struct, Time64, Timestamp, Utf8};
    let ansi = mode != Mode::Legacy;
    match (from, to) {
        (a, b) if a == b => true,
        (Null, _) => true,
        (List(a), List(b)) => can_cast(a.data_type(), b.data_type(), mode),
        (Struct(a), Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| can_cast(a.data_type(), b.data_type(), mode))
        }
        (Map(..), Map(..)) => match (types::map_fields(from), types::map_fields(to)) {
            (Some((k1, v1)), Some((k2, v2))) => {
                can_cast(k1.data_type(), k2.data_type(), mode) && can_cast(v1.data_type(), v2.data_type(), mode)
            }
            _ => false,
        },
        (_, Utf8) => true,
        (Utf8, Binary | Boolean | Date32 | Timestamp(..) | Time64(_) | Duration(_) | Interval(_)) => true,
        (Utf8, other) => is_numeric(other),
        (Binary, _) => false,
        (Boolean, Timestamp(_, Some(_))) => !ansi,
        (Boolean, other) => is_numeric(other),
        (Date32, Timestamp(..)) => true,
        (Date32, other) => !ansi && (is_numeric(other) || other == &Boolean),
        (Timestamp(..), Date32 | Timestamp(..) | Time64(_)) => true,
        (Timestamp(_, Some(_)), Boolean) => !ansi,
        (Timestamp(_, Some(_)), other) => is_numeric(other),
        (Duration(_) | Interval(_), other) => is_interval(from) && types::is_integral(other) || is_decimal(other),
        (a, Binary) if types::is_integral(a) => !ansi,
        (a, Boolean) if is_numeric(a) => true,
        (a, Timestamp(_, Some(_))) if is_numeric(a) => true,
        (a, Duration(_) | Interval(_)) if types::is_integral(a) || is_decimal(a) => true,
        (a, b) => is_numeric(a) && is_numeric(b),
    }
}

fn is_decimal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Decimal128(..))
}

fn mismatch(from: &Typed, to: &DataType, mode: Mode) -> SparkError {
    // Where a function of its own does it, Spark names the function.
    let function = match (from.data_type(), to) {
        (DataType::Date32, other) if is_numeric(other) => Some("`UNIX_DATE`"),
        (other, DataType::Date32) if is_numeric(other) => Some("`DATE_FROM_UNIX_DATE`"),
        _ => None,
    };
    if let (Some(function), true) = (function, mode != Mode::Legacy) {
        return SparkError::new("DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION")
            .param("srcType", types::quoted_sql_name(from.data_type()))
            .param("targetType", types::quoted_sql_name(to))
            .param("functionNames", function)
            .param("sqlExpr", format!("\"CAST({} AS {})\"", from.name, types::sql_name(to)));
    }
    let suggestion = mode == Mode::Ansi && can_cast(from.data_type(), to, Mode::Legacy);
    let condition = if suggestion {
        "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION"
    } else {
        "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION"
    };
    let keyword = if mode == Mode::Try { "TRY_CAST" } else { "CAST" };
    let error = SparkError::new(condition)
        .param("srcType", types::quoted_sql_name(from.data_type()))
        .param("targetType", types::quoted_sql_name(to))
        .param("sqlExpr", format!("\"{keyword}({} AS {})\"", from.name, types::sql_name(to)));
    if suggestion { error.param("config", "\"spark.sql.ansi.enabled\"").param("configVal", "'false'") } else { error }
}
