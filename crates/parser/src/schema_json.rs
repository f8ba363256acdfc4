//! The JSON form of data types, which `StructType.json()` writes: `{"type":"struct","fields":[..]}`, `"integer"`.

use firesteel_error::{Exception, Result, SparkError};
use serde_json::Value;
use spark_connect_proto::DataType;
use spark_connect_proto::data_type as t;
use spark_connect_proto::data_type::Kind;

use crate::{stack, types};

/// Reads the JSON form of a type.
pub(crate) fn parse(text: &str) -> Result<DataType> {
    let value: Value = serde_json::from_str(text).map_err(|_| invalid(text))?;
    data_type(&value, 0)
}

fn invalid(text: &str) -> SparkError {
    SparkError::new("INVALID_JSON_DATA_TYPE").param("invalidType", text).with_exception(Exception::IllegalArgument)
}

fn data_type(value: &Value, depth: usize) -> Result<DataType> {
    if depth > stack::DEPTH_MAX {
        return Err(stack::too_complex());
    }
    match value {
        Value::String(name) => named(name),
        Value::Object(object) => {
            let part = |name: &str| object.get(name).ok_or_else(|| invalid(&value.to_string()));
            let boolean = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or(true);
            let kind = match object.get("type").and_then(Value::as_str) {
                Some("struct") => Kind::Struct(t::Struct {
                    fields: part("fields")?
                        .as_array()
                        .ok_or_else(|| invalid(&value.to_string()))?
                        .iter()
                        .map(|value| field(value, depth + 1))
                        .collect::<Result<_>>()?,
                    type_variation_reference: 0,
                }),
                Some("array") => Kind::Array(Box::new(t::Array {
                    element_type: Some(Box::new(data_type(part("elementType")?, depth + 1)?)),
                    contains_null: boolean("containsNull"),
                    type_variation_reference: 0,
                })),
                Some("map") => Kind::Map(Box::new(t::Map {
                    key_type: Some(Box::new(data_type(part("keyType")?, depth + 1)?)),
                    value_type: Some(Box::new(data_type(part("valueType")?, depth + 1)?)),
                    value_contains_null: boolean("valueContainsNull"),
                    type_variation_reference: 0,
                })),
                Some("udt") => Kind::Udt(Box::new(udt(object, depth)?)),
                _ => return Err(invalid(&value.to_string())),
            };
            Ok(types::of(kind))
        }
        _ => Err(invalid(&value.to_string())),
    }
}

fn udt(object: &serde_json::Map<String, Value>, depth: usize) -> Result<t::Udt> {
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_string);
    Ok(t::Udt {
        r#type: "udt".to_string(),
        jvm_class: text("class"),
        python_class: text("pyClass"),
        serialized_python_class: text("serializedClass"),
        sql_type: object.get("sqlType").map(|value| data_type(value, depth + 1)).transpose()?.map(Box::new),
    })
}

fn field(value: &Value, depth: usize) -> Result<t::StructField> {
    let fail = || invalid(&value.to_string());
    let name = value.get("name").and_then(Value::as_str).ok_or_else(fail)?;
    let metadata = value.get("metadata").filter(|m| m.as_object().is_some_and(|m| !m.is_empty()));
    Ok(t::StructField {
        name: name.to_string(),
        data_type: Some(data_type(value.get("type").ok_or_else(fail)?, depth)?),
        nullable: value.get("nullable").and_then(Value::as_bool).unwrap_or(true),
        metadata: metadata.map(Value::to_string),
    })
}

/// `integer`, `decimal(10,2)`, `interval day to second`.
fn named(name: &str) -> Result<DataType> {
    let known = types::parse(name).map_err(|_| {
        SparkError::new("INVALID_JSON_DATA_TYPE").param("invalidType", name).with_exception(Exception::IllegalArgument)
    });
    if name == "null" { Ok(types::of(Kind::Null(t::Null::default()))) } else { known }
}
