//! The casts that Spark adds unasked: the common type of two operands, and what a function's parameter accepts.
//!
//! Rules: <https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html#type-promotion-and-precedence>.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};
use firesteel_error::Result;

use crate::cast::{self, Mode};
use crate::conf::Conf;
use crate::expression::Typed;
use crate::types::{self, is_datetime, is_integral, is_numeric, timestamp};

/// The widest decimal.
pub const DECIMAL_PRECISION_MAX: u8 = 38;

/// The type that both can become without loss, NULL taking the other's; `None` if there is none.
pub fn common_type(a: &DataType, b: &DataType, conf: &Conf) -> Option<DataType> {
    use DataType::{Date32, Null, Timestamp, Utf8};
    match (a, b) {
        (a, b) if a == b => Some(a.clone()),
        (Null, other) | (other, Null) => Some(other.clone()),
        (a, b) if is_numeric(a) && is_numeric(b) => Some(wider_number(a, b)),
        (Timestamp(_, z1), Timestamp(_, z2)) if z1 != z2 => Some(timestamp()),
        (Date32, t @ Timestamp(..)) | (t @ Timestamp(..), Date32) => Some(t.clone()),
        (Utf8, other) | (other, Utf8) => with_string(other, conf),
        (DataType::List(x), DataType::List(y)) => {
            let element = common_type(x.data_type(), y.data_type(), conf)?;
            Some(types::array(element, x.is_nullable() || y.is_nullable()))
        }
        (DataType::Struct(x), DataType::Struct(y)) if x.len() == y.len() => {
            let fields = x
                .iter()
                .zip(y)
                .map(|(x, y)| {
                    let same = x.name().eq_ignore_ascii_case(y.name());
                    let data_type = same.then(|| common_type(x.data_type(), y.data_type(), conf)).flatten()?;
                    Some(Arc::new(Field::new(x.name(), data_type, x.is_nullable() || y.is_nullable())))
                })
                .collect::<Option<Fields>>()?;
            Some(DataType::Struct(fields))
        }
        (DataType::Map(..), DataType::Map(..)) => {
            let ((k1, v1), (k2, v2)) = (types::map_fields(a)?, types::map_fields(b)?);
            Some(types::map(
                common_type(k1.data_type(), k2.data_type(), conf)?,
                common_type(v1.data_type(), v2.data_type(), conf)?,
                v1.is_nullable() || v2.is_nullable(),
            ))
        }
        _ => None,
    }
}

/// What a text meets: under ANSI it gives way to the other type, else most things become text.
fn with_string(other: &DataType, conf: &Conf) -> Option<DataType> {
    if conf.ansi() {
        return match other {
            t if is_integral(t) => Some(DataType::Int64),
            t if is_numeric(t) => Some(DataType::Float64),
            DataType::Boolean | DataType::Binary | DataType::Date32 | DataType::Timestamp(..) => Some(other.clone()),
            _ => None,
        };
    }
    match other {
        t if is_numeric(t) || is_datetime(t) => Some(DataType::Utf8),
        _ => None,
    }
}

fn wider_number(a: &DataType, b: &DataType) -> DataType {
    use DataType::{Decimal128, Float32, Float64};
    match (a, b) {
        (Float64, _) | (_, Float64) => Float64,
        (Float32, Decimal128(..)) | (Decimal128(..), Float32) => Float64,
        (Float32, Float32) => Float32,
        // A float holds 24 bits: with a whole number, Spark goes to double.
        (Float32, _) | (_, Float32) => Float64,
        (Decimal128(p1, s1), Decimal128(p2, s2)) => wider_decimal(*p1, *s1, *p2, *s2),
        (Decimal128(p, s), other) | (other, Decimal128(p, s)) => {
            let (p2, s2) = decimal_of(other).unwrap_or((20, 0));
            wider_decimal(*p, *s, p2, s2)
        }
        _ => {
            if rank(a) >= rank(b) {
                a.clone()
            } else {
                b.clone()
            }
        }
    }
}

fn rank(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Int8 => 1,
        DataType::Int16 => 2,
        DataType::Int32 => 3,
        _ => 4,
    }
}

fn wider_decimal(p1: u8, s1: i8, p2: u8, s2: i8) -> DataType {
    let scale = s1.max(s2);
    let whole = (i16::from(p1) - i16::from(s1)).max(i16::from(p2) - i16::from(s2));
    bounded_decimal(whole + i16::from(scale), i16::from(scale))
}

/// A decimal type cut to the widest there is.
pub fn bounded_decimal(precision: i16, scale: i16) -> DataType {
    let max = i16::from(DECIMAL_PRECISION_MAX);
    DataType::Decimal128(precision.clamp(1, max) as u8, scale.clamp(0, max) as i8)
}

