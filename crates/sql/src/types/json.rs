//! Schemas as Spark's JSON (`StructType.json()`), which checkpoints, parquet footers and clients carry.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef};
use firesteel_error::Result;
use serde_json::{Value, json};

use super::proto::metadata_to_json;
use super::{
    CHAR_VARCHAR_KEY, INTERVAL_KEY, IntervalFields, UDT_KEY, from_proto, map_fields, schema_from_proto, simple_name,
};

/// The type as Spark's JSON.
pub fn to_json(data_type: &DataType) -> Value {
    match data_type {
        DataType::Struct(fields) => {
            json!({"type": "struct", "fields": fields.iter().map(|field| field_to_json(field)).collect::<Vec<_>>()})
        }
        DataType::List(element) => json!({
            "type": "array", "elementType": type_of_field(element), "containsNull": element.is_nullable()
        }),
        DataType::Map(..) => match map_fields(data_type) {
            Some((key, value)) => json!({
                "type": "map", "keyType": to_json(key.data_type()), "valueType": to_json(value.data_type()),
                "valueContainsNull": value.is_nullable()
            }),
            None => json!("map"),
        },
        DataType::Int8 => json!("byte"),
        DataType::Int16 => json!("short"),
        DataType::Int32 => json!("integer"),
        DataType::Int64 => json!("long"),
        DataType::Interval(IntervalUnit::MonthDayNano) => json!("interval"),
        other => json!(simple_name(other)),
    }
}

/// The type of a field, which may be a user-defined one.
fn type_of_field(field: &Field) -> Value {
    if let Some(interval) = IntervalFields::of(field) {
        return json!(interval.name());
    }
    let udt = field.metadata().get(UDT_KEY).and_then(|text| serde_json::from_str(text).ok());
    udt.unwrap_or_else(|| to_json(field.data_type()))
}

fn field_to_json(field: &Field) -> Value {
    let mut metadata = field.metadata().clone();
    let written = metadata.remove(CHAR_VARCHAR_KEY);
    metadata.remove(UDT_KEY);
    metadata.remove(INTERVAL_KEY);
    json!({
        "name": field.name(),
        "type": written.map_or_else(|| type_of_field(field), Value::String),
        "nullable": field.is_nullable(),
        "metadata": metadata_to_json(&metadata),
    })
}

/// The schema for a text that is either Spark's JSON or DDL.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR` and the like where the text is neither.
pub fn schema_from_json(text: &str) -> Result<SchemaRef> {
    if text.trim_start().starts_with('{') {
        return schema_from_proto(&firesteel_parser::parse_schema_json(text)?);
    }
    match firesteel_parser::parse_schema(text) {
        Ok(message) => schema_from_proto(&message),
        // A lone type is a schema of one column called `value`, as in Spark.
        Err(error) => match firesteel_parser::parse_data_type(text).and_then(|message| from_proto(&message)) {
            Ok(DataType::Struct(fields)) => Ok(Arc::new(Schema::new(fields))),
            Ok(other) => Ok(Arc::new(Schema::new(vec![Field::new("value", other, true)]))),
            Err(_) => Err(error),
        },
    }
}
