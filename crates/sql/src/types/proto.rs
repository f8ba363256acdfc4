//! Types to and from Spark Connect messages.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, Schema, SchemaRef, TimeUnit};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, data_type::Kind};

use super::{
    CHAR_VARCHAR_KEY, INTERVAL_KEY, IntervalFields, UDT_KEY, calendar_interval, day_time_interval, map, map_fields,
    timestamp, timestamp_ntz, year_month_interval,
};

/// The Arrow type for a message. A type given as text is parsed as DDL.
///
/// # Errors
/// `UNSUPPORTED_DATATYPE` for the types this engine has no column for (variant, geometry, geography, collations).
pub fn from_proto(message: &pb::DataType) -> Result<DataType> {
    let Some(kind) = &message.kind else {
        return Err(SparkError::internal("a data type without a kind was sent"));
    };
    Ok(match kind {
        Kind::Null(_) => DataType::Null,
        Kind::Binary(_) => DataType::Binary,
        Kind::Boolean(_) => DataType::Boolean,
        Kind::Byte(_) => DataType::Int8,
        Kind::Short(_) => DataType::Int16,
        Kind::Integer(_) => DataType::Int32,
        Kind::Long(_) => DataType::Int64,
        Kind::Float(_) => DataType::Float32,
        Kind::Double(_) => DataType::Float64,
        Kind::Decimal(d) => decimal(d)?,
        Kind::String(s) if !matches!(s.collation.to_uppercase().as_str(), "" | "UTF8_BINARY") => {
            return Err(SparkError::unsupported(format!("The collation {}", s.collation)));
        }
        Kind::String(_) | Kind::Char(_) | Kind::VarChar(_) => DataType::Utf8,
        Kind::Date(_) => DataType::Date32,
        Kind::Timestamp(_) => timestamp(),
        Kind::TimestampNtz(_) => timestamp_ntz(),
        Kind::Time(_) => DataType::Time64(TimeUnit::Nanosecond),
        Kind::CalendarInterval(_) => calendar_interval(),
        Kind::YearMonthInterval(_) => year_month_interval(),
        Kind::DayTimeInterval(_) => day_time_interval(),
        Kind::Array(a) => {
            let element = required(a.element_type.as_deref())?;
            let field = Field::new("element", from_proto(element)?, a.contains_null);
            DataType::List(Arc::new(field.with_metadata(udt(element)?.into_iter().collect())))
        }
        Kind::Map(m) => map(
            from_proto(required(m.key_type.as_deref())?)?,
            from_proto(required(m.value_type.as_deref())?)?,
            m.value_contains_null,
        ),
        Kind::Struct(s) => DataType::Struct(fields_from_proto(s)?),
        Kind::Unparsed(u) => from_proto(&firesteel_parser::parse_data_type(&u.data_type_string)?)?,
        Kind::Udt(u) => from_proto(required(u.sql_type.as_deref())?)?,
        other => return Err(unsupported(&format!("{other:?}"))),
    })
}

/// What a field of a user-defined type has in its metadata.
pub(crate) fn udt(message: &pb::DataType) -> Result<Option<(String, String)>> {
    let Some(Kind::Udt(udt)) = &message.kind else { return Ok(None) };
    let sql_type = super::to_json(&from_proto(required(udt.sql_type.as_deref())?)?);
    let json = serde_json::json!({
        "type": "udt",
        "class": udt.jvm_class,
        "pyClass": udt.python_class,
        "serializedClass": udt.serialized_python_class,
        "sqlType": sql_type,
    });
    Ok(Some((UDT_KEY.to_string(), json.to_string())))
}

/// The type of a field, which may be a user-defined one.
fn type_of_field(field: &Field) -> pb::DataType {
    if let Some(interval) = IntervalFields::of(field) {
        return interval.message();
    }
    let udt = field.metadata().get(UDT_KEY).and_then(|text| firesteel_parser::parse_schema_json(text).ok());
    udt.unwrap_or_else(|| to_proto(field.data_type()))
}

fn decimal(message: &pb::data_type::Decimal) -> Result<DataType> {
    let precision = message.precision.unwrap_or(10);
    let scale = message.scale.unwrap_or(0);
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(p), Ok(s)) if (1..=38).contains(&p) && s >= 0 && s <= p as i8 => Ok(DataType::Decimal128(p, s)),
        _ => Err(SparkError::new("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION")
            .param("precision", precision.to_string())
            .param("maxPrecision", "38")),
    }
}

fn unsupported(name: &str) -> SparkError {
    SparkError::new("UNSUPPORTED_DATATYPE").param("typeName", format!("\"{}\"", name.to_uppercase()))
}

fn required<T>(part: Option<&T>) -> Result<&T> {
    part.ok_or_else(|| SparkError::internal("a data type without its element type was sent"))
}

fn fields_from_proto(message: &pb::data_type::Struct) -> Result<Fields> {
    message.fields.iter().map(field_from_proto).collect()
}

fn field_from_proto(message: &pb::data_type::StructField) -> Result<Field> {
    let data_type = required(message.data_type.as_ref())?;
    let mut metadata: HashMap<String, String> = metadata_from_json(message.metadata.as_deref())?;
    match &data_type.kind {
        Some(Kind::Char(c)) => metadata.insert(CHAR_VARCHAR_KEY.into(), format!("char({})", c.length)),
        Some(Kind::VarChar(c)) => metadata.insert(CHAR_VARCHAR_KEY.into(), format!("varchar({})", c.length)),
        _ => None,
    };
    metadata.extend(udt(data_type)?);
    metadata.extend(IntervalFields::of_message(data_type).map(IntervalFields::metadata).unwrap_or_default());
    Ok(Field::new(&message.name, from_proto(data_type)?, message.nullable).with_metadata(metadata))
}