/// The decimal that holds every value of a whole-number type.
pub fn decimal_of(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Int8 => Some((3, 0)),
        DataType::Int16 => Some((5, 0)),
        DataType::Int32 => Some((10, 0)),
        DataType::Int64 => Some((20, 0)),
        DataType::Decimal128(p, s) => Some((*p, *s)),
        _ => None,
    }
}

/// Both operands in a type in which they can be compared.
///
/// # Errors
/// Never; `None` if there is no such type.
pub fn comparable(a: &Typed, b: &Typed, conf: &Conf) -> Result<Option<(Typed, Typed)>> {
    let common = match (a.data_type(), b.data_type()) {
        // Legacy: text compared with a number is read as one.
        (DataType::Utf8, other) | (other, DataType::Utf8) if !conf.ansi() && is_numeric(other) => {
            Some(if is_integral(other) { other.clone() } else { DataType::Float64 })
        }
        (DataType::Utf8, other) | (other, DataType::Utf8) if !conf.ansi() && is_datetime(other) => Some(other.clone()),
        (x, y) => common_type(x, y, conf),
    };
    let Some(common) = common else { return Ok(None) };
    let mode = Mode::implicit(conf);
    Ok(Some((cast::cast(a.clone(), &common, mode, conf)?, cast::cast(b.clone(), &common, mode, conf)?)))
}

/// All values in their common type; `None` if there is none.
///
/// # Errors
/// Never for types that have a common one.
pub fn unify(values: &[Typed], conf: &Conf) -> Result<Option<(Vec<Typed>, DataType)>> {
    let mut common = DataType::Null;
    for value in values {
        match common_type(&common, value.data_type(), conf) {
            Some(wider) => common = wider,
            None => return Ok(None),
        }
    }
    let mode = Mode::implicit(conf);
    let cast = values.iter().map(|v| cast::cast(v.clone(), &common, mode, conf)).collect::<Result<Vec<_>>>()?;
    Ok(Some((cast, common)))
}

/// The value as a parameter of type `wanted` takes it; `None` if Spark would refuse.
///
/// # Errors
/// What the cast raises.
pub fn implicit(value: &Typed, wanted: &DataType, conf: &Conf) -> Result<Option<Typed>> {
    if !accepts(wanted, value.data_type(), conf) {
        return Ok(None);
    }
    cast::cast(value.clone(), wanted, Mode::implicit(conf), conf).map(Some)
}

fn accepts(wanted: &DataType, given: &DataType, conf: &Conf) -> bool {
    use DataType::{Binary, Date32, Null, Timestamp, Utf8};
    match (given, wanted) {
        (a, b) if a == b => true,
        (Null, _) => true,
        (Utf8, b) => is_numeric(b) || is_datetime(b) || matches!(b, Binary | DataType::Boolean),
        (Binary, Utf8) => true,
        // Anything that is one value becomes text.
        (a, Utf8) => !matches!(a, DataType::List(_) | DataType::Map(..) | DataType::Struct(_)),
        (a, b) if is_numeric(a) && is_numeric(b) => true,
        (Date32, Timestamp(..)) | (Timestamp(..), Timestamp(..)) => true,
        (Timestamp(..), Date32) => true,
        (DataType::List(a), DataType::List(b)) => accepts(b.data_type(), a.data_type(), conf),
        (DataType::Struct(_), DataType::Struct(_)) | (DataType::Map(..), DataType::Map(..)) => {
            common_type(given, wanted, conf).is_some()
        }
        _ => false,
    }
}

/// Whether `df.to(schema)` may turn one type into the other: it casts where nothing can be lost by the types alone.
pub fn can_reconcile(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (a, b) if a == b => true,
        (a, b) if is_numeric(a) && is_numeric(b) => true,
        (DataType::Null, _) => true,
        (DataType::Date32, DataType::Timestamp(..)) => true,
        (a, DataType::Utf8) => !matches!(a, DataType::List(_) | DataType::Map(..) | DataType::Struct(_)),
        (DataType::List(a), DataType::List(b)) => can_reconcile(a.data_type(), b.data_type()),
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| can_reconcile(a.data_type(), b.data_type()))
        }
        (DataType::Map(..), DataType::Map(..)) => match (types::map_fields(from), types::map_fields(to)) {
            (Some((k1, v1)), Some((k2, v2))) => {
                can_reconcile(k1.data_type(), k2.data_type()) && can_reconcile(v1.data_type(), v2.data_type())
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_widen() {
        let conf = Conf::new([]);
        let common = |a, b| common_type(&a, &b, &conf);
        assert_eq!(common(DataType::Int8, DataType::Int64), Some(DataType::Int64));
        assert_eq!(common(DataType::Int32, DataType::Decimal128(5, 2)), Some(DataType::Decimal128(12, 2)));
        assert_eq!(common(DataType::Utf8, DataType::Int32), Some(DataType::Int64));
        assert_eq!(common(DataType::Date32, timestamp()), Some(timestamp()));
        assert_eq!(common(DataType::Boolean, DataType::Int32), None);
    }
}
