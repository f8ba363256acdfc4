//! The schema of JSON records: each record has a type, and types are merged.
//!
//! Fields are sorted by name. Whole numbers are bigint, or decimals if they are longer; others are double. What does
//! not go together is string.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};

use crate::json::options::JsonOptions;
use crate::json::scan::{Kind, Scanner, Syntax};
use crate::schema::{array_of, timestamp_ntz_type, timestamp_type};
use crate::values::{datetimes, numbers};

/// The type of a value as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Null,
    Boolean,
    Long,
    Double,
    Decimal { precision: u8, scale: i8 },
    Timestamp,
    TimestampNtz,
    String,
    Array(Box<Shape>),
    Struct(BTreeMap<String, Shape>),
}

/// The type of the value at the scanner's place.
pub(crate) fn shape_of(scanner: &mut Scanner, options: &JsonOptions) -> Result<Shape, Syntax> {
    match scanner.kind()? {
        Kind::Null => scanner.literal("null").map(|()| Shape::Null),
        Kind::True | Kind::False => {
            scanner.skip_value()?;
            Ok(if options.primitives_as_string { Shape::String } else { Shape::Boolean })
        }
        Kind::String => string_shape(scanner, options),
        Kind::Number => {
            let number = scanner.number()?;
            Ok(if options.primitives_as_string {
                Shape::String
            } else {
                number_shape(number.text, number.whole, options)
            })
        }
        Kind::Array => {
            scanner.at += 1;
            let mut element = Shape::Null;
            let mut first = true;
            while scanner.next_element(&mut first)? {
                element = merge(element, shape_of(scanner, options)?);
            }
            Ok(Shape::Array(Box::new(element)))
        }
        Kind::Object => {
            scanner.at += 1;
            let mut fields = BTreeMap::new();
            let mut first = true;
            while scanner.next_field(&mut first)? {
                let (range, _) = scanner.name()?;
                let mut name = Vec::new();
                scanner.unescape(range, &mut name)?;
                scanner.expect(b':')?;
                let shape = shape_of(scanner, options)?;
                let name = String::from_utf8(name).map_err(|_| Syntax)?;
                let merged = match fields.remove(&name) {
                    Some(earlier) => merge(earlier, shape),
                    None => shape,
                };
                fields.insert(name, merged);
            }
            Ok(Shape::Struct(fields))
        }
    }
}

fn string_shape(scanner: &mut Scanner, options: &JsonOptions) -> Result<Shape, Syntax> {
    let (range, escaped) = scanner.string()?;
    let mut text = Vec::new();
    if escaped || options.infer_timestamp || options.prefers_decimal {
        scanner.unescape(range, &mut text)?;
    }
    let text = std::str::from_utf8(&text).map_err(|_| Syntax)?;
    if options.prefers_decimal
        && let Some((precision, scale)) = numbers::decimal_shape(text)
        && scale >= 0
    {
        return Ok(decimal(precision, scale).unwrap_or(Shape::String));
    }
    if !options.infer_timestamp {
        return Ok(Shape::String);
    }
    let ntz = match &options.timestamp_ntz {
        Some(pattern) => pattern.parse_timestamp_ntz(text).is_some(),
        None => options.timestamp_is_ntz && datetimes::parse_timestamp_ntz_strict(text).is_some(),
    };
    if ntz && options.timestamp_is_ntz {
        return Ok(Shape::TimestampNtz);
    }
    let instant = match &options.timestamp {
        Some(pattern) => pattern.parse_timestamp(text, options.zone).is_some(),
        None => datetimes::parse_timestamp(text, options.zone).is_some(),
    };
    Ok(if instant { Shape::Timestamp } else { Shape::String })
}

fn number_shape(text: &str, whole: bool, options: &JsonOptions) -> Shape {
    if whole && numbers::parse_integer::<i64>(text.as_bytes()).is_some() {
        return Shape::Long;
    }
    if (whole || options.prefers_decimal)
        && let Some((precision, scale)) = numbers::decimal_shape(text)
        && let Some(shape) = decimal(precision, scale)
    {
        return shape;
    }
    Shape::Double
}

fn decimal(precision: u8, scale: i32) -> Option<Shape> {
    let scale = i8::try_from(scale).ok().filter(|scale| (0..=38).contains(scale))?;
    let precision = precision.max(u8::try_from(scale).ok()?);
    Some(Shape::Decimal { precision, scale })
}

/// One type for values of two.
pub(crate) fn merge(a: Shape, b: Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b => a,
        (Shape::Null, other) | (other, Shape::Null) => other,
        (Shape::Long, Shape::Double) | (Shape::Double, Shape::Long) => Shape::Double,
        (Shape::Double, Shape::Decimal { .. }) | (Shape::Decimal { .. }, Shape::Double) => Shape::Double,
        (Shape::Long, Shape::Decimal { precision, scale }) | (Shape::Decimal { precision, scale }, Shape::Long) => {
            merge_decimals((precision, scale), (20, 0))
        }
        (Shape::Decimal { precision: p, scale: s }, Shape::Decimal { precision: q, scale: t }) => {
            merge_decimals((p, s), (q, t))
        }
        (Shape::Timestamp, Shape::TimestampNtz) | (Shape::TimestampNtz, Shape::Timestamp) => Shape::Timestamp,
        (Shape::Array(a), Shape::Array(b)) => Shape::Array(Box::new(merge(*a, *b))),
        (Shape::Struct(mut a), Shape::Struct(b)) => {
            for (name, shape) in b {
                let merged = match a.remove(&name) {
                    Some(earlier) => merge(earlier, shape),
                    None => shape,
                };
                a.insert(name, merged);
            }
            Shape::Struct(a)
        }
        _ => Shape::String,
    }
}

fn merge_decimals((p, s): (u8, i8), (q, t): (u8, i8)) -> Shape {
    let scale = s.max(t);
    let whole = (i16::from(p) - i16::from(s)).max(i16::from(q) - i16::from(t));
    match u8::try_from(whole + i16::from(scale)) {
        Ok(precision) if precision <= 38 => Shape::Decimal { precision, scale },
        _ => Shape::Double,
    }
}

impl Shape {
    /// The type to read with; `None` for a struct without fields, which is left out. Unknown is string.
    pub(crate) fn data_type(&self, options: &JsonOptions) -> Option<DataType> {
        Some(match self {
            Self::Null if options.drop_all_null => return None,
            Self::Null | Self::String => DataType::Utf8,
            Self::Boolean => DataType::Boolean,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
            Self::Timestamp => timestamp_type(),
            Self::TimestampNtz => timestamp_ntz_type(),
            Self::Array(element) => array_of(element.data_type(options)?),
            Self::Struct(fields) => {
                let fields: Vec<Arc<Field>> = fields
                    .iter()
                    .filter_map(|(name, shape)| Some(Arc::new(Field::new(name, shape.data_type(options)?, true))))
                    .collect();
                if fields.is_empty() {
                    return None;
                }
                DataType::Struct(Fields::from(fields))
            }
        })
    }
}
