//! Columns from unpickled values, with Spark's leniency: a value of another type than the declared one becomes null,
//! integers are cut to their width, and a text column takes the text of anything.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanArray, Decimal128Array, ListArray, MapArray, NullArray, PrimitiveArray,
    StringBuilder, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, DurationMicrosecondType, FieldRef, Fields, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use firesteel_error::{Exception, Result, SparkError};

use super::read::{Id, Node, Pickled};
use crate::conform::internal;

/// Deeper than this a value must be a list that contains itself.
const DEPTH_MAX: usize = 100;

/// The values `ids` as a column of that type; `None` is null.
pub(crate) fn column(pickled: &Pickled<'_>, ids: &[Option<Id>], data_type: &DataType) -> Result<ArrayRef> {
    build(pickled, ids, data_type, 0)
}

fn build(pickled: &Pickled<'_>, ids: &[Option<Id>], data_type: &DataType, depth: usize) -> Result<ArrayRef> {
    if depth > DEPTH_MAX {
        return Err(SparkError::plain(Exception::Spark, "A Python function returned a value that contains itself."));
    }
    check_classes(pickled, ids)?;
    let nodes = || ids.iter().map(|id| id.map(|id| pickled.node(id)));
    Ok(match data_type {
        DataType::Null => Arc::new(NullArray::new(ids.len())),
        DataType::Boolean => Arc::new(nodes().map(|node| node.and_then(bool)).collect::<BooleanArray>()),
        DataType::Int8 => ints::<Int8Type>(nodes(), |value| value as i8),
        DataType::Int16 => ints::<Int16Type>(nodes(), |value| value as i16),
        DataType::Int32 => ints::<Int32Type>(nodes(), |value| value as i32),
        DataType::Int64 => ints::<Int64Type>(nodes(), |value| value),
        DataType::Date32 => ints::<Date32Type>(nodes(), |value| value as i32),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let values: PrimitiveArray<TimestampMicrosecondType> = nodes().map(|node| node.and_then(int)).collect();
            Arc::new(values.with_timezone_opt(zone.clone()))
        }
        DataType::Duration(TimeUnit::Microsecond) => ints::<DurationMicrosecondType>(nodes(), |value| value),
        DataType::Float32 => {
            Arc::new(nodes().map(|n| n.and_then(float).map(|v| v as f32)).collect::<PrimitiveArray<Float32Type>>())
        }
        DataType::Float64 => Arc::new(nodes().map(|n| n.and_then(float)).collect::<PrimitiveArray<Float64Type>>()),
        DataType::Decimal128(precision, scale) => decimals(pickled, ids, *precision, *scale)?,
        DataType::Utf8 => {
            let mut builder = StringBuilder::with_capacity(ids.len(), 0);
            for id in ids {
                match id {
                    Some(id) if *pickled.node(*id) != Node::None => builder.append_value(text(pickled, *id, depth)),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
        DataType::Binary => {
            let mut builder = BinaryBuilder::with_capacity(ids.len(), 0);
            for node in nodes() {
                builder.append_option(node.and_then(bytes));
            }
            Arc::new(builder.finish())
        }
        DataType::List(element) => list(pickled, ids, element, depth)?,
        DataType::Map(entries, _) => map(pickled, ids, entries, depth)?,
        DataType::Struct(fields) => structs(pickled, ids, fields, depth)?,
        other => return Err(SparkError::unsupported(format!("{other} as the type of a Python function"))),
    })
}

fn ints<'a, T: ArrowPrimitiveType>(
    nodes: impl Iterator<Item = Option<&'a Node<'a>>>,
    cut: impl Fn(i64) -> T::Native,
) -> ArrayRef {
    Arc::new(nodes.map(|node| node.and_then(int).map(&cut)).collect::<PrimitiveArray<T>>())
}

fn bool(node: &Node<'_>) -> Option<bool> {
    if let Node::Bool(value) = node { Some(*value) } else { None }
}

fn int(node: &Node<'_>) -> Option<i64> {
    if let Node::Int(value) = node { Some(*value) } else { None }
}

fn float(node: &Node<'_>) -> Option<f64> {
    if let Node::Float(value) = node { Some(*value) } else { None }
}

fn bytes<'a>(node: &Node<'a>) -> Option<&'a [u8]> {
    match node {
        Node::Bytes(value) => Some(value),
        Node::Text(value) => Some(value.as_bytes()),
        _ => None,
    }
}

