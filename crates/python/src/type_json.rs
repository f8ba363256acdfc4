//! A type in Spark's JSON notation, as workers read it.

use arrow::datatypes::{DataType, Field, IntervalUnit, Schema};
use firesteel_error::{Result, SparkError};
use serde_json::{Value, json};

/// The JSON text of a schema.
pub(crate) fn schema_json(schema: &Schema) -> Result<String> {
    Ok(fields_json(schema.fields().iter().map(AsRef::as_ref))?.to_string())
}

/// The JSON text of a struct with these fields.
pub(crate) fn fields_json<'a>(fields: impl Iterator<Item = &'a Field>) -> Result<Value> {
    let fields = fields
        .map(|field| {
            let data_type = field_type_json(field)?;
            Ok(json!({"name": field.name(), "type": data_type, "nullable": field.is_nullable(), "metadata": {}}))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(json!({"type": "struct", "fields": fields}))
}

/// The metadata of a field of a user-defined type: the type in JSON.
pub(crate) const UDT_KEY: &str = "__udt";

fn field_type_json(field: &Field) -> Result<Value> {
    match field.metadata().get(UDT_KEY) {
        Some(text) => serde_json::from_str(text).map_err(|e| SparkError::internal(format!("a type in JSON: {e}"))),
        None => type_json(field.data_type()),
    }
}

fn type_json(data_type: &DataType) -> Result<Value> {
    let name = match data_type {
        DataType::Null => "void",
        DataType::Boolean => "boolean",
        DataType::Int8 => "byte",
        DataType::Int16 => "short",
        DataType::Int32 => "integer",
        DataType::Int64 => "long",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Decimal128(precision, scale) => return Ok(json!(format!("decimal({precision},{scale})"))),
        DataType::Utf8 | DataType::LargeUtf8 => "string",
        DataType::Binary | DataType::LargeBinary => "binary",
        DataType::Date32 => "date",
        DataType::Timestamp(_, Some(_)) => "timestamp",
        DataType::Timestamp(_, None) => "timestamp_ntz",
        DataType::Duration(_) => "interval day to second",
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month",
        DataType::Interval(IntervalUnit::MonthDayNano) => "interval",
        DataType::List(element) => {
            let inner = field_type_json(element)?;
            return Ok(json!({"type": "array", "elementType": inner, "containsNull": element.is_nullable()}));
        }
        DataType::Map(entries, _) => return map_json(entries.data_type()),
        DataType::Struct(fields) => return fields_json(fields.iter().map(AsRef::as_ref)),
        other => return Err(SparkError::unsupported(format!("the type {other} in a Python function"))),
    };
    Ok(json!(name))
}

fn map_json(entries: &DataType) -> Result<Value> {
    let DataType::Struct(fields) = entries else {
        return Err(SparkError::internal("a map whose entries are not structs"));
    };
    let [key, value] = fields.as_ref() else {
        return Err(SparkError::internal("a map whose entries are not pairs"));
    };
    Ok(json!({
        "type": "map",
        "keyType": type_json(key.data_type())?,
        "valueType": type_json(value.data_type())?,
        "valueContainsNull": value.is_nullable(),
    }))
}
