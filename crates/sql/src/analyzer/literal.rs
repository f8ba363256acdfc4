//! Constants that clients send.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, MapArray, StructArray, new_null_array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, IntervalMonthDayNano};
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::expression::{Literal, literal::LiteralType};

use crate::conf::Conf;
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::types::IntervalFields;
use crate::{display, types};

/// The constant as an expression, under the name that Spark shows.
///
/// # Errors
/// `INTERNAL_ERROR` for a message that makes no sense, `UNSUPPORTED_FEATURE` for types this engine does not have.
pub fn literal(message: &Literal, conf: &Conf) -> Result<Typed> {
    let mut value = scalar_value(message)?;
    if let (ScalarValue::Utf8(Some(text)), Some(to @ DataType::Timestamp(..))) = (&value, declared(message)?) {
        // A time as text: the session's time zone makes it an instant.
        let typed = Typed::literal(value.clone(), text.clone());
        let malformed = || {
            SparkError::new("INVALID_TYPED_LITERAL")
                .param("valueType", "\"TIMESTAMP\"")
                .param("value", format!("'{text}'"))
                .with_exception(firesteel_error::Exception::Parse)
        };
        let instant = crate::cast::cast(typed, &to, crate::cast::Mode::Ansi, conf)?;
        value = crate::fold::constant(&instant).map_err(|_| malformed())?.ok_or_else(malformed)?;
    }
    let interval = message.data_type.as_ref().and_then(IntervalFields::of_message);
    let name = match (&value, interval) {
        (ScalarValue::DurationMicrosecond(Some(v)), Some(fields)) => fields.literal(*v),
        (ScalarValue::IntervalYearMonth(Some(v)), Some(fields)) => fields.literal(i64::from(*v)),
        _ => display::literal_name(&value, conf),
    };
    let typed = Typed::literal(value, name);
    Ok(match interval.filter(|_| types::is_interval(typed.data_type())) {
        Some(fields) => typed.with_interval(fields),
        None => typed,
    })
}

/// The constant as a value.
///
/// # Errors
/// As [`literal`].
pub fn scalar_value(message: &Literal) -> Result<ScalarValue> {
    let Some(kind) = &message.literal_type else {
        return Err(SparkError::internal("a literal without a value was sent"));
    };
    Ok(match kind {
        LiteralType::Null(data_type) => {
            let data_type = if data_type.kind.is_some() { types::from_proto(data_type)? } else { DataType::Null };
            ScalarValue::try_from(&data_type).map_err(from_datafusion)?
        }
        LiteralType::Binary(bytes) => ScalarValue::Binary(Some(bytes.to_vec())),
        LiteralType::Boolean(v) => ScalarValue::Boolean(Some(*v)),
        LiteralType::Byte(v) => ScalarValue::Int8(Some(*v as i8)),
        LiteralType::Short(v) => ScalarValue::Int16(Some(*v as i16)),
        LiteralType::Integer(v) => ScalarValue::Int32(Some(*v)),
        LiteralType::Long(v) => ScalarValue::Int64(Some(*v)),
        LiteralType::Float(v) => ScalarValue::Float32(Some(*v)),
        LiteralType::Double(v) => ScalarValue::Float64(Some(*v)),
        // The type that a client names is its default; the digits say what the number is.
        LiteralType::Decimal(d) => decimal(&d.value)?,
        LiteralType::String(v) => ScalarValue::Utf8(Some(v.clone())),
        LiteralType::Date(v) => ScalarValue::Date32(Some(*v)),
        LiteralType::Timestamp(v) => ScalarValue::TimestampMicrosecond(Some(*v), Some("UTC".into())),
        LiteralType::TimestampNtz(v) => ScalarValue::TimestampMicrosecond(Some(*v), None),
        LiteralType::CalendarInterval(v) => ScalarValue::IntervalMonthDayNano(Some(IntervalMonthDayNano::new(
            v.months,
            v.days,
            v.microseconds.saturating_mul(1000),
        ))),
        LiteralType::YearMonthInterval(v) => ScalarValue::IntervalYearMonth(Some(*v)),
        LiteralType::DayTimeInterval(v) => ScalarValue::DurationMicrosecond(Some(*v)),
        LiteralType::Time(v) => ScalarValue::Time64Nanosecond(Some(v.nano)),
        LiteralType::Array(v) => array(&v.elements, element_type(message))?,
        LiteralType::SpecializedArray(v) => specialized(v)?,
        LiteralType::Map(v) => map(&v.keys, &v.values, declared(message)?)?,
        LiteralType::Struct(v) => structure(&v.elements, declared(message)?)?,
        other => return Err(SparkError::unsupported(format!("The literal {other:?}"))),
    })
}