/// Objects of libraries have no value here, not even null: the user must convert them.
fn check_classes(pickled: &Pickled<'_>, ids: &[Option<Id>]) -> Result<()> {
    for id in ids.iter().flatten() {
        let Node::Call(function, _) = pickled.node(*id) else { continue };
        if let Node::Global(module, name) = pickled.node(*function)
            && !matches!(*module, "decimal" | "_decimal" | "datetime" | "builtins")
        {
            return Err(SparkError::plain(
                Exception::Spark,
                format!(
                    "net.razorvine.pickle.PickleException: a Python function returned an object of {module}.{name}, \
                     which is no SQL value. Convert it, for instance with float(x), int(x) or x.item()."
                ),
            ));
        }
    }
    Ok(())
}

/// The text of a `Decimal`.
fn decimal_text<'a>(pickled: &Pickled<'a>, id: Id) -> Option<&'a str> {
    let Node::Call(function, arguments) = pickled.node(id) else { return None };
    let (Node::Global("decimal" | "_decimal", "Decimal"), Some([argument])) =
        (pickled.node(*function), pickled.elements(*arguments))
    else {
        return None;
    };
    if let Node::Text(text) = pickled.node(*argument) { Some(text) } else { None }
}

fn decimals(pickled: &Pickled<'_>, ids: &[Option<Id>], precision: u8, scale: i8) -> Result<ArrayRef> {
    let value = |id: &Option<Id>| -> Result<Option<i128>> {
        let Some(text) = id.and_then(|id| decimal_text(pickled, id)) else { return Ok(None) };
        let unscaled = unscaled(text, scale)
            .filter(|value| value.unsigned_abs() < 10u128.checked_pow(u32::from(precision)).unwrap_or(u128::MAX));
        unscaled.map(Some).ok_or_else(|| {
            SparkError::new("NUMERIC_VALUE_OUT_OF_RANGE.WITHOUT_SUGGESTION")
                .param("roundedValue", text)
                .param("originalValue", text)
                .param("precision", precision.to_string())
                .param("scale", scale.to_string())
                .with_exception(Exception::Arithmetic)
        })
    };
    let values = ids.iter().map(value).collect::<Result<Decimal128Array>>()?;
    Ok(Arc::new(values.with_precision_and_scale(precision, scale).map_err(internal)?))
}

/// The digits of `1.5`, `-2E+3` at a scale, rounded half up.
fn unscaled(text: &str, scale: i8) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let shift = i32::from(scale) + exponent - i32::try_from(fraction.len()).ok()?;
    let value = if shift >= 0 {
        digits.checked_mul(10i128.checked_pow(shift.unsigned_abs())?)?
    } else {
        match 10i128.checked_pow(shift.unsigned_abs()) {
            Some(power) => (digits + power / 2) / power,
            None => 0,
        }
    };
    Some(if negative { -value } else { value })
}

/// What Java's `toString` gives for the value.
fn text(pickled: &Pickled<'_>, id: Id, depth: usize) -> String {
    if depth > DEPTH_MAX {
        return String::new();
    }
    let inner = |id: &Id| text(pickled, *id, depth + 1);
    match pickled.node(id) {
        Node::None => "null".into(),
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Long(digits) => long_text(digits),
        Node::Float(value) => float_text(*value),
        Node::Text(value) => (*value).into(),
        Node::Bytes(value) => String::from_utf8_lossy(value).into_owned(),
        Node::List(elements) | Node::Tuple(elements) => {
            format!("[{}]", elements.iter().map(inner).collect::<Vec<_>>().join(", "))
        }
        Node::Dict(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}={}", inner(key), inner(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Node::Global(module, name) => format!("{module}.{name}"),
        Node::Call(..) => decimal_text(pickled, id).map_or_else(String::new, str::to_string),
    }
}

/// A float as Java writes it: `1.5`, `1.0E20`, `NaN`.
fn float_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if value == 0.0 || value.is_nan() || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => text,
    }
}

/// A long integer of any size in decimal digits.
fn long_text(digits: &[u8]) -> String {
    let negative = digits.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut carry = negative;
    let mut magnitude: Vec<u8> = digits
        .iter()
        .map(|byte| {
            if !negative {
                return *byte;
            }
            let (value, over) = (!byte).overflowing_add(u8::from(carry));
            carry = over;
            value
        })
        .collect();
    let mut text = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut rest = 0u16;
        for byte in magnitude.iter_mut().rev() {
            let value = rest << 8 | u16::from(*byte);
            // Both fit a byte: the rest is under 10.
            *byte = (value / 10) as u8;
            rest = value % 10;
        }
        text.push(b'0' + rest as u8);
    }
    if negative {
        text.push(b'-');
    }
    text.iter().rev().map(|byte| char::from(*byte)).collect()
}

