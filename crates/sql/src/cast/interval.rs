//! Casts from and to intervals that mind the fields of the type: `CAST(INTERVAL '5' DAY AS INT)` is 5.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, DurationMicrosecondType, IntervalYearMonthType};
use firesteel_error::{Exception, Result, SparkError};

use super::{Mode, cast};
use crate::conf::Conf;
use crate::expression::{Kernel, Typed};
use crate::types::{self, IntervalFields};

/// The cast of an interval to text or a number, which its fields decide; `None` for other casts.
pub(super) fn from_interval(from: &Typed, to: &DataType, mode: Mode, conf: &Conf) -> Result<Option<Typed>> {
    let Some(fields) = IntervalFields::of(&from.field) else { return Ok(None) };
    if to == &DataType::Utf8 {
        return Ok(Some(interval_text(from.clone(), fields)));
    }
    if !types::is_numeric(to) || fields.ends_with_seconds() || fields.unit() == 1 {
        return Ok(None);
    }
    let unit = fields.unit();
    let kernel = Kernel::new("interval_count", unit, DataType::Int64, from.nullable(), move |columns| {
        let counts: Int64Array = units(&columns.array(0)?).unary(|v| v / unit);
        Ok(Arc::new(counts))
    });
    let counted = Typed::new(kernel.call(vec![from.expr.clone()]), DataType::Int64, from.nullable(), from.name.clone());
    cast(counted, to, mode, conf).map(Some)
}

/// Intervals as literals that have these fields.
pub(crate) fn interval_text(from: Typed, fields: IntervalFields) -> Typed {
    let (nullable, name) = (from.nullable(), from.name.clone());
    let kernel = Kernel::new("interval_text", fields, DataType::Utf8, nullable, move |columns| {
        let texts: StringArray = units(&columns.array(0)?).iter().map(|v| v.map(|v| fields.literal(v))).collect();
        Ok(Arc::new(texts))
    });
    Typed::new(kernel.call(vec![from.expr]), DataType::Utf8, nullable, name)
}

/// Microseconds or months.
fn units(array: &ArrayRef) -> Int64Array {
    match array.as_primitive_opt::<DurationMicrosecondType>() {
        Some(micros) => micros.unary(|v| v),
        None => array.as_primitive::<IntervalYearMonthType>().unary(i64::from),
    }
}

/// The cast to an interval type of these fields: numbers count the last field, other intervals lose what is below it.
pub(crate) fn to_interval(
    from: Typed,
    to: &DataType,
    fields: IntervalFields,
    mode: Mode,
    conf: &Conf,
) -> Result<Typed> {
    let unit = fields.unit();
    let name = from.name.clone();
    let typed = match from.data_type().clone() {
        DataType::Utf8 if Some(fields) != IntervalFields::widest(to) => from_text(from, to, fields, mode),
        number if types::is_numeric(&number) && unit > 1 => {
            let count = cast(from, &DataType::Int64, mode, conf)?;
            scaled(count, to, mode, fields, move |count| count.checked_mul(unit))
        }
        other if &other == to && unit > 1 => {
            let micros = Kernel::new("interval_units", (), DataType::Int64, from.nullable(), |columns| {
                Ok(Arc::new(units(&columns.array(0)?)))
            });
            let nullable = from.nullable();
            let whole = Typed::new(micros.call(vec![from.expr]), DataType::Int64, nullable, "");
            scaled(whole, to, mode, fields, move |value| Some(value - value % unit))
        }
        _ => cast(from, to, mode, conf)?,
    };
    Ok(typed.named(name).with_interval(fields))
}