/// The type that a message says it has.
#[allow(deprecated)] // clients before 4.1 send the type inside the value
fn declared(message: &Literal) -> Result<Option<DataType>> {
    if let Some(data_type) = &message.data_type {
        return types::from_proto(data_type).map(Some);
    }
    match &message.literal_type {
        Some(LiteralType::Struct(v)) => v.struct_type.as_ref().map(types::from_proto).transpose(),
        Some(LiteralType::Map(v)) => match (&v.key_type, &v.value_type) {
            (Some(key), Some(value)) => Ok(Some(types::map(types::from_proto(key)?, types::from_proto(value)?, true))),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

#[allow(deprecated)] // as above
fn element_type(message: &Literal) -> Option<DataType> {
    if let Some(Ok(DataType::List(element))) = message.data_type.as_ref().map(types::from_proto) {
        return Some(element.data_type().clone());
    }
    match &message.literal_type {
        Some(LiteralType::Array(v)) => v.element_type.as_ref().and_then(|t| types::from_proto(t).ok()),
        _ => None,
    }
}

fn decimal(text: &str) -> Result<ScalarValue> {
    let malformed = || SparkError::internal(format!("the decimal literal {text} is malformed"));
    let (unscaled, scale) = parse_decimal(text).ok_or_else(malformed)?;
    let digits = unscaled.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1) as i32;
    let precision = digits.max(scale);
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(p), Ok(s)) if p <= 38 => Ok(ScalarValue::Decimal128(Some(unscaled), p.max(1), s)),
        _ => Err(SparkError::new("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION")
            .param("precision", precision.to_string())
            .param("maxPrecision", "38")),
    }
}

/// A decimal text as its digits and scale: `-1.50` is (-150, 2), `1E+3` is (1000, 0).
pub(crate) fn parse_decimal(text: &str) -> Option<(i128, i32)> {
    let text = text.trim();
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let unscaled: i128 = digits.parse().ok()?;
    let scale = fraction.len() as i32 - exponent;
    if scale < 0 {
        Some((unscaled.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?, 0))
    } else {
        Some((unscaled, scale))
    }
}

fn column(values: &[ScalarValue], data_type: &DataType) -> Result<ArrayRef> {
    if values.is_empty() {
        return Ok(new_null_array(data_type, 0));
    }
    let array = ScalarValue::iter_to_array(values.iter().cloned()).map_err(from_datafusion)?;
    if array.data_type() == data_type {
        return Ok(array);
    }
    arrow::compute::cast(&array, data_type).map_err(|e| SparkError::internal(e.to_string()))
}

fn array(elements: &[Literal], element: Option<DataType>) -> Result<ScalarValue> {
    let values = elements.iter().map(scalar_value).collect::<Result<Vec<_>>>()?;
    let own = values.iter().map(ScalarValue::data_type).find(|t| *t != DataType::Null);
    let element = element.or(own).unwrap_or(DataType::Null);
    let nullable = values.iter().any(ScalarValue::is_null);
    let values = column(&values, &element)?;
    let field = Arc::new(Field::new("element", element, nullable));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths([values.len()]), values, None)
        .map_err(|e| SparkError::internal(e.to_string()))?;
    Ok(ScalarValue::List(Arc::new(list)))
}