fn list(pickled: &Pickled<'_>, ids: &[Option<Id>], element: &FieldRef, depth: usize) -> Result<ArrayRef> {
    let mut children = Vec::new();
    let mut lengths = Vec::with_capacity(ids.len());
    let mut valid = Vec::with_capacity(ids.len());
    for id in ids {
        let elements = id.and_then(|id| pickled.elements(id));
        valid.push(elements.is_some());
        lengths.push(elements.map_or(0, <[Id]>::len));
        children.extend(elements.unwrap_or_default().iter().copied().map(Some));
    }
    let values = build(pickled, &children, element.data_type(), depth + 1)?;
    let array =
        ListArray::try_new(element.clone(), OffsetBuffer::from_lengths(lengths), values, Some(NullBuffer::from(valid)));
    array.map(|array| Arc::new(array) as ArrayRef).map_err(internal)
}

fn map(pickled: &Pickled<'_>, ids: &[Option<Id>], entries: &FieldRef, depth: usize) -> Result<ArrayRef> {
    let DataType::Struct(pair) = entries.data_type() else {
        return Err(SparkError::internal("a map whose entries are not structs"));
    };
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    let mut lengths = Vec::with_capacity(ids.len());
    let mut valid = Vec::with_capacity(ids.len());
    for id in ids {
        let pairs = match id.map(|id| pickled.node(id)) {
            Some(Node::Dict(pairs)) => Some(pairs),
            _ => None,
        };
        valid.push(pairs.is_some());
        lengths.push(pairs.map_or(0, Vec::len));
        for (key, value) in pairs.into_iter().flatten() {
            keys.push(Some(*key));
            values.push(Some(*value));
        }
    }
    let columns = vec![
        build(pickled, &keys, pair[0].data_type(), depth + 1)?,
        build(pickled, &values, pair[1].data_type(), depth + 1)?,
    ];
    let pairs = StructArray::try_new(pair.clone(), columns, None).map_err(internal)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let array = MapArray::try_new(entries.clone(), offsets, pairs, Some(NullBuffer::from(valid)), false);
    array.map(|array| Arc::new(array) as ArrayRef).map_err(internal)
}

fn structs(pickled: &Pickled<'_>, ids: &[Option<Id>], fields: &Fields, depth: usize) -> Result<ArrayRef> {
    let rows: Vec<Option<&[Id]>> = ids.iter().map(|id| id.and_then(|id| pickled.elements(id))).collect();
    if let Some(row) = rows.iter().flatten().find(|row| row.len() != fields.len()) {
        return Err(SparkError::new("STRUCT_ARRAY_LENGTH_MISMATCH")
            .param("expected", fields.len().to_string())
            .param("actual", row.len().to_string())
            .with_exception(Exception::SparkRuntime));
    }
    let columns = fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let ids: Vec<Option<Id>> = rows.iter().map(|row| row.and_then(|row| row.get(index).copied())).collect();
            build(pickled, &ids, field.data_type(), depth + 1)
        })
        .collect::<Result<Vec<_>>>()?;
    let nulls = NullBuffer::from(rows.iter().map(Option::is_some).collect::<Vec<_>>());
    let array = StructArray::try_new_with_length(fields.clone(), columns, Some(nulls), ids.len());
    array.map(|array| Arc::new(array) as ArrayRef).map_err(internal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn decimals_round_half_up_to_their_scale() {
        assert_eq!(unscaled("1.5", 2), Some(150));
        assert_eq!(unscaled("-1.005", 2), Some(-101));
        assert_eq!(unscaled("2E+3", 0), Some(2000));
        assert_eq!(unscaled("1E-50", 2), Some(0));
        assert_eq!(unscaled("NaN", 2), None);
    }

    #[test]
    fn numbers_are_written_as_java_writes_them() {
        assert_eq!(float_text(1.5), "1.5");
        assert_eq!(float_text(1e20), "1.0E20");
        assert_eq!(float_text(f64::NAN), "NaN");
        let mut two_to_seventy = [0u8; 9];
        two_to_seventy[8] = 0x40;
        assert_eq!(long_text(&two_to_seventy), "1180591620717411303424");
        assert_eq!(long_text(&[0, 0, 0, 0, 0, 0, 0, 0, 0xff]), "-18446744073709551616");
    }
}