fn scaled(
    from: Typed,
    to: &DataType,
    mode: Mode,
    fields: IntervalFields,
    value: impl Fn(i64) -> Option<i64> + Send + Sync + 'static,
) -> Typed {
    let nullable = from.nullable() || mode == Mode::Try;
    let target = to.clone();
    let kernel = Kernel::new("interval_of_units", (fields, mode), to.clone(), nullable, move |columns| {
        let counts = columns.typed::<Int64Array>(0)?;
        let mut values = Vec::with_capacity(counts.len());
        for count in counts.iter() {
            let micros = count.map(|count| value(count).filter(|v| fits(*v, &target)));
            if micros == Some(None) && mode != Mode::Try {
                return Err(overflow(count.unwrap_or_default(), fields));
            }
            values.push(micros.flatten());
        }
        Ok(intervals(values, &target))
    });
    Typed::new(kernel.call(vec![from.expr]), to.clone(), nullable, "")
}

fn fits(value: i64, to: &DataType) -> bool {
    matches!(to, DataType::Duration(_)) || i32::try_from(value).is_ok()
}

fn intervals(values: Vec<Option<i64>>, to: &DataType) -> ArrayRef {
    let values: Int64Array = values.into_iter().collect();
    match to {
        DataType::Duration(_) => Arc::new(values.unary::<_, DurationMicrosecondType>(|v| v)),
        _ => Arc::new(values.unary::<_, IntervalYearMonthType>(|v| i32::try_from(v).unwrap_or_default())),
    }
}

fn overflow(count: i64, fields: IntervalFields) -> SparkError {
    SparkError::new("CAST_OVERFLOW")
        .param("value", format!("{count}L"))
        .param("sourceType", types::quoted_sql_name(&DataType::Int64))
        .param("targetType", format!("\"{}\"", fields.name().to_uppercase()))
        .param("ansiConfig", "\"spark.sql.ansi.enabled\"")
        .with_exception(Exception::Arithmetic)
}

/// `5` or `INTERVAL '5' DAY` as an interval of days.
fn from_text(from: Typed, to: &DataType, fields: IntervalFields, mode: Mode) -> Typed {
    let target = to.clone();
    let kernel = Kernel::new("interval_of_text", (fields, mode), to.clone(), true, move |columns| {
        let texts = columns.array(0)?;
        let mut values = Vec::with_capacity(texts.len());
        for text in texts.as_string::<i32>() {
            let value = text.map(|text| parsed(text, fields));
            if let (Some(None), Some(text), true) = (value, text, mode == Mode::Ansi) {
                return Err(unmatched(text, fields));
            }
            values.push(value.flatten());
        }
        Ok(intervals(values, &target))
    });
    Typed::new(kernel.call(vec![from.expr]), to.clone(), true, "")
}

fn parsed(text: &str, fields: IntervalFields) -> Option<i64> {
    let text = text.trim();
    let qualifier = fields.qualifier().to_uppercase();
    let whole = match text.get(..8).filter(|head| head.eq_ignore_ascii_case("interval")) {
        Some(_) => text.to_string(),
        None => format!("INTERVAL '{text}' {qualifier}"),
    };
    if !whole.to_uppercase().ends_with(&format!("' {qualifier}")) {
        return None;
    }
    let expression = firesteel_parser::parse_expression(&whole).ok()?;
    use spark_connect_proto::expression::{ExprType, literal::LiteralType};
    match expression.expr_type? {
        ExprType::Literal(literal) => match literal.literal_type? {
            LiteralType::DayTimeInterval(value) => Some(value),
            LiteralType::YearMonthInterval(value) => Some(i64::from(value)),
            _ => None,
        },
        _ => None,
    }
}

fn unmatched(text: &str, fields: IntervalFields) -> SparkError {
    let kind = if matches!(fields.qualifier().as_str(), "year" | "month" | "year to month") {
        "year-month"
    } else {
        "day-time"
    };
    SparkError::new("INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE")
        .param("input", text)
        .param("intervalStr", kind)
        .param("supportedFormat", format!("`INTERVAL '..' {}`", fields.qualifier().to_uppercase()))
        .param("typeName", fields.name())
        .with_exception(Exception::IllegalArgument)
}