fn specialized(message: &spark_connect_proto::expression::literal::SpecializedArray) -> Result<ScalarValue> {
    use spark_connect_proto::expression::literal::specialized_array::ValueType;
    let values: Vec<ScalarValue> = match &message.value_type {
        Some(ValueType::Bools(v)) => v.values.iter().map(|v| ScalarValue::Boolean(Some(*v))).collect(),
        Some(ValueType::Ints(v)) => v.values.iter().map(|v| ScalarValue::Int32(Some(*v))).collect(),
        Some(ValueType::Longs(v)) => v.values.iter().map(|v| ScalarValue::Int64(Some(*v))).collect(),
        Some(ValueType::Floats(v)) => v.values.iter().map(|v| ScalarValue::Float32(Some(*v))).collect(),
        Some(ValueType::Doubles(v)) => v.values.iter().map(|v| ScalarValue::Float64(Some(*v))).collect(),
        Some(ValueType::Strings(v)) => v.values.iter().map(|v| ScalarValue::Utf8(Some(v.clone()))).collect(),
        None => Vec::new(),
    };
    let element = values.first().map_or(DataType::Null, ScalarValue::data_type);
    let values = column(&values, &element)?;
    let field = Arc::new(Field::new("element", element, false));
    let list = ListArray::try_new(field, OffsetBuffer::from_lengths([values.len()]), values, None)
        .map_err(|e| SparkError::internal(e.to_string()))?;
    Ok(ScalarValue::List(Arc::new(list)))
}

fn map(keys: &[Literal], values: &[Literal], declared: Option<DataType>) -> Result<ScalarValue> {
    let keys = keys.iter().map(scalar_value).collect::<Result<Vec<_>>>()?;
    let values = values.iter().map(scalar_value).collect::<Result<Vec<_>>>()?;
    let (key_type, value_type) = match declared.as_ref().and_then(types::map_fields) {
        Some((key, value)) => (key.data_type().clone(), value.data_type().clone()),
        None => (
            keys.first().map_or(DataType::Null, ScalarValue::data_type),
            values.first().map_or(DataType::Null, ScalarValue::data_type),
        ),
    };
    let data_type = types::map(key_type.clone(), value_type.clone(), true);
    let DataType::Map(entries, _) = &data_type else { return Err(SparkError::internal("map type")) };
    let DataType::Struct(fields) = entries.data_type() else { return Err(SparkError::internal("map type")) };
    let columns = vec![column(&keys, &key_type)?, column(&values, &value_type)?];
    let inner = StructArray::try_new(fields.clone(), columns, None).map_err(|e| SparkError::internal(e.to_string()))?;
    let map = MapArray::try_new(entries.clone(), OffsetBuffer::from_lengths([keys.len()]), inner, None, false)
        .map_err(|e| SparkError::internal(e.to_string()))?;
    Ok(ScalarValue::Map(Arc::new(map)))
}

fn structure(elements: &[Literal], declared: Option<DataType>) -> Result<ScalarValue> {
    let values = elements.iter().map(scalar_value).collect::<Result<Vec<_>>>()?;
    let fields: Fields = match declared {
        Some(DataType::Struct(fields)) if fields.len() == values.len() => fields,
        _ => values.iter().enumerate().map(|(i, v)| Field::new(format!("col{}", i + 1), v.data_type(), true)).collect(),
    };
    let columns = values
        .iter()
        .zip(&fields)
        .map(|(value, field)| column(std::slice::from_ref(value), field.data_type()))
        .collect::<Result<Vec<_>>>()?;
    let relaxed: Fields = fields
        .iter()
        .zip(&columns)
        .map(|(f, c)| f.as_ref().clone().with_nullable(f.is_nullable() || c.null_count() > 0))
        .collect();
    let array = StructArray::try_new(relaxed, columns, None).map_err(|e| SparkError::internal(e.to_string()))?;
    Ok(ScalarValue::Struct(Arc::new(array)))
}
