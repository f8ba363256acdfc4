//! Single values as Spark Connect's literals, which observed metrics are sent as.

use arrow::array::Array;
use arrow::array::cast::AsArray;
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::literal::LiteralType};

use super::{map_fields, to_proto};
use crate::error::from_datafusion;

/// The literal for a value, with its type.
///
/// # Errors
/// For a type that no column has.
pub fn literal_to_proto(value: &ScalarValue) -> Result<pb::expression::Literal> {
    let data_type = value.data_type();
    let message = to_proto(&data_type);
    if value.is_null() {
        return Ok(literal(LiteralType::Null(message.clone()), message));
    }
    let kind = match value {
        ScalarValue::Boolean(Some(v)) => LiteralType::Boolean(*v),
        ScalarValue::Int8(Some(v)) => LiteralType::Byte(i32::from(*v)),
        ScalarValue::Int16(Some(v)) => LiteralType::Short(i32::from(*v)),
        ScalarValue::Int32(Some(v)) => LiteralType::Integer(*v),
        ScalarValue::Int64(Some(v)) => LiteralType::Long(*v),
        ScalarValue::Float32(Some(v)) => LiteralType::Float(*v),
        ScalarValue::Float64(Some(v)) => LiteralType::Double(*v),
        ScalarValue::Utf8(Some(v)) => LiteralType::String(v.clone()),
        ScalarValue::Binary(Some(v)) => LiteralType::Binary(v.clone().into()),
        ScalarValue::Date32(Some(v)) => LiteralType::Date(*v),
        ScalarValue::TimestampMicrosecond(Some(v), Some(_)) => LiteralType::Timestamp(*v),
        ScalarValue::TimestampMicrosecond(Some(v), None) => LiteralType::TimestampNtz(*v),
        ScalarValue::DurationMicrosecond(Some(v)) => LiteralType::DayTimeInterval(*v),
        ScalarValue::IntervalYearMonth(Some(v)) => LiteralType::YearMonthInterval(*v),
        ScalarValue::Decimal128(Some(v), precision, scale) => LiteralType::Decimal(pb::expression::literal::Decimal {
            value: crate::display::plain_decimal(*v, *scale),
            precision: Some(i32::from(*precision)),
            scale: Some(i32::from(*scale)),
        }),
        ScalarValue::List(_) | ScalarValue::Map(_) | ScalarValue::Struct(_) => nested(value, &data_type)?,
        _ => return Err(SparkError::unsupported(format!("A literal of type {}", super::simple_name(&data_type)))),
    };
    Ok(literal(kind, message))
}

fn literal(kind: LiteralType, data_type: pb::DataType) -> pb::expression::Literal {
    pb::expression::Literal { literal_type: Some(kind), data_type: Some(data_type) }
}

/// The types stand in the nested literals too, where the Python client reads them.
#[allow(deprecated)]
fn nested(value: &ScalarValue, data_type: &DataType) -> Result<LiteralType> {
    use pb::expression::literal::{Array as ArrayLiteral, Map, Struct};
    let array = value.to_array().map_err(from_datafusion)?;
    let all = |values: &dyn Array| -> Result<Vec<pb::expression::Literal>> {
        (0..values.len())
            .map(|row| literal_to_proto(&ScalarValue::try_from_array(values, row).map_err(from_datafusion)?))
            .collect()
    };
    Ok(match data_type {
        DataType::List(element) => {
            let elements = all(&array.as_list::<i32>().value(0))?;
            LiteralType::Array(ArrayLiteral { elements, element_type: Some(to_proto(element.data_type())) })
        }
        DataType::Map(..) if map_fields(data_type).is_some() => {
            let entries = array.as_map().value(0);
            LiteralType::Map(Map {
                keys: all(entries.column(0))?,
                values: all(entries.column(1))?,
                key_type: Some(to_proto(entries.column(0).data_type())),
                value_type: Some(to_proto(entries.column(1).data_type())),
            })
        }
        _ => {
            let columns = array.as_struct().columns().iter();
            let elements = columns.map(|column| all(column)?.pop().ok_or_else(|| SparkError::internal("a field")));
            let elements = elements.collect::<Result<_>>()?;
            LiteralType::Struct(Struct { elements, struct_type: Some(to_proto(data_type)) })
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn null_has_its_type() {
        let sent = literal_to_proto(&ScalarValue::Int64(None)).unwrap();
        assert!(matches!(sent.literal_type, Some(LiteralType::Null(_))));
        assert_eq!(sent.data_type, Some(to_proto(&DataType::Int64)));
        let months = literal_to_proto(&ScalarValue::IntervalYearMonth(Some(14))).unwrap();
        assert_eq!(months.literal_type, Some(LiteralType::YearMonthInterval(14)));
    }
}
