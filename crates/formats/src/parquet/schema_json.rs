//! Schemas as Spark's JSON: `{"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}}]}`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit};
use serde_json::{Value, json};

use crate::schema::{timestamp_ntz_type, timestamp_type};

/// The schema that `text` describes; `None` if it is not such JSON or has a type that is not known here.
pub fn schema_from_json(text: &str) -> Option<SchemaRef> {
    match type_from(&serde_json::from_str(text).ok()?)? {
        DataType::Struct(fields) => Some(Arc::new(Schema::new(fields))),
        _ => None,
    }
}

fn type_from(value: &Value) -> Option<DataType> {
    if let Some(name) = value.as_str() {
        return named_type(name);
    }
    let flag = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(true);
    match value.get("type")?.as_str()? {
        "struct" => {
            let fields: Option<Vec<FieldRef>> = value.get("fields")?.as_array()?.iter().map(field_from).collect();
            Some(DataType::Struct(Fields::from(fields?)))
        }
        "array" => {
            let element = type_from(value.get("elementType")?)?;
            Some(DataType::List(Arc::new(Field::new("element", element, flag("containsNull")))))
        }
        "map" => {
            let key = Field::new("key", type_from(value.get("keyType")?)?, false);
            let item = Field::new("value", type_from(value.get("valueType")?)?, flag("valueContainsNull"));
            let entries = DataType::Struct(Fields::from(vec![key, item]));
            Some(DataType::Map(Arc::new(Field::new("entries", entries, false)), false))
        }
        _ => None,
    }
}

fn field_from(value: &Value) -> Option<FieldRef> {
    let nullable = value.get("nullable").and_then(Value::as_bool).unwrap_or(true);
    Some(Arc::new(Field::new(value.get("name")?.as_str()?, type_from(value.get("type")?)?, nullable)))
}

fn named_type(name: &str) -> Option<DataType> {
    Some(match name {
        "void" | "null" => DataType::Null,
        "boolean" => DataType::Boolean,
        "byte" => DataType::Int8,
        "short" => DataType::Int16,
        "integer" => DataType::Int32,
        "long" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" => timestamp_type(),
        "timestamp_ntz" => timestamp_ntz_type(),
        "decimal" => DataType::Decimal128(10, 0),
        name if name.starts_with("decimal(") => {
            let (precision, scale) = name.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
            DataType::Decimal128(precision.trim().parse().ok()?, scale.trim().parse().ok()?)
        }
        name if name.starts_with("string ") || name.starts_with("varchar(") || name.starts_with("char(") => {
            DataType::Utf8
        }
        name if name.starts_with("interval ") && (name.contains("year") || name.contains("month")) => {
            DataType::Interval(IntervalUnit::YearMonth)
        }
        name if name.starts_with("interval ") => DataType::Duration(TimeUnit::Microsecond),
        _ => return None,
    })
}

/// `schema` as Spark's JSON; `None` if it has a type that Spark does not have.
pub fn schema_to_json(schema: &Schema) -> Option<String> {
    type_to(&DataType::Struct(schema.fields().clone())).map(|value| value.to_string())
}

fn type_to(data_type: &DataType) -> Option<Value> {
    Some(match data_type {
        DataType::Struct(fields) => {
            let fields: Option<Vec<Value>> = fields.iter().map(|field| field_to(field)).collect();
            json!({"type": "struct", "fields": fields?})
        }
        DataType::List(element) => json!({
            "type": "array", "elementType": type_to(element.data_type())?, "containsNull": element.is_nullable(),
        }),
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else { return None };
            json!({
                "type": "map", "keyType": type_to(pair.first()?.data_type())?,
                "valueType": type_to(pair.get(1)?.data_type())?, "valueContainsNull": pair.get(1)?.is_nullable(),
            })
        }
        DataType::Null => json!("void"),
        DataType::Boolean => json!("boolean"),
        DataType::Int8 => json!("byte"),
        DataType::Int16 => json!("short"),
        DataType::Int32 => json!("integer"),
        DataType::Int64 => json!("long"),
        DataType::Float32 => json!("float"),
        DataType::Float64 => json!("double"),
        DataType::Utf8 => json!("string"),
        DataType::Binary => json!("binary"),
        DataType::Date32 => json!("date"),
        DataType::Timestamp(_, Some(_)) => json!("timestamp"),
        DataType::Timestamp(_, None) => json!("timestamp_ntz"),
        DataType::Decimal128(precision, scale) => json!(format!("decimal({precision},{scale})")),
        DataType::Interval(IntervalUnit::YearMonth) => json!("interval year to month"),
        DataType::Duration(TimeUnit::Microsecond) => json!("interval day to second"),
        _ => return None,
    })
}

fn field_to(field: &Field) -> Option<Value> {
    Some(json!({
        "name": field.name(), "type": type_to(field.data_type())?, "nullable": field.is_nullable(), "metadata": {},
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn schemas_survive_their_json() {
        let text = r#"{"type":"struct","fields":[{"name":"a","type":{"type":"array","elementType":"decimal(5,2)","containsNull":true},"nullable":true,"metadata":{}},{"name":"m","type":{"type":"map","keyType":"string","valueType":{"type":"struct","fields":[{"name":"t","type":"timestamp","nullable":false,"metadata":{}}]},"valueContainsNull":false},"nullable":true,"metadata":{}}]}"#;
        let schema = schema_from_json(text).unwrap();
        assert_eq!(schema_to_json(&schema).unwrap(), text);
    }
}