/// A column's metadata, JSON text in the message, as one text for each key: strings as they are, the rest as JSON.
pub(super) fn metadata_from_json(text: Option<&str>) -> Result<HashMap<String, String>> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(HashMap::new()) };
    let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)
        .map_err(|e| SparkError::internal(format!("a column's metadata is not a JSON object: {e}")))?;
    Ok(value.into_iter().map(|(key, value)| (key, metadata_text(value))).collect())
}

fn metadata_text(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A column's metadata as a JSON value; what reads as a JSON number, object, array or truth value is one.
pub(super) fn metadata_to_json(metadata: &HashMap<String, String>) -> serde_json::Map<String, serde_json::Value> {
    let mut keys: Vec<&String> = metadata.keys().collect();
    keys.sort();
    keys.into_iter()
        .map(|key| {
            let text = &metadata[key];
            let value = match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) if !value.is_string() && !value.is_null() => value,
                _ => serde_json::Value::String(text.clone()),
            };
            (key.clone(), value)
        })
        .collect()
}

/// The Arrow schema for a struct message.
///
/// # Errors
/// As [`from_proto`]; also when the message is not a struct.
pub fn schema_from_proto(message: &pb::DataType) -> Result<SchemaRef> {
    match from_proto(message)? {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields))),
        other => Err(SparkError::new("INVALID_SCHEMA.NON_STRUCT_TYPE")
            .param("inputSchema", format!("\"{}\"", super::simple_name(&other)))
            .param("dataType", super::quoted_sql_name(&other))),
    }
}

/// The message for a schema.
pub fn schema_to_proto(schema: &Schema) -> pb::DataType {
    to_proto(&DataType::Struct(schema.fields().clone()))
}

/// The message for a type.
pub fn to_proto(data_type: &DataType) -> pb::DataType {
    let kind = match data_type {
        DataType::Null => Kind::Null(Default::default()),
        DataType::Boolean => Kind::Boolean(Default::default()),
        DataType::Int8 => Kind::Byte(Default::default()),
        DataType::Int16 => Kind::Short(Default::default()),
        DataType::Int32 => Kind::Integer(Default::default()),
        DataType::Int64 => Kind::Long(Default::default()),
        DataType::Float32 => Kind::Float(Default::default()),
        DataType::Float64 => Kind::Double(Default::default()),
        DataType::Decimal128(p, s) => Kind::Decimal(pb::data_type::Decimal {
            precision: Some(i32::from(*p)),
            scale: Some(i32::from(*s)),
            ..Default::default()
        }),
        DataType::Binary => Kind::Binary(Default::default()),
        DataType::Date32 => Kind::Date(Default::default()),
        DataType::Timestamp(_, Some(_)) => Kind::Timestamp(Default::default()),
        DataType::Timestamp(_, None) => Kind::TimestampNtz(Default::default()),
        DataType::Time64(_) => Kind::Time(pb::data_type::Time { precision: Some(6), ..Default::default() }),
        DataType::Duration(_) => Kind::DayTimeInterval(pb::data_type::DayTimeInterval {
            start_field: Some(0),
            end_field: Some(3),
            ..Default::default()
        }),
        DataType::Interval(IntervalUnit::YearMonth) => Kind::YearMonthInterval(pb::data_type::YearMonthInterval {
            start_field: Some(0),
            end_field: Some(1),
            ..Default::default()
        }),
        DataType::Interval(_) => Kind::CalendarInterval(Default::default()),
        DataType::List(element) => Kind::Array(Box::new(pb::data_type::Array {
            element_type: Some(Box::new(type_of_field(element))),
            contains_null: element.is_nullable(),
            ..Default::default()
        })),
        DataType::Map(..) => map_to_proto(data_type),
        DataType::Struct(fields) => Kind::Struct(pb::data_type::Struct {
            fields: fields.iter().map(|field| field_to_proto(field)).collect(),
            ..Default::default()
        }),
        _ => Kind::String(pb::data_type::String { collation: "UTF8_BINARY".into(), ..Default::default() }),
    };
    pb::DataType { kind: Some(kind) }
}

fn map_to_proto(data_type: &DataType) -> Kind {
    let (key, value) = map_fields(data_type).map_or((None, None), |(k, v)| (Some(k), Some(v)));
    Kind::Map(Box::new(pb::data_type::Map {
        key_type: key.map(|field| Box::new(to_proto(field.data_type()))),
        value_type: value.map(|field| Box::new(to_proto(field.data_type()))),
        value_contains_null: value.is_none_or(|field| field.is_nullable()),
        ..Default::default()
    }))
}

fn field_to_proto(field: &Field) -> pb::data_type::StructField {
    let mut metadata = field.metadata().clone();
    let written = metadata.remove(CHAR_VARCHAR_KEY);
    metadata.remove(UDT_KEY);
    metadata.remove(INTERVAL_KEY);
    let data_type =
        written.and_then(|text| firesteel_parser::parse_data_type(&text).ok()).unwrap_or_else(|| type_of_field(field));
    pb::data_type::StructField {
        name: field.name().clone(),
        data_type: Some(data_type),
        nullable: field.is_nullable(),
        metadata: (!metadata.is_empty()).then(|| serde_json::Value::Object(metadata_to_json(&metadata)).to_string()),
    }
}

/// A column's metadata from its JSON text (`Column.alias(.., metadata=..)`).
///
/// # Errors
/// When the text is not a JSON object.
pub fn metadata(text: &str) -> Result<HashMap<String, String>> {
    metadata_from_json(Some(text))
}
